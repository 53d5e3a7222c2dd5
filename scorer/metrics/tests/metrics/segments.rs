//! Temporal localisation: golden cases, limits, refusals, order, missing answers.

use egret_metrics::{
    MetricError,
    segments::{
        CLASS_COUNT_MAX, Grid, Kind, LEVEL_COUNT_MAX, METRICS, Params, SECONDS_MAX, SEGMENT_COUNT_MAX,
        STATE_BYTES_PER_CLASS_MAX, STATE_BYTES_PER_SEGMENT_MAX, Segment, State, TRUTH_COUNT_MAX, TrueSegment,
        VideoSegments, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 2] = [
    ("map.per_tiou", "a list; each of its values is a metric of its own, and is compared below"),
    ("per_class", "a list; a board ranks by one number"),
];

fn params(class_count: u32, ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { class_count, segment_count_max: 10_000, kinds: ids.iter().map(kind).collect() }
}

fn scored(
    params: Params,
    found: &[Option<Vec<Segment>>],
    truth: &[VideoSegments],
) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

fn values(ids: &[&str], found: &[Option<Vec<Segment>>], truth: &[VideoSegments]) -> Vec<Option<f64>> {
    scored(params(2, ids), found, truth).unwrap().values().unwrap()
}

fn gold(class: u32, [start, end]: [f64; 2]) -> TrueSegment {
    TrueSegment { class, start, end }
}

fn found(class: u32, score: f64, [start, end]: [f64; 2]) -> Segment {
    Segment { class, score, start, end }
}

fn video(id: u64, segments: Vec<TrueSegment>) -> VideoSegments {
    VideoSegments { id, segments }
}

/// The state of some videos of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let classes = case["shared"]["classes"].as_array().unwrap();
    let class = |entry: &Value| classes.iter().position(|id| *id == entry["label"]).unwrap() as u32;
    let ends = |entry: &Value| [0, 1].map(|i| golden::number(&entry["segment"][i]));
    let list = |name: &str, i: usize| case["cols"][name][i].as_array().unwrap().clone();
    let (mut lists, mut truth) = (Vec::new(), Vec::new());
    for &i in items {
        let entries = list("preds", i);
        lists.push(Some(
            entries.iter().map(|e| found(class(e), golden::number(&e["score"]), ends(e))).collect(),
        ));
        let segments = list("gts", i).iter().map(|e| gold(class(e), ends(e))).collect();
        truth.push(video(i as u64, segments));
    }
    scored(params(classes.len() as u32, ids), &lists, &truth)
}

fn overlaps(case: &Value) -> Vec<String> {
    case["params"]["tiou"].as_array().unwrap().iter().map(|t| t.as_f64().unwrap().to_string()).collect()
}

/// The id of `map.avg` over the overlaps of a case.
fn average_id(case: &Value) -> String {
    let overlaps = overlaps(case);
    let (first, last) = (&overlaps[0], &overlaps[overlaps.len() - 1]);
    match overlaps.get(1).map(String::as_str) {
        None => format!("map.avg@{first}:0.01:{last}"),
        Some("0.55") if last == "0.95" => "map.avg".to_owned(),
        Some("0.55") => format!("map.avg@{first}:0.05:{last}"),
        Some("0.4") => format!("map.avg@{first}:0.1:{last}"),
        Some(other) => panic!("a grid with {other}"),
    }
}

#[test]
fn goldens() {
    golden::check_suite("temporal_localisation", &LEFT_OUT, f64::NAN, |case: &Value, metric, items| {
        assert_eq!(metric, "map.avg");
        state_of(case, &[&average_id(case)], items)
    });
}

#[test]
fn goldens_at_every_overlap() {
    let mut compared = 0;
    for case in golden::cases("temporal_localisation") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        for (overlap, want) in overlaps(&case).iter().zip(case["expect"]["map.per_tiou"].as_array().unwrap())
        {
            let state = state_of(&case, &[&format!("map@tiou{overlap}")], &items).unwrap();
            let (got, want) = (state.values().unwrap()[0], golden::number(want));
            let close = got.map_or(want.is_nan(), |got| (got - want).abs() <= 1e-9 * want.abs().max(1e-3));
            assert!(close, "{} at {overlap}: got {got:?}, want {want}", case["id"]);
            compared += 1;
        }
    }
    assert!(compared > 40, "only {compared} comparisons ran");
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let ids = ["map.avg", "map.avg@0.3:0.1:0.7", "map@tiou0.5"];
    let families: Vec<_> = ids.iter().map(|id| parse(id).unwrap().1).collect();
    assert_eq!(families, METRICS.iter().map(|info| info.id).collect::<Vec<_>>());
    assert_eq!(parse("map@tiou1").unwrap().0, Kind::MapAt(100));
    let strange =
        ["map@tiou0", "map@tiou0.50", "map@tiou0.005", "map@tiou1.01", "map@5", "map.avg@0.5:0.05:0.95"];
    for id in strange.into_iter().chain([
        "map.avg@0.3:0.1",
        "map.avg@0.3:0.2:0.6",
        "map.avg@0.7:0.1:0.3",
        "map.avg@",
    ]) {
        assert_eq!(parse(id), None, "{id}");
    }
}

#[test]
fn a_video_without_an_answer_has_no_segments() {
    let truth = [video(1, vec![gold(0, [0.0, 5.0])]), video(2, vec![gold(0, [3.0, 5.0])])];
    let right = || Some(vec![found(0, 0.5, [0.0, 5.0])]);
    assert_eq!(values(&["map.avg"], &[None, None], &truth), [Some(0.0)]);
    assert_eq!(values(&["map@tiou0.5"], &[right(), None], &truth), [Some(0.5)]);
    assert_eq!(values(&["map@tiou0.5"], &[right(), Some(vec![])], &truth), [Some(0.5)]);
    assert_eq!(values(&["map.avg", "map@tiou0.5"], &[right()], &[video(1, vec![])]), [None, None]);
    assert_eq!(State::new(params(1, &["map.avg"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn equal_scores_rank_by_video_id_then_position_and_inverted_segments_are_wrong() {
    let (right, wrong) = ([0.0, 5.0], [5.0, 0.0]);
    let truth = |first, second| [video(first, vec![gold(0, right)]), video(second, vec![])];
    let list = |ends| Some(vec![found(0, 0.5, ends)]);
    let map = |first, second| values(&["map@tiou0.5"], &[list(right), list(wrong)], &truth(first, second));
    assert_eq!((map(1, 2), map(2, 1)), (vec![Some(1.0)], vec![Some(0.5)]));
    let both = |a, b| Some(vec![found(0, 0.5, a), found(0, 0.5, b)]);
    let map = |a, b| values(&["map@tiou0.5"], &[both(a, b)], &truth(1, 2)[..1]);
    assert_eq!((map(right, wrong), map(wrong, right)), (vec![Some(1.0)], vec![Some(0.5)]));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |class_count, segment_count_max, kinds: &[Kind]| {
        State::new(Params { class_count, segment_count_max, kinds: kinds.to_vec() }).is_ok()
    };
    assert!(with(1, 1, &[]) && with(CLASS_COUNT_MAX, SEGMENT_COUNT_MAX, &[]));
    assert!(!with(0, 1, &[]) && !with(CLASS_COUNT_MAX + 1, 1, &[]));
    assert!(!with(1, 0, &[]) && !with(1, SEGMENT_COUNT_MAX + 1, &[]));
    let grid = |first, step, last| with(1, 1, &[Kind::MapAvg(Grid { first, step, last })]);
    assert!(grid(1, 9, 100) && grid(100, 1, 100) && with(1, 1, &[Kind::MapAt(1), Kind::MapAt(100)]));
    assert!(!grid(0, 1, 10) && !grid(1, 0, 10) && !grid(91, 10, 101) && !grid(50, 4, 60) && !grid(60, 5, 50));
    assert!(!with(1, 1, &[Kind::MapAt(0)]) && !with(1, 1, &[Kind::MapAt(101)]));
    let levels = LEVEL_COUNT_MAX as u8;
    assert!(grid(1, 1, levels) && !grid(1, 1, levels + 1));
    assert!(!with(1, 1, &[Kind::MapAvg(Grid { first: 1, step: 1, last: levels }), Kind::MapAt(99)]));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let (ends, two) = ([1.0, 2.0], Params { segment_count_max: 2, ..params(2, &["map.avg"]) });
    let mut state = State::new(two).unwrap();
    state.update(&[Some(vec![found(0, 0.5, ends)])], &[video(1, vec![gold(0, ends)])]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Segment>, segments: Vec<TrueSegment>| {
        let lists = [Some(vec![found(0, 0.5, ends)]), Some(list)];
        state.update(&lists, &[video(2, vec![]), video(3, segments)]).unwrap_err().code()
    };
    assert_eq!(code(vec![found(2, 0.5, ends)], vec![]), "out_of_domain");
    assert_eq!(code(vec![found(0, f64::NAN, ends)], vec![]), "nonfinite_score");
    assert_eq!(code(vec![found(0, 0.5, [f64::NAN, 1.0])], vec![]), "nonfinite_score");
    assert_eq!(code(vec![found(0, 0.5, [1.0, f64::INFINITY])], vec![]), "nonfinite_score");
    assert_eq!(code(vec![], vec![gold(2, ends)]), "out_of_domain");
    let too_far = SECONDS_MAX * 1.001;
    for ends in [[2.0, 2.0], [2.0, 1.0], [f64::NAN, 1.0], [0.0, f64::NAN], [0.0, too_far], [-too_far, 0.0]] {
        assert_eq!(code(vec![], vec![gold(0, ends)]), "out_of_domain", "{ends:?}");
    }
    // Three segments where two are allowed; the limit itself is reached below.
    assert_eq!(code(vec![found(0, 0.5, ends)], vec![]), "invalid_input");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(2, &["map.avg"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
    let widest = video(2, vec![gold(0, [-SECONDS_MAX, SECONDS_MAX])]);
    state.update(&[Some(vec![found(1, 0.5, [f64::MIN, f64::MAX])])], &[widest]).unwrap();
    assert_eq!((state.item_count(), state.values().unwrap()), (2, vec![Some(0.5)]));
}

/// As the module writes a class: true segments, and (key, video, rank, hits).
type Written = (u64, Vec<(u64, u64, u32, u32)>);

fn read(video_count: u64, class: Written) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(video_count, vec![class]), vec![1]).unwrap();
    State::from_bytes(params(1, &["map.avg"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let zero = 1_u64 << 63;
    assert!(read(1, (1, vec![(zero, 7, u32::MAX, (1 << 10) - 1)])).is_ok());
    let strange = [
        (TRUTH_COUNT_MAX + 1, vec![]),
        (1, vec![(zero, 0, 0, 1 << 10)]),
        (1, vec![(zero - 1, 0, 0, 0)]),
        (1, vec![(u64::MAX, 0, 0, 0)]),
        (1, vec![(zero, 0, 0, 0); 10_001]),
    ];
    for class in strange {
        assert_eq!(read(1, class.clone()).map(|_| ()), Err(MetricError::Corrupt), "{}", class.0);
    }
    let bytes = State::new(params(1, &["map.avg"])).unwrap().to_bytes();
    assert!(State::from_bytes(params(1, &["map.avg"]), &bytes).is_ok());
    assert!(State::from_bytes(params(2, &["map.avg"]), &bytes).is_err());
    assert!(State::from_bytes(params(1, &["map.avg"]), &[&bytes[..], &[0]].concat()).is_err());
    assert!(State::from_bytes(params(1, &["map.avg"]), &[]).is_err());
}

#[test]
fn videos_and_true_segments_are_counted_up_to_the_limit() {
    let none = |videos, segments| read(videos, (segments, vec![]));
    assert!(none(TRUTH_COUNT_MAX + 1, 0).is_err());
    let mut full = none(TRUTH_COUNT_MAX - 1, TRUTH_COUNT_MAX - 1).unwrap();
    full.merge(&none(1, 1).unwrap()).unwrap();
    let before = full.to_bytes();
    assert!(full.merge(&none(1, 0).unwrap()).unwrap_err().to_string().contains("1000000001 videos"));
    assert!(full.merge(&none(0, 1).unwrap()).unwrap_err().to_string().contains("1000000001 true segments"));
    assert_eq!(full.to_bytes(), before);
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut state) = State::from_bytes(params(1, &["map.avg"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn values_are_shares_and_the_state_is_within_its_bound(
        videos in prop::collection::vec(
            (
                prop::collection::vec((0_u32..2, 0_u8..4, 0_u8..6, 0_u8..6), 0..8),
                prop::collection::vec((0_u32..2, 0_u8..5, 1_u8..4), 0..5),
            ),
            1..6,
        ),
    ) {
        let lists: Vec<_> = videos.iter().map(|(list, _)| {
            let one = |&(class, score, start, end): &(u32, u8, u8, u8)| {
                found(class, f64::from(score), [f64::from(start), f64::from(end)])
            };
            Some(list.iter().map(one).collect::<Vec<_>>())
        }).collect();
        let truth: Vec<_> = (0..).zip(&videos).map(|(id, (_, segments))| {
            let one = |&(class, start, length): &(u32, u8, u8)| {
                gold(class, [f64::from(start), f64::from(start + length)])
            };
            video(id, segments.iter().map(one).collect())
        }).collect();
        let state = scored(params(2, &["map@tiou0.5", "map.avg", "map@tiou0.95"]), &lists, &truth).unwrap();
        let segments = videos.iter().map(|(list, _)| list.len()).sum::<usize>();
        let bound = 16 + 2 * STATE_BYTES_PER_CLASS_MAX + segments * STATE_BYTES_PER_SEGMENT_MAX;
        prop_assert!(state.to_bytes().len() <= bound);
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0 + 1e-12).contains(v)), "{values:?}");
    }
}
