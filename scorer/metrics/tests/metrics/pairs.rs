//! Verification: golden cases, limits, refusals, missing scores.

use egret_metrics::{
    MetricError,
    pairs::{COST_MAX, Kind, METRICS, Params, STATE_BYTES_PER_TRIAL_MAX, State, TRIAL_COUNT_MAX, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 2] = [
    ("eer.voxceleb_trainer", "informational: depends on which points scikit-learn happens to drop"),
    ("tar@far0.01", "names no convention; its one case is a set without non-targets"),
];

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { kinds: ids.iter().map(kind).collect() }
}

fn value(ids: &[&str], scores: &[Option<f64>], targets: &[bool]) -> Vec<Option<f64>> {
    let mut state = State::new(params(ids)).unwrap();
    state.update(scores, targets).unwrap();
    state.values().unwrap()
}

#[test]
fn goldens() {
    golden::check_suite("verification", &LEFT_OUT, f64::NAN, |case: &Value, metric, items| {
        let column = |name: &str| items.iter().map(|&i| case["cols"][name][i].clone()).collect::<Vec<_>>();
        let scores: Vec<_> = column("score").iter().map(|v| Some(golden::number(v))).collect();
        let targets: Vec<_> = column("label").iter().map(|v| v.as_u64() == Some(1)).collect();
        let mut state = State::new(params(&[metric]))?;
        state.update(&scores, &targets)?;
        State::from_bytes(params(&[metric]), &state.to_bytes())
    });
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let ids = [
        "eer.interp",
        "eer.rocch",
        "eer.avg_argmin",
        "eer.max_argmin",
        "min_dcf@0.05",
        "min_dcf.cm10_cf1@0.01",
        "min_dcf.sre16",
        "act_dcf@0.5",
        "tar@far0.001.strict",
        "tar@far0.001.interp",
        "frr@far0.001.strict",
        "cllr",
        "min_cllr",
    ];
    let families: Vec<_> = ids.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    for id in
        ["eer", "min_dcf@0", "min_dcf@1", "min_dcf@.5", "min_dcf@0.50", "tar@far0.1", "min_dcf.cm0_cf1@0.5"]
    {
        assert_eq!(parse(id), None, "{id}");
    }
    assert!(parse(&format!("min_dcf.cm{COST_MAX}_cf1@0.5")).is_some());
    assert!(parse(&format!("min_dcf.cm{}_cf1@0.5", COST_MAX + 1)).is_none());
}

#[test]
fn a_missing_score_is_the_worst_there_is() {
    let ids = ["eer.interp", "min_dcf@0.5", "tar@far0.5.strict", "min_cllr", "cllr"];
    let (infinite, targets) = (f64::INFINITY, [true, true, false, false]);
    let missing = value(&ids, &[None, Some(2.0), None, Some(-2.0)], &targets);
    let worst = value(&ids, &[Some(-infinite), Some(2.0), Some(infinite), Some(-2.0)], &targets);
    assert_eq!(missing, worst);
    let all_missing = value(&ids, &[None; 4], &targets);
    // Cllr is infinite, hence undefined.
    assert_eq!(all_missing, [Some(1.0), Some(1.0), Some(0.0), Some(1.0), None]);
}

#[test]
fn without_both_kinds_of_trials_nothing_is_defined() {
    let ids = ["eer.interp", "min_cllr", "act_dcf@0.5"];
    assert_eq!(value(&ids, &[Some(0.1), None], &[true, true]), [None; 3]);
    assert_eq!(value(&ids, &[Some(0.1), None], &[false, false]), [None; 3]);
    assert_eq!(State::new(params(&ids)).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["eer.interp"])).unwrap();
    state.update(&[Some(1.0)], &[true]).unwrap();
    let before = state.to_bytes();
    assert_eq!(
        state.update(&[Some(1.0), Some(f64::NAN)], &[true, false]).unwrap_err().code(),
        "nonfinite_score"
    );
    assert!(matches!(
        state.update(&[Some(1.0)], &[]),
        Err(MetricError::LengthMismatch { expected: 0, found: 1 })
    ));
    assert_eq!(state.merge(&State::new(params(&["cllr"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |kind| State::new(Params { kinds: vec![kind] }).is_ok();
    let dcf = |miss, alarm| with(Kind::MinDcf { miss, alarm, prior: 0.5 });
    assert!(dcf(1, 1) && dcf(COST_MAX, COST_MAX));
    assert!(!dcf(0, 1) && !dcf(1, 0) && !dcf(COST_MAX + 1, 1) && !dcf(1, COST_MAX + 1));
    assert!(with(Kind::ActDcf(1e-9)) && with(Kind::TarInterp(0.999)));
    for rate in [0.0, 1.0, -0.5, f64::NAN] {
        assert!(
            !with(Kind::ActDcf(rate)) && !with(Kind::TarStrict(rate)) && !with(Kind::FrrStrict(rate)),
            "{rate}"
        );
    }
}

#[test]
fn trials_are_counted_up_to_the_limit() {
    // Trials of one score are one run, so that the limit is reached by doubling.
    let one = |count: usize| {
        let mut state = State::new(params(&["eer.interp"])).unwrap();
        state.update(&vec![Some(0.5); count], &vec![true; count]).unwrap();
        state
    };
    let part = TRIAL_COUNT_MAX / 64;
    assert_eq!(part * 64, TRIAL_COUNT_MAX);
    let mut state = one(part as usize);
    (0..6).for_each(|_| state.merge(&state.clone()).unwrap());
    assert_eq!(state.item_count(), TRIAL_COUNT_MAX);
    assert!(State::from_bytes(params(&["eer.interp"]), &state.to_bytes()).is_ok());
    let before = state.to_bytes();
    assert!(state.merge(&one(1)).unwrap_err().to_string().contains("at most 100000000"));
    assert!(state.update(&[None], &[false]).is_err());
    assert_eq!(state.to_bytes(), before);
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let read = |runs: &[(u64, u32, u32)]| {
        let bytes = postcard::to_extend(&runs.to_vec(), vec![1]).unwrap();
        State::from_bytes(params(&["cllr"]), &bytes).map(|state| state.item_count())
    };
    let (zero, too_many) = (1_u64 << 63, TRIAL_COUNT_MAX as u32 + 1);
    assert_eq!(read(&[(zero, 1, 2), (7, 0, 1)]), Ok(4));
    let strange: [&[_]; 6] = [
        &[(zero, 0, 0)],
        &[(zero, 1, 0), (0, 1, 0)],
        &[(zero - 1, 1, 0)],
        &[(u64::MAX, 1, 0)],
        &[(zero, 1, 0), (u64::MAX, 1, 0)],
        &[(zero, too_many, 0)],
    ];
    for runs in strange {
        assert_eq!(read(runs), Err(MetricError::Corrupt), "{runs:?}");
    }
    let mut bytes = State::new(params(&["cllr"])).unwrap().to_bytes();
    assert!(State::from_bytes(params(&["cllr"]), &bytes).is_ok());
    bytes.push(0);
    assert!(State::from_bytes(params(&["cllr"]), &bytes).is_err());
    bytes[0] = 2;
    assert!(State::from_bytes(params(&["cllr"]), &bytes[..2]).is_err());
    assert!(State::from_bytes(params(&["cllr"]), &[]).is_err());
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = State::from_bytes(params(&["cllr"]), &bytes);
    }

    #[test]
    fn values_are_in_range_and_the_state_within_its_bound(
        trials in prop::collection::vec((prop::option::of(-3_i8..3), any::<bool>()), 1..80),
    ) {
        let ids = ["eer.interp", "eer.rocch", "eer.avg_argmin", "min_dcf@0.01", "tar@far0.1.interp", "min_cllr"];
        let (scores, targets): (Vec<_>, Vec<_>) =
            trials.into_iter().map(|(score, target)| (score.map(f64::from), target)).unzip();
        let mut state = State::new(params(&ids)).unwrap();
        state.update(&scores, &targets).unwrap();
        prop_assert!(state.to_bytes().len() <= 6 + STATE_BYTES_PER_TRIAL_MAX * scores.len());
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{values:?}");
        // The convex hull lies below the polyline, and below every single point.
        if let (Some(interp), Some(hull)) = (values[0], values[1]) {
            prop_assert!(hull <= interp + 1e-12, "{hull} > {interp}");
        }
    }
}
