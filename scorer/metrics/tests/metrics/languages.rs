//! Spoken language recognition: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    languages::{
        CELL_COUNT_MAX, Kind, LANGUAGE_COUNT_MAX, METRICS, Params, STATE_BYTES_PER_CELL_MAX,
        STATE_BYTES_PER_LANGUAGE_MAX, State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 4] = ["cavg.lre@0", "cavg.min_exact", "cavg.olr_min20", "accuracy"];

fn params(language_count: u32, ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { language_count, prior: 0.5, kinds: ids.iter().map(kind).collect() }
}

/// Of three languages. A row that is `None` has no answer.
fn values(ids: &[&str], rows: &[Option<[f64; 3]>], labels: &[Option<u32>]) -> Vec<Option<f64>> {
    let scores: Vec<f64> = rows.iter().flat_map(|row| row.unwrap_or([f64::NAN; 3])).collect();
    let answered: Vec<bool> = rows.iter().map(Option::is_some).collect();
    let mut state = State::new(params(3, ids)).unwrap();
    state.update(&scores, &answered, labels).unwrap();
    State::from_bytes(params(3, ids), &state.to_bytes()).unwrap().values().unwrap()
}

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let of_case = &case["params"];
    let params = Params {
        prior: golden::number(&of_case["p_target"]),
        ..params(of_case["n_langs"].as_u64().unwrap() as u32, &[metric])
    };
    let row = |&i: &usize| case["cols"]["scores"][i].as_array().unwrap();
    let scores: Vec<f64> = items.iter().flat_map(row).map(golden::number).collect();
    let labels: Vec<_> =
        items.iter().map(|&i| case["cols"]["label"][i].as_u64().map(|label| label as u32)).collect();
    let mut state = State::new(params.clone())?;
    state.update(&scores, &vec![true; items.len()], &labels)?;
    State::from_bytes(params, &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("language_id", &[], f64::NAN, state_of), 4 * 4 * 8);
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    assert_eq!(parse("cavg.lre@-2.5").unwrap().0, Kind::Cavg(-2.5));
    assert!(
        ["", "cavg", "cavg.lre", "cavg.lre@", "cavg.lre@0.0", "cavg.lre@inf"]
            .iter()
            .all(|id| parse(id).is_none())
    );
}

#[test]
fn a_missing_answer_is_as_wrong_as_can_be_at_every_threshold() {
    let rows = [None, None, None, None];
    assert_eq!(values(&EVERY_ID, &rows, &[Some(0), Some(1), Some(2), None])[..2], [Some(1.0); 2]);
    // Strangers or not, the worst is p + (1 − p)·(L − 1)/L, and with strangers p + (1 − p).
    let olr = |labels: &[Option<u32>]| values(&["cavg.olr_min20"], &rows[..labels.len()], labels)[0].unwrap();
    assert!((olr(&[Some(0), Some(1), Some(2)]) - 5.0 / 6.0).abs() < 1e-12);
    assert!((olr(&[Some(0), Some(1), Some(2), None]) - 1.0).abs() < 1e-12);
    let perfect = [[1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]].map(Some);
    let labels = [Some(0), Some(1), Some(2)];
    assert_eq!(values(&EVERY_ID, &perfect, &labels), [Some(0.0), Some(0.0), Some(0.0), Some(1.0)]);
    // One of three misses its language and is an alarm for both others: ½·⅓ + ½·⅓.
    let third = values(&EVERY_ID, &[perfect[0], perfect[1], None], &labels);
    assert!(third[..2].iter().flatten().all(|cost| (cost - 1.0 / 3.0).abs() < 1e-12), "{third:?}");
    assert_eq!(third[3], Some(2.0 / 3.0));
}

#[test]
fn only_strangers_leave_everything_undefined_and_the_lowest_language_wins_a_tie() {
    assert_eq!(values(&EVERY_ID, &[Some([1.0, 2.0, 3.0])], &[None]), [None; 4]);
    let tie = |label| values(&["accuracy"], &[Some([-0.0, 0.0, -1.0])], &[Some(label)]);
    assert_eq!((tie(0), tie(1)), (vec![Some(1.0)], vec![Some(0.0)]));
    assert_eq!(State::new(params(3, &EVERY_ID)).unwrap().values(), Err(MetricError::Empty));
    // Scores so far apart that their difference is no number.
    let far = values(&EVERY_ID, &[Some([f64::MAX, f64::MIN, 0.0])], &[Some(0)]);
    assert_eq!((far[1], far[2]), (Some(0.0), Some(0.0)));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(2, &EVERY_ID)).unwrap();
    state.update(&[0.5_f32, 1.0], &[true], &[Some(1)]).unwrap();
    let before = state.to_bytes();
    for score in [f64::NAN, f64::INFINITY] {
        let error = state.update(&[0.0, 0.0, 0.0, score], &[true, true], &[Some(0), None]).unwrap_err();
        assert_eq!(error, MetricError::NonFiniteScore { item: 1, class: 1 });
    }
    assert_eq!(state.update(&[0.0, 0.0], &[false], &[Some(2)]).unwrap_err().code(), "out_of_domain");
    assert_eq!(state.update(&[0.0], &[true], &[Some(0)]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.update(&[0.0, 0.0], &[], &[Some(0)]).unwrap_err().code(), "invalid_input");
    let other = Params { prior: 0.25, ..params(2, &EVERY_ID) };
    assert_eq!(state.merge(&State::new(other).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |language_count, prior, kinds: &[Kind]| {
        State::new(Params { language_count, prior, kinds: kinds.to_vec() }).is_ok()
    };
    let one = [Kind::Accuracy];
    assert!(with(2, 0.5, &one) && with(LANGUAGE_COUNT_MAX, 0.5, &[Kind::Accuracy; 32]));
    assert!(!with(1, 0.5, &one) && !with(LANGUAGE_COUNT_MAX + 1, 0.5, &one));
    assert!(with(2, f64::MIN_POSITIVE, &one) && with(2, 1.0 - f64::EPSILON, &one));
    assert!(!with(2, 0.0, &one) && !with(2, 1.0, &one) && !with(2, f64::NAN, &one));
    assert!(with(2, 0.5, &[Kind::Cavg(f64::MAX)]) && !with(2, 0.5, &[Kind::Cavg(f64::INFINITY)]));
    assert!(!with(2, 0.5, &[]) && !with(2, 0.5, &[Kind::Accuracy; 33]));
}

type Steps<'a> = &'a [((u64, u32), [u32; 1])];

/// As the module writes a state of two languages: items, utterances, right ones, accepted by tag; cells by step.
fn read(
    id: &str,
    utterances: &[u64],
    right: u64,
    accepted: Vec<u64>,
    cells: Steps<'_>,
) -> Result<State, MetricError> {
    let items: u64 = utterances.iter().sum();
    let bytes = postcard::to_extend(&(items, utterances, right, vec![accepted], cells), vec![1]).unwrap();
    State::from_bytes(params(2, &[id]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let (zero, inf) = (1_u64 << 63, f64::INFINITY.to_bits());
    let (lre, min) = ("cavg.lre@0", "cavg.min_exact");
    // One utterance of language 0 and one of none: an own cell, one for the other language, two of a stranger.
    assert!(read(lre, &[1, 0, 1], 1, vec![1, 1, 0, 0, 2, 0], &[]).is_ok());
    for accepted in [
        vec![2, 1, 0, 0, 2, 0],
        vec![1, 2, 0, 0, 2, 0],
        vec![1, 1, 1, 0, 2, 0],
        vec![1, 1, 0, 0, 2, 1],
        vec![],
    ] {
        assert!(read(lre, &[1, 0, 1], 1, accepted, &[]).is_err());
    }
    assert!(read(lre, &[1, 0, 1], 2, vec![0; 6], &[]).is_err());
    assert!(read(lre, &[1, 1], 1, vec![0; 6], &[]).is_err());
    assert!(read(lre, &[1, 0, 1], 1, vec![0; 6], &[((zero, 0), [1])]).is_err());
    let whole: Steps<'_> = &[((zero, 0), [1]), ((0, 1), [1]), ((7, 4), [2])];
    assert!(read(min, &[1, 0, 1], 1, vec![], whole).is_ok());
    assert!(read(min, &[1, 0, 1], 1, vec![0; 6], whole).is_err());
    let missing: Steps<'_> = &[((!(zero | inf), 1), [1]), ((2 * (inf - 1) + 3, 0), [1]), ((0, 4), [2])];
    assert_eq!((!(zero | inf)) + 2 * (inf - 1) + 3, zero | inf);
    assert!(read(min, &[1, 0, 1], 0, vec![], missing).is_ok());
    let strange: [Steps<'_>; 5] = [
        &whole[..2],
        &[((zero, 0), [1]), ((0, 1), [1]), ((7, 4), [3])],
        &[((zero, 0), [1]), ((0, 1), [1]), ((7, 6), [2])],
        &[((!(zero | inf), 0), [1]), ((zero, 1), [1]), ((7, 4), [2])],
        &[((zero - 1, 0), [1]), ((1, 1), [1]), ((7, 4), [2])],
    ];
    for cells in strange {
        assert!(read(min, &[1, 0, 1], 1, vec![], cells).is_err(), "{cells:?}");
    }
}

#[test]
fn utterances_and_scores_are_counted_up_to_the_limit() {
    let of = |count| read("cavg.lre@0", &[count, 0, 0], 0, vec![0; 6], &[]);
    assert!(of(ITEM_COUNT_MAX + 1).is_err());
    let mut full = of(ITEM_COUNT_MAX - 1).unwrap();
    full.update(&[0.0, 0.0], &[true], &[Some(0)]).unwrap();
    let before = full.to_bytes();
    assert_eq!(full.merge(&of(1).unwrap()).unwrap_err().code(), "invalid_input");
    assert_eq!(full.to_bytes(), before);

    let of = |count: u64| {
        let cells = [((1 << 63, 0), [count as u32]), ((0, 1), [count as u32])];
        read("cavg.min_exact", &[count, 0, 0], 0, vec![], &cells)
    };
    assert!(of(CELL_COUNT_MAX / 2 + 1).is_err());
    let mut full = of(CELL_COUNT_MAX / 2 - 1).unwrap();
    full.update(&[0.0, 0.0], &[true], &[Some(0)]).unwrap();
    let error = full.update(&[0.0, 0.0], &[true], &[Some(0)]).unwrap_err();
    assert!(error.to_string().contains("12582914 scores"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for ids in [&EVERY_ID[..], &EVERY_ID[3..]] {
            if let Ok(mut state) = State::from_bytes(params(2, ids), &bytes) {
                let _ = state.merge(&state.clone());
                let _ = state.values();
            }
        }
    }

    #[test]
    fn values_are_shares_and_the_state_within_its_bound(
        items in prop::collection::vec((prop::option::of([-3_i8..4, -3_i8..4, -3_i8..4]), prop::option::of(0_u32..3)), 1..30),
    ) {
        let rows: Vec<_> = items.iter().map(|(row, _)| row.map(|row| row.map(f64::from))).collect();
        let labels: Vec<_> = items.iter().map(|(_, label)| *label).collect();
        let scores: Vec<f64> = rows.iter().flat_map(|row| row.unwrap_or([0.0; 3])).collect();
        let answered: Vec<bool> = rows.iter().map(Option::is_some).collect();
        let mut state = State::new(params(3, &EVERY_ID)).unwrap();
        state.update(&scores, &answered, &labels).unwrap();
        let bound = 40 + STATE_BYTES_PER_CELL_MAX * scores.len() + STATE_BYTES_PER_LANGUAGE_MAX * 4 * 3;
        prop_assert!(state.to_bytes().len() <= bound);
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0 + 1e-12).contains(v)), "{values:?}");
        // No threshold is cheaper than the cheapest.
        prop_assert!(values[1].unwrap_or(0.0) <= values[0].unwrap_or(0.0) + 1e-12);
    }
}
