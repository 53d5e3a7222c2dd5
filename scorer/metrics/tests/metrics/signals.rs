//! Signal ratios: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    signals::{Kind, METRICS, Params, SAMPLE_COUNT_MAX, SAMPLE_MAGNITUDE_MAX, State, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

fn both() -> Params {
    Params { kinds: vec![Kind::SiSdr, Kind::Snr] }
}

fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let signals = |column: &str| -> Vec<Vec<f64>> {
        let signal = |i: &usize| case["cols"][column][*i].as_array().unwrap();
        items.iter().map(|i| signal(i).iter().map(golden::number).collect()).collect()
    };
    let params = Params { kinds: vec![parse(metric).unwrap().0] };
    let mut state = State::new(params.clone())?;
    let estimates: Vec<_> = signals("est").into_iter().map(Some).collect();
    state.update(&estimates, &signals("ref"))?;
    State::from_bytes(params, &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("si_sdr", &[], f64::NAN, state_of), 4 * 8 * 2);
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    for info in &METRICS {
        assert_eq!(parse(info.id).unwrap().1, info.id);
    }
    assert_eq!((parse(""), parse("sdr")), (None, None));
}

fn values(estimates: &[Option<Vec<f64>>], references: &[Vec<f64>]) -> Vec<Option<f64>> {
    let mut state = State::new(both()).unwrap();
    state.update(estimates, references).unwrap();
    state.values().unwrap()
}

#[test]
fn ratios_worked_by_hand() {
    let reference = vec![1.0, -1.0, 1.0, -1.0];
    // Twice the reference: nothing is distorted, but the noise is as strong as the signal.
    let twice = reference.iter().map(|r| 2.0 * r).collect::<Vec<_>>();
    let of = |estimate: Vec<f64>| values(&[Some(estimate)], std::slice::from_ref(&reference));
    assert_eq!(of(twice), [Some(f64::INFINITY), Some(0.0)]);
    assert_eq!(of(reference.clone()), [Some(f64::INFINITY); 2]);
    assert_eq!(of(vec![0.0; 4]), [None, Some(0.0)]);
    // 0.1 is not a sum of few powers of two, and a constant signal has no variance all the same.
    assert_eq!(values(&[Some(vec![1.0, 2.0, 4.0])], &[vec![0.1; 3]])[0], None);
    let (large, small) = (vec![SAMPLE_MAGNITUDE_MAX, 0.0], vec![1e-100, 0.0]);
    let ratio = values(&[Some(small)], &[large])[1].unwrap();
    assert!(ratio.abs() < 1e-9, "{ratio}");
}

#[test]
fn a_missing_answer_is_the_worst() {
    let reference = vec![vec![1.0, -1.0, 1.0]; 2];
    assert_eq!(
        values(&[None, Some(vec![1.0, 0.0, 0.0])], &reference),
        [Some(f64::NEG_INFINITY), Some(f64::NEG_INFINITY)]
    );
    assert_eq!(State::new(both()).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(both()).unwrap();
    state.update(&[Some([1.0, 3.0])], &[[1.0, 2.0]]).unwrap();
    let before = state.clone();
    let mut code = |estimate: Vec<f64>, reference: Vec<f64>| {
        state.update(&[Some(vec![1.0]), Some(estimate)], &[vec![2.0], reference]).unwrap_err().code()
    };
    let beyond = SAMPLE_MAGNITUDE_MAX * 1.001;
    assert_eq!(code(vec![f64::NAN], vec![1.0]), "nonfinite_prediction");
    assert_eq!(code(vec![f64::INFINITY], vec![1.0]), "nonfinite_prediction");
    assert_eq!(code(vec![beyond], vec![1.0]), "out_of_domain");
    assert_eq!(code(vec![1.0], vec![-beyond]), "out_of_domain");
    assert_eq!(code(vec![1.0], vec![f64::NAN]), "out_of_domain");
    assert_eq!(code(vec![], vec![]), "out_of_domain");
    assert_eq!(code(vec![1.0], vec![1.0, 2.0]), "invalid_input");
    assert_eq!(state.update(&[None::<Vec<f64>>], &[[0.0; 0]; 0]).unwrap_err().code(), "invalid_input");
    let other = State::new(Params { kinds: vec![Kind::Snr] }).unwrap();
    assert_eq!(state.merge(&other), Err(MetricError::Incompatible));
    assert_eq!(state, before);
}

#[test]
fn metrics_samples_and_items_are_bounded_on_both_sides() {
    let with = |count| State::new(Params { kinds: vec![Kind::Snr; count] }).is_ok();
    assert!(!with(0) && with(1) && with(32) && !with(33));
    // Zeroed pages: nothing is written to them.
    let long = vec![0.0; SAMPLE_COUNT_MAX + 1];
    let error = State::new(both()).unwrap().update(&[None::<Vec<f64>>], &[&long]).unwrap_err();
    assert_eq!(error.code(), "out_of_domain");
    State::new(both()).unwrap().update(&[None::<Vec<f64>>], &[&long[1..]]).unwrap();

    let loudest = [SAMPLE_MAGNITUDE_MAX, -SAMPLE_MAGNITUDE_MAX];
    State::new(both()).unwrap().update(&[Some(loudest)], &[loudest]).unwrap();

    let nothing = (0_i128, 0_u64, 0_u64, 0_u64);
    let read = |items: u64, snr| {
        let bytes = postcard::to_extend(&(items, nothing, snr), vec![1]).unwrap();
        State::from_bytes(both(), &bytes)
    };
    let mut full = read(ITEM_COUNT_MAX, nothing).unwrap();
    assert!(read(ITEM_COUNT_MAX + 1, nothing).is_err());
    assert!(full.update(&[None::<Vec<f64>>], &[[1.0]]).is_err());
    assert!(full.merge(&read(1, nothing).unwrap()).is_err());
    assert_eq!(full, read(ITEM_COUNT_MAX, nothing).unwrap());
    // More terms than items; a sum that no such terms have.
    assert!(read(1, (0, 1, 0, 0)).is_ok() && read(1, (0, 1, 0, 1)).is_err());
    assert!(read(1, (6400 << 80, 0, 0, 0)).is_ok() && read(1, (6401 << 80, 0, 0, 0)).is_err());
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..60), version in any::<bool>()) {
        if version && !bytes.is_empty() {
            bytes[0] = 1;
        }
        if let Ok(mut state) = State::from_bytes(both(), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn scaling_an_estimate_keeps_the_scale_invariant_ratio(
        pairs in prop::collection::vec((-9.0..9.0_f64, -9.0..9.0_f64), 3..20),
        scale in 0.1..10.0_f64,
    ) {
        let (estimate, reference): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let scaled = estimate.iter().map(|e| e * scale).collect();
        let [a, b] = [estimate, scaled].map(|estimate| values(&[Some(estimate)], std::slice::from_ref(&reference))[0]);
        if let (Some(a), Some(b)) = (a, b) && a.abs() < 100.0 {
            prop_assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }
}
