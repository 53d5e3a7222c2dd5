//! Retrieval: golden cases of three suites, limits, refusals, order, missing lists.

use std::collections::BTreeSet;

use egret_metrics::{
    MetricError,
    rankings::{
        Kind, LIST_LEN_MAX, METRICS, Params, QUERY_COUNT_MAX, Query, STATE_BYTES_PER_METRIC_MAX, State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

type List = Option<Vec<(u32, f32)>>;

fn params(list_len_max: u32, ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { list_len_max, kinds: ids.iter().map(kind).collect() }
}

fn scored(params: Params, lists: &[List], queries: &[Query]) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(lists, queries)?;
    State::from_bytes(params, &state.to_bytes())
}

fn value(list_len_max: u32, id: &str, lists: &[List], queries: &[Query]) -> Option<f64> {
    scored(params(list_len_max, &[id]), lists, queries).unwrap().values().unwrap()[0]
}

fn relevant(ids: &[u32]) -> Query {
    Query { judged: ids.iter().map(|id| (*id, 1)).collect(), excluded: Vec::new() }
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as u32).collect()
}

/// Scores that keep the order of a list which has none.
fn in_order(ids: &[u32]) -> Vec<(u32, f32)> {
    ids.iter().zip(0_u16..).map(|(id, place)| (*id, -f32::from(place))).collect()
}

#[test]
fn goldens_of_mapk() {
    golden::check_suite("mapk", &[], f64::NAN, |case: &Value, metric, items| {
        let lists: Vec<_> =
            items.iter().map(|&i| Some(in_order(&ids(&case["cols"]["predicted"][i])))).collect();
        let queries: Vec<_> = items.iter().map(|&i| relevant(&ids(&case["cols"]["actual"][i]))).collect();
        scored(params(20, &[metric]), &lists, &queries)
    });
}

#[test]
fn goldens_of_reid() {
    let left_out = [("valid_queries", "a count of the labels, not a value of the answers")];
    golden::check_suite("reid", &left_out, f64::NAN, |case: &Value, metric, items| {
        let gallery = |name: &str| case["shared"][name].as_array().unwrap().clone();
        let (persons, cameras) = (gallery("gallery_pid"), gallery("gallery_cam"));
        let (mut lists, mut queries) = (Vec::new(), Vec::new());
        for &i in items {
            let cell = |name: &str| &case["cols"][name][i];
            let distances = cell("dist").as_array().unwrap().iter().zip(0..);
            lists.push(Some(distances.map(|(d, id)| (id, -golden::number(d) as f32)).collect()));
            let mut query = Query::default();
            for (id, (person, camera)) in (0..).zip(persons.iter().zip(&cameras)) {
                if person.as_i64() == Some(-1) || person == cell("pid") && camera == cell("cam") {
                    query.excluded.push(id);
                } else if person == cell("pid") {
                    query.judged.push((id, 1));
                }
            }
            queries.push(query);
        }
        scored(params((persons.len() as u32).max(10), &[metric]), &lists, &queries)
    });
}

#[test]
fn goldens_of_trec() {
    let left_out = [("answered_only", "a mean over answered queries alone rewards silence on hard ones")];
    golden::check_suite("trec", &left_out, f64::NAN, |case: &Value, metric, items| {
        // trec_eval breaks ties by name, descending in bytes: indices are given out in that order.
        let cells = |name: &str| case["cols"][name].as_array().unwrap().clone();
        let listed =
            |run: &Value| run.as_array().unwrap().iter().map(|hit| hit[0].clone()).collect::<Vec<_>>();
        let names: BTreeSet<String> = cells("run")
            .iter()
            .flat_map(listed)
            .map(|name| name.as_str().unwrap().to_owned())
            .chain(cells("qrels").iter().flat_map(|judged| judged.as_object().unwrap().keys().cloned()))
            .collect();
        let names: Vec<String> = names.into_iter().rev().collect();
        let index = |name: &str| names.iter().position(|n| n == name).unwrap() as u32;
        let list = |i: &usize| {
            let hits = case["cols"]["run"][*i].as_array().unwrap().iter();
            Some(hits.map(|h| (index(h[0].as_str().unwrap()), golden::number(&h[1]) as f32)).collect())
        };
        let query = |i: &usize| {
            let judged = case["cols"]["qrels"][*i].as_object().unwrap().iter();
            // A negative judgement takes the document out of the pool, as if it had none.
            let judged =
                judged.filter_map(|(name, grade)| Some((index(name), u8::try_from(grade.as_i64()?).ok()?)));
            Query { judged: judged.collect(), excluded: Vec::new() }
        };
        let lists: Vec<List> = items.iter().map(list).collect();
        let queries: Vec<Query> = items.iter().map(query).collect();
        scored(params(100, &[metric]), &lists, &queries)
    });
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let ids = [
        "map@5",
        "recall@5",
        "hit@5",
        "mrr",
        "cmc@5",
        "minp",
        "map",
        "ndcg",
        "ndcg_cut_5",
        "recip_rank",
        "P_5",
        "recall_5",
        "Rprec",
        "bpref",
        "success_5",
    ];
    let families: Vec<_> = ids.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    for id in ["map@0", "map_5", "map@05", "P@5", "cmc_5", "ndcg@5", "", "@5", "map.answered_only"] {
        assert_eq!(parse(id), None, "{id}");
    }
    assert!(parse(&format!("cmc@{LIST_LEN_MAX}")).is_some());
    assert!(parse(&format!("cmc@{}", LIST_LEN_MAX + 1)).is_none());
}

#[test]
fn the_order_is_score_then_index_and_excluded_items_leave_no_gap() {
    let list = || Some(vec![(9, 0.5), (4, -0.0), (3, 0.0), (7, 0.5), (1, 0.9)]);
    // Best first: 1, 7, 9, 3, 4.
    let rank = |id| value(5, "recip_rank", &[list()], &[relevant(&[id])]).map(|v| 1.0 / v);
    assert_eq!([1, 7, 9, 3, 4].map(rank), [1.0, 2.0, 3.0, 4.0, 5.0].map(Some));
    let query = |excluded| Query { judged: vec![(9, 1)], excluded };
    assert_eq!(value(5, "recip_rank", &[list()], &[query(vec![7, 1, 100])]), Some(1.0));
    // A list may be longer by the excluded items, and is cut after they are gone.
    assert_eq!(value(3, "success_3", &[list()], &[query(vec![1, 7])]), Some(1.0));
    assert_eq!(
        value(3, "success_3", &[list()], &[Query { judged: vec![(4, 1)], excluded: vec![2, 1] }]),
        Some(0.0)
    );
}

#[test]
fn which_queries_count_is_the_metrics_rule() {
    let lists = [None, Some(vec![(1, 0.5)]), Some(vec![(1, 0.5)]), Some(vec![(1, 0.5)])];
    let irrelevant = Query { judged: vec![(1, 0)], excluded: Vec::new() };
    let queries = [relevant(&[1]), relevant(&[1]), irrelevant, Query::default()];
    let value = |id| value(5, id, &lists, &queries).unwrap();
    for id in ["map@5", "recall@1", "hit@1", "mrr"] {
        assert!((value(id) - 1.0 / 4.0).abs() < 1e-12, "{id}: all queries");
    }
    for id in ["cmc@1", "minp"] {
        assert!((value(id) - 1.0 / 2.0).abs() < 1e-12, "{id}: those with a relevant item");
    }
    for id in ["map", "ndcg", "ndcg_cut_1", "recip_rank", "P_1", "recall_1", "Rprec", "bpref", "success_1"] {
        assert!((value(id) - 1.0 / 3.0).abs() < 1e-12, "{id}: judged ones");
    }
    let state = scored(params(5, &["map", "mrr"]), &lists[3..], &queries[3..]).unwrap();
    assert_eq!((state.values().unwrap(), state.item_count()), (vec![None, Some(0.0)], 1));
    assert_eq!(State::new(params(5, &["mrr"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn a_list_that_lacks_a_relevant_item_has_no_inverse_penalty() {
    let query = [relevant(&[1, 2])];
    assert_eq!(value(3, "minp", &[Some(in_order(&[1, 3, 2]))], &query), Some(2.0 / 3.0));
    assert_eq!(value(3, "minp", &[Some(in_order(&[1, 3, 4]))], &query), Some(0.0));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |list_len_max, kind| State::new(Params { list_len_max, kinds: vec![kind] }).is_ok();
    assert!(with(1, Kind::Map) && with(LIST_LEN_MAX, Kind::Map));
    assert!(!with(0, Kind::Map) && !with(LIST_LEN_MAX + 1, Kind::Map));
    let cuts = [
        Kind::MapAt,
        Kind::RecallAt,
        Kind::HitAt,
        Kind::Cmc,
        Kind::NdcgCut,
        Kind::Precision,
        Kind::Recall,
        Kind::Success,
    ];
    for cut in cuts {
        assert!(with(5, cut(5)) && with(5, cut(1)), "{:?}", cut(5));
        assert!(!with(5, cut(6)) && !with(5, cut(0)), "{:?}", cut(5));
    }
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(2, &["map"])).unwrap();
    state.update(&[Some(in_order(&[1, 2]))], &[relevant(&[1])]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: &[(u32, f32)], query: Query| {
        let lists = [Some(in_order(&[1])), Some(list.to_vec())];
        state.update(&lists, &[relevant(&[1]), query]).unwrap_err().code()
    };
    assert_eq!(code(&in_order(&[1, 2, 3]), relevant(&[1])), "out_of_domain");
    assert_eq!(code(&[(1, f32::NAN)], relevant(&[1])), "nonfinite_score");
    assert_eq!(code(&[(1, f32::INFINITY)], relevant(&[1])), "nonfinite_score");
    assert_eq!(code(&[], Query { judged: vec![(1, 0), (2, 1), (1, 1)], excluded: vec![] }), "out_of_domain");
    assert_eq!(code(&[], Query { judged: vec![(1, 0)], excluded: vec![2, 1] }), "out_of_domain");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(3, &["map"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn bytes_are_checked_and_queries_counted_up_to_the_limit() {
    let with = |query_count: u64, sum: i128, count: u64| {
        let bytes = postcard::to_extend(&(query_count, vec![(sum, count)]), vec![1]).unwrap();
        State::from_bytes(params(5, &["map"]), &bytes)
    };
    let one = 1_i128 << 80;
    let mut full = with(QUERY_COUNT_MAX, one * i128::from(QUERY_COUNT_MAX), QUERY_COUNT_MAX).unwrap();
    assert_eq!(full.values().unwrap(), [Some(1.0)]);
    assert!(full.to_bytes().len() <= 16 + STATE_BYTES_PER_METRIC_MAX);
    let before = full.to_bytes();
    assert!(
        full.update::<Vec<_>>(&[None], &[relevant(&[1])])
            .unwrap_err()
            .to_string()
            .contains("1000000001 queries")
    );
    assert!(full.merge(&with(1, one, 1).unwrap()).is_err());
    assert_eq!(full.to_bytes(), before);
    assert!(with(QUERY_COUNT_MAX + 1, 0, 0).is_err());
    assert!(with(1, one, 2).is_err() && with(1, 2 * one, 1).is_err() && with(1, -one, 1).is_err());
    assert!(State::from_bytes(params(5, &["map", "mrr"]), &before).is_err());
    assert!(State::from_bytes(params(5, &["map"]), &[&before[..], &[0]].concat()).is_err());
    assert!(State::from_bytes(params(5, &["map"]), &[]).is_err());
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(mut state) = State::from_bytes(params(5, &["map", "ndcg"]), &bytes) {
            let _ = state.merge(&state.clone());
        }
    }

    #[test]
    fn values_are_shares_and_a_perfect_list_has_them_all(
        list in prop::collection::vec((0_u32..12, -3_i8..3), 0..10),
        judged in prop::collection::btree_map(0_u32..12, 0_u8..4, 1..8),
    ) {
        let ids = ["map@5", "mrr", "cmc@3", "minp", "map", "ndcg", "ndcg_cut_3", "P_4", "recall_5", "Rprec", "bpref"];
        let query = [Query { judged: judged.iter().map(|(id, grade)| (*id, *grade)).collect(), excluded: vec![] }];
        let list = list.into_iter().map(|(id, score)| (id, f32::from(score))).collect();
        let state = scored(params(10, &ids), &[Some(list)], &query).unwrap();
        prop_assert!(state.values().unwrap().iter().flatten().all(|v| (0.0..=1.0).contains(v)));
        let perfect = judged.iter().map(|(id, grade)| (*id, f32::from(*grade))).collect();
        if judged.values().any(|grade| *grade > 0) {
            let ids = ["map@5", "mrr", "cmc@3", "minp", "map", "ndcg", "ndcg_cut_3", "Rprec", "bpref"];
            let state = scored(params(10, &ids), &[Some(perfect)], &query).unwrap();
            prop_assert_eq!(state.values().unwrap(), vec![Some(1.0); 9]);
        }
    }
}
