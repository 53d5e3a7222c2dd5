//! Sound events: golden cases, limits, refusals, missing answers, counts worked by hand.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    events::{
        CLASS_COUNT_MAX, EVENT_COUNT_MAX, Event, METRICS, Params, RESOLUTION_MIN, Recording, SECONDS_MAX,
        State, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

fn params(class_count: u32, ids: &[&str]) -> Params {
    let kinds = ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0).collect();
    Params { class_count, resolution: 1.0, collar: 0.2, kinds }
}

fn scored(params: Params, found: &[Option<Vec<Event>>], truth: &[Recording]) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

fn event(class: u32, start: f64, end: f64) -> Event {
    Event { class, start, end }
}

fn ten_seconds(events: Vec<Event>) -> Recording {
    Recording { duration: 10.0, events }
}

/// The state of some recordings of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let labels = case["shared"]["labels"].as_array().unwrap();
    let class = |label: &Value| labels.iter().position(|known| known == label).unwrap() as u32;
    let events = |name: &str, i: usize| -> Vec<Event> {
        let entries = case["cols"][name][i].as_array().unwrap();
        entries.iter().map(|e| event(class(&e[0]), golden::number(&e[1]), golden::number(&e[2]))).collect()
    };
    let found: Vec<_> = items.iter().map(|i| Some(events("est", *i))).collect();
    let recording = |i: &usize| Recording {
        duration: golden::number(&case["cols"]["duration"][*i]),
        events: events("ref", *i),
    };
    let truth: Vec<_> = items.iter().map(recording).collect();
    let of_case = |name: &str| golden::number(&case["params"][name]);
    let (resolution, collar) = (of_case("resolution"), of_case("collar"));
    scored(Params { resolution, collar, ..params(labels.len() as u32, ids) }, &found, &truth)
}

#[test]
fn goldens() {
    let compared =
        golden::check_suite("sound_event", &[], f64::NAN, |case, id, items| state_of(case, &[id], items));
    assert_eq!(compared, 8 * 15 * 4);
}

#[test]
fn every_entry_has_a_kind_of_its_own() {
    let kinds: Vec<_> = METRICS.iter().map(|info| parse(info.id).unwrap()).collect();
    for (place, (kind, id)) in kinds.iter().enumerate() {
        assert_eq!(*id, METRICS[place].id);
        assert!(kinds[..place].iter().all(|(other, _)| other != kind), "{id}");
    }
    assert_eq!(parse("event.accuracy"), None);
}

fn values(ids: &[&str], found: &[Option<Vec<Event>>], truth: &[Recording]) -> Vec<Option<f64>> {
    scored(params(2, ids), found, truth).unwrap().values().unwrap()
}

#[test]
fn segments_worked_by_hand() {
    let ids = ["segment.precision", "segment.recall", "segment.er"];
    // Truth: class 0 in seconds 0 to 3, twice in second 2. Found: class 0 in 2 to 5, class 1 in 0, and beyond the end.
    let truth = [ten_seconds(vec![event(0, 0.0, 2.5), event(0, 2.0, 3.2)])];
    let found = vec![event(0, 2.9, 5.1), event(1, -4.0, 0.5), event(1, 10.0, 99.0), event(1, 5.0, 4.0)];
    // Right: 2 of class 0 (seconds 2 and 3). Found: 4 + 1. Substituted: second 0. Deleted: second 1. Inserted: seconds 4 and 5.
    assert_eq!(values(&ids, &[Some(found)], &truth), [Some(2.0 / 5.0), Some(0.5), Some(1.0)]);
    assert_eq!(values(&ids, &[None], &truth), [None, Some(0.0), Some(1.0)]);
    assert_eq!(
        values(&ids, &[Some(vec![event(0, 0.0, 1.0)])], &[ten_seconds(vec![])]),
        [Some(0.0), None, None]
    );
}

#[test]
fn as_many_events_as_possible_are_matched_and_what_is_left_may_be_substituted() {
    let ids = ["onset.recall", "onset.er", "event.recall", "onset.f1.macro"];
    // The first found event fits both true ones, the second only the first.
    let truth = [ten_seconds(vec![event(0, 1.0, 2.0), event(0, 1.25, 2.25)])];
    let found = vec![event(0, 1.125, 2.0), event(0, 0.875, 9.0)];
    let want = [Some(1.0), Some(0.0), Some(0.5), Some(1.0)];
    assert_eq!(values(&ids, &[Some(found)], &truth), want);
    // Of another class: one substitution instead of a deletion and an insertion; a class never found is not in the mean.
    let want = [Some(0.5), Some(0.5), Some(0.5), Some(2.0 / 3.0)];
    assert_eq!(values(&ids, &[Some(vec![event(0, 1.0, 2.0), event(1, 1.25, 2.25)])], &truth), want);
    assert_eq!(State::new(params(1, &ids)).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |class_count, resolution, collar, kinds: usize| {
        State::new(Params {
            class_count,
            resolution,
            collar,
            kinds: vec![parse("event.f1").unwrap().0; kinds],
        })
        .is_ok()
    };
    assert!(with(1, RESOLUTION_MIN, 0.0, 1) && with(CLASS_COUNT_MAX, SECONDS_MAX, SECONDS_MAX, 32));
    assert!(!with(0, 1.0, 0.2, 1) && !with(CLASS_COUNT_MAX + 1, 1.0, 0.2, 1));
    assert!(!with(1, RESOLUTION_MIN / 1.001, 0.2, 1) && !with(1, SECONDS_MAX * 1.001, 0.2, 1));
    assert!(!with(1, 1.0, -0.1, 1) && !with(1, 1.0, SECONDS_MAX * 1.001, 1) && !with(1, f64::NAN, 0.2, 1));
    assert!(!with(1, 1.0, 0.2, 0) && !with(1, 1.0, 0.2, 33));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(2, &["event.f1"])).unwrap();
    let here = || event(0, 1.0, 2.0);
    state.update(&[Some(vec![here()])], &[ten_seconds(vec![here()])]).unwrap();
    let before = state.to_bytes();
    let code = |list: Vec<Event>, truth: Recording| {
        let mut changed = state.clone();
        let update = changed.update(&[Some(vec![here()]), Some(list)], &[ten_seconds(vec![]), truth]);
        let code = update.map_or_else(|error| error.code(), |()| "taken");
        assert!(code == "taken" || changed.to_bytes() == before);
        code
    };
    let none = || ten_seconds(vec![]);
    assert_eq!(code(vec![event(2, 0.0, 1.0)], none()), "out_of_domain");
    assert_eq!(code(vec![event(0, f64::NAN, 1.0)], none()), "nonfinite_score");
    assert_eq!(code(vec![event(0, 0.0, f64::INFINITY)], none()), "nonfinite_score");
    assert_eq!(code(vec![event(0, f64::MAX, f64::MIN), event(0, f64::MIN, f64::MAX)], none()), "taken");
    for gold in
        [event(2, 0.0, 1.0), event(0, -0.1, 1.0), event(0, 1.0, 0.5), event(0, 0.0, SECONDS_MAX * 1.001)]
    {
        assert_eq!(code(vec![], ten_seconds(vec![gold])), "out_of_domain", "{gold:?}");
    }
    assert_eq!(code(vec![], ten_seconds(vec![event(0, 0.0, SECONDS_MAX)])), "taken");
    for (duration, want) in [
        (SECONDS_MAX, "taken"),
        (0.0, "taken"),
        (SECONDS_MAX * 1.001, "out_of_domain"),
        (f64::NAN, "out_of_domain"),
    ] {
        assert_eq!(code(vec![], Recording { duration, events: vec![] }), want);
    }
    let many = |count: usize| (0..count).map(|i| event(0, i as f64, i as f64 + 1.0)).collect::<Vec<_>>();
    assert_eq!(code(many(EVENT_COUNT_MAX), ten_seconds(many(10))), "taken");
    assert_eq!(code(many(EVENT_COUNT_MAX + 1), none()), "out_of_domain");
    assert_eq!(code(vec![], ten_seconds(many(EVENT_COUNT_MAX + 1))), "out_of_domain");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(2, &["onset.f1"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    type Counts = (u64, Vec<(u64, u64, u64)>);
    let read = |items: u64, counts: Counts| {
        let bytes = postcard::to_extend(&(items, vec![counts; 3]), vec![1]).unwrap();
        State::from_bytes(params(1, &["event.f1"]), &bytes)
    };
    assert!(read(1, (1, vec![(3, 2, 1)])).is_ok() && read(ITEM_COUNT_MAX, (0, vec![(0, 0, 0)])).is_ok());
    for counts in [
        (2, vec![(3, 2, 1)]),
        (0, vec![(3, 2, 3)]),
        (0, vec![]),
        (0, vec![(0, 0, 0); 2]),
        (0, vec![(u64::MAX, 0, 0)]),
    ] {
        assert_eq!(read(1, counts.clone()), Err(MetricError::Corrupt), "{counts:?}");
    }
    assert!(read(ITEM_COUNT_MAX + 1, (0, vec![(0, 0, 0)])).is_err());
    let mut full = read(ITEM_COUNT_MAX, (0, vec![(0, 0, 0)])).unwrap();
    assert!(
        full.merge(&read(1, (0, vec![(0, 0, 0)])).unwrap()).is_err() && full.item_count() == ITEM_COUNT_MAX
    );
}

/// The size of the greatest matching by onset, by trying all.
fn most(truth: &[Event], found: &[Event]) -> usize {
    let Some((gold, rest)) = truth.split_first() else { return 0 };
    let takes = |index: usize| {
        let event = found[index];
        if event.class != gold.class || (event.start - gold.start).abs() > 0.5 {
            return 0;
        }
        let mut left = found.to_vec();
        left.remove(index);
        1 + most(rest, &left)
    };
    (0..found.len()).map(takes).max().unwrap_or(0).max(most(rest, found))
}

#[test]
fn as_many_events_at_once_as_there_may_be_are_matched() {
    let at_once = |class, count| vec![event(class, 1.0, 2.0); count];
    let measured = |truth, found| {
        let ids = ["event.recall", "event.precision", "event.er"];
        scored(params(2, &ids), &[Some(found)], &[ten_seconds(truth)]).unwrap().values().unwrap()
    };
    let (few, all) = (EVENT_COUNT_MAX / 8, EVENT_COUNT_MAX);
    let values = measured(at_once(0, few), at_once(0, all));
    assert_eq!(values, [Some(1.0), Some(0.125), Some(7.0)]);
    // Every event of the other class stands for a true one.
    assert_eq!(measured(at_once(0, few), at_once(1, few)), [Some(0.0), Some(0.0), Some(1.0)]);
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(mut state) = State::from_bytes(params(1, &["event.f1", "segment.er"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    /// Against a roll of segments by classes, and against all matchings.
    #[test]
    fn counts_are_those_of_a_plain_reckoning(
        truth in prop::collection::vec((0_u32..2, 0_u8..8, 0_u8..5), 0..5),
        found in prop::collection::vec((0_u32..2, 0_u8..8, 0_u8..5), 0..5),
    ) {
        let events = |list: &[(u32, u8, u8)]| list.iter()
            .map(|(class, start, length)| event(*class, f64::from(*start) / 2.0, f64::from(*start + *length) / 2.0))
            .collect::<Vec<_>>();
        let (truth, found) = (events(&truth), events(&found));
        let roll = |events: &[Event]| {
            let mut roll = [[false; 2]; 5];
            for event in events {
                let (start, end) = (event.start.floor() as usize, event.end.ceil() as usize);
                for row in roll.iter_mut().take(end).skip(start) {
                    row[event.class as usize] = true;
                }
            }
            roll
        };
        let (mut errors, mut count) = (0, 0);
        for (gold, found) in roll(&truth).iter().zip(roll(&found)) {
            let sum = |row: [bool; 2]| row.iter().filter(|heard| **heard).count();
            errors += sum(*gold).max(sum(found)) - sum([gold[0] && found[0], gold[1] && found[1]]);
            count += sum(*gold);
        }
        let recording = Recording { duration: 5.0, events: truth.clone() };
        let params = Params { collar: 0.5, ..params(2, &["segment.er", "onset.recall"]) };
        let values = scored(params, &[Some(found.clone())], &[recording]).unwrap().values().unwrap();
        prop_assert_eq!(values[0], (count > 0).then(|| errors as f64 / count as f64));
        prop_assert_eq!(values[1], (!truth.is_empty()).then(|| most(&truth, &found) as f64 / truth.len() as f64));
    }
}
