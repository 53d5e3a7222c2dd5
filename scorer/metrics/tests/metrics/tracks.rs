//! Tracking: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    tracks::{
        BOUND_MAX, BOX_COUNT_MAX, FRAME_BOX_COUNT_MAX, Kind, METRICS, Params, State, TRACK_COUNT_MAX,
        TrackBox, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

type Frames = Vec<Vec<TrackBox>>;

fn every() -> Params {
    Params { kinds: METRICS.iter().map(|info| parse(info.id).unwrap().0).collect() }
}

fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let one = |value: &Value| TrackBox {
        track: value[0].as_u64().unwrap() as u32,
        bounds: [1, 2, 3, 4].map(|i| golden::number(&value[i])),
    };
    let frames = |column: &str, i: usize| -> Frames {
        let frame = |frame: &Value| frame.as_array().unwrap().iter().map(one).collect();
        case["cols"][column][i].as_array().unwrap().iter().map(frame).collect()
    };
    let params = Params { kinds: vec![parse(metric).unwrap().0] };
    let mut state = State::new(params.clone())?;
    let answers: Vec<_> = items.iter().map(|i| Some(frames("hyp", *i))).collect();
    state.update(&answers, &items.iter().map(|i| frames("gt", *i)).collect::<Vec<_>>())?;
    State::from_bytes(params, &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("tracking", &[], f64::NAN, state_of), 4 * 8 * 9);
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    for info in &METRICS {
        assert_eq!(parse(info.id).unwrap().1, info.id);
    }
    assert_eq!((parse(""), parse("motp")), (None, None));
}

/// A square of 10 pixels.
fn square(track: u32, x: f64) -> TrackBox {
    TrackBox { track, bounds: [x, 0.0, 10.0, 10.0] }
}

fn counts(answers: &[Option<Frames>], truth: &[Frames]) -> Vec<Option<f64>> {
    let kinds = [Kind::Matches, Kind::Switches, Kind::Misses, Kind::FalsePositives, Kind::Idf1, Kind::Mota];
    let mut state = State::new(Params { kinds: kinds.to_vec() }).unwrap();
    state.update(answers, truth).unwrap();
    state.values().unwrap()
}

#[test]
fn a_track_is_kept_while_it_overlaps_and_switched_when_it_does_not() {
    let truth = vec![vec![square(1, 0.0)]; 4];
    // A nearer track comes by in frame 1, and alone in frame 2; a new one in frame 3.
    let answer = vec![
        vec![square(7, 3.0)],
        vec![square(7, 3.0), square(8, 0.0)],
        vec![square(8, 0.0)],
        vec![square(8, 9.0)],
    ];
    let got = counts(&[Some(answer)], &[truth]);
    assert_eq!(got, [2.0, 1.0, 1.0, 2.0, 4.0 / 9.0, 0.0].map(Some));
}

#[test]
fn an_overlap_of_one_half_is_enough() {
    let truth = vec![vec![TrackBox { track: 1, bounds: [0.0, 0.0, 2.0, 1.0] }]];
    let with = |width: f64| {
        counts(
            &[Some(vec![vec![TrackBox { track: 1, bounds: [0.0, 0.0, width, 1.0] }]])],
            &truth.clone().into_iter().map(|frame| vec![frame]).collect::<Vec<_>>(),
        )[0]
    };
    assert_eq!(
        (with(1.0), with(0.99), with(4.0), with(4.1), with(0.0)),
        (Some(1.0), Some(0.0), Some(1.0), Some(0.0), Some(0.0))
    );
}

#[test]
fn a_missing_answer_has_no_boxes() {
    let truth = [vec![vec![square(1, 0.0)], vec![]]];
    assert_eq!(counts(&[None], &truth), counts(&[Some(vec![vec![], vec![]])], &truth));
    let mut state = State::new(every()).unwrap();
    assert_eq!(state.values(), Err(MetricError::Empty));
    state.update(&[None], &[vec![vec![]]]).unwrap();
    assert_eq!(state.values().unwrap()[..4], [None; 4]);
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(every()).unwrap();
    state.update(&[Some(vec![vec![square(1, 0.0)]])], &[vec![vec![square(1, 0.0)]]]).unwrap();
    let before = state.clone();
    let mut codes = |frame: Vec<TrackBox>| {
        let mut code = |answer: Vec<TrackBox>, truth: Vec<TrackBox>| {
            state.update(&[None, Some(vec![answer])], &[vec![], vec![truth]]).unwrap_err().code()
        };
        (code(frame.clone(), vec![]), code(vec![], frame))
    };
    let with = |bounds| vec![TrackBox { track: 1, bounds }];
    assert_eq!(codes(vec![square(1, 0.0); 2]), ("duplicate_prediction", "out_of_domain"));
    assert_eq!(codes(with([0.0, f64::NAN, 1.0, 1.0])), ("nonfinite_score", "out_of_domain"));
    assert_eq!(codes(with([0.0, f64::INFINITY, 1.0, 1.0])), ("nonfinite_score", "out_of_domain"));
    assert_eq!(codes(with([0.0, 0.0, -1.0, 1.0])), ("out_of_domain", "out_of_domain"));
    assert_eq!(codes(with([BOUND_MAX * 1.01, 0.0, 1.0, 1.0])), ("out_of_domain", "out_of_domain"));
    let many = (0..=FRAME_BOX_COUNT_MAX as u32).map(|track| square(track, 0.0)).collect();
    assert_eq!(codes(many), ("out_of_domain", "out_of_domain"));
    assert_eq!(state.update(&[Some(vec![])], &[vec![vec![]]]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.update(&[None], &[]).unwrap_err().code(), "invalid_input");
    let other = State::new(Params { kinds: vec![Kind::Mota] }).unwrap();
    assert_eq!(state.merge(&other), Err(MetricError::Incompatible));
    assert_eq!(state, before);
}

#[test]
fn everything_is_bounded_on_both_sides() {
    let with = |count| State::new(Params { kinds: vec![Kind::Mota; count] }).is_ok();
    assert!(!with(0) && with(1) && with(32) && !with(33));
    // The largest frame, and the most tracks, far apart.
    let frame: Vec<TrackBox> =
        (0..FRAME_BOX_COUNT_MAX as u32).map(|track| square(track, f64::from(track) * 20.0)).collect();
    assert_eq!(counts(&[None], &[vec![frame]])[2], Some(FRAME_BOX_COUNT_MAX as f64));
    let frames = |count| (0..count as u32).map(|track| vec![square(track, 0.0)]).collect::<Frames>();
    let update = |count| State::new(every()).unwrap().update(&[None], &[frames(count)]);
    assert!(update(TRACK_COUNT_MAX).is_ok() && update(TRACK_COUNT_MAX + 1).is_err());

    // The same of answers.
    let answer = |frames: Frames| {
        let empty = vec![vec![]; frames.len()];
        State::new(every()).unwrap().update(&[Some(frames)], &[empty])
    };
    let frame = |count| (0..count as u32).map(|track| square(track, 0.0)).collect::<Vec<_>>();
    assert!(answer(vec![frame(FRAME_BOX_COUNT_MAX)]).is_ok());
    assert!(answer(vec![frame(FRAME_BOX_COUNT_MAX + 1)]).is_err());
    assert!(answer(frames(TRACK_COUNT_MAX)).is_ok() && answer(frames(TRACK_COUNT_MAX + 1)).is_err());
    let at = |bound: f64| answer(vec![vec![TrackBox { track: 1, bounds: [bound, -bound, bound, bound] }]]);
    assert!(at(BOUND_MAX).is_ok() && at(0.0).is_ok() && at(BOUND_MAX.next_up()).is_err());

    // Items; true boxes, boxes of the answers, matches, switches, identified.
    let read = |items: u64, counts: [u64; 5]| {
        State::from_bytes(every(), &postcard::to_extend(&(items, counts), vec![1]).unwrap())
    };
    let most = BOX_COUNT_MAX;
    let mut full = read(ITEM_COUNT_MAX, [most / 2, most / 2, most / 4, most / 4, most / 2]).unwrap();
    assert!(read(ITEM_COUNT_MAX + 1, [0; 5]).is_err() && full.merge(&read(1, [0; 5]).unwrap()).is_err());
    assert!(full.update(&[None], &[vec![]]).is_err());
    let mut full = read(1, [most, most, most, 0, most]).unwrap();
    assert!(full.clone().merge(&read(1, [0; 5]).unwrap()).is_ok());
    assert!(full.merge(&read(1, [0, 1, 0, 0, 0]).unwrap()).is_err());
    assert!(read(1, [most + 1, most, 0, 0, 0]).is_err() && read(1, [0, most + 1, 0, 0, 0]).is_err());
    assert!(full.update(&[None], &[vec![vec![square(1, 0.0)]]]).is_err());
    for strange in [[2, 2, 2, 1, 0], [2, 1, 2, 0, 0], [2, 1, 0, 0, 2], [2, 2, u64::MAX, 1, 0]] {
        assert!(read(1, strange).is_err(), "{strange:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..40), version in any::<bool>()) {
        if version && !bytes.is_empty() {
            bytes[0] = 1;
        }
        if let Ok(mut state) = State::from_bytes(every(), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn the_truth_as_an_answer_is_perfect(frames in prop::collection::vec(prop::collection::btree_set(0_u32..6, 1..6), 1..8)) {
        let frames: Frames = frames.into_iter().map(|tracks| tracks.into_iter().map(|track| square(track, f64::from(track) * 3.0)).collect()).collect();
        let got = counts(&[Some(frames.clone())], &[frames]);
        prop_assert_eq!((got[4], got[5]), (Some(1.0), Some(1.0)));
    }
}
