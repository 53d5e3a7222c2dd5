//! A state is never larger than is said before there are answers, and not much smaller at its largest.

use egret_metrics::{
    ClassesPredictions, Kept, Metric, Scoring, Shape, Shard, State, boxes, find, multilabel, rankings,
    segments, values,
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

const ITEMS: usize = 3_000;
const CLASSES: u32 = 12;
const FOUND: u32 = 20;

fn scoring(shape: Shape, ids: &[&str]) -> Scoring {
    let metric = |id: &&str| -> Metric { find(shape.kind(), id).unwrap_or_else(|| panic!("no metric {id}")) };
    Scoring { shape, metrics: ids.iter().map(metric).collect() }
}

/// Scores of which hardly two are equal, of every magnitude and both signs.
fn scores(count: usize) -> Vec<f32> {
    let mut rng = SmallRng::seed_from_u64(11);
    (0..count).map(|_| rng.random_range(-1.0_f32..1.0) * 2.0_f32.powi(rng.random_range(-100..100))).collect()
}

fn shares(count: usize) -> Vec<f32> {
    let mut rng = SmallRng::seed_from_u64(12);
    (0..count).map(|_| rng.random_range(0.0..1.0)).collect()
}

/// The state's bytes are within the bound, and more than a third of it.
#[track_caller]
fn holds(scoring: Scoring, items: u64, shard: Shard<'_>) {
    let bound = scoring.state_bytes_max(items, FOUND);
    let mut state = State::new(scoring).unwrap();
    state.update(shard).unwrap();
    let bytes = state.to_bytes().len() as u64;
    assert!(bytes <= bound, "{bytes} bytes; said are {bound}");
    assert!(bytes > bound / 3, "{bytes} bytes; said are {bound}");
}

#[test]
fn states_that_keep_numbers_of_every_answer_are_bounded_beforehand() {
    let classes = Shape::Classes { class_count: CLASSES, reject: Some(3) };
    let (wild, labels) =
        (scores(ITEMS * CLASSES as usize), (0..ITEMS as u32).map(|item| item % CLASSES).collect::<Vec<_>>());
    let shard = Shard::Classes(ClassesPredictions::Scores(&wild), &labels);
    let even = shares(ITEMS * CLASSES as usize);
    let probable = Shard::Classes(ClassesPredictions::Scores(&even), &labels);
    holds(scoring(classes, &["roc_auc.ovr.macro", "accuracy"]), ITEMS as u64, probable);
    holds(scoring(classes, &["open_set_id.best_f1"]), ITEMS as u64, shard);
    holds(scoring(classes, &["cavg.min_exact", "cavg.lre@0.5", "accuracy"]), ITEMS as u64, shard);
    let two = Shape::Classes { class_count: 2, reject: None };
    let sides: Vec<u32> = labels.iter().map(|label| label % 2).collect();
    let shard = Shard::Classes(ClassesPredictions::Scores(&even[..2 * ITEMS]), &sides);
    holds(scoring(two, &["binary.roc_auc"]), ITEMS as u64, shard);

    let answered = vec![true; ITEMS];
    let some: Vec<_> = labels.iter().map(|label| vec![*label]).collect();
    let shard = Shard::Multilabel(&wild, &answered, &some);
    let multilabel = Shape::Multilabel(CLASSES);
    holds(scoring(multilabel, &["map.macro_present", "gap@3", "gap@5"]), ITEMS as u64, shard);
    holds(scoring(multilabel, &["gap@20"]), ITEMS as u64, shard);

    let numbers: Vec<f64> = wild.iter().map(|score| f64::from(*score)).collect();
    let (shape, shard) =
        (Shape::Values(1), Shard::Values(&numbers[..ITEMS], &answered, &numbers[ITEMS..2 * ITEMS]));
    holds(scoring(shape, &["spearman", "mae"]), ITEMS as u64, shard);
    // What no model answers is kept too.
    let unanswered = vec![false; ITEMS];
    let shard = Shard::Values(&numbers[..ITEMS], &unanswered, &numbers[ITEMS..2 * ITEMS]);
    holds(scoring(shape, &["mae"]), ITEMS as u64, shard);
}

#[test]
fn states_that_keep_what_is_found_are_bounded_beforehand() {
    let scores = scores(ITEMS * FOUND as usize);
    let each = || scores.chunks(FOUND as usize);
    let detection =
        |score: &f32| boxes::Detection { class: 1, score: f64::from(*score), x: 1.0, y: 1.0, w: 4.0, h: 3.0 };
    let found: Vec<_> = each().map(|scores| Some(scores.iter().map(detection).collect())).collect();
    let truth: Vec<_> = (0..ITEMS as u64).map(|id| boxes::ImageBoxes { id, boxes: vec![] }).collect();
    let shape = Shape::Boxes(CLASSES);
    holds(scoring(shape, &["AP", "voc_detection.mAP.area"]), ITEMS as u64, Shard::Boxes(&found, &truth));
    let segment =
        |score: &f32| segments::Segment { class: 1, score: f64::from(*score), start: 1.0, end: 2.0 };
    let found: Vec<_> = each().map(|scores| Some(scores.iter().map(segment).collect())).collect();
    let truth: Vec<_> =
        (0..ITEMS as u64).map(|id| segments::VideoSegments { id, segments: vec![] }).collect();
    let shape = Shape::Segments(CLASSES);
    let info = egret_metrics::suites_of(shape.kind()).next().unwrap();
    let id = info.plain_id(&info.metrics[0]);
    holds(scoring(shape, &[&id]), ITEMS as u64, Shard::Segments(&found, &truth));

    let scores: Vec<_> = scores.iter().map(|score| Some(f64::from(*score))).collect();
    let sides: Vec<bool> = (0..ITEMS).map(|item| item % 2 == 0).collect();
    let shard = Shard::Pairs(&scores[..ITEMS], &sides);
    holds(scoring(Shape::Pairs, &["eer.interp", "binary.roc_auc"]), ITEMS as u64, shard);
    let list = |scores: &[Option<f64>]| {
        Some((0..).zip(scores).map(|(item, score)| (item, score.unwrap() as f32)).collect())
    };
    let lists: Vec<_> = scores.chunks(FOUND as usize).map(list).collect();
    let queries = vec![rankings::Query { judged: vec![(3, 1)], excluded: vec![] }; ITEMS];
    let shard = Shard::Rankings(&lists, &queries);
    holds(scoring(Shape::Rankings(FOUND), &["copy_detection.uap"]), ITEMS as u64, shard);
    holds(scoring(Shape::Rankings(FOUND), &["search_1n.fnir@fpir0.01.R20"]), ITEMS as u64, shard);
}

/// Every first metric of every suite of a shape.
#[test]
fn every_suite_of_every_shape_says_what_it_keeps() {
    let shapes = [
        Shape::Classes { class_count: CLASSES, reject: Some(3) },
        Shape::Multilabel(CLASSES),
        Shape::Values(3),
        Shape::Boxes(CLASSES),
        Shape::Segments(CLASSES),
        Shape::Mask(CLASSES),
        Shape::Text,
        Shape::Pairs,
        Shape::Rankings(FOUND),
    ];
    for shape in shapes {
        for suite in egret_metrics::suites_of(shape.kind()) {
            for info in suite.metrics {
                let id = format!("{}.{}", suite.name, suite.plain_id(info));
                let Some(metric) = find(shape.kind(), &id) else { panic!("no metric {id}") };
                let scoring = Scoring { shape, metrics: vec![metric] };
                let Ok(state) = State::new(scoring.clone()) else { continue };
                let [kept] = &scoring.kept(FOUND)[..] else { panic!("{id}: one suite") };
                assert_eq!((kept.metrics.len(), kept.each > 0), (1, true), "{id}");
                assert!(state.to_bytes().len() as u64 <= scoring.state_bytes_max(0, FOUND), "{id}");
            }
        }
    }
}

fn only(scoring: &Scoring) -> Kept {
    let [kept] = &scoring.kept(FOUND)[..] else { panic!("one suite") };
    kept.clone()
}

/// The counts said are those at which states refuse.
#[test]
fn counts_are_those_that_states_refuse_beyond() {
    let of_values = scoring(Shape::Values(1024), &["mae"]);
    let kept = only(&of_values);
    assert_eq!((kept.what, kept.each, kept.count_max), ("values", 1024, values::PAIR_COUNT_MAX));
    let fit = (kept.count_max / kept.each) as usize;
    let update = |items: usize| {
        let numbers = vec![0.5; items * 1024];
        State::new(of_values.clone()).unwrap().update(Shard::Values(&numbers, &vec![false; items], &numbers))
    };
    assert!(update(fit).is_ok() && update(fit + 1).is_err());

    let of_tops = scoring(Shape::Multilabel(1000), &["map.micro", "gap@300", "gap@500", "lwlrap", "hit@1"]);
    let kept = only(&of_tops);
    assert_eq!(kept.metrics, ["map.micro", "gap@300", "gap@500"]);
    assert_eq!((kept.what, kept.each, kept.count_max), ("scores", 1800, multilabel::CELL_COUNT_MAX));
    let fit = (kept.count_max / kept.each) as usize;
    let update = |items: usize| {
        let scores = vec![0.5; items * 1000];
        let shard = Shard::Multilabel(&scores, &vec![false; items], &vec![vec![]; items]);
        State::new(of_tops.clone()).unwrap().update(shard)
    };
    assert!(update(fit).is_ok() && update(fit + 1).is_err());

    // COCO looks at the best hundred of a class; a class of more boxes keeps no more.
    assert_eq!(only(&scoring(Shape::Boxes(1), &["AP"])).each, u64::from(FOUND));
    assert_eq!(scoring(Shape::Boxes(1), &["AP"]).kept(1000)[0].each, 100);
    assert_eq!(scoring(Shape::Boxes(2), &["AP"]).kept(150)[0].each, 150);
}
