//! Keyword spotting: golden cases, limits, refusals, missing detections.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    keywords::{
        DURATION_S_MAX, KEYWORD_COUNT_MAX, Kind, METRICS, Params, STATE_BYTES_PER_ITEM_MAX,
        STATE_BYTES_PER_KEYWORD_MAX, State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_ID: [&str; 3] = ["atwv@0.5", "mtwv", "miss@fa_per_hour0.5"];

/// Two keywords in ten hours.
fn params(ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { keyword_count: 2, duration_s: 36_000.0, kinds: ids.iter().map(kind).collect() }
}

/// Of (keyword, said, score).
fn values(params: &Params, items: &[(u32, bool, Option<f64>)]) -> Vec<Option<f64>> {
    let mut state = State::new(params.clone()).unwrap();
    update(&mut state, items).unwrap();
    State::from_bytes(params.clone(), &state.to_bytes()).unwrap().values().unwrap()
}

fn update(state: &mut State, items: &[(u32, bool, Option<f64>)]) -> Result<(), MetricError> {
    let keywords: Vec<_> = items.iter().map(|item| item.0).collect();
    let targets: Vec<_> = items.iter().map(|item| item.1).collect();
    let scores: Vec<_> = items.iter().map(|item| item.2).collect();
    state.update(&keywords, &targets, &scores)
}

/// The state of some items of a golden case, back from its bytes. Keywords are numbered in their order.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let of_case = |name: &str| golden::number(&case["params"][name]);
    assert_eq!(of_case("beta").to_bits(), 999.9_f64.to_bits());
    let id = match metric {
        "atwv" => format!("atwv@{}", of_case("threshold")),
        "miss_at_fa_per_hour" => format!("miss@fa_per_hour{}", of_case("fa_per_hour")),
        _ => metric.to_owned(),
    };
    let mut names: Vec<&str> =
        case["cols"]["keyword"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    let item = |&i: &usize| {
        let cell = |column: &str| &case["cols"][column][i];
        let keyword = names.binary_search(&cell("keyword").as_str().unwrap()).unwrap() as u32;
        let score = cell("score");
        (keyword, cell("is_target").as_u64() == Some(1), (!score.is_null()).then(|| golden::number(score)))
    };
    let keyword_count = names.len() as u32;
    let params = Params { keyword_count, duration_s: of_case("duration_s"), ..params(&[&id]) };
    let mut state = State::new(params.clone())?;
    update(&mut state, &items.iter().map(item).collect::<Vec<_>>())?;
    State::from_bytes(params, &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("keyword_spotting", &[], f64::NAN, state_of), 4 * (8 + 8 + 7));
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let families: Vec<_> = EVERY_ID.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    assert_eq!(parse("miss@fa_per_hour0").unwrap().0, Kind::MissAtFaPerHour(0.0));
    for id in [
        "",
        "atwv",
        "atwv@",
        "atwv@0.50",
        "miss@fa_per_hour",
        "miss@fa_per_hour-0",
        "miss@fa_per_hour-1",
        "mtwv@1",
    ] {
        assert_eq!(parse(id), None, "{id}");
    }
}

#[test]
fn keywords_that_are_never_said_cost_nothing_but_false_alarms_per_hour() {
    let said = (0, true, Some(0.6));
    let alarms: Vec<_> = std::iter::once(said).chain([(1, false, Some(0.9)); 6]).collect();
    assert_eq!(values(&params(&EVERY_ID), &alarms), [Some(1.0), Some(1.0), Some(1.0)]);
    assert_eq!(values(&params(&EVERY_ID), &alarms[..6]), [Some(1.0), Some(1.0), Some(0.0)]);
}

#[test]
fn a_missing_detection_is_a_miss_where_the_keyword_is_said() {
    let items = [(0, true, Some(0.7)), (0, true, None), (1, true, Some(0.2)), (1, false, None)];
    assert_eq!(values(&params(&EVERY_ID), &items), [Some(0.25), Some(0.75), Some(1.0 / 3.0)]);
    assert_eq!(values(&params(&EVERY_ID), &[(0, false, Some(0.7)), (1, false, None)]), [None; 3]);
    assert_eq!(State::new(params(&EVERY_ID)).unwrap().values(), Err(MetricError::Empty));
    // As many occurrences as seconds: no time is left to raise an alarm in.
    let short = |duration_s| values(&Params { duration_s, ..params(&EVERY_ID) }, &[(0, true, Some(0.7))]);
    assert_eq!(short(1.5), [None, None, Some(0.0)]);
    assert_eq!(short(2.0), [Some(1.0), Some(1.0), Some(0.0)]);
    // The actual value knows no floor, the greatest does.
    let wrong = values(&params(&EVERY_ID), &[(0, true, None), (0, false, Some(0.5))]);
    let cost = 999.9 / 35_999.0;
    assert!((wrong[0].unwrap() + cost).abs() < 1e-12);
    assert_eq!(wrong[1..], [Some(0.0), Some(1.0)]);
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&EVERY_ID)).unwrap();
    update(&mut state, &[(0, true, Some(0.5))]).unwrap();
    let before = state.to_bytes();
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = update(&mut state, &[(0, true, None), (1, false, Some(score))]).unwrap_err();
        assert_eq!(error.code(), "nonfinite_score");
    }
    assert_eq!(update(&mut state, &[(2, true, None)]).unwrap_err().code(), "out_of_domain");
    assert_eq!(state.update(&[0], &[], &[None]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.update(&[0], &[true], &[]).unwrap_err().code(), "invalid_input");
    let other = Params { duration_s: 5.0, ..params(&EVERY_ID) };
    assert_eq!(state.merge(&State::new(other).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |keyword_count, duration_s, kinds: &[Kind]| {
        State::new(Params { keyword_count, duration_s, kinds: kinds.to_vec() }).is_ok()
    };
    let one = [Kind::Mtwv];
    assert!(with(1, 1.0, &one) && with(KEYWORD_COUNT_MAX, DURATION_S_MAX, &[Kind::Mtwv; 32]));
    assert!(!with(0, 1.0, &one) && !with(KEYWORD_COUNT_MAX + 1, 1.0, &one));
    assert!(!with(1, 0.999, &one) && !with(1, DURATION_S_MAX * 1.001, &one) && !with(1, f64::NAN, &one));
    assert!(!with(1, 1.0, &[]) && !with(1, 1.0, &[Kind::Mtwv; 33]));
    assert!(with(
        1,
        1.0,
        &[Kind::Atwv(f64::MIN), Kind::MissAtFaPerHour(0.0), Kind::MissAtFaPerHour(f64::MAX)]
    ));
    assert!(!with(1, 1.0, &[Kind::Atwv(f64::NAN)]) && !with(1, 1.0, &[Kind::MissAtFaPerHour(-0.1)]));
    assert!(!with(1, 1.0, &[Kind::MissAtFaPerHour(f64::INFINITY)]));
}

/// As the module writes a state of two keywords: items, occurrences, (step from the last key, counts).
fn read(items: u64, occurrences: &[u64], steps: &[((u64, u32), [u32; 2])]) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(items, occurrences, steps), vec![1]).unwrap();
    State::from_bytes(params(&["mtwv"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let zero = 1_u64 << 63;
    assert_eq!(read(5, &[3, 0], &[((zero, 0), [1, 0]), ((7, 0), [2, 1])]).unwrap().item_count(), 5);
    let strange: [(u64, &[u64], &[_]); 8] = [
        (5, &[3], &[]),
        (5, &[3, 3], &[]),
        (5, &[u64::MAX, 3], &[]),
        (5, &[3, 0], &[((zero, 0), [4, 0])]),
        (5, &[3, 0], &[((zero, 1), [1, 0])]),
        (5, &[3, 0], &[((zero, 0), [0, 3])]),
        (5, &[3, 0], &[((zero, 2), [0, 1])]),
        (5, &[3, 0], &[((zero - 1, 0), [1, 0])]),
    ];
    for (items, occurrences, steps) in strange {
        let got = read(items, occurrences, steps).map(|_| ());
        assert_eq!(got, Err(MetricError::Corrupt), "{occurrences:?} {steps:?}");
    }
}

#[test]
fn items_are_counted_up_to_the_limit() {
    let of = |count| read(count, &[count, 0], &[]);
    assert!(of(ITEM_COUNT_MAX + 1).is_err());
    let mut full = of(ITEM_COUNT_MAX - 1).unwrap();
    update(&mut full, &[(1, false, None)]).unwrap();
    let before = full.to_bytes();
    assert_eq!(update(&mut full, &[(1, false, None)]).unwrap_err().code(), "invalid_input");
    assert_eq!(full.merge(&of(1).unwrap()).unwrap_err().code(), "invalid_input");
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
    fn values_are_in_range_and_the_state_within_its_bound(
        items in prop::collection::vec((0_u32..2, any::<bool>(), prop::option::of(-3_i8..4)), 1..60),
    ) {
        let items: Vec<_> = items.into_iter().map(|(keyword, said, score)| (keyword, said, score.map(f64::from))).collect();
        let mut state = State::new(params(&EVERY_ID)).unwrap();
        update(&mut state, &items).unwrap();
        let bytes = state.to_bytes();
        prop_assert!(bytes.len() <= 16 + STATE_BYTES_PER_ITEM_MAX * items.len() + 2 * STATE_BYTES_PER_KEYWORD_MAX);
        prop_assert_eq!(&State::from_bytes(params(&EVERY_ID), &bytes).unwrap().to_bytes(), &bytes);
        let values = state.values().unwrap();
        prop_assert!(values.iter().skip(1).flatten().all(|v| (0.0..=1.0).contains(v)), "{values:?}");
        prop_assert!(values[0].unwrap_or(0.0) <= values[1].unwrap_or(0.0));
    }
}
