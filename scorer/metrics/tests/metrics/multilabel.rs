//! Class sets: the golden values for any sharding, limits from both sides, and what a state refuses.

use egret_metrics::{
    MetricError,
    multilabel::{CELL_COUNT_MAX, CLASS_COUNT_MAX, METRICS, Params, STATE_BYTES_MAX, Scores, State, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

const LEFT_OUT: [(&str, &str); 1] = [("per_class", "a list; a board ranks by one number")];

golden::mergeable!(State);

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let row = |column: &str, item: usize| case["cols"][column][item].as_array().unwrap();
    let class_count = row("labels", 0).len() as u32;
    let params =
        Params { threshold: case["params"]["threshold"].as_f64().unwrap(), ..params(class_count, &[metric]) };
    let scores: Vec<f64> = items.iter().flat_map(|&i| row("scores", i)).map(golden::number).collect();
    let label_list = |&i: &usize| -> Vec<u32> {
        (0..class_count).zip(row("labels", i)).filter(|(_, v)| **v == 1).map(|(class, _)| class).collect()
    };
    let labels: Vec<_> = items.iter().map(label_list).collect();
    let mut state = State::new(params.clone())?;
    state.update(Scores::F64(&scores), &vec![true; items.len()], &labels)?;
    State::from_bytes(params, &state.to_bytes())
}

fn params(class_count: u32, ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("{id} is not parsed")).0;
    Params { class_count, threshold: 0.5, kinds: ids.iter().map(kind).collect() }
}

fn every_metric() -> Vec<&'static str> {
    METRICS.iter().map(|info| if info.id == "gap@{k}" { "gap@2" } else { info.id }).collect()
}

fn value(state: &State) -> Option<f64> {
    state.values().unwrap()[0]
}

#[test]
fn values_equal_the_goldens_for_any_sharding() {
    assert_eq!(golden::check_suite("multilabel", &LEFT_OUT, f64::NAN, state_of), 9 * 21 * 4);
}

#[test]
fn ids_are_parsed_and_nothing_else_is() {
    for (id, info) in every_metric().into_iter().zip(&METRICS) {
        assert_eq!(parse(id).unwrap().1, info.id);
    }
    assert!(parse(&format!("gap@{CLASS_COUNT_MAX}")).is_some());
    let beyond = format!("gap@{}", CLASS_COUNT_MAX + 1);
    for id in ["", "map", "gap@", "gap@0", "gap@02", "gap@{k}", "hit@2", "ap.per_class", "f1", &beyond] {
        assert!(parse(id).is_none(), "{id} was taken for a metric of class sets");
    }
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    for class_count in [1, CLASS_COUNT_MAX] {
        assert!(State::new(params(class_count, &["lrap"])).is_ok());
    }
    for class_count in [0, CLASS_COUNT_MAX + 1] {
        assert!(matches!(State::new(params(class_count, &["lrap"])), Err(MetricError::Invalid(_))));
    }
    assert!(State::new(Params { threshold: f64::NAN, ..params(2, &["lrap"]) }).is_err());
    assert!(State::new(Params { threshold: -1e300, ..params(2, &["lrap"]) }).is_ok());
    assert!(State::new(params(2, &[])).is_err());
}

#[test]
fn kept_scores_are_bounded_on_both_sides() {
    let ids = ["map.macro_present"];
    let (class_count, most) = (CLASS_COUNT_MAX, (CELL_COUNT_MAX / u64::from(CLASS_COUNT_MAX)) as usize);
    let scores: Vec<f32> = (0..most * class_count as usize).map(|cell| (cell as f32).sin()).collect();
    let update = |state: &mut State, items: usize| {
        let cells = items * class_count as usize;
        state.update(Scores::F32(&scores[..cells]), &vec![true; items], &vec![vec![7]; items])
    };
    let mut full = State::new(params(class_count, &ids)).unwrap();
    update(&mut full, most).unwrap();
    let one_more = update(&mut full, 1).unwrap_err();
    assert!(one_more.to_string().contains("allowed are 12582912"), "{one_more}");
    let mut one = State::new(params(class_count, &ids)).unwrap();
    update(&mut one, 1).unwrap();
    assert_eq!(full.merge(&one), Err(one_more));
    assert_eq!(full.item_count(), most as u64);
    assert!(full.to_bytes().len() < STATE_BYTES_MAX / 2, "f32 scores take less than half of the room");

    // What keeps no scores has no such limit.
    let mut free = State::new(params(class_count, &["f1.macro", "lwlrap"])).unwrap();
    update(&mut free, most).unwrap();
    update(&mut free, 1).unwrap();
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(2, &every_metric())).unwrap();
    state.update(Scores::F32(&[0.9, 0.1]), &[true], &[vec![0]]).unwrap();
    let before = state.to_bytes();
    let mut refused = |scores: &[f64], answered: &[bool], labels: &[Vec<u32>]| {
        state.update(Scores::F64(scores), answered, labels).unwrap_err()
    };
    let two = [vec![0], vec![1]];
    let nan = refused(&[0.1, 0.2, 0.3, f64::NAN], &[true; 2], &two);
    assert_eq!(nan, MetricError::NonFiniteScore { item: 1, class: 1 });
    assert_eq!(refused(&[f64::INFINITY, 0.2], &[true], &two[..1]).code(), "nonfinite_score");
    for labels in [[vec![0], vec![2]], [vec![], vec![1, 0]], [vec![0, 0], vec![]]] {
        assert_eq!(refused(&[0.5; 4], &[true; 2], &labels).code(), "out_of_domain", "{labels:?}");
    }
    assert_eq!(refused(&[0.5; 3], &[true; 2], &two), MetricError::LengthMismatch { expected: 4, found: 3 });
    assert_eq!(refused(&[0.5; 4], &[true], &two), MetricError::LengthMismatch { expected: 2, found: 1 });
    assert_eq!(state.to_bytes(), before);
}

#[test]
fn an_item_without_an_answer_is_as_wrong_as_can_be() {
    let state_of = |id: &str, scores: &[f64], answered: &[bool], labels: &[Vec<u32>]| {
        let mut state = State::new(params(3, &[id])).unwrap();
        state.update(Scores::F64(scores), answered, labels).unwrap();
        state
    };
    // The second row is not looked at, whatever it holds.
    let rows = [0.9, 0.8, 0.1, f64::NAN, 7.0, f64::INFINITY];
    let worst = [0.9, 0.8, 0.1, -5.0, 5.0, 5.0];
    let labels = [vec![0, 1], vec![0]];
    for info in &METRICS {
        let id = if info.id == "gap@{k}" { "gap@2" } else { info.id };
        let value = |scores, answered| value(&state_of(id, scores, answered, &labels)).unwrap();
        let (missing, worst) = (value(&rows, &[true, false]), value(&worst, &[true, true]));
        let worse = match info.direction {
            egret_metrics::Direction::HigherIsBetter => missing <= worst,
            egret_metrics::Direction::LowerIsBetter => missing >= worst,
        };
        assert!(worse, "{id}: {missing} without an answer, {worst} with the worst");
        let whole = state_of(id, &rows, &[true, false], &labels);
        let mut merged = state_of(id, &rows[..3], &[true], &labels[..1]);
        merged.merge(&state_of(id, &rows[3..], &[false], &labels[1..])).unwrap();
        assert_eq!(merged.to_bytes(), whole.to_bytes(), "{id}");
    }
    // Not even an item that has no class, or every class, is right without an answer.
    for labels in [vec![], vec![0, 1, 2]] {
        for (id, want) in [
            ("subset_accuracy", 0.0),
            ("hamming_loss", 1.0),
            ("lrap", 0.0),
            ("hit@1", 0.0),
            ("ranking_loss", 1.0),
            ("coverage_error", 3.0),
        ] {
            let got = value(&state_of(id, &[0.0; 3], &[false], std::slice::from_ref(&labels))).unwrap();
            assert!((got - want).abs() < 1e-12, "{id} of {labels:?}: {got}");
        }
    }
}

#[test]
fn what_is_undefined_is_none_and_a_perfect_order_is_infinitely_far() {
    let state_of = |id: &str, labels: &[Vec<u32>]| {
        let mut state = State::new(params(2, &[id])).unwrap();
        state.update(Scores::F32(&[0.9, 0.1, 0.2, 0.8]), &[true; 2], labels).unwrap();
        state
    };
    for id in
        ["map.macro_present", "roc_auc.macro_present", "roc_auc.micro", "d_prime.mean_auc", "lwlrap", "gap@2"]
    {
        assert_eq!(value(&state_of(id, &[vec![], vec![]])), None, "{id}");
    }
    assert_eq!(value(&state_of("d_prime.mean_auc", &[vec![0], vec![1]])), Some(f64::INFINITY));
    assert_eq!(value(&state_of("d_prime.mean_auc", &[vec![1], vec![0]])), Some(f64::NEG_INFINITY));
    assert_eq!(State::new(params(2, &["lrap"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn states_of_other_parameters_do_not_mix() {
    let mut plain = State::new(params(3, &["lrap"])).unwrap();
    plain.update(Scores::F32(&[0.1, 0.2, 0.3]), &[true], &[vec![1]]).unwrap();
    let other = State::new(params(3, &["lrap", "gap@2"])).unwrap();
    assert_eq!(plain.merge(&other), Err(MetricError::Incompatible));
    for wrong in [params(2, &["lrap"]), params(3, &["map.micro"]), params(3, &["gap@2"])] {
        assert_eq!(State::from_bytes(wrong, &plain.to_bytes()).unwrap_err(), MetricError::Corrupt);
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_that_can_be_used_or_an_error(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let params = params(3, &every_metric());
        let mut state = State::new(params.clone()).unwrap();
        let scores = [0.5, 0.25, 0.75, 0.1, 0.2, 0.3];
        state.update(Scores::F64(&scores), &[true, false], &[vec![0, 2], vec![1]]).unwrap();
        let mut bytes = state.to_bytes();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(mut read) = State::from_bytes(params.clone(), &bytes) {
            let _ = read.values();
            let copy = read.clone();
            let _ = read.merge(&copy);
            prop_assert_eq!(State::from_bytes(params, &copy.to_bytes()).unwrap().to_bytes(), copy.to_bytes());
        }
    }

    #[test]
    fn values_stay_in_range(
        rows in prop::collection::vec((prop::collection::vec(-2_i8..3, 4), prop::collection::btree_set(0_u32..4, 0..5)), 1..30),
        answered in prop::collection::vec(any::<bool>(), 30),
    ) {
        let (scores, labels): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let scores: Vec<f32> = scores.into_iter().flatten().map(|score| f32::from(score) / 2.0).collect();
        let labels: Vec<Vec<u32>> = labels.into_iter().map(|set| set.into_iter().collect()).collect();
        let mut state = State::new(params(4, &every_metric())).unwrap();
        state.update(Scores::F32(&scores), &answered[..labels.len()], &labels).unwrap();
        for (info, value) in METRICS.iter().zip(state.values().unwrap()) {
            let inside = value.is_none_or(|v| info.range.0 - 1e-12 <= v && v <= info.range.1 + 1e-12);
            prop_assert!(inside, "{} = {value:?}", info.id);
        }
    }
}
