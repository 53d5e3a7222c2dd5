//! What a unit's result says, and what it never says.

use std::{
    collections::{BTreeSet, HashSet},
    io::Read as _,
};

use egret_jail::FaultCode;
use egret_metrics::{Outcomes, Scoring, Shape, find};
use egret_proto::v1;
use egret_proto::worker::v1::{
    FinalizeWork, Scored, ShardWork, Verdict, faulted::Code, lease::Work, verdict::Outcome,
};
use egret_worker::Step;
use flate2::read::ZlibDecoder;

use crate::{
    control::Control,
    scripted::{Act, SECRET, Scripted},
    site::Station,
    test_set::{TestSet, spec},
};

const METRICS: &[&str] = &["accuracy", "balanced_accuracy", "f1.macro"];
const SAMPLE: usize = 0;
const PUBLIC: usize = 1;
const PRIVATE: usize = 2;

/// A control plane with a test set, and a worker whose runners follow the acts.
struct Scene {
    control: Control,
    test_set: TestSet,
    jail: Scripted,
    station: Station<Scripted>,
}

impl Scene {
    async fn new(acts: &[Act]) -> Self {
        let (control, jail) = (Control::default(), Scripted::new(acts));
        let endpoint = control.start().await;
        let test_set = TestSet::publish(&control);
        let station = Station::new(&endpoint, test_set.identity(), jail.clone());
        Self { control, test_set, jail, station }
    }

    fn work(&self, shards: &[usize]) -> ShardWork {
        self.test_set.work(&self.control, b"model", shards, METRICS)
    }

    async fn step(&self, work: Work) -> Step {
        self.control.offer(work);
        self.station.step().await.unwrap()
    }

    async fn verdict(&self, work: Work) -> Verdict {
        let step = self.step(work).await;
        assert!(matches!(step, Step::Completed), "{step:?}");
        let verdict = self.control.verdict();
        self.control.state().results.clear();
        verdict
    }

    /// The fault that `shards` end in.
    async fn fault(&self, shards: &[usize]) -> (Code, String, String) {
        match self.verdict(Work::Shards(self.work(shards))).await.outcome {
            Some(Outcome::Faulted(fault)) => (fault.code(), fault.detail, fault.remedy),
            other => panic!("not a fault: {other:?}"),
        }
    }

    /// The mishap that `work` ends in, as the control plane is told.
    async fn cause(&self, work: Work) -> String {
        let step = self.step(work).await;
        assert!(matches!(step, Step::Failed(_)), "{step:?}");
        assert!(self.control.state().results.is_empty());
        self.control.state().failures.pop().unwrap()
    }
}

fn values(verdict: Verdict) -> Vec<(String, Option<f64>)> {
    match verdict.outcome {
        Some(Outcome::Scored(Scored { metrics })) => metrics.into_iter().map(|m| (m.id, m.value)).collect(),
        other => panic!("not scored: {other:?}"),
    }
}

#[tokio::test]
async fn a_sole_unit_ends_in_a_pinned_verdict() {
    let scene = Scene::new(&[Act::Classify]).await;
    let verdict = scene.verdict(Work::Shards(scene.work(&[SAMPLE, PUBLIC, PRIVATE]))).await;
    assert_eq!((verdict.runner_version.as_str(), verdict.item_count), ("1.2.3", 36));
    assert_eq!(verdict.runtime_sha256, "ab".repeat(32));
    assert_eq!(verdict.adapter_summary, "scripted");
    let usage = verdict.usage.unwrap();
    assert_eq!((usage.wall_ms, usage.cpu_ms, usage.peak_memory_mib), (1500, 1200, 30));
    let limits = scene.jail.limits();
    assert_eq!((limits.wall.as_secs(), limits.cpu_s, limits.memory_mib, limits.threads), (20, 10, 512, 1));
    // A quarter of the pictures show class 3, which the runner takes for 0: recall 1, 1, 1, 0; precision 1/2, 1, 1, 0.
    let expected = [("accuracy", 0.75), ("balanced_accuracy", 0.75), ("f1.macro", (2.0 / 3.0 + 2.0) / 4.0)];
    for ((id, value), (expected_id, expected)) in values(verdict).into_iter().zip(expected) {
        assert_eq!(id, expected_id);
        assert!((value.unwrap() - expected).abs() < 1e-12, "{id}: {value:?}");
    }
}

#[tokio::test]
async fn units_merged_give_the_bits_of_one_unit() {
    let scene = Scene::new(&[Act::Classify]).await;
    let whole = values(scene.verdict(Work::Shards(scene.work(&[PUBLIC, PRIVATE]))).await);
    for shards in [[PUBLIC], [PRIVATE]] {
        let work = ShardWork { sole_unit: false, ..scene.work(&shards) };
        assert!(matches!(scene.step(Work::Shards(work)).await, Step::Completed));
    }
    let sealed_states = scene.control.take_states();
    assert_eq!(sealed_states.len(), 2);
    assert!(
        scene.control.state().usages.iter().all(|usage| usage.wall_ms == 1500),
        "each unit says what it used"
    );
    assert!(sealed_states.iter().all(|state| state.starts_with(b"age-encryption.org/v1")));
    let merged =
        scene.verdict(Work::Finalize(FinalizeWork { spec: Some(spec(METRICS)), sealed_states })).await;
    assert_eq!(merged.item_count, 28);
    assert_eq!(merged.usage.unwrap().wall_ms, 3000, "the sum of both units");
    assert_eq!(merged.runner_version, "1.2.3");
    assert_eq!(values(merged), whole);
}

/// Two numbers of each item come back sealed, for hidden items only; from them the score is the verdict's.
#[tokio::test]
async fn outcomes_of_hidden_items_come_back_sealed() {
    let scene = Scene::new(&[Act::Classify]).await;
    let accuracy = values(scene.verdict(Work::Shards(scene.work(&[PUBLIC, PRIVATE]))).await)[0].1;
    for shards in [PUBLIC, PRIVATE] {
        let work = ShardWork { sole_unit: false, ..scene.work(&[shards]) };
        assert!(matches!(scene.step(Work::Shards(work)).await, Step::Completed));
    }
    scene.control.take_states();
    let sample = ShardWork { split: v1::Split::Sample.into(), ..scene.work(&[SAMPLE]) };
    scene.verdict(Work::Shards(sample)).await;
    let sealed = scene.control.state().outcomes.clone();
    let [whole, public, private, of_sample] = &sealed[..] else { panic!("four results") };
    assert!(of_sample.is_empty(), "what is public needs no sealing, and is not kept");
    let (shape, identity) = (Shape::Classes { class_count: 4, reject: None }, scene.test_set.identity());
    let scoring = Scoring { shape, metrics: vec![find(shape.kind(), "accuracy").unwrap()] };
    let open = |sealed: &[u8]| {
        assert!(sealed.starts_with(b"age-encryption.org/v1"));
        let mut plain = Vec::new();
        ZlibDecoder::new(&identity.open(sealed).unwrap()[..]).read_to_end(&mut plain).unwrap();
        Outcomes::from_bytes(&scoring, &plain).unwrap()
    };
    assert_eq!(open(whole).value().unwrap(), accuracy);
    let halves = [open(public), open(private)].map(|half| half.items().unwrap().to_vec());
    assert_eq!(halves.concat(), open(whole).items().unwrap(), "in the items' order");
    let keys = [open(public), open(private)].map(|half| half.groups().unwrap().to_vec());
    assert_eq!(keys.concat(), open(whole).groups().unwrap(), "with the key of each item's group");
    let distinct: HashSet<u64> = keys.concat().into_iter().collect();
    assert_eq!(distinct.len(), 28, "without groups every item is one, in every split");
}

/// A place in a batch stands for no item: every model is shown hidden items in an order of its own, and scored by what they are.
#[tokio::test]
async fn hidden_items_are_shown_to_each_model_in_an_order_of_its_own() {
    let scene = Scene::new(&[Act::Classify]).await;
    let mut shown = Vec::new();
    for model in [&b"model"[..], b"another model", b"model"] {
        let work = scene.test_set.work(&scene.control, model, &[PUBLIC, PRIVATE], METRICS);
        assert_eq!(values(scene.verdict(Work::Shards(work)).await)[0], ("accuracy".into(), Some(0.75)));
        shown.push(scene.jail.take_shown());
    }
    let sorted = |slots: &[Vec<u8>]| {
        slots.iter().map(|slot| slot.iter().copied().collect::<BTreeSet<u8>>()).collect::<Vec<_>>()
    };
    assert_eq!((shown[0][0].len(), shown[0][1].len()), (12, 16));
    assert_eq!(sorted(&shown[0]), sorted(&shown[1]), "the same items");
    assert_ne!(shown[0], shown[1], "at other places");
    assert_eq!(shown[0], shown[2], "the same model again sees the same");
    // The sample is as teams have it.
    let mut of_sample = Vec::new();
    for model in [&b"model"[..], b"another model"] {
        let work = scene.test_set.work(&scene.control, model, &[SAMPLE], METRICS);
        scene.verdict(Work::Shards(work)).await;
        of_sample.push(scene.jail.take_shown());
    }
    assert_eq!(of_sample[0], of_sample[1]);
}

#[tokio::test]
async fn class_indices_are_answers_too() {
    let scene = Scene::new(&[Act::Index]).await;
    let verdict = scene.verdict(Work::Shards(scene.work(&[PUBLIC]))).await;
    assert_eq!(values(verdict)[0], ("accuracy".into(), Some(0.75)));
}

#[tokio::test]
async fn a_fault_is_explained_on_the_sample_and_nowhere_else() {
    let scene = Scene::new(&[Act::Fault(FaultCode::RuntimeError)]).await;
    let (code, detail, remedy) = scene.fault(&[SAMPLE]).await;
    assert_eq!((code, detail.as_str(), remedy.as_str()), (Code::RuntimeError, SECRET, "export it again"));
    for hidden in [PUBLIC, PRIVATE] {
        assert_eq!(scene.fault(&[hidden]).await, (Code::RuntimeError, String::new(), String::new()));
    }
    assert_eq!(scene.jail.spawned(), 3, "a runner that says what failed is not tried again");
}

#[tokio::test]
async fn a_lease_that_calls_hidden_shards_a_sample_explains_nothing() {
    let scene = Scene::new(&[Act::Fault(FaultCode::RuntimeError)]).await;
    let sample = scene.work(&[SAMPLE]).split;
    let mixed = ShardWork { split: sample, ..scene.work(&[SAMPLE, PRIVATE]) };
    match scene.verdict(Work::Shards(mixed)).await.outcome {
        Some(Outcome::Faulted(fault)) => assert_eq!(fault.detail, ""),
        other => panic!("not a fault: {other:?}"),
    }
    // Calling the shard itself a sample does not help: the split is also under its seal.
    let mut lie = scene.work(&[PRIVATE]);
    (lie.split, lie.shards[0].split) = (sample, sample);
    assert!(scene.cause(Work::Shards(lie)).await.contains("not those of the lease"));
}

#[tokio::test]
async fn answers_of_the_wrong_form_are_a_fault() {
    let scene = Scene::new(&[Act::Short]).await;
    let (found, detail, _) = scene.fault(&[SAMPLE]).await;
    assert_eq!(found, Code::OutputInvalid);
    assert!(detail.contains("7 answers for 8 items"), "{detail}");
    assert_eq!(scene.fault(&[PUBLIC]).await, (found, String::new(), String::new()));
}

#[tokio::test]
async fn an_unusable_answer_is_a_fault_on_the_sample_and_a_wrong_answer_on_hidden_items() {
    let scene = Scene::new(&[Act::Nan]).await;
    let (found, detail, _) = scene.fault(&[SAMPLE]).await;
    assert_eq!(found, Code::NonFinite);
    assert!(detail.contains("not finite"), "{detail}");
    // One item of the shard is NaN, and would have been right.
    let right = |verdict: Verdict| {
        let items = f64::from(verdict.item_count);
        values(verdict)[0].1.unwrap() * items
    };
    let one_less = right(scene.verdict(Work::Shards(scene.work(&[PUBLIC]))).await);
    let whole = Scene::new(&[Act::Classify]).await;
    let all = right(whole.verdict(Work::Shards(whole.work(&[PUBLIC]))).await);
    assert!((all - one_less - 1.0).abs() < 1e-9, "{one_less} of {all} that were right");

    // Scores that are no probabilities: explained on the sample, the most that can be wrong on hidden items.
    let scene = Scene::new(&[Act::Logits]).await;
    let work = scene.test_set.work(&scene.control, b"model", &[PUBLIC], &["log_loss", "accuracy"]);
    let found = values(scene.verdict(Work::Shards(work)).await);
    assert!(found[0].1.unwrap() > 30.0, "{found:?}");
    assert_eq!(found[1].1, Some(0.0));
}

#[tokio::test]
async fn metrics_that_need_more_than_the_model_says_are_faults_with_a_remedy() {
    for (act, metric, word) in
        [(Act::Logits, "log_loss", "softmax"), (Act::Index, "top2.lowest_index", "scores")]
    {
        let scene = Scene::new(&[act]).await;
        let work = scene.test_set.work(&scene.control, b"model", &[SAMPLE], &[metric]);
        match scene.verdict(Work::Shards(work)).await.outcome {
            Some(Outcome::Faulted(fault)) => {
                assert_eq!(fault.code(), Code::OutputInvalid);
                assert!(fault.remedy.contains(word), "{}", fault.remedy);
            }
            other => panic!("not a fault: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_runner_that_dies_once_costs_nobody_anything() {
    for death in [Act::Fault(FaultCode::Crash), Act::KilledByHost] {
        let scene = Scene::new(&[death, Act::Classify]).await;
        let verdict = scene.verdict(Work::Shards(scene.work(&[PUBLIC, PRIVATE]))).await;
        assert_eq!(values(verdict)[0], ("accuracy".into(), Some(0.75)));
        assert_eq!(scene.jail.spawned(), 2);
    }
}

#[tokio::test]
async fn a_runner_that_dies_twice_is_the_models_fault() {
    let scene = Scene::new(&[Act::Fault(FaultCode::Crash)]).await;
    assert_eq!(scene.fault(&[PUBLIC]).await.0, Code::Crash);
    assert_eq!(scene.jail.spawned(), 2);
}

#[tokio::test]
async fn a_host_that_kills_runners_is_never_the_models_fault() {
    let scene = Scene::new(&[Act::KilledByHost]).await;
    assert!(scene.cause(Work::Shards(scene.work(&[PUBLIC]))).await.contains("killed from outside"));
    assert_eq!(scene.jail.spawned(), 2);
}

#[tokio::test]
async fn labels_stay_sealed_until_the_answers_are_in() {
    let garbage = |scene: &Scene| {
        let mut work = scene.work(&[PUBLIC]);
        let id = scene.control.put(b"not labels");
        work.shards[0].labels.as_mut().unwrap().sha256 = id.digest.to_string();
        work.shards[0].labels.as_mut().unwrap().size_bytes = id.size_bytes;
        work
    };
    // The model fails before it answers: that the labels would not open is never noticed.
    let scene = Scene::new(&[Act::Fault(FaultCode::TimeLimit)]).await;
    let verdict = scene.verdict(Work::Shards(garbage(&scene))).await;
    assert!(matches!(verdict.outcome, Some(Outcome::Faulted(_))));
    // It answers: now they are opened.
    let scene = Scene::new(&[Act::Classify]).await;
    let work = garbage(&scene);
    let shard = work.shards[0].labels.as_ref().unwrap().sha256.clone();
    let cause = scene.cause(Work::Shards(work)).await;
    assert_eq!(cause, format!("shard {shard} does not open: its labels do not open; verify the test set"));
}

#[tokio::test]
async fn our_failures_are_told_in_closed_sentences_and_start_no_runner() {
    let scene = Scene::new(&[Act::Classify]).await;
    let foreign =
        ShardWork { sealed_key: b"age-encryption.org/v1 something".to_vec(), ..scene.work(&[PUBLIC]) };
    let mut other_bytes = scene.work(&[PUBLIC]);
    other_bytes.shards[0].inputs.as_mut().unwrap().size_bytes -= 1;
    let mut swapped = scene.work(&[PUBLIC]);
    swapped.shards[0].index = 3;
    let mut huge = scene.work(&[PUBLIC]);
    huge.shards[0].item_count = u32::MAX;
    let mut unlimited = scene.work(&[PUBLIC]);
    unlimited.spec.as_mut().unwrap().limits.as_mut().unwrap().wall_s_max = 0;
    let mut heavy = scene.work(&[PUBLIC]);
    heavy.model.as_mut().unwrap().size_bytes = (4 << 20) + 1;
    let mut unknown = scene.work(&[PUBLIC]);
    unknown.spec.as_mut().unwrap().metrics = vec!["beauty".into()];
    for (work, cause) in [
        (foreign, "its key is not sealed to this pool"),
        (other_bytes, "other bytes than its name says"),
        (huge, "larger than a slot"),
        (unlimited, "a limit is zero"),
        (heavy, "the model is larger than its limit"),
        (unknown, "a metric this worker does not know"),
        (ShardWork { shards: Vec::new(), ..scene.work(&[PUBLIC]) }, "no shards"),
    ] {
        let told = scene.cause(Work::Shards(work)).await;
        assert!(told.contains(cause), "{told}");
    }
    assert_eq!(scene.jail.spawned(), 0);
    assert!(scene.cause(Work::Shards(swapped)).await.contains("not those of the lease"));
    let bad_states = FinalizeWork { spec: Some(spec(METRICS)), sealed_states: vec![b"nothing".to_vec()] };
    assert!(scene.cause(Work::Finalize(bad_states)).await.contains("a partial state does not open"));
}

#[tokio::test]
async fn partial_states_of_another_task_are_refused() {
    let scene = Scene::new(&[Act::Classify]).await;
    let work = ShardWork { sole_unit: false, ..scene.work(&[PUBLIC]) };
    assert!(matches!(scene.step(Work::Shards(work)).await, Step::Completed));
    let sealed_states = scene.control.take_states();
    let mut other = spec(METRICS);
    let kind = other.answer.as_mut().unwrap().kind.as_mut().unwrap();
    let egret_proto::v1::answer_contract::Kind::Classes(classes) = kind else { panic!("a task of classes") };
    classes.class_count = 7;
    let cause = scene.cause(Work::Finalize(FinalizeWork { spec: Some(other), sealed_states })).await;
    assert!(cause.contains("not of this evaluation"), "{cause}");
}
