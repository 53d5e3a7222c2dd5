//! Speakers: golden cases, limits, refusals, missing answers, stretches worked by hand.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    speakers::{
        Condition, Kind, METRICS, Params, Recording, SECONDS_MAX, SPEAKER_COUNT_MAX, State, TURN_COUNT_MAX,
        Turn, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 4] = [
    ("confusion_s", "a sum that der is made of; compared below"),
    ("false_alarm_s", "a sum that der is made of; compared below"),
    ("missed_s", "a sum that der is made of; compared below"),
    ("total_s", "a sum that der is made of; compared below"),
];

fn params(ids: &[&str]) -> Params {
    Params { kinds: ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0).collect() }
}

fn scored(params: Params, found: &[Option<Vec<Turn>>], truth: &[Recording]) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

fn turn(speaker: u32, start: f64, end: f64) -> Turn {
    Turn { speaker, start, end }
}

/// The state of some recordings of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let turns = |name: &str, i: usize| -> Vec<Turn> {
        let entries = case["cols"][name][i].as_array().unwrap();
        let speaker = |e: &Value| entries.iter().position(|other| other[2] == e[2]).unwrap() as u32;
        entries.iter().map(|e| turn(speaker(e), golden::number(&e[0]), golden::number(&e[1]))).collect()
    };
    let found: Vec<_> = items.iter().map(|i| Some(turns("hyp", *i))).collect();
    let recording = |i: &usize| Recording {
        duration: golden::number(&case["cols"]["duration"][*i]),
        turns: turns("ref", *i),
    };
    let truth: Vec<_> = items.iter().map(recording).collect();
    scored(params(ids), &found, &truth)
}

#[test]
fn goldens() {
    let compared = golden::check_suite("diarization", &LEFT_OUT, f64::NAN, |case, id, items| {
        state_of(case, &[id], items)
    });
    assert_eq!(compared, 8 * 3 * 4);
}

#[test]
fn golden_sums() {
    for case in golden::cases("diarization") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        let sums = state_of(&case, &["der"], &items).unwrap().sums()[0];
        for (id, got) in [
            ("confusion_s", sums.confusion),
            ("false_alarm_s", sums.false_alarm),
            ("missed_s", sums.missed),
            ("total_s", sums.total),
        ] {
            let (got, want) = (got as f64 / 1e9, golden::number(&case["expect"][id]));
            assert!(
                (got - want).abs() <= 1e-6 * want.max(1.0),
                "{} {id}: got {got}, want {want}",
                case["id"]
            );
        }
    }
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let ids = ["der", "der.collar250ms", "der.skip_overlap"];
    let families: Vec<_> = ids.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    for id in
        ["der.collar0ms", "der.collar0250ms", "der.collar10001ms", "der.collar+5ms", "der.collarms", "DER"]
    {
        assert_eq!(parse(id), None, "{id}");
    }
    assert!(parse("der.collar10000ms").is_some());
}

fn values(ids: &[&str], found: &[Option<Vec<Turn>>], truth: &[Recording]) -> Vec<Option<f64>> {
    scored(params(ids), found, truth).unwrap().values().unwrap()
}

#[test]
fn stretches_worked_by_hand() {
    let all = ["der", "der.collar500ms", "der.skip_overlap"];
    // Speaker 7 from 0 to 6, speaker 9 from 4 to 10; found: one speaker all the time.
    let truth = [Recording { duration: 10.0, turns: vec![turn(7, 0.0, 6.0), turn(9, 4.0, 10.0)] }];
    let one = || Some(vec![turn(1, -5.0, 4.0), turn(1, 4.0, 20.0)]);
    // Missed: 2 of 12. The one is as often either: 4 seconds are confused. With half a second off around
    // 0, 4, 6 and 10, 3 + 1 + 3 seconds remain, in the middle one of which 1 is missed; 3 + 1 of 3 + 2 + 3 are wrong.
    assert_eq!(values(&all, &[one()], &truth), [Some(6.0 / 12.0), Some(4.0 / 8.0), Some(4.0 / 8.0)]);
    assert_eq!(values(&all, &[None], &truth), [Some(1.0); 3]);
    assert_eq!(values(&all, &[Some(vec![])], &truth), [Some(1.0); 3]);
    // What is found twice and true once is a false alarm; a turn that ends before it starts is silent.
    let twice = Some(vec![turn(1, 0.0, 6.0), turn(2, 4.0, 10.0), turn(2, 6.0, 10.0), turn(3, 9.0, 1.0)]);
    assert_eq!(values(&["der"], &[twice], &truth), [Some(4.0 / 12.0)]);
    assert_eq!(values(&["der"], &[one()], &[Recording { duration: 10.0, turns: vec![] }]), [None]);
    assert_eq!(State::new(params(&["der"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |collar_ms, kinds: usize| {
        State::new(Params { kinds: vec![Kind(Condition { collar_ms, skip_overlap: true }); kinds] }).is_ok()
    };
    assert!(with(0, 1) && with(10_000, 32) && !with(10_001, 1) && !with(0, 0) && !with(0, 33));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["der"])).unwrap();
    let ten = |turns: Vec<Turn>| Recording { duration: 10.0, turns };
    state.update(&[Some(vec![turn(0, 1.0, 2.0)])], &[ten(vec![turn(0, 1.0, 2.0)])]).unwrap();
    let before = state.to_bytes();
    let code = |list: Vec<Turn>, truth: Recording| {
        let mut changed = state.clone();
        let update = changed.update(&[None, Some(list)], &[ten(vec![turn(0, 1.0, 2.0)]), truth]);
        let code = update.map_or_else(|error| error.code(), |()| "taken");
        assert!(code == "taken" || changed.to_bytes() == before);
        code
    };
    assert_eq!(code(vec![turn(0, f64::NAN, 1.0)], ten(vec![])), "nonfinite_score");
    assert_eq!(code(vec![turn(0, 0.0, f64::INFINITY)], ten(vec![])), "nonfinite_score");
    assert_eq!(code(vec![turn(u32::MAX, f64::MIN, f64::MAX)], ten(vec![])), "taken");
    let far = SECONDS_MAX * 1.001;
    for (gold, want) in [
        (turn(0, 1.0, 1.0), "out_of_domain"),
        (turn(0, 2.0, 1.0), "out_of_domain"),
        (turn(0, f64::NAN, 1.0), "out_of_domain"),
        (turn(0, -far, 1.0), "out_of_domain"),
        (turn(0, 0.0, far), "out_of_domain"),
        (turn(0, -SECONDS_MAX, SECONDS_MAX), "taken"),
    ] {
        assert_eq!(code(vec![], ten(vec![gold])), want, "{gold:?}");
    }
    for (duration, want) in
        [(SECONDS_MAX, "taken"), (0.0, "taken"), (far, "out_of_domain"), (-1.0, "out_of_domain")]
    {
        assert_eq!(code(vec![], Recording { duration, turns: vec![] }), want);
    }
    let many = |count: usize, speakers: usize| {
        (0..count).map(|i| turn((i % speakers) as u32, i as f64, i as f64 + 1.0)).collect::<Vec<_>>()
    };
    assert_eq!(code(many(TURN_COUNT_MAX, 2), ten(vec![])), "taken");
    assert_eq!(code(vec![], ten(many(TURN_COUNT_MAX, 2))), "taken");
    assert_eq!(code(many(TURN_COUNT_MAX + 1, 2), ten(vec![])), "out_of_domain");
    assert_eq!(code(vec![], ten(many(TURN_COUNT_MAX + 1, 2))), "out_of_domain");
    assert_eq!(
        code(many(SPEAKER_COUNT_MAX, SPEAKER_COUNT_MAX), ten(many(SPEAKER_COUNT_MAX, SPEAKER_COUNT_MAX))),
        "taken"
    );
    assert_eq!(code(many(SPEAKER_COUNT_MAX + 1, SPEAKER_COUNT_MAX + 1), ten(vec![])), "out_of_domain");
    assert_eq!(code(vec![], ten(many(SPEAKER_COUNT_MAX + 1, SPEAKER_COUNT_MAX + 1))), "out_of_domain");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(
        state.merge(&State::new(params(&["der.skip_overlap"])).unwrap()),
        Err(MetricError::Incompatible)
    );
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let read = |items: u64, sums: [u128; 4]| {
        let bytes = postcard::to_extend(
            &(items, vec![sums; 1].into_iter().map(|s| (s[0], s[1], s[2], s[3])).collect::<Vec<_>>()),
            vec![1],
        )
        .unwrap();
        State::from_bytes(params(&["der"]), &bytes)
    };
    assert!(read(1, [5, 2, 9, 3]).is_ok() && read(ITEM_COUNT_MAX, [0; 4]).is_ok());
    for (items, sums) in
        [(1, [5, 3, 0, 3]), (0, [1, 0, 0, 0]), (1, [u128::MAX, 0, 0, 0]), (ITEM_COUNT_MAX + 1, [0; 4])]
    {
        assert_eq!(read(items, sums), Err(MetricError::Corrupt), "{sums:?}");
    }
    // The longest recording, in nanoseconds, with the most turns all the time.
    let most = SECONDS_MAX as u128 * 1_000_000_000 * TURN_COUNT_MAX as u128;
    assert!(read(1, [most, most, 0, 0]).is_ok() && read(1, [most + 1, 0, 0, 0]).is_err());
    assert!(read(1, [0, 0, most, 0]).is_ok() && read(1, [0, 0, most + 1, 0]).is_err());
    let mut full = read(ITEM_COUNT_MAX, [0; 4]).unwrap();
    assert!(full.merge(&read(1, [0; 4]).unwrap()).is_err() && full.item_count() == ITEM_COUNT_MAX);
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(mut state) = State::from_bytes(params(&["der"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn the_truth_is_right_by_any_name(turns in prop::collection::vec((0_u32..4, 0_u8..20, 1_u8..9), 1..12), names in any::<u32>()) {
        let of = |name: &dyn Fn(u32) -> u32| turns.iter()
            .map(|(speaker, start, length)| turn(name(*speaker), f64::from(*start) / 4.0, f64::from(*start + *length) / 4.0))
            .collect::<Vec<_>>();
        let truth = Recording { duration: 8.0, turns: of(&|speaker| speaker) };
        let state = scored(params(&["der"]), &[Some(of(&|speaker| names.wrapping_add(7 * speaker)))], &[truth]).unwrap();
        prop_assert!(state.sums()[0].missed == 0 && state.sums()[0].false_alarm == 0);
    }
}
