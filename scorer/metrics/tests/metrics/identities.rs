//! Open-set identification: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    identities::{
        Answer, Kind, METRICS, Params, STATE_BYTES_BESIDES_MAX, STATE_BYTES_PER_ITEM_MAX, State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 6] =
    ["gap.recognition", "precision@0.5", "recall@0.5", "f1@0.5", "accuracy@0.5", "best_f1"];

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { kinds: ids.iter().map(kind).collect() }
}

fn answer(identity: u32, score: f64) -> Answer {
    Answer { identity, score }
}

fn values(ids: &[&str], answers: &[Option<Answer>], labels: &[Option<u32>]) -> Vec<Option<f64>> {
    let mut state = State::new(params(ids)).unwrap();
    state.update(answers, labels).unwrap();
    state.values().unwrap()
}

/// The state of some items of a golden case, back from its bytes.
fn state_of(
    case: &Value,
    id: &str,
    [label, score]: [&str; 2],
    items: &[usize],
) -> Result<State, MetricError> {
    let cell = |column: &str, item: usize| &case["cols"][column][item];
    let identity = |column: &str, item: usize| cell(column, item).as_u64().map(|id| id as u32);
    let answers: Vec<_> =
        items.iter().map(|&i| Some(answer(identity("pred", i)?, golden::number(cell(score, i))))).collect();
    let labels: Vec<_> = items.iter().map(|&i| identity(label, i)).collect();
    let mut state = State::new(params(&[id]))?;
    state.update(&answers, &labels)?;
    State::from_bytes(params(&[id]), &state.to_bytes())
}

#[test]
fn goldens_of_recognition() {
    let compared = golden::check_suite("gap_recognition", &[], f64::NAN, |case, metric, items| {
        state_of(case, metric, ["label", "conf"], items)
    });
    assert_eq!(compared, 4 * 8);
}

#[test]
fn goldens_of_open_sets() {
    let compared = golden::check_suite("open_set_id", &[], f64::NAN, |case, metric, items| {
        let threshold = golden::number(&case["params"]["threshold"]);
        let id = if metric == "best_f1" { metric.to_owned() } else { format!("{metric}@{threshold}") };
        state_of(case, &id, ["gt", "score"], items)
    });
    assert_eq!(compared, 4 * (4 * 8 + 7));
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    for id in ["", "gap", "f1", "f1@", "precision@0.50", "accuracy@inf", "best_f1@0.5"] {
        assert_eq!(parse(id), None, "{id}");
    }
}

#[test]
fn nobody_known_nobody_named_and_everybody_confused() {
    let of = |answers: &[_], labels: &[_]| values(&EVERY_ID, answers, labels);
    let undefined = of(&[Some(answer(1, 0.5)), None], &[None, None]);
    assert_eq!(undefined, [None, Some(0.0), None, None, Some(0.5), None]);
    assert_eq!(of(&[None, None], &[Some(1), None])[1..5], [Some(0.0), Some(0.0), Some(0.0), Some(0.5)]);
    let zero = Some(0.0);
    assert_eq!(of(&[Some(answer(2, 0.9))], &[Some(1)]), [zero; 6]);
    assert_eq!(State::new(params(&["best_f1"])).unwrap().values(), Err(MetricError::Empty));
    // Wrong first among equals: 1/2 for the right one of two. −0 is 0.
    assert_eq!(of(&[Some(answer(1, 0.0)), Some(answer(2, -0.0))], &[Some(1), None])[0], Some(0.5));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["best_f1"])).unwrap();
    state.update(&[Some(answer(1, 0.5))], &[Some(1)]).unwrap();
    let before = state.to_bytes();
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = state.update(&[Some(answer(1, 0.5)), Some(answer(1, score))], &[None, None]).unwrap_err();
        assert_eq!(error.code(), "nonfinite_score");
    }
    let error = state.update(&[None], &[]);
    assert_eq!(error, Err(MetricError::LengthMismatch { expected: 0, found: 1 }));
    let other = State::new(params(&["f1@0.5"])).unwrap();
    assert_eq!(state.merge(&other), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |kinds: &[Kind]| State::new(Params { kinds: kinds.to_vec() }).is_ok();
    assert!(with(&[Kind::Gap; 32]) && !with(&[Kind::Gap; 33]) && !with(&[]));
    assert!(with(&[Kind::F1(f64::MIN), Kind::Recall(f64::MAX)]));
    assert!(!with(&[Kind::Precision(f64::NAN)]) && !with(&[Kind::Accuracy(f64::INFINITY)]));
}

/// As the module writes a state: items, those that show somebody, (step from the last key, counts).
fn read(items: u64, known: u64, steps: &[(u64, [u32; 3])]) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(items, known, steps), vec![1]).unwrap();
    State::from_bytes(params(&["best_f1"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let zero = 1_u64 << 63;
    assert_eq!(read(5, 3, &[(zero, [1, 1, 0]), (7, [0, 1, 2])]).unwrap().item_count(), 5);
    assert!(read(5, 5, &[]).is_ok());
    let strange: [(u64, u64, &[_]); 6] = [
        (5, 6, &[]),
        (5, 1, &[(zero, [1, 1, 0])]),
        (5, 4, &[(zero, [0, 0, 2])]),
        (5, 4, &[(zero - 1, [1, 0, 0])]),
        (5, 4, &[(zero, [0, 0, 0])]),
        (5, 4, &[(zero, [1, 0, 0]), (0, [1, 0, 0])]),
    ];
    for (items, known, steps) in strange {
        assert_eq!(read(items, known, steps).map(|_| ()), Err(MetricError::Corrupt), "{steps:?}");
    }
}

#[test]
fn items_are_counted_up_to_the_limit() {
    assert!(read(ITEM_COUNT_MAX + 1, 0, &[]).is_err());
    let mut full = read(ITEM_COUNT_MAX - 1, 0, &[]).unwrap();
    full.update(&[None], &[Some(3)]).unwrap();
    let before = full.to_bytes();
    assert_eq!(full.update(&[None], &[None]).unwrap_err().code(), "invalid_input");
    assert_eq!(full.merge(&read(1, 0, &[]).unwrap()).unwrap_err().code(), "invalid_input");
    assert_eq!((full.to_bytes(), full.values()), (before, Ok(vec![Some(0.0)])));
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
    fn values_are_shares_and_the_state_within_its_bound(
        items in prop::collection::vec((prop::option::of((0_u32..3, -5_i8..5)), prop::option::of(0_u32..3)), 1..80),
    ) {
        let (answers, labels): (Vec<_>, Vec<_>) = items
            .into_iter()
            .map(|(given, label)| (given.map(|(identity, score)| answer(identity, f64::from(score))), label))
            .unzip();
        let mut state = State::new(params(&EVERY_ID)).unwrap();
        state.update(&answers, &labels).unwrap();
        prop_assert!(state.to_bytes().len() <= STATE_BYTES_BESIDES_MAX + STATE_BYTES_PER_ITEM_MAX * labels.len());
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{values:?}");
        // No threshold beats the best one.
        prop_assert!(values[3] <= values[5]);
    }
}
