//! Learning to rank: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    documents::{
        DCG_MAX, GRADE_MAX, Gain, Kind, LIST_LEN_MAX, METRICS, Params, STATE_BYTES_MAX, State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 6] =
    ["ndcg_tieavg", "ndcg_tieavg@5", "ndcg_exp2_tieavg", "ndcg_exp2_tieavg@5", "dcg_tieavg", "dcg_tieavg@5"];

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { kinds: ids.iter().map(kind).collect() }
}

fn values(ids: &[&str], scores: &[Option<Vec<f64>>], grades: &[Vec<u8>]) -> Vec<f64> {
    let mut state = State::new(params(ids)).unwrap();
    state.update(scores, grades).unwrap();
    state.values().unwrap().into_iter().map(Option::unwrap).collect()
}

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let row = |column: &str, i: usize| case["cols"][column][i].as_array().unwrap();
    let scores: Vec<Option<Vec<f64>>> =
        items.iter().map(|&i| Some(row("scores", i).iter().map(golden::number).collect())).collect();
    let grade = |value: &Value| value.as_u64().unwrap() as u8;
    let grades: Vec<Vec<u8>> = items.iter().map(|&i| row("gains", i).iter().map(grade).collect()).collect();
    let mut state = State::new(params(&[metric]))?;
    state.update(&scores, &grades)?;
    State::from_bytes(params(&[metric]), &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("ltr", &[], f64::NAN, state_of), 4 * 9 * 8);
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    let (last, beyond) = (format!("dcg_tieavg@{LIST_LEN_MAX}"), format!("dcg_tieavg@{}", LIST_LEN_MAX + 1));
    assert_eq!(parse(&last).unwrap().0, Kind::Dcg(Some(LIST_LEN_MAX)));
    for id in ["", "ndcg", "ndcg_tieavg@", "ndcg_tieavg@0", "ndcg_tieavg@05", &beyond, "dcg_exp2_tieavg"] {
        assert_eq!(parse(id), None, "{id}");
    }
}

#[test]
fn tied_documents_share_their_gain_and_their_places() {
    let got = values(
        &["dcg_tieavg@1", "dcg_tieavg@2", "ndcg_tieavg@1", "ndcg_exp2_tieavg@1"],
        &[Some(vec![-0.0, 0.0, -1.0])],
        &[vec![2, 0, 1]],
    );
    let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-12, "got {got}, want {want}");
    close(got[0], 1.0);
    close(got[1], 1.0 + 1.0 / 3.0_f64.log2());
    close(got[2], 0.5);
    // Half of 3 and 0, of at most 3.
    close(got[3], 0.5);
}

#[test]
fn a_missing_answer_counts_0() {
    let (right, grades) = (|| Some(vec![2.0, 1.0]), vec![vec![1, 0], vec![1, 0]]);
    let half = values(&EVERY_ID, &[right(), None], &grades);
    assert_eq!(half, [0.5; 6]);
    // So does a query without a gain; one document is in order.
    assert_eq!(values(&EVERY_ID, &[right()], &[vec![0, 0]]), [0.0; 6]);
    assert_eq!(values(&EVERY_ID, &[Some(vec![0.0])], &[vec![1]]), [1.0; 6]);
    assert_eq!(State::new(params(&EVERY_ID)).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn the_longest_list_of_the_highest_grades_is_within_the_greatest_dcg() {
    let length = LIST_LEN_MAX as usize;
    let got = values(&EVERY_ID, &[Some(vec![0.5; length])], &[vec![GRADE_MAX; length]]);
    assert!(got[4] > 0.9 * DCG_MAX && got[4] <= DCG_MAX, "{}", got[4]);
    assert!(got[..4].iter().all(|ndcg| (ndcg - 1.0).abs() < 1e-12));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&EVERY_ID)).unwrap();
    state.update(&[Some(vec![0.5])], &[vec![1]]).unwrap();
    let before = state.to_bytes();
    let mut code = |scores: Vec<f64>, grades: Vec<u8>| {
        state.update(&[Some(vec![0.5]), Some(scores)], &[vec![1], grades]).unwrap_err().code()
    };
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(code(vec![0.0, score], vec![0, 1]), "nonfinite_score");
    }
    assert_eq!(code(vec![0.0], vec![GRADE_MAX + 1]), "out_of_domain");
    assert_eq!(code(vec![], vec![]), "out_of_domain");
    let many = LIST_LEN_MAX as usize + 1;
    assert_eq!(code(vec![0.0; many], vec![0; many]), "out_of_domain");
    assert_eq!(code(vec![0.0], vec![0, 1]), "invalid_input");
    let error = state.update(&[None::<Vec<f64>>], &[] as &[Vec<u8>]);
    assert_eq!(error, Err(MetricError::LengthMismatch { expected: 0, found: 1 }));
    assert_eq!(state.merge(&State::new(params(&["dcg_tieavg"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |kinds: &[Kind]| State::new(Params { kinds: kinds.to_vec() }).is_ok();
    assert!(with(&[Kind::Dcg(None); 32]) && !with(&[Kind::Dcg(None); 33]) && !with(&[]));
    let ndcg = |cut| with(&[Kind::Ndcg(Gain::Exponential, Some(cut))]);
    assert!(ndcg(1) && ndcg(LIST_LEN_MAX) && !ndcg(0) && !ndcg(LIST_LEN_MAX + 1));
}

/// As the module writes a state: queries, and the sums in units of 2^-80.
fn read(id: &str, queries: u64, sums: &[i128]) -> Result<State, MetricError> {
    State::from_bytes(params(&[id]), &postcard::to_extend(&(queries, sums), vec![1]).unwrap())
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let one = 1_i128 << 80;
    assert_eq!(read("ndcg_tieavg", 3, &[3 * one]).unwrap().values(), Ok(vec![Some(1.0)]));
    assert!(read("dcg_tieavg", 3, &[3 * DCG_MAX as i128 * one]).is_ok());
    for sum in [3 * one + one / 8, -one, i128::MAX, i128::MIN] {
        assert!(read("ndcg_tieavg", 3, &[sum]).is_err(), "{sum}");
    }
    assert!(read("dcg_tieavg", 3, &[(3 * DCG_MAX as i128 + 1) * one]).is_err());
    assert!(read("dcg_tieavg", 3, &[]).is_err() && read("dcg_tieavg", 3, &[one; 2]).is_err());
}

#[test]
fn queries_are_counted_up_to_the_limit() {
    assert!(read("dcg_tieavg", ITEM_COUNT_MAX + 1, &[0]).is_err());
    let most = i128::from(ITEM_COUNT_MAX - 1) * DCG_MAX as i128;
    let mut full = read("dcg_tieavg", ITEM_COUNT_MAX - 1, &[most << 80]).unwrap();
    full.update(&[Some(vec![0.5])], &[vec![1]]).unwrap();
    let before = full.to_bytes();
    assert_eq!(full.merge(&read("dcg_tieavg", 1, &[0]).unwrap()).unwrap_err().code(), "invalid_input");
    assert_eq!(full.update(&[None::<Vec<f64>>], &[vec![1]]).unwrap_err().code(), "invalid_input");
    assert_eq!(full.to_bytes(), before);
    assert!((full.values().unwrap()[0].unwrap() - DCG_MAX).abs() < 0.001);
}

#[test]
fn the_state_is_within_its_bound() {
    let mut state = State::new(Params { kinds: vec![Kind::Dcg(None); 32] }).unwrap();
    state.update(&[Some(vec![0.5, 0.25, 0.125])], &[vec![1, 30, 7]]).unwrap();
    assert!(state.to_bytes().len() <= STATE_BYTES_MAX);
    // The version, the queries, how many sums, and the sums, each as long as an integer gets.
    assert_eq!(1 + 4 + 1 + 32 * postcard::to_extend(&i128::MIN, vec![]).unwrap().len(), STATE_BYTES_MAX);
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
    fn values_are_in_range_and_no_order_of_documents_matters(
        documents in prop::collection::vec((-3_i8..4, 0_u8..=GRADE_MAX), 1..20),
    ) {
        let value = |documents: &[(i8, u8)]| {
            let (scores, grades) = documents.iter().map(|(score, grade)| (f64::from(*score), *grade)).unzip();
            values(&EVERY_ID, &[Some(scores)], &[grades])
        };
        let got = value(&documents);
        for (value, info) in got.iter().zip(&METRICS) {
            prop_assert!((0.0..=info.range.1).contains(value), "{} {value}", info.id);
        }
        let reversed: Vec<_> = documents.into_iter().rev().collect();
        prop_assert_eq!(got, value(&reversed));
    }
}
