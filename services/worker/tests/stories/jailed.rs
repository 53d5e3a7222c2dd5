//! The same stories with the real runner in the real jail, on ONNX files written here.

use std::{
    env,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use egret_jail::{JailError, Limits, Running, Site, TierPolicy, plan::RunPlan};
use egret_onnx::{DType, build::Linear};
use egret_proto::worker::v1::{Scored, Verdict, faulted::Code, lease::Work, verdict::Outcome};
use egret_worker::{Jail, ORT_SHA256, Pins, Report, Step, WorkerConfig, WorkerError};
use tokio_util::sync::CancellationToken;

use crate::{
    control::{Control, TOKEN},
    site::Station,
    test_set::{SIDE, TestSet},
};

const METRICS: &[&str] = &["accuracy", "log_loss"];
const SAMPLE: usize = 0;
const PUBLIC: usize = 1;
const PRIVATE: usize = 2;

/// The runner and the library that `cargo xtask test` provides; `None` where the operator of the tests opted out.
fn site() -> Option<Site> {
    if env::var("EGRET_TEST_JAIL").is_ok_and(|value| value == "off") {
        eprintln!("skipped: EGRET_TEST_JAIL=off");
        return None;
    }
    let given = |name: &str| env::var_os(name).map(PathBuf::from);
    let runner = given("EGRET_RUNNER").unwrap_or_else(|| {
        // This test lies in target/<profile>/deps; the runner two folders up, if it was built.
        let test = env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().join("egret-runner")
    });
    let ort_lib = given("EGRET_ORT_LIB").unwrap_or_else(|| {
        let cache =
            given("XDG_CACHE_HOME").unwrap_or_else(|| given("HOME").unwrap_or_default().join(".cache"));
        cache.join("egret/onnxruntime-1.31.1/libonnxruntime.so.1.31.1")
    });
    for path in [&runner, &ort_lib] {
        assert!(
            path.is_file(),
            "{} is missing: run `cargo xtask test`, or `cargo build -p egret-runner` and `cargo xtask setup`, or set EGRET_TEST_JAIL=off",
            path.display()
        );
    }
    Some(Site { runner, ort_lib, tier: TierPolicy::RequireA })
}

/// A classifier that looks at the first pixel alone. The scores of classes 0, 1, 2 peak where the test set shows them;
/// class 3 is never chosen, so a quarter of the answers is wrong.
fn linear() -> Linear {
    let mut model = Linear::new(DType::F32, &[-1, 1, i64::from(SIDE), i64::from(SIDE)], 4);
    // A line per class, in pixel values p of 0..=255 seen as p/255: the upper envelope changes class at 48 and at 108.
    for (class, (slope, offset)) in
        [(0.0, 0.0), (51.0, -9.6), (102.0, -31.2), (0.0, -50.0)].into_iter().enumerate()
    {
        model.weights[class] = slope;
        model.bias[class] = offset;
    }
    model
}

/// A site whose first runner is killed by somebody.
#[derive(Clone)]
struct Rough(Site, Arc<AtomicU32>);

impl Jail for Rough {
    type Run = Running;

    fn examine(&self) -> Report {
        self.0.examine()
    }

    fn spawn(&self, plan: &RunPlan, model: &[u8], limits: &Limits) -> Result<Running, JailError> {
        let run = egret_jail::spawn(&self.0, plan, model, limits)?;
        if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            let killed = Command::new("kill").args(["-9", &run.pid().to_string()]).status();
            assert!(killed.unwrap().success());
        }
        Ok(run)
    }
}

/// Runs `model` on the unit of `shards`, as `egret worker` would.
async fn verdict(jail: &(impl Jail + Clone), model: &[u8], shards: &[usize]) -> Verdict {
    let control = Control::default();
    let endpoint = control.start().await;
    let test_set = TestSet::publish(&control);
    control.offer(Work::Shards(test_set.work(&control, model, shards, METRICS)));
    let station = Station::new(&endpoint, test_set.identity(), jail.clone());
    let step = station.step().await.unwrap();
    assert!(matches!(step, Step::Completed), "{step:?}");
    control.verdict()
}

async fn fault(site: &Site, model: &[u8], shards: &[usize]) -> (Code, String) {
    match verdict(site, model, shards).await.outcome {
        Some(Outcome::Faulted(fault)) => (fault.code(), fault.detail),
        other => panic!("not a fault: {other:?}"),
    }
}

#[tokio::test]
async fn an_honest_model_is_scored() {
    let Some(site) = site() else { return };
    let verdict = verdict(&site, &linear().softmax_file(), &[PUBLIC, PRIVATE]).await;
    assert_eq!(verdict.item_count, 28);
    let usage = verdict.usage.unwrap();
    assert!(usage.peak_memory_mib > 0 && usage.cpu_ms > 0, "{usage:?}");
    match verdict.outcome {
        Some(Outcome::Scored(Scored { metrics })) => {
            assert_eq!(metrics[0].value, Some(0.75));
            assert!(metrics[1].value.unwrap() > 0.0);
        }
        other => panic!("not scored: {other:?}"),
    }
}

#[tokio::test]
async fn the_same_model_and_shards_give_the_same_bits() {
    let Some(site) = site() else { return };
    let model = linear().softmax_file();
    let first = verdict(&site, &model, &[PUBLIC, PRIVATE]).await.outcome;
    assert_eq!(first, verdict(&site, &model, &[PUBLIC, PRIVATE]).await.outcome);
}

#[tokio::test]
async fn a_killed_runner_costs_the_team_nothing() {
    let Some(site) = site() else { return };
    let rough = Rough(site, Arc::default());
    let verdict = verdict(&rough, &linear().softmax_file(), &[PUBLIC, PRIVATE]).await;
    assert!(matches!(verdict.outcome, Some(Outcome::Scored(_))), "{verdict:?}");
    assert_eq!(rough.1.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn faults_are_told_apart_and_explained_on_the_sample_only() {
    let Some(site) = site() else { return };
    let cases = [
        (b"not a model".to_vec(), Code::InvalidModel),
        (linear().extra_input_file(), Code::ContractMismatch),
    ];
    for (model, expected) in cases {
        let (code, detail) = fault(&site, &model, &[SAMPLE]).await;
        assert_eq!(code, expected, "{detail}");
        assert!(!detail.is_empty(), "{expected:?} is explained");
        assert_eq!(fault(&site, &model, &[PUBLIC]).await, (expected, String::new()));
    }
}

#[tokio::test]
async fn items_that_fail_are_faults_on_the_sample_and_wrong_answers_elsewhere() {
    let Some(site) = site() else { return };
    for (model, expected) in
        [(linear().nan_file(), Code::NonFinite), (linear().quoting_file(), Code::RuntimeError)]
    {
        let (code, detail) = fault(&site, &model, &[SAMPLE]).await;
        assert_eq!(code, expected, "{detail}");
        assert!(!detail.is_empty(), "{expected:?} is explained");
        match verdict(&site, &model, &[PUBLIC]).await.outcome {
            Some(Outcome::Scored(Scored { metrics })) => assert_eq!(metrics[0].value, Some(0.0)),
            other => panic!("not scored: {other:?}"),
        }
    }
}

#[tokio::test]
async fn limits_of_the_lease_are_enforced() {
    let Some(site) = site() else { return };
    let endless = (linear().endless_file(), Code::TimeLimit);
    let bomb = (linear().memory_bomb_file(1 << 30), Code::MemoryLimit);
    for (model, expected) in [endless, bomb] {
        let control = Control::default();
        let endpoint = control.start().await;
        let test_set = TestSet::publish(&control);
        let mut work = test_set.work(&control, &model, &[PUBLIC], METRICS);
        work.spec.as_mut().unwrap().limits.as_mut().unwrap().wall_s_max = 2;
        control.offer(Work::Shards(work));
        let station = Station::new(&endpoint, test_set.identity(), site.clone());
        assert!(matches!(station.step().await.unwrap(), Step::Completed));
        match control.verdict().outcome {
            Some(Outcome::Faulted(fault)) => assert_eq!(fault.code(), expected),
            other => panic!("not a fault: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_worker_with_another_library_refuses_to_work() {
    let Some(site) = site() else { return };
    let (control, cache) = (Control::default(), tempfile::tempdir().unwrap());
    let identity = TestSet::publish(&control).identity();
    let mut config = WorkerConfig::new(control.start().await, TOKEN, identity, cache.path(), site.clone());
    config.site.ort_lib.clone_from(&site.runner);
    let error = egret_worker::run(config, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, WorkerError::WrongLibrary { .. }), "{error}");
    assert!(error.to_string().contains("EGRET_ORT_LIB"), "{error}");
    assert_eq!(control.state().polls, 0);
}

#[tokio::test]
async fn a_worker_proves_its_jail_then_works_until_the_shutdown() {
    let Some(site) = site() else { return };
    assert!(Pins::take(&site, ORT_SHA256).unwrap().runner_version.contains('+'));
    let (control, cache) = (Control::default(), tempfile::tempdir().unwrap());
    let endpoint = control.start().await;
    let test_set = TestSet::publish(&control);
    let model = linear().softmax_file();
    control.offer(Work::Shards(test_set.work(&control, &model, &[PUBLIC], METRICS)));
    let config = WorkerConfig::new(endpoint, TOKEN, test_set.identity(), cache.path(), site);
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(egret_worker::run(config, shutdown.clone()));
    control.completed().await;
    shutdown.cancel();
    worker.await.unwrap().unwrap();
    control.verdict();
}

#[tokio::test]
async fn a_worker_whose_jail_does_not_hold_refuses_to_work() {
    let Some(mut site) = site() else { return };
    let (control, cache) = (Control::default(), tempfile::tempdir().unwrap());
    let identity = TestSet::publish(&control).identity();
    // A runner that says nothing of its walls: every probe fails, and the model of our own is not scored.
    site.runner = "/bin/true".into();
    let config = WorkerConfig::new(control.start().await, TOKEN, identity, cache.path(), site);
    let error = egret_worker::run(config, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, WorkerError::Unsound(_)), "{error}");
    assert!(error.to_string().contains("egret doctor"), "{error}");
    assert_eq!(control.state().polls, 0);
}

#[test]
fn the_whole_examination_holds_the_library_to_its_digest() {
    let Some(site) = site() else { return };
    assert!(egret_worker::examine(&site, ORT_SHA256).holds);
    let other = "0".repeat(64);
    let problems = egret_worker::examine(&site, &other).problems();
    assert!(problems.len() == 1 && problems[0].contains("EGRET_ORT_LIB"), "{problems:?}");
}
