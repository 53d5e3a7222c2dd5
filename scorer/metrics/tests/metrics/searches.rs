//! Open-set search: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    searches::{
        Kind, METRICS, Params, RANK_MAX, STATE_BYTES_BESIDES_MAX, STATE_BYTES_PER_SEARCH_MAX, State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 2] = ["rank2", "fnir@fpir0.5.R1"];

type Answer = Option<Vec<(u32, f64)>>;

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { kinds: ids.iter().map(kind).collect() }
}

fn values(ids: &[&str], answers: &[Answer], mates: &[Option<u32>]) -> Vec<Option<f64>> {
    let mut state = State::new(params(ids)).unwrap();
    state.update(answers, mates).unwrap();
    state.values().unwrap()
}

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let identity = |value: &Value| value.as_u64().map(|id| id as u32);
    let candidate = |entry: &Value| (identity(&entry[0]).unwrap(), golden::number(&entry[1]));
    let list = |&i: &usize| -> Vec<_> {
        case["cols"]["candidates"][i].as_array().unwrap().iter().map(candidate).collect()
    };
    let answers: Vec<_> = items.iter().map(|i| Some(list(i))).collect();
    let mates: Vec<_> = items.iter().map(|&i| identity(&case["cols"]["mate"][i])).collect();
    let mut state = State::new(params(&[metric]))?;
    state.update(&answers, &mates)?;
    State::from_bytes(params(&[metric]), &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("search_1n", &[], f64::NAN, state_of), 4 * 9 * 8);
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    assert_eq!(parse(&format!("rank{RANK_MAX}")).unwrap().0, Kind::Rank(RANK_MAX));
    let beyond = format!("rank{}", RANK_MAX + 1);
    for id in [
        "",
        "rank",
        "rank0",
        "rank01",
        &beyond,
        "fnir@fpir0.R1",
        "fnir@fpir1.R1",
        "fnir@fpir0.1",
        "fnir@fpir0.1.R0",
    ] {
        assert_eq!(parse(id), None, "{id}");
    }
}

#[test]
fn the_mate_ranks_last_among_equals_with_its_best_score() {
    let list = Some(vec![(1, 0.2), (2, 0.5), (1, 0.5), (3, 0.4), (2, -0.1)]);
    assert_eq!(values(&["rank1", "rank2"], &[list], &[Some(1)]), [Some(0.0), Some(1.0)]);
    let zeros = Some(vec![(1, -0.0), (2, 0.0)]);
    assert_eq!(values(&["rank1", "rank2"], &[zeros], &[Some(1)]), [Some(0.0), Some(1.0)]);
}

#[test]
fn a_score_must_be_above_the_threshold_not_at_it() {
    let of = |mate: f64, others: [Answer; 2]| {
        let [a, b] = others;
        values(&["fnir@fpir0.5.R1"], &[Some(vec![(1, mate)]), a, b], &[Some(1), None, None])[0]
    };
    let at = |score: f64| Some(vec![(9, score)]);
    assert_eq!(of(0.4, [at(0.4), at(0.7)]), Some(1.0));
    assert_eq!(of(0.41, [at(0.4), at(0.7)]), Some(0.0));
    // One of two finds nobody: everything may be accepted.
    assert_eq!((of(-1e300, [None, at(0.7)]), of(-1e300, [Some(vec![]), at(0.7)])), (Some(0.0), Some(0.0)));
    // The lowest score of all does not count as an alarm at the threshold that it sets.
    assert_eq!(of(0.41, [at(0.4), at(0.4)]), Some(0.0));
}

#[test]
fn a_missing_answer_finds_nobody() {
    let list = || Some(vec![(1, 0.5)]);
    assert_eq!(values(&EVERY_ID, &[list(), None, None], &[Some(1), Some(1), None]), [Some(0.5); 2]);
    assert_eq!(values(&EVERY_ID, &[list()], &[None]), [None; 2]);
    assert_eq!(values(&EVERY_ID, &[list()], &[Some(1)]), [Some(1.0), None]);
    assert_eq!(State::new(params(&EVERY_ID)).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["rank1"])).unwrap();
    state.update(&[Some(vec![(1, 0.5)])], &[Some(1)]).unwrap();
    let before = state.to_bytes();
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = state.update(&[None, Some(vec![(1, 0.5), (2, score)])], &[Some(1), None]).unwrap_err();
        assert_eq!(error.code(), "nonfinite_score");
    }
    let error = state.update(&[None::<Vec<_>>], &[]);
    assert_eq!(error, Err(MetricError::LengthMismatch { expected: 0, found: 1 }));
    assert_eq!(state.merge(&State::new(params(&["rank2"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |kinds: &[Kind]| State::new(Params { kinds: kinds.to_vec() }).is_ok();
    assert!(with(&[Kind::Rank(1); 32]) && !with(&[Kind::Rank(1); 33]) && !with(&[]));
    assert!(with(&[Kind::Rank(RANK_MAX)]) && !with(&[Kind::Rank(RANK_MAX + 1)]) && !with(&[Kind::Rank(0)]));
    let fnir = |fpir, rank| with(&[Kind::Fnir { fpir, rank }]);
    assert!(fnir(f64::MIN_POSITIVE, 1) && fnir(1.0 - f64::EPSILON, RANK_MAX));
    assert!(
        !fnir(0.0, 1) && !fnir(1.0, 1) && !fnir(f64::NAN, 1) && !fnir(0.5, 0) && !fnir(0.5, RANK_MAX + 1)
    );
}

/// As the module writes a state: searches, mated ones; mates and others by (step from the last key, count).
fn read(
    searches: u64,
    mated: u64,
    mates: &[((u64, u32), [u32; 1])],
    others: &[(u64, [u32; 1])],
) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(searches, mated, mates, others), vec![1]).unwrap();
    State::from_bytes(params(&["rank2"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let (zero, nobody) = (1_u64 << 63, !((1 << 63) | f64::INFINITY.to_bits()));
    let others = [(zero, [2])];
    assert_eq!(read(5, 3, &[((zero, 1), [1]), ((0, 2), [2])], &others).unwrap().item_count(), 5);
    assert!(read(5, 3, &[], &[(nobody, [2])]).is_ok());
    for mates in [((zero, 0), [1]), ((zero, 3), [1]), ((zero, 1), [4]), ((zero, 1), [0]), ((nobody, 1), [1])]
    {
        assert_eq!(read(5, 3, &[mates], &others).map(|_| ()), Err(MetricError::Corrupt), "{mates:?}");
    }
    for others in [(zero, [1]), (zero, [3]), (zero - 1, [2]), (u64::MAX, [2])] {
        assert_eq!(read(5, 3, &[], &[others]).map(|_| ()), Err(MetricError::Corrupt), "{others:?}");
    }
    assert_eq!(read(5, 6, &[], &[]).map(|_| ()), Err(MetricError::Corrupt));
}

#[test]
fn searches_are_counted_up_to_the_limit() {
    let of = |searches| read(searches, searches, &[], &[]);
    assert!(of(ITEM_COUNT_MAX + 1).is_err());
    let mut full = of(ITEM_COUNT_MAX - 1).unwrap();
    full.update(&[None::<Vec<_>>], &[Some(3)]).unwrap();
    let before = full.to_bytes();
    assert_eq!(full.update(&[None::<Vec<_>>], &[None]).unwrap_err().code(), "invalid_input");
    assert_eq!(full.merge(&of(1).unwrap()).unwrap_err().code(), "invalid_input");
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
        searches in prop::collection::vec(
            (prop::collection::vec((0_u32..4, -3_i8..4), 0..6), prop::option::of(0_u32..4)),
            1..30,
        ),
    ) {
        let (answers, mates): (Vec<_>, Vec<_>) = searches
            .into_iter()
            .map(|(list, mate)| {
                let list = list.into_iter().map(|(identity, score)| (identity, f64::from(score)));
                (Some(list.collect::<Vec<_>>()), mate)
            })
            .unzip();
        let ids = ["rank1", "rank20", "fnir@fpir0.3.R1", "fnir@fpir0.3.R20"];
        let mut state = State::new(params(&ids)).unwrap();
        state.update(&answers, &mates).unwrap();
        let bytes = state.to_bytes();
        prop_assert!(bytes.len() <= STATE_BYTES_BESIDES_MAX + STATE_BYTES_PER_SEARCH_MAX * mates.len());
        prop_assert_eq!(State::from_bytes(params(&ids), &bytes).unwrap().to_bytes(), bytes);
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{values:?}");
        // A wider list finds more; a threshold only loses.
        prop_assert!(values[0] <= values[1] && values[3] <= values[2]);
    }
}
