//! Metrics of several suites in one task: each reads the same answers, and the report keeps the task's order.

use egret_metrics::{
    AnswerKind, ClassesPredictions, MetricError, Scoring, Shape, Shard, State, boxes, find, ids, rankings,
};

const TWO: Shape = Shape::Classes { class_count: 2, reject: None };
const REJECTING: Shape = Shape::Classes { class_count: 3, reject: Some(2) };

fn scoring(shape: Shape, ids: &[&str]) -> Scoring {
    let metric = |id: &&str| find(shape.kind(), id).unwrap_or_else(|| panic!("no metric {id}"));
    Scoring { shape, metrics: ids.iter().map(metric).collect() }
}

/// The values of shards, each scored by itself, sent as bytes and merged.
fn values(shape: Shape, ids: &[&str], shards: &[Shard<'_>]) -> Vec<Option<f64>> {
    let scoring = scoring(shape, ids);
    let mut total = State::new(scoring.clone()).unwrap();
    for shard in shards {
        let mut state = State::new(scoring.clone()).unwrap();
        state.update(*shard).unwrap();
        total.merge(&State::from_bytes(scoring.clone(), &state.to_bytes()).unwrap()).unwrap();
    }
    total.finish().unwrap().values.into_iter().map(|value| value.value).collect()
}

fn refusal(shape: Shape, ids: &[&str]) -> String {
    State::new(scoring(shape, ids)).unwrap_err().to_string()
}

#[test]
fn two_classes_are_scored_as_classes_and_as_positives() {
    let scores = [0.1, 0.9, 0.4, 0.6, 0.7, 0.3, 0.0, 0.0];
    let answered = [true, true, true, false];
    let shard = |items: std::ops::Range<usize>, labels: &'static [u32]| {
        let scores = &scores[items.start * 2..items.end * 2];
        Shard::Classes(ClassesPredictions::SomeScores { scores, answered: &answered[items] }, labels)
    };
    // A positive without an answer stands below all: of positives 0.9 and none, negatives 0.6 and 0.3, 2 of 4 pairs are in order.
    let ids = ["roc_auc", "accuracy", "binary.f1@0.5", "f1.macro"];
    let got = values(TWO, &ids, &[shard(0..3, &[1, 0, 0]), shard(3..4, &[1])]);
    assert_eq!(got[..3], [Some(0.5), Some(0.5), Some(0.5)]);
    assert!(scoring(TWO, &ids).needs_probabilities() && scoring(TWO, &ids).needs_scores());
    assert!(!scoring(TWO, &["accuracy"]).needs_probabilities());

    let three = Shape::Classes { class_count: 3, reject: None };
    assert!(refusal(three, &["roc_auc"]).contains("needs a task of 2 classes; this one has 3"));
    assert!(refusal(Shape::Pairs, &["brier"]).contains("similarities are none"));
    let trials = Shard::Pairs(&[Some(0.9), Some(-0.5)], &[true, false]);
    assert_eq!(values(Shape::Pairs, &["eer.interp", "roc_auc"], &[trials]), [Some(0.0), Some(1.0)]);
}

#[test]
fn the_class_of_what_belongs_to_no_other_is_no_answer() {
    // Known and named; known and not named; unknown and not named; unknown and named.
    let scores = [0.9, 0.1, 0.0, 0.1, 0.2, 0.7, 0.0, 0.4, 0.6, 0.2, 0.8, 0.0];
    let shard = Shard::Classes(ClassesPredictions::Scores(&scores), &[0, 1, 2, 2]);
    let got =
        values(REJECTING, &["precision@0.5", "recall@0.5", "open_set_id.accuracy@0.5", "accuracy"], &[shard]);
    assert_eq!(got, [Some(0.5), Some(0.5), Some(0.5), Some(0.5)]);
    let three = Shape::Classes { class_count: 3, reject: None };
    assert!(refusal(three, &["gap.recognition"]).contains("set `reject`"));
}

#[test]
fn languages_are_classes_with_costs() {
    let scores = [1.0, -1.0, -1.0, 1.0];
    let shard = Shard::Classes(ClassesPredictions::Scores(&scores), &[0, 1]);
    assert_eq!(
        values(TWO, &["cavg.lre@0", "cavg.min_exact", "accuracy"], &[shard]),
        [Some(0.0), Some(0.0), Some(1.0)]
    );
}

#[test]
fn boxes_are_scored_as_coco_and_as_voc_have_it() {
    let found = [Some(vec![boxes::Detection { class: 0, score: 0.9, x: 0.0, y: 0.0, w: 10.0, h: 6.0 }])];
    let gold = boxes::TrueBox { class: 0, x: 0.0, y: 0.0, w: 10.0, h: 10.0, area: 100.0, crowd: false };
    let truth = [boxes::ImageBoxes { id: 0, boxes: vec![gold] }];
    let got = values(Shape::Boxes(1), &["mAP.area", "AP50", "AP75"], &[Shard::Boxes(&found, &truth)]);
    assert_eq!((got[0], got[2]), (Some(1.0), Some(0.0)));
    assert!((got[1].unwrap() - 1.0).abs() < 1e-12);
    // What PASCAL VOC calls difficult does not count.
    let crowd = [boxes::ImageBoxes { id: 0, boxes: vec![boxes::TrueBox { crowd: true, ..gold }] }];
    assert_eq!(values(Shape::Boxes(1), &["mAP.area"], &[Shard::Boxes(&found, &crowd)]), [None]);
}

#[test]
fn a_transcript_is_a_translation_with_one_reference() {
    let shard = [Some("the cat sat on the mat".to_owned())];
    let labels = ["the cat sat on the mat".to_owned()];
    let got = values(Shape::Text, &["bleu.13a", "wer"], &[Shard::Text(&shard, &labels)]);
    assert!((got[0].unwrap() - 100.0).abs() < 1e-9);
    assert_eq!(got[1], Some(0.0));
}

#[test]
fn a_search_is_a_ranking_a_set_of_pairs_and_an_identification() {
    let query = |judged: &[u32], excluded: &[u32]| rankings::Query {
        judged: judged.iter().map(|item| (*item, 1)).collect(),
        excluded: excluded.to_vec(),
    };
    // Item 9 is excluded; what is asked for stands behind one other.
    let lists = [Some(vec![(9, 0.95), (4, 0.8), (2, 0.7), (3, 0.6)]), Some(vec![(1, 0.5), (5, 0.4)])];
    let queries = [query(&[2, 3], &[9]), query(&[1], &[])];
    let ids = ["recip_rank", "recall@rank1", "rank1", "rank2", "uap"];
    let got = values(Shape::Rankings(3), &ids, &[Shard::Rankings(&lists, &queries)]);
    // Right pairs in the order of their scores: places 2 (0.7), 3 (0.6), 4 (0.5) of 5.
    let uap = (1.0 / 2.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0;
    assert_eq!(got[..4], [Some(0.75), Some(1.0 / 3.0), Some(0.5), Some(1.0)]);
    assert!((got[4].unwrap() - uap).abs() < 1e-12);
}

#[test]
fn every_id_that_a_task_may_name_is_found() {
    use AnswerKind::{Boxes, Classes, Mask, Multilabel, Pairs, Rankings, Segments, Transcript, Values};
    for answer in [Classes, Boxes, Mask, Multilabel, Pairs, Rankings, Segments, Transcript, Values] {
        for suite in egret_metrics::suites_of(answer) {
            for info in suite.metrics {
                let id = suite.plain_id(info);
                let full = format!("{}.{id}", suite.name);
                assert!(find(answer, &id).is_some(), "{id}");
                assert_eq!(find(answer, &full).unwrap().suite().name, suite.name, "{full}");
            }
        }
        assert!(!ids(answer).is_empty());
    }
    assert!(find(Classes, "coco_bbox.AP").is_none() && find(Classes, "frechet.frechet").is_none());
}

#[test]
fn states_of_other_metrics_or_of_broken_bytes_are_refused() {
    let both = scoring(TWO, &["roc_auc", "accuracy"]);
    let mut state = State::new(both.clone()).unwrap();
    let other = State::new(scoring(TWO, &["accuracy", "roc_auc"])).unwrap();
    assert_eq!(state.merge(&other), Err(MetricError::Incompatible));
    let bytes = state.to_bytes();
    assert!(State::from_bytes(scoring(TWO, &["accuracy"]), &bytes).is_err());
    for end in 0..bytes.len() {
        assert!(State::from_bytes(both.clone(), &bytes[..end]).is_err());
    }
}
