//! Yes or no: golden cases, limits, refusals, missing scores.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    binary::{Kind, METRICS, Params, STATE_BYTES_BESIDES_MAX, STATE_BYTES_PER_ITEM_MAX, State, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 12] = [
    "roc_auc",
    "roc_auc.max_fpr0.1",
    "average_precision",
    "pr_auc.trapezoid",
    "d_prime",
    "best_f1",
    "recall_at_precision0.9",
    "log_loss",
    "brier",
    "f1@0.5",
    "accuracy@0.5",
    "mcc@0.5",
];
/// Undefined without a positive, where scikit-learn says 0, and 0.5 of the trapezoid.
const OF_POSITIVES: [&str; 4] =
    ["average_precision", "recall_at_precision0.8", "recall_at_precision0.9", "pr_auc.trapezoid"];

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { kinds: ids.iter().map(kind).collect() }
}

fn values(ids: &[&str], scores: &[Option<f64>], labels: &[bool]) -> Vec<Option<f64>> {
    let mut state = State::new(params(ids)).unwrap();
    state.update(scores, labels).unwrap();
    state.values().unwrap()
}

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let cell = |column: &str, item: usize| &case["cols"][column][item];
    let scores: Vec<_> = items.iter().map(|&i| Some(golden::number(cell("score", i)))).collect();
    let labels: Vec<_> = items.iter().map(|&i| cell("label", i).as_u64() == Some(1)).collect();
    let mut state = State::new(params(&[metric]))?;
    state.update(&scores, &labels)?;
    State::from_bytes(params(&[metric]), &state.to_bytes())
}

/// Every id of the suite but these.
fn all_but(ids: &[&str]) -> Vec<(&'static str, &'static str)> {
    let every = EVERY_ID.into_iter().chain(["roc_auc.max_fpr0.01", "recall_at_precision0.8"]);
    every
        .filter(|id| !ids.contains(id))
        .map(|id| (id, "has another word for undefined: compared below"))
        .collect()
}

#[test]
fn goldens() {
    let compared =
        golden::check_suite("binary", &OF_POSITIVES.map(|id| (id, "compared below")), f64::NAN, state_of)
            + golden::check_suite("binary", &all_but(&OF_POSITIVES[..3]), 0.0, state_of)
            + golden::check_suite("binary", &all_but(&OF_POSITIVES[3..]), 0.5, state_of);
    assert_eq!(compared, 4 * (2 * 14 + 7 * 13 + 4 * 12 + 11));
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    assert_eq!(parse("f1@-1.5").unwrap().0, Kind::F1(-1.5));
    for id in [
        "",
        "f1",
        "f1@",
        "f1@.5",
        "f2@0.5",
        "accuracy",
        "roc_auc.max_fpr1",
        "recall_at_precision0",
        "mcc@inf",
    ] {
        assert_eq!(parse(id), None, "{id}");
    }
}

#[test]
fn without_positives_or_negatives_only_what_needs_them_is_undefined() {
    let of = |label| values(&EVERY_ID, &[Some(0.25), Some(0.75)], &[label; 2]);
    let undefined = |values: &[Option<f64>]| values.iter().filter(|value| value.is_none()).count();
    assert_eq!((undefined(&of(false)), undefined(&of(true))), (6, 3));
    let none = values(&["f1@0.5", "mcc@0.5", "best_f1"], &[Some(0.25)], &[false]);
    assert_eq!(none, [Some(0.0); 3]);
    assert_eq!(State::new(params(&["roc_auc"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_missing_score_is_the_worst_there_is() {
    let (labels, scores) = ([true, true, false, false], [None, Some(0.9), None, Some(0.1)]);
    let got = values(&EVERY_ID, &scores, &labels);
    let certain = [Some(0.0), Some(0.9), Some(1.0), Some(0.1)];
    // Where nobody stands at the ends, certainty of the wrong is as bad.
    assert_eq!(got, values(&EVERY_ID, &certain, &labels));
    assert_eq!(got[0], Some(0.25));
    let half = values(&["log_loss", "brier", "accuracy@0.5"], &[None, None], &[true, false]);
    assert!((half[0].unwrap() - 52.0 * std::f64::consts::LN_2).abs() < 1e-12);
    assert_eq!(half[1..], [Some(1.0), Some(0.0)]);
}

#[test]
fn probabilities_are_asked_for_only_where_they_are_needed() {
    let code = |ids: &[&str], score: f64| {
        State::new(params(ids)).unwrap().update(&[Some(score)], &[true]).map_err(|e| e.code())
    };
    for score in [-f64::MIN_POSITIVE, 1.0 + f64::EPSILON] {
        assert_eq!(code(&["roc_auc", "brier"], score), Err("out_of_domain"));
        assert_eq!(code(&["log_loss"], score), Err("out_of_domain"));
        assert_eq!(code(&["roc_auc"], score), Ok(()));
    }
    assert_eq!(
        (code(&["log_loss"], 0.0), code(&["log_loss"], 1.0), code(&["brier"], -0.0)),
        (Ok(()), Ok(()), Ok(()))
    );
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(code(&["roc_auc"], score), Err("nonfinite_score"));
    }
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["brier"])).unwrap();
    state.update(&[Some(0.5)], &[true]).unwrap();
    let before = state.to_bytes();
    assert!(state.update(&[Some(0.5), Some(f64::NAN)], &[true, false]).is_err());
    assert!(state.update(&[Some(0.5), Some(1.5)], &[true, false]).is_err());
    let error = state.update(&[Some(0.5)], &[]);
    assert_eq!(error, Err(MetricError::LengthMismatch { expected: 0, found: 1 }));
    assert_eq!(state.merge(&State::new(params(&["log_loss"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |kinds: &[Kind]| State::new(Params { kinds: kinds.to_vec() }).is_ok();
    assert!(with(&[Kind::RocAuc; 32]) && !with(&[Kind::RocAuc; 33]) && !with(&[]));
    for share in [f64::MIN_POSITIVE, 1.0 - f64::EPSILON] {
        assert!(with(&[Kind::PartialAuc(share)]) && with(&[Kind::RecallAtPrecision(share)]));
    }
    for share in [0.0, 1.0, f64::NAN] {
        assert!(!with(&[Kind::PartialAuc(share)]) && !with(&[Kind::RecallAtPrecision(share)]), "{share}");
    }
    assert!(
        with(&[Kind::F1(f64::MAX)]) && !with(&[Kind::F1(f64::INFINITY)]) && !with(&[Kind::Mcc(f64::NAN)])
    );
}

/// As the module writes a state: items, sums, (step from the last key, positives and negatives).
fn read(items: u64, sums: [i128; 2], steps: &[(u64, [u32; 2])]) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(items, sums, steps), vec![1]).unwrap();
    State::from_bytes(params(&["roc_auc"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let (zero, one, inf) = (1_u64 << 63, 1_i128 << 80, f64::INFINITY.to_bits());
    assert_eq!(read(4, [0; 2], &[(zero, [1, 2]), (7, [0, 1])]).unwrap().item_count(), 4);
    assert!(read(1, [36 * one, one], &[(zero, [1, 0])]).is_ok());
    assert!(
        read(1, [0; 2], &[(zero + inf, [0, 1])]).is_ok()
            && read(1, [0; 2], &[(!(inf | zero), [1, 0])]).is_ok()
    );
    let one_item: [(u64, [i128; 2], &[_]); 9] = [
        (2, [0; 2], &[(zero, [1, 0])]),
        (1, [37 * one, 0], &[(zero, [1, 0])]),
        (1, [0, one + one / 8], &[(zero, [1, 0])]),
        (1, [-one, 0], &[(zero, [1, 0])]),
        (1, [0; 2], &[(zero - 1, [1, 0])]),
        (1, [0; 2], &[(u64::MAX, [1, 0])]),
        (1, [0; 2], &[(zero + inf, [1, 0])]),
        (1, [0; 2], &[(!(inf | zero), [0, 1])]),
        (1, [0; 2], &[(zero, [0, 0]), (7, [0, 1])]),
    ];
    for (items, sums, steps) in one_item {
        assert_eq!(read(items, sums, steps).map(|_| ()), Err(MetricError::Corrupt), "{steps:?}");
    }
}

#[test]
fn items_are_counted_up_to_the_limit() {
    let of = |count: u64| read(count, [0; 2], &[(1 << 63, [count as u32, 0])]);
    assert!(of(ITEM_COUNT_MAX + 1).is_err());
    let mut full = of(ITEM_COUNT_MAX - 1).unwrap();
    full.update(&[Some(0.0)], &[true]).unwrap();
    let before = full.to_bytes();
    assert_eq!(full.update(&[None], &[true]).unwrap_err().code(), "invalid_input");
    assert_eq!(full.merge(&of(1).unwrap()).unwrap_err().code(), "invalid_input");
    assert_eq!((full.to_bytes(), full.values()), (before, Ok(vec![None])));
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut state) = State::from_bytes(params(&EVERY_ID), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn values_are_in_range_and_the_state_within_its_bound(
        items in prop::collection::vec((prop::option::of(0_u8..=10), any::<bool>()), 1..80),
    ) {
        let (scores, labels): (Vec<_>, Vec<_>) =
            items.into_iter().map(|(score, label)| (score.map(|s| f64::from(s) / 10.0), label)).unzip();
        let mut state = State::new(params(&EVERY_ID)).unwrap();
        state.update(&scores, &labels).unwrap();
        prop_assert!(state.to_bytes().len() <= STATE_BYTES_BESIDES_MAX + STATE_BYTES_PER_ITEM_MAX * scores.len());
        for (value, info) in state.values().unwrap().into_iter().zip(&METRICS) {
            let (least, greatest) = info.range;
            prop_assert!(value.is_none_or(|v| (least - 1e-12..=greatest + 1e-12).contains(&v)), "{} {value:?}", info.id);
        }
    }
}
