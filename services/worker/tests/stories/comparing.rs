//! Finalists are compared from what is kept of their items.

use std::io::Write as _;

use egret_datasets::{PoolIdentity, seal_to_pool};
use egret_metrics::{ClassesPredictions, Outcomes, Scoring, Shape, Shard, find};
use egret_proto::worker::v1::{CompareWork, Comparison, Finalist, complete_request, lease::Work};
use egret_worker::Step;
use flate2::{Compression, write::ZlibEncoder};

use crate::{
    control::Control,
    scripted::Scripted,
    site::Station,
    test_set::{TestSet, spec},
};

const ITEM_COUNT: u64 = 60;

/// A control plane that has outcomes of units, and a worker.
struct Scene {
    control: Control,
    identity: PoolIdentity,
    station: Station<Scripted>,
}

impl Scene {
    async fn new() -> Self {
        let control = Control::default();
        let endpoint = control.start().await;
        let test_set = TestSet::publish(&control);
        let station = Station::new(&endpoint, test_set.identity(), Scripted::new(&[]));
        Self { identity: test_set.identity(), control, station }
    }

    /// A finalist that is right about the items of which `right` says so, in two units.
    fn finalist(&self, name: &str, right: impl Fn(u64) -> bool) -> Finalist {
        let halves = [0..ITEM_COUNT / 2, ITEM_COUNT / 2..ITEM_COUNT];
        let unit = |(half, items): (usize, std::ops::Range<u64>)| {
            let unit = format!("units/{name}-{half}");
            self.put(&unit, &outcomes(items.map(|item| (item, right(item)))).to_bytes());
            unit
        };
        Finalist {
            submission: format!("submissions/{name}"),
            units: halves.into_iter().enumerate().map(unit).collect(),
        }
    }

    fn put(&self, unit: &str, plain: &[u8]) {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(plain).unwrap();
        let sealed = seal_to_pool(&self.identity.recipient(), &packed.finish().unwrap()).unwrap();
        self.control.state().compared.insert(unit.to_owned(), sealed);
    }

    async fn step(&self, finalists: Vec<Finalist>) -> Step {
        let work = CompareWork {
            spec: Some(spec(&["accuracy"])),
            seed: vec![5; 32],
            replicate_count: 1000,
            finalists,
        };
        self.control.offer(Work::Compare(work));
        self.station.step().await.unwrap()
    }

    async fn compare(&self, finalists: Vec<Finalist>) -> Comparison {
        let step = self.step(finalists).await;
        assert!(matches!(step, Step::Completed), "{step:?}");
        match self.control.state().results.pop() {
            Some(complete_request::Result::Comparison(comparison)) => comparison,
            other => panic!("no comparison: {other:?}"),
        }
    }

    /// What the control plane is told of a comparison that fails.
    async fn cause(&self, finalists: Vec<Finalist>) -> String {
        let step = self.step(finalists).await;
        assert!(matches!(step, Step::Failed(_)), "{step:?}");
        self.control.state().failures.pop().unwrap()
    }
}

fn outcomes(items: impl Iterator<Item = (u64, bool)>) -> Outcomes {
    let shape = Shape::Classes { class_count: 4, reject: None };
    let scoring = Scoring { shape, metrics: vec![find(shape.kind(), "accuracy").unwrap()] };
    let (groups, answers): (Vec<u64>, Vec<Option<u32>>) =
        items.map(|(item, right)| (item, Some(if right { 1 } else { 2 }))).unzip();
    let mut outcomes = Outcomes::new(&scoring).unwrap();
    let labels = vec![1; answers.len()];
    outcomes.add(Shard::Classes(ClassesPredictions::Indices(&answers), &labels), &groups).unwrap();
    outcomes
}

fn ranks(comparison: &Comparison) -> Vec<(&str, u32, u32)> {
    comparison.ranks.iter().map(|rank| (rank.submission.as_str(), rank.rank_low, rank.rank_high)).collect()
}

#[tokio::test]
async fn a_clear_winner_is_first_and_twins_tie() {
    let scene = Scene::new().await;
    let fair = |item: u64| item.is_multiple_of(2);
    let finalists = vec![
        scene.finalist("fair", fair),
        scene.finalist("good", |item| !item.is_multiple_of(20)),
        scene.finalist("twin", fair),
    ];
    // A stream that breaks is read again.
    scene.control.state().broken_outcomes = 1;
    let comparison = scene.compare(finalists.clone()).await;
    assert_eq!(comparison.no_intervals, "");
    let want = [("submissions/fair", 2, 3), ("submissions/good", 1, 1), ("submissions/twin", 2, 3)];
    assert_eq!(ranks(&comparison), want);
    // Units come in any order, and any worker finds the same.
    let turned =
        |finalist: Finalist| Finalist { units: finalist.units.into_iter().rev().collect(), ..finalist };
    assert_eq!(scene.compare(finalists.into_iter().map(turned).collect()).await, comparison);
}

#[tokio::test]
async fn too_few_groups_have_no_intervals() {
    let scene = Scene::new().await;
    scene.put("units/few", &outcomes((0..19).map(|item| (item, true))).to_bytes());
    let finalist = Finalist { submission: "submissions/few".into(), units: vec!["units/few".into()] };
    let comparison = scene.compare(vec![finalist.clone(), finalist]).await;
    assert!(comparison.ranks.is_empty());
    assert!(comparison.no_intervals.contains("19 groups"), "{}", comparison.no_intervals);
}

#[tokio::test]
async fn outcomes_that_do_not_fit_are_our_failure() {
    let scene = Scene::new().await;
    let finalist = scene.finalist("one", |_| true);
    let of = |unit: &str| Finalist { submission: "submissions/other".into(), units: vec![unit.into()] };
    scene.put("units/short", &outcomes((0..30).map(|item| (item, true))).to_bytes());
    let cause = scene.cause(vec![finalist.clone(), of("units/short")]).await;
    assert!(cause.contains("not of one test set"), "{cause}");
    scene.put("units/broken", b"no outcomes");
    assert!(scene.cause(vec![of("units/broken")]).await.contains("not of one test set"));
    // What unpacks to more than outcomes ever are is not unpacked.
    scene.put("units/bomb", &vec![0; 24 * egret_metrics::OUTCOME_COUNT_MAX + 100]);
    assert!(scene.cause(vec![of("units/bomb")]).await.contains("do not unpack"));
    scene.control.state().compared.insert("units/foreign".into(), b"not sealed".to_vec());
    assert!(scene.cause(vec![of("units/foreign")]).await.contains("do not open"));
    let cause = scene.cause(vec![of("units/missing")]).await;
    assert!(cause.contains("refuses the request"), "{cause}");
}

#[tokio::test]
async fn a_malformed_comparison_is_refused() {
    let scene = Scene::new().await;
    let finalist = scene.finalist("one", |_| true);
    let sound = CompareWork {
        spec: Some(spec(&["accuracy"])),
        seed: vec![5; 32],
        replicate_count: 1000,
        finalists: vec![finalist.clone()],
    };
    for work in [
        CompareWork { seed: vec![5; 31], ..sound.clone() },
        CompareWork { replicate_count: 199, ..sound.clone() },
        CompareWork { replicate_count: 10_001, ..sound.clone() },
        CompareWork { finalists: vec![], ..sound.clone() },
        CompareWork { finalists: vec![Finalist { units: vec![], ..finalist }], ..sound.clone() },
        CompareWork { spec: None, ..sound },
    ] {
        scene.control.offer(Work::Compare(work));
        let step = scene.station.step().await.unwrap();
        assert!(matches!(step, Step::Failed(_)), "{step:?}");
        assert!(scene.control.state().failures.pop().unwrap().contains("malformed"));
    }
}

#[tokio::test]
async fn a_cancelled_comparison_is_dropped() {
    let scene = Scene::new().await;
    scene.control.state().cancelled = true;
    let right = |item: u64| item.is_multiple_of(3);
    let finalists: Vec<Finalist> = (0..200).map(|name| scene.finalist(&name.to_string(), right)).collect();
    let step = scene.step(finalists).await;
    assert!(matches!(step, Step::Dropped(_)), "{step:?}");
    assert!(scene.control.state().results.is_empty());
}
