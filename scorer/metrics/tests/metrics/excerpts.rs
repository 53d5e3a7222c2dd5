//! Copied excerpts: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    excerpts::{
        EXCERPT_COUNT_MAX, Excerpt, FOUND_PER_QUERY_MAX, Found, Kind, METRICS, Params, SECONDS_MAX,
        STATE_BYTES_BESIDES_MAX, STATE_BYTES_PER_FOUND_MAX, State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 2] = ["segment_ap", "pair_uap.grouped_ties"];

fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { kinds: ids.iter().map(kind).collect() }
}

fn gold(reference: u32, in_query: [f64; 2], in_reference: [f64; 2]) -> Excerpt {
    Excerpt { reference, in_query, in_reference }
}

fn found(score: f64, reference: u32, in_query: [f64; 2], in_reference: [f64; 2]) -> Found {
    Found { excerpt: gold(reference, in_query, in_reference), score }
}

fn values(answers: &[Option<Vec<Found>>], truth: &[Vec<Excerpt>]) -> Vec<Option<f64>> {
    let mut state = State::new(params(&EVERY_ID)).unwrap();
    state.update(answers, truth).unwrap();
    State::from_bytes(params(&EVERY_ID), &state.to_bytes()).unwrap().values().unwrap()
}

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let list = |column: &str, item: usize| case["cols"][column][item].as_array().unwrap().clone();
    let excerpt = |entry: &Value| {
        let ends = |i: usize| [golden::number(&entry[i]), golden::number(&entry[i + 1])];
        gold(entry[0].as_u64().unwrap() as u32, ends(1), ends(3))
    };
    let found = |entry: &Value| Found { excerpt: excerpt(entry), score: golden::number(&entry[5]) };
    let answers: Vec<_> =
        items.iter().map(|&i| Some(list("preds", i).iter().map(found).collect::<Vec<_>>())).collect();
    let truth: Vec<_> = items.iter().map(|&i| list("gt", i).iter().map(excerpt).collect()).collect();
    let mut state = State::new(params(&[metric]))?;
    state.update(&answers, &truth)?;
    State::from_bytes(params(&[metric]), &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("segment_copy", &[], f64::NAN, state_of), 4 * (9 + 8));
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    assert!(["", "segment_ap.", "pair_uap", "uap"].iter().all(|id| parse(id).is_none()));
}

#[test]
fn half_found_on_one_axis_and_the_time_found_beside_it() {
    let truth = [vec![gold(7, [0.0, 10.0], [20.0, 30.0])]];
    let of = |list: Vec<Found>| values(&[Some(list)], &truth)[0].unwrap();
    let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-12, "got {got}, want {want}");
    // Recall √(½·1), precision 1.
    close(of(vec![found(0.5, 7, [0.0, 5.0], [20.0, 30.0])]), 0.5_f64.sqrt());
    // Then all, with precision √(10/20 · 1).
    let second = found(0.4, 7, [0.0, 20.0], [20.0, 30.0]);
    close(
        of(vec![found(0.5, 7, [0.0, 5.0], [20.0, 30.0]), second]),
        0.5_f64.sqrt() + (1.0 - 0.5_f64.sqrt()) * 0.5_f64.sqrt(),
    );
    // Equal scores come as one, in any order; another reference only costs precision.
    let wrong = found(0.4, 8, [0.0, 20.0], [20.0, 30.0]);
    close(of(vec![wrong, second]), (10.0 / 40.0 * (10.0 / 20.0_f64)).sqrt());
    // Nothing of it on one axis: none of it is shared.
    close(of(vec![found(0.5, 7, [0.0, 10.0], [30.0, 40.0])]), 0.0);
    // Without duration nothing is covered, and nothing is divided by.
    close(of(vec![found(0.5, 7, [3.0, 3.0], [25.0, 25.0])]), 0.0);
}

#[test]
fn a_missing_answer_has_no_excerpts() {
    let truth = || vec![gold(1, [0.0, 5.0], [0.0, 5.0])];
    let right = || Some(vec![found(0.5, 1, [0.0, 5.0], [0.0, 5.0])]);
    let half = [Some(0.5); 2];
    assert_eq!(values(&[right(), None], &[truth(), truth()]), half);
    assert_eq!(values(&[right(), Some(vec![])], &[truth(), truth()]), half);
    assert_eq!(values(&[right()], &[vec![]]), [None; 2]);
    assert_eq!(State::new(params(&EVERY_ID)).unwrap().values(), Err(MetricError::Empty));
    // So short that it has no length here.
    assert_eq!(values(&[None], &[vec![gold(1, [0.0, 1e-300], [0.0, 5.0])]]), [None, Some(0.0)]);
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let ends = [1.0, 2.0];
    let mut state = State::new(params(&EVERY_ID)).unwrap();
    state.update(&[Some(vec![found(0.5, 1, ends, ends)])], &[vec![gold(1, ends, ends)]]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Found>, truth: Vec<Excerpt>| {
        let first = Some(vec![found(0.5, 1, ends, ends)]);
        state.update(&[first, Some(list)], &[vec![], truth]).unwrap_err().code()
    };
    for score in [f64::NAN, f64::INFINITY] {
        assert_eq!(code(vec![found(score, 1, ends, ends)], vec![]), "nonfinite_score");
        assert_eq!(code(vec![found(0.5, 1, ends, [1.0, score])], vec![]), "nonfinite_score");
    }
    let too_far = SECONDS_MAX * 1.001;
    for strange in [[2.0, 1.0], [0.0, too_far], [-too_far, 0.0]] {
        assert_eq!(code(vec![found(0.5, 1, strange, ends)], vec![]), "out_of_domain");
        assert_eq!(code(vec![], vec![gold(1, ends, strange)]), "out_of_domain");
    }
    assert_eq!(code(vec![], vec![gold(1, ends, [1.0, 1.0])]), "out_of_domain");
    assert_eq!(code(vec![], vec![gold(1, [f64::NAN, 1.0], ends)]), "out_of_domain");
    assert_eq!(code(vec![found(0.5, 1, ends, ends); FOUND_PER_QUERY_MAX + 1], vec![]), "out_of_domain");
    let error = state.update(&[None::<Vec<Found>>], &[]);
    assert_eq!(error, Err(MetricError::LengthMismatch { expected: 0, found: 1 }));
    assert_eq!(state.merge(&State::new(params(&["segment_ap"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
    let widest = [-SECONDS_MAX, SECONDS_MAX];
    let list = vec![found(0.5, 1, widest, widest); FOUND_PER_QUERY_MAX];
    state.update(&[Some(list)], &[vec![gold(1, widest, widest)]]).unwrap();
    assert!(State::from_bytes(params(&EVERY_ID), &state.to_bytes()).is_ok());
}

#[test]
fn metrics_are_counted_on_both_sides() {
    let with = |count| State::new(Params { kinds: vec![Kind::SegmentAp; count] }).is_ok();
    assert!(with(1) && with(32) && !with(0) && !with(33));
}

type Counts = (u64, u64, u64, u64, [i128; 2]);

/// As the module writes a state: counts; pairs and gains as (step from the last key, amounts).
fn read(counts: Counts, pairs: &[(u64, [u32; 2])], gains: &[(u64, [i128; 4])]) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(counts, pairs, gains), vec![1]).unwrap();
    State::from_bytes(params(&["segment_ap"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let (zero, most) = (1_u64 << 63, 2_000_000_000_i128 << 64);
    let pairs = [(zero, [1, 1])];
    let gains = [(zero, [3, 9, 4, 9])];
    assert!(read((5, 2, 1, 1, [3, 4]), &pairs, &gains).is_ok());
    assert!(read((5, 2, 1, 1, [most, most]), &pairs, &[(zero, [most, 2 * most, 4, 9])]).is_ok());
    let counts: [Counts; 7] = [
        (5, 1, 1, 1, [3, 4]),
        (5, 2, 0, 1, [3, 4]),
        (5, 2, 1, 0, [3, 4]),
        (5, 2, 1, 2, [3, 4]),
        (5, 2, 1, 1, [2, 4]),
        (5, 2, 1, 1, [3, 3]),
        (5, 2, 1, 1, [most + 1, 4]),
    ];
    for counts in counts {
        assert_eq!(read(counts, &pairs, &gains).map(|_| ()), Err(MetricError::Corrupt), "{counts:?}");
    }
    for gain in [[0, 0, 0, 0], [-1, 1, 1, 1], [1, 2 * most + 1, 1, 1], [1, i128::MAX, 1, 1]] {
        let counts = (5, 2, 1, 1, [3, 4]);
        assert_eq!(read(counts, &pairs, &[(zero, gain)]).map(|_| ()), Err(MetricError::Corrupt), "{gain:?}");
    }
    let beyond = read((5, 2, 1, 1, [3, 4]), &[(zero - 1, [1, 1])], &gains);
    assert_eq!(beyond.map(|_| ()), Err(MetricError::Corrupt));
}

#[test]
fn queries_and_excerpts_are_counted_up_to_the_limit() {
    let of = |queries, found, golden| read((queries, found, golden, 0, [0; 2]), &[], &[]);
    let (queries, most) = (ITEM_COUNT_MAX, EXCERPT_COUNT_MAX);
    assert!(of(queries + 1, 0, 0).is_err() && of(1, most + 1, 0).is_err() && of(1, 0, most + 1).is_err());
    let mut full = of(queries - 1, most - 1, most - 1).unwrap();
    let ends = [1.0, 2.0];
    full.update(&[Some(vec![found(0.5, 1, ends, ends)])], &[vec![gold(1, ends, ends)]]).unwrap();
    let before = full.to_bytes();
    for (more, what) in [((1, 0, 0), "items"), ((0, 1, 0), "found excerpts"), ((0, 0, 1), "true excerpts")] {
        let error = full.merge(&of(more.0, more.1, more.2).unwrap()).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
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
            (
                prop::collection::vec((0_u32..2, [0_u8..6, 0_u8..6], [0_u8..4, 0_u8..4], -2_i8..3), 0..8),
                prop::collection::vec((0_u32..2, [0_u8..6, 0_u8..6], [1_u8..4, 1_u8..4]), 0..4),
            ),
            1..6,
        ),
    ) {
        let excerpt = |reference, starts: [u8; 2], lengths: [u8; 2]| {
            let ends = |axis: usize| [f64::from(starts[axis]), f64::from(starts[axis] + lengths[axis])];
            gold(reference, ends(0), ends(1))
        };
        let answers: Vec<_> = queries.iter().map(|(list, _)| {
            let one = |&(reference, starts, lengths, score): &(u32, [u8; 2], [u8; 2], i8)| {
                Found { excerpt: excerpt(reference, starts, lengths), score: f64::from(score) }
            };
            Some(list.iter().map(one).collect::<Vec<_>>())
        }).collect();
        let truth: Vec<Vec<_>> = queries.iter().map(|(_, list)| {
            list.iter().map(|&(reference, starts, lengths)| excerpt(reference, starts, lengths)).collect()
        }).collect();
        let mut state = State::new(params(&EVERY_ID)).unwrap();
        state.update(&answers, &truth).unwrap();
        let bytes = state.to_bytes();
        let count = queries.iter().map(|(list, _)| list.len()).sum::<usize>();
        prop_assert!(bytes.len() <= STATE_BYTES_BESIDES_MAX + STATE_BYTES_PER_FOUND_MAX * count);
        prop_assert_eq!(State::from_bytes(params(&EVERY_ID), &bytes).unwrap().to_bytes(), bytes);
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0 + 1e-12).contains(v)), "{values:?}");
    }
}
