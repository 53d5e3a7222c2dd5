//! Copy detection: golden cases, limits, refusals, missing answers.

use std::collections::BTreeMap;

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    copies::{
        Kind, METRICS, PAIR_COUNT_MAX, Params, RANK_MAX, STATE_BYTES_BESIDES_MAX, STATE_BYTES_PER_PAIR_MAX,
        State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 4] = ["uap", "uap.grouped_ties", "recall@p90", "recall@rank1"];

type Answer = Option<Vec<(u32, f64)>>;

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { kinds: ids.iter().map(kind).collect() }
}

fn values(ids: &[&str], answers: &[Answer], truth: &[Vec<u32>]) -> Vec<Option<f64>> {
    let mut state = State::new(params(ids)).unwrap();
    state.update(answers, truth).unwrap();
    state.values().unwrap()
}

/// The state of some items of a golden case, back from its bytes. References are numbered as they first come.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let mut numbers = BTreeMap::new();
    let mut number = |name: &Value| {
        let next = numbers.len() as u32;
        *numbers.entry(name.as_str().unwrap().to_owned()).or_insert(next)
    };
    let list = |column: &str, item: usize| case["cols"][column][item].as_array().unwrap().clone();
    let (mut answers, mut truth) = (Vec::new(), Vec::new());
    for &i in items {
        let named = |entry: &Value| (number(&entry[0]), golden::number(&entry[1]));
        answers.push(Some(list("preds", i).iter().map(named).collect::<Vec<_>>()));
        let mut references: Vec<u32> = list("gt", i).iter().map(&mut number).collect();
        references.sort_unstable();
        truth.push(references);
    }
    let mut state = State::new(params(&[metric]))?;
    state.update(&answers, &truth)?;
    State::from_bytes(params(&[metric]), &state.to_bytes())
}

#[test]
fn goldens() {
    let compared = golden::check_suite("copy_detection", &[], f64::NAN, state_of);
    assert_eq!(compared, 4 * (10 + 8 + 7 + 7 + 7));
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    assert_eq!(parse(&format!("recall@rank{RANK_MAX}")).unwrap().0, Kind::RecallAtRank(RANK_MAX));
    let beyond = format!("recall@rank{}", RANK_MAX + 1);
    for id in
        ["", "uap.", "recall", "recall@", "recall@p0", "recall@p100", "recall@p09", "recall@rank0", &beyond]
    {
        assert_eq!(parse(id), None, "{id}");
    }
}

#[test]
fn ties_put_wrong_pairs_first_or_go_together() {
    let answers = [Some(vec![(1, 0.5), (2, 0.5), (3, 0.5)])];
    let got = values(&["uap", "uap.grouped_ties", "recall@rank2", "recall@rank3"], &answers, &[vec![1, 3]]);
    let sequential = f64::midpoint(1.0 / 2.0, 2.0 / 3.0);
    assert_eq!(got, [Some(sequential), Some(2.0 / 3.0), Some(0.0), Some(1.0)]);
    // 18 of 20 is a precision of 0.9, whatever 0.9 is in binary.
    let answer: Vec<_> = (0..20).map(|i| (i, -f64::from(i))).collect();
    assert_eq!(values(&["recall@p90"], &[Some(answer)], &[(0..18).collect()]), [Some(1.0)]);
}

#[test]
fn a_missing_answer_is_an_empty_list() {
    let truth = [vec![1], vec![2]];
    let half = values(&EVERY_ID, &[Some(vec![(1, 0.5)]), None], &truth);
    assert_eq!(half, [Some(0.5); 4]);
    assert_eq!(half, values(&EVERY_ID, &[Some(vec![(1, 0.5)]), Some(vec![])], &truth));
    assert_eq!(values(&EVERY_ID, &[Some(vec![(1, 0.5)])], &[vec![]]), [None; 4]);
    assert_eq!(State::new(params(&["uap"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["uap"])).unwrap();
    state.update(&[Some(vec![(1, 0.5)])], &[vec![1]]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<(u32, f64)>, truth: Vec<u32>| {
        state.update(&[Some(vec![(1, 0.5)]), Some(list)], &[vec![], truth]).unwrap_err().code()
    };
    assert_eq!(code(vec![(7, 0.5), (1, 0.4), (7, 0.5)], vec![]), "duplicate_prediction");
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(code(vec![(7, score)], vec![]), "nonfinite_score");
    }
    assert_eq!((code(vec![], vec![2, 1]), code(vec![], vec![1, 1])), ("out_of_domain", "out_of_domain"));
    let error = state.update(&[None::<Vec<_>>], &[]);
    assert_eq!(error, Err(MetricError::LengthMismatch { expected: 0, found: 1 }));
    assert_eq!(state.merge(&State::new(params(&["recall@p90"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |kinds: &[Kind]| State::new(Params { kinds: kinds.to_vec() }).is_ok();
    assert!(with(&[Kind::Uap; 32]) && !with(&[Kind::Uap; 33]) && !with(&[]));
    assert!(with(&[Kind::RecallAtPrecision(1), Kind::RecallAtPrecision(99), Kind::RecallAtRank(RANK_MAX)]));
    for kind in [
        Kind::RecallAtPrecision(0),
        Kind::RecallAtPrecision(100),
        Kind::RecallAtRank(0),
        Kind::RecallAtRank(RANK_MAX + 1),
    ] {
        assert!(!with(&[kind]), "{kind:?}");
    }
}

/// As the module writes a state: queries, true pairs, named pairs, found within a rank; (step from the last key, counts).
fn read(counts: (u64, u64, u64, u64), steps: &[(u64, [u32; 2])]) -> Result<State, MetricError> {
    let (queries, pairs, named, within) = counts;
    let bytes = postcard::to_extend(&(queries, pairs, named, vec![within], steps), vec![1]).unwrap();
    State::from_bytes(params(&["recall@rank1"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let zero = 1_u64 << 63;
    assert_eq!(read((5, 3, 4, 2), &[(zero, [1, 1]), (7, [1, 1])]).unwrap().item_count(), 5);
    let strange: [(_, &[_]); 6] = [
        ((5, 1, 4, 1), &[(zero, [1, 1]), (7, [1, 1])]),
        ((5, 3, 5, 1), &[(zero, [1, 1]), (7, [1, 1])]),
        ((5, 3, 4, 3), &[(zero, [1, 1]), (7, [1, 1])]),
        ((5, 3, 0, 0), &[(zero, [0, 0])]),
        ((5, 3, 1, 0), &[(zero - 1, [1, 0])]),
        ((5, 3, 1, 0), &[(u64::MAX, [1, 0])]),
    ];
    for (counts, steps) in strange {
        assert_eq!(read(counts, steps).map(|_| ()), Err(MetricError::Corrupt), "{counts:?}");
    }
    let bytes = State::new(params(&["uap", "recall@rank1"])).unwrap().to_bytes();
    assert!(State::from_bytes(params(&["uap", "recall@rank1"]), &bytes).is_ok());
    assert!(State::from_bytes(params(&["uap"]), &bytes).is_err());
}

#[test]
fn queries_and_pairs_are_counted_up_to_the_limit() {
    let of = |queries, pairs, named: u64| read((queries, pairs, named, 0), &[(1 << 63, [0, named as u32])]);
    let (queries, pairs) = (ITEM_COUNT_MAX, PAIR_COUNT_MAX);
    assert!(of(queries + 1, 1, 1).is_err() && of(1, pairs + 1, 1).is_err() && of(1, 1, pairs + 1).is_err());
    let mut full = of(queries - 1, pairs - 1, pairs - 1).unwrap();
    full.update(&[Some(vec![(1, 0.0)])], &[vec![2]]).unwrap();
    let before = full.to_bytes();
    assert!(full.update(&[None::<Vec<_>>], &[vec![]]).is_err());
    let message = |pairs, named| {
        let steps: &[_] = if named > 0 { &[(1 << 63, [0, 1])] } else { &[] };
        full.clone().merge(&read((0, pairs, named, 0), steps).unwrap()).unwrap_err().to_string()
    };
    assert!(
        message(1, 0).contains("100000001 true pairs") && message(0, 1).contains("100000001 named pairs")
    );
    assert_eq!(full.to_bytes(), before);
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
        queries in prop::collection::vec(
            (prop::collection::btree_map(0_u32..6, -5_i8..5, 0..6), prop::collection::btree_set(0_u32..6, 0..4)),
            1..20,
        ),
    ) {
        let named = queries.iter().map(|(list, _)| list.len()).sum::<usize>();
        let (answers, truth): (Vec<_>, Vec<_>) = queries
            .into_iter()
            .map(|(list, truth)| {
                let list = list.into_iter().map(|(reference, score)| (reference, f64::from(score))).collect::<Vec<_>>();
                (Some(list), truth.into_iter().collect::<Vec<_>>())
            })
            .unzip();
        let mut state = State::new(params(&EVERY_ID)).unwrap();
        state.update(&answers, &truth).unwrap();
        prop_assert!(state.to_bytes().len() <= STATE_BYTES_BESIDES_MAX + STATE_BYTES_PER_PAIR_MAX * named);
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0 + 1e-12).contains(v)), "{values:?}");
        prop_assert!(values[0] <= values[1].map(|grouped| grouped + 1e-12));
    }
}
