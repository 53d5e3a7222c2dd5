//! Numbers: the golden values for any sharding, limits from both sides, and what a state refuses.

use egret_metrics::{
    MetricError,
    values::{METRICS, PAIR_COUNT_MAX, Params, STATE_BYTES_MAX, State, VALUE_COUNT_MAX, VALUE_MAX, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let column = |name: &str| -> Vec<f64> {
        items.iter().map(|&item| golden::number(&case["cols"][name][item])).collect()
    };
    let mut state = State::new(params(1, &[metric]))?;
    state.update(&column("pred"), &vec![true; items.len()], &column("target"))?;
    State::from_bytes(params(1, &[metric]), &state.to_bytes())
}

fn params(value_count: u32, ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("{id} is not parsed")).0;
    Params { value_count, kinds: ids.iter().map(kind).collect() }
}

fn every_metric() -> Vec<&'static str> {
    METRICS.iter().map(|info| if info.id == "pinball{q}" { "pinball0.9" } else { info.id }).collect()
}

fn state(value_count: u32, ids: &[&str], predictions: &[f64], answered: &[bool], labels: &[f64]) -> State {
    let mut state = State::new(params(value_count, ids)).unwrap();
    state.update(predictions, answered, labels).unwrap();
    state
}

fn values(value_count: u32, ids: &[&str], predictions: &[f64], labels: &[f64]) -> Vec<Option<f64>> {
    let answered = vec![true; labels.len() / value_count as usize];
    state(value_count, ids, predictions, &answered, labels).values().unwrap()
}

#[test]
fn values_equal_the_goldens_for_any_sharding() {
    assert_eq!(golden::check_suite("regression", &[], f64::NAN, state_of), (10 * 15 + 3) * 4);
}

#[test]
fn ids_are_parsed_and_nothing_else_is() {
    for (id, info) in every_metric().into_iter().zip(&METRICS) {
        assert_eq!(parse(id).unwrap().1, info.id);
    }
    for id in [
        "",
        "MAE",
        "r2 ",
        "pinball",
        "pinball0",
        "pinball1",
        "pinball0.90",
        "pinballNaN",
        "pinball{q}",
        "accuracy",
    ] {
        assert!(parse(id).is_none(), "{id} was taken for a metric of numbers");
    }
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    for value_count in [1, VALUE_COUNT_MAX] {
        assert!(State::new(params(value_count, &["mae"])).is_ok());
    }
    for value_count in [0, VALUE_COUNT_MAX + 1] {
        assert!(matches!(State::new(params(value_count, &["mae"])), Err(MetricError::Invalid(_))));
    }
    for q in [0.0, 1.0, f64::NAN] {
        let kinds = vec![egret_metrics::values::Kind::Pinball(q)];
        assert!(State::new(Params { value_count: 1, kinds }).is_err());
    }
    assert!(State::new(params(1, &[])).is_err());
}

#[test]
fn magnitudes_are_bounded_on_both_sides() {
    let ids = ["mae", "mse", "r2", "mape", "ccc"];
    let mut state = state(1, &ids, &[VALUE_MAX, -VALUE_MAX], &[true; 2], &[-VALUE_MAX, VALUE_MAX]);
    assert!(state.values().unwrap().iter().all(|value| value.is_some_and(f64::is_finite)));
    let before = state.to_bytes();
    let beyond = VALUE_MAX * 1.000_001;
    let mut refused = |prediction: f64, label: f64| {
        state.update(&[0.0, prediction], &[true; 2], &[0.0, label]).unwrap_err()
    };
    assert!(matches!(refused(beyond, 0.0), MetricError::AnswerOutOfDomain { item: 1, .. }));
    assert!(matches!(refused(0.0, -beyond), MetricError::OutOfDomain { item: 1, .. }));
    assert!(matches!(refused(0.0, f64::NAN), MetricError::OutOfDomain { item: 1, .. }));
    assert_eq!(refused(f64::INFINITY, 0.0), MetricError::NonFinitePrediction { item: 1, value: 0 });
    assert_eq!(
        state.update(&[0.0], &[true], &[0.0, 1.0]),
        Err(MetricError::LengthMismatch { expected: 1, found: 2 })
    );
    assert_eq!(
        state.update(&[0.0], &[true; 2], &[0.0; 2]),
        Err(MetricError::LengthMismatch { expected: 2, found: 1 })
    );
    assert_eq!(state.to_bytes(), before);

    let mut logarithms = State::new(params(1, &["rmsle"])).unwrap();
    let least = (-1.0_f64).next_up();
    logarithms.update(&[least], &[true], &[0.0]).unwrap();
    assert!(matches!(
        logarithms.update(&[-1.0], &[true], &[0.0]),
        Err(MetricError::AnswerOutOfDomain { item: 0, .. })
    ));
    assert!(matches!(
        logarithms.update(&[0.0], &[true], &[-1.0]),
        Err(MetricError::OutOfDomain { item: 0, .. })
    ));
}

#[test]
fn kept_values_are_bounded_on_both_sides() {
    let (value_count, most) = (VALUE_COUNT_MAX, (PAIR_COUNT_MAX / u64::from(VALUE_COUNT_MAX)) as usize);
    let numbers: Vec<f64> = (0..PAIR_COUNT_MAX).map(|cell| cell as f64 * 0.1).collect();
    let update = |state: &mut State, items: usize, answered: bool| {
        let numbers = &numbers[..items * value_count as usize];
        state.update(numbers, &vec![answered; items], numbers)
    };
    let mut full = State::new(params(value_count, &["median_ae", "mae", "mape", "smape"])).unwrap();
    update(&mut full, most, true).unwrap();
    let one_more = update(&mut full, 1, true).unwrap_err();
    assert!(one_more.to_string().contains("allowed are 3145728"), "{one_more}");
    let mut one = State::new(params(value_count, &["median_ae", "mae", "mape", "smape"])).unwrap();
    update(&mut one, 1, true).unwrap();
    assert_eq!(full.merge(&one), Err(one_more));
    assert!(full.to_bytes().len() <= STATE_BYTES_MAX);

    // What keeps no pairs keeps only the truth of items without an answer.
    let mut free = State::new(params(value_count, &["mae"])).unwrap();
    update(&mut free, most, false).unwrap();
    assert!(update(&mut free, 1, false).is_err());
    update(&mut free, 1, true).unwrap();
}

#[test]
fn an_item_without_an_answer_is_predicted_at_the_farther_end() {
    let ids = every_metric();
    let labels = [0.0, 1.0, 4.0, 3.0];
    // The third prediction is not looked at, whatever it holds.
    let missing = state(1, &ids, &[0.5, 1.0, f64::NAN, 2.0], &[true, true, false, true], &labels);
    assert_eq!(missing.values().unwrap(), values(1, &ids, &[0.5, 1.0, 0.0, 2.0], &labels));
    // Which end that is, is known when all is merged; the merge may put the end elsewhere.
    let mut merged = state(1, &ids, &[f64::NAN], &[false], &labels[2..3]);
    assert_eq!(merged.values().unwrap(), vec![None; ids.len()], "one value has no other end");
    merged.merge(&state(1, &ids, &[2.0, 1.0, 0.5], &[true; 3], &[3.0, 1.0, 0.0])).unwrap();
    assert_eq!(merged.to_bytes(), missing.to_bytes());
    assert_eq!(merged.item_count(), 4);
}

#[test]
fn several_values_give_the_mean_of_theirs_and_the_largest_error() {
    let ids = ["mae", "rmse", "r2", "max_error", "pearson"];
    let (predictions, labels) = ([1.0, 10.0, 2.0, 21.0, 3.5, 33.0], [1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
    let both = values(2, &ids, &predictions, &labels);
    let column =
        |from: usize, cells: &[f64]| -> Vec<f64> { cells.iter().skip(from).step_by(2).copied().collect() };
    let [first, second] = [0, 1].map(|c| values(1, &ids, &column(c, &predictions), &column(c, &labels)));
    for (position, id) in ids.iter().enumerate() {
        let (a, b) = (first[position].unwrap(), second[position].unwrap());
        let want = if *id == "max_error" { a.max(b) } else { f64::midpoint(a, b) };
        assert!((both[position].unwrap() - want).abs() < 1e-12, "{id}");
    }
    // Where one value leaves a metric undefined, it is.
    assert_eq!(values(2, &["pearson"], &[1.0, 5.0, 2.0, 5.0], &[1.0, 1.0, 2.0, 2.0]), [None]);
    assert_eq!(State::new(params(1, &ids)).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_large_offset_costs_no_digit() {
    let offset = 2_f64.powi(50);
    let (labels, predictions) = ([1.0, 2.0, 4.0, 7.0], [1.0, 3.0, 3.0, 8.0]);
    let ids = ["mse", "r2", "explained_variance", "pearson"];
    let moved = |numbers: [f64; 4]| numbers.map(|number| number + offset);
    let (plain, far) =
        (values(1, &ids, &predictions, &labels), values(1, &ids, &moved(predictions), &moved(labels)));
    assert_eq!(plain, far);
}

#[test]
fn states_of_other_parameters_do_not_mix() {
    let mut plain = state(2, &["mae"], &[0.0; 2], &[true], &[1.0; 2]);
    let other = State::new(params(2, &["mae", "mape"])).unwrap();
    assert_eq!(plain.merge(&other), Err(MetricError::Incompatible));
    for wrong in [params(1, &["mae"]), params(2, &["mae", "mape"]), params(2, &["mae", "spearman"])] {
        assert_eq!(State::from_bytes(wrong, &plain.to_bytes()).unwrap_err(), MetricError::Corrupt);
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_that_can_be_used_or_an_error(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes =
            state(1, &every_metric(), &[0.5, 2.0, 0.0], &[true, true, false], &[1.0, 1.5, 3.0]).to_bytes();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let params = params(1, &every_metric());
        if let Ok(mut read) = State::from_bytes(params.clone(), &bytes) {
            let _ = read.values();
            let copy = read.clone();
            let _ = read.merge(&copy);
            prop_assert_eq!(State::from_bytes(params, &copy.to_bytes()).unwrap().to_bytes(), copy.to_bytes());
        }
    }

    #[test]
    fn values_stay_in_range(
        pairs in prop::collection::vec((-0.9..3.0_f64, -2_i8..40, any::<bool>()), 1..30),
    ) {
        let labels: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
        let predictions: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.1) / 4.0).collect();
        let answered: Vec<bool> = pairs.iter().map(|pair| pair.2).collect();
        for (info, value) in METRICS.iter().zip(state(1, &every_metric(), &predictions, &answered, &labels).values().unwrap()) {
            let inside = value.is_none_or(|v| info.range.0 - 1e-12 <= v && v <= info.range.1 + 1e-12);
            prop_assert!(inside, "{} = {value:?}", info.id);
        }
    }
}
