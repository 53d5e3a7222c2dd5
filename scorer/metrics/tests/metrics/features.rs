//! Distance of distributions: golden cases, limits, refusals.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    features::{FEATURE_COUNT_MAX, FEATURE_MAGNITUDE_MAX, Kind, METRICS, Params, Set, State, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

fn params(feature_count: u32) -> Params {
    Params { feature_count, kinds: vec![Kind::Frechet] }
}

fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let cell = |column: &str, i: usize| &case["cols"][column][i];
    let row = |i: &usize| cell("feat", *i).as_array().unwrap().iter().map(golden::number).collect::<Vec<_>>();
    let set = |i: &usize| match cell("set", *i).as_str() {
        Some("real") => Set::Real,
        Some("fake") => Set::Generated,
        other => panic!("{other:?}"),
    };
    let params = Params {
        feature_count: cell("feat", 0).as_array().unwrap().len() as u32,
        kinds: vec![parse(metric).unwrap().0],
    };
    let mut state = State::new(params.clone())?;
    let (rows, sets): (Vec<_>, Vec<_>) = items.iter().map(|i| (row(i), set(i))).unzip();
    state.update(&rows, &sets)?;
    State::from_bytes(params, &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("frechet", &[], f64::NAN, state_of), 4 * 8);
    assert_eq!((parse(METRICS[0].id), parse("")), (Some((Kind::Frechet, "frechet")), None));
}

/// Rows are added some at a time: the same state for any number of them, and for one after another.
#[test]
fn rows_add_up_one_by_one() {
    let row = |i: usize| [i as f64 * 0.37 - 9.0, (i * i % 101) as f64 * 3.3, -(i as f64)];
    for count in [1, 15, 16, 17, 33, 50] {
        let rows: Vec<_> = (0..count).map(row).collect();
        let sets: Vec<_> = (0..count).map(|i| if i % 3 == 0 { Set::Real } else { Set::Generated }).collect();
        let (mut at_once, mut one_by_one) = (State::new(params(3)).unwrap(), State::new(params(3)).unwrap());
        at_once.update(&rows, &sets).unwrap();
        rows.iter().zip(&sets).for_each(|(row, set)| one_by_one.update(&[row], &[*set]).unwrap());
        assert_eq!(at_once, one_by_one);
    }
}

/// Features that do not vary together: the sum over each alone, whatever a block's size is.
#[test]
fn many_features_are_as_far_as_each_alone() {
    for n in [7, 16, 17, 40] {
        // One row of each pair is off by i + 1 in feature i, upwards and downwards.
        let rows = |scale: f64| {
            let row =
                move |i: usize| (0..n).map(move |j| if j == i / 2 { scale * (j + 1) as f64 } else { 0.0 });
            let signed =
                move |i: usize| row(i).map(move |value| if i.is_multiple_of(2) { value } else { -value });
            (0..2 * n).map(move |i| signed(i).collect::<Vec<f64>>())
        };
        let mut state = State::new(params(n as u32)).unwrap();
        let sets = [vec![Set::Real; 2 * n], vec![Set::Generated; 2 * n]].concat();
        state.update(&rows(1.0).chain(rows(3.0)).collect::<Vec<_>>(), &sets).unwrap();
        // Deviations are (i + 1)·√(2 / (2n − 1)), and three times that.
        let want: f64 = (1..=n).map(|i| 4.0 * (i * i) as f64 * 2.0 / (2 * n - 1) as f64).sum();
        let got = state.values().unwrap()[0].unwrap();
        assert!((got - want).abs() < 1e-9 * want, "{n}: {got}, not {want}");
    }
}

fn distance(real: &[f64], generated: &[f64]) -> Option<f64> {
    let mut state = State::new(params(1)).unwrap();
    let rows: Vec<[f64; 1]> = real.iter().chain(generated).map(|feature| [*feature]).collect();
    let sets = [vec![Set::Real; real.len()], vec![Set::Generated; generated.len()]].concat();
    state.update(&rows, &sets).unwrap();
    state.values().unwrap()[0]
}

#[test]
fn distances_worked_by_hand() {
    // One feature: (difference of means)² + (difference of deviations)².
    let root = 2.0_f64.sqrt();
    let far = distance(&[-1.0, 1.0], &[1.0, 5.0]).unwrap();
    assert!((far - (9.0 + root * root)).abs() < 1e-12, "{far}");
    // A large offset loses nothing.
    let far = distance(&[99_999.0, 100_001.0], &[100_001.0, 100_005.0]).unwrap();
    assert!((far - 11.0).abs() < 1e-9, "{far}");
    assert_eq!(distance(&[1.0, 1.0], &[3.0, 3.0]), Some(4.0));
    assert_eq!((distance(&[1.0], &[1.0, 2.0]), distance(&[1.0, 2.0], &[])), (None, None));
    assert_eq!(State::new(params(1)).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(2)).unwrap();
    state.update(&[[1.0, 2.0]], &[Set::Real]).unwrap();
    let before = state.clone();
    let mut code = |row: Vec<f64>| state.update(&[vec![0.0; 2], row], &[Set::Real; 2]).unwrap_err().code();
    assert_eq!((code(vec![0.0]), code(vec![0.0; 3])), ("invalid_input", "invalid_input"));
    assert_eq!(
        (code(vec![0.0, f64::NAN]), code(vec![f64::INFINITY, 0.0])),
        ("nonfinite_prediction", "nonfinite_prediction")
    );
    assert_eq!(code(vec![-FEATURE_MAGNITUDE_MAX * 1.001, 0.0]), "out_of_domain");
    assert_eq!(code(vec![0.0, FEATURE_MAGNITUDE_MAX.next_up()]), "out_of_domain");
    assert_eq!(state.update(&[[0.0; 2]], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(1)).unwrap()), Err(MetricError::Incompatible));
    assert_eq!(state, before);
}

#[test]
fn everything_is_bounded_on_both_sides() {
    let with = |feature_count, count| {
        State::new(Params { feature_count, kinds: vec![Kind::Frechet; count] }).is_ok()
    };
    assert!(with(1, 1) && with(1, 32) && !with(1, 0) && !with(1, 33));
    assert!(with(FEATURE_COUNT_MAX, 1) && !with(FEATURE_COUNT_MAX + 1, 1) && !with(0, 1));
    let mut state = State::new(params(1)).unwrap();
    state.update(&[[FEATURE_MAGNITUDE_MAX], [-FEATURE_MAGNITUDE_MAX]], &[Set::Real; 2]).unwrap();

    let read = |items: u64, count: u64, sum: i128, product: i128| {
        let (real, generated) = ((count, vec![sum], vec![product]), (0_u64, vec![0_i128], vec![0_i128]));
        State::from_bytes(params(1), &postcard::to_extend(&(items, real, generated), vec![1]).unwrap())
    };
    let (most, rows) = (1_i128 << 49, ITEM_COUNT_MAX);
    let mut full = read(rows, rows, most * i128::from(rows), most * most * i128::from(rows)).unwrap();
    let before = full.clone();
    assert!(full.update(&[[0.0]], &[Set::Real]).is_err() && full.merge(&read(1, 1, 0, 0).unwrap()).is_err());
    assert_eq!(full, before);
    assert!(
        read(rows + 1, rows + 1, 0, 0).is_err()
            && read(1, 2, 0, 0).is_err()
            && read(0, u64::MAX, 0, 0).is_err()
    );
    assert!(read(1, 1, most, most * most).is_ok());
    assert!(read(1, 1, most + 1, 0).is_err() && read(1, 1, 0, most * most + 1).is_err());
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..80), version in any::<bool>()) {
        if version && !bytes.is_empty() {
            bytes[0] = 1;
        }
        if let Ok(mut state) = State::from_bytes(params(2), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn a_distance_is_symmetric_and_0_for_equal_sets(
        rows in prop::collection::vec((prop::array::uniform4(-5.0..5.0_f64), any::<bool>()), 6..40),
    ) {
        let of = |turned: bool| {
            let set = |real: bool| if real == turned { Set::Generated } else { Set::Real };
            let (rows, sets): (Vec<_>, Vec<_>) = rows.iter().map(|(row, real)| (*row, set(*real))).unzip();
            let mut state = State::new(params(4)).unwrap();
            state.update(&rows, &sets).unwrap();
            state.values().unwrap()[0]
        };
        if let (Some(there), Some(back)) = (of(false), of(true)) {
            prop_assert!((there - back).abs() < 1e-5, "{there} {back}");
        }
        let mut state = State::new(params(4)).unwrap();
        for set in [Set::Real, Set::Generated] {
            let rows: Vec<_> = rows.iter().map(|(row, _)| *row).collect();
            state.update(&rows, &vec![set; rows.len()]).unwrap();
        }
        prop_assert!(state.values().unwrap()[0].unwrap() < 1e-5);
    }
}
