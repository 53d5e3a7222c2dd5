//! Object detection after PASCAL VOC: golden cases, limits, refusals, order, missing answers.

use egret_metrics::{
    MetricError,
    objects::{
        CLASS_COUNT_MAX, DETECTION_COUNT_MAX, DETECTIONS_MAX, Found, ImageObjects, Kind, METRICS, PIXELS_MAX,
        Params, State, TRUTH_COUNT_MAX, TrueObject, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 2] =
    [("AP.area", "a list; compared below"), ("AP.11pt", "a list; compared below")];

fn params(class_count: u32, ids: &[&str]) -> Params {
    let kinds = ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0).collect();
    Params { class_count, detection_count_max: 10_000, overlap_min: 0.5, corners_within: true, kinds }
}

fn scored(
    params: Params,
    found: &[Option<Vec<Found>>],
    truth: &[ImageObjects],
) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

fn found(class: u32, score: f64, corners: [f64; 4]) -> Found {
    Found { class, score, corners }
}

fn gold(class: u32, corners: [f64; 4]) -> TrueObject {
    TrueObject { class, corners, difficult: false }
}

fn image(id: u64, objects: Vec<TrueObject>) -> ImageObjects {
    ImageObjects { id, objects }
}

/// The state of some images of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let classes = case["shared"]["classes"].as_array().unwrap();
    let class = |entry: &Value| classes.iter().position(|id| *id == entry["class"]).unwrap() as u32;
    let corners = |entry: &Value| [0, 1, 2, 3].map(|i| golden::number(&entry["box"][i]));
    let cell = |name: &str, i: usize| case["cols"][name][i].as_array().unwrap().clone();
    let (mut lists, mut truth) = (Vec::new(), Vec::new());
    for &i in items {
        let list = cell("dets", i);
        lists.push(Some(
            list.iter().map(|e| found(class(e), golden::number(&e["score"]), corners(e))).collect(),
        ));
        let one = |e: &Value| TrueObject { difficult: e["difficult"] == true, ..gold(class(e), corners(e)) };
        truth.push(image(i as u64, cell("gts", i).iter().map(one).collect()));
    }
    let params = Params {
        overlap_min: golden::number(&case["params"]["iou"]),
        corners_within: case["params"]["plus_one"] == true,
        ..params(classes.len() as u32, ids)
    };
    scored(params, &lists, &truth)
}

#[test]
fn goldens() {
    let compared = golden::check_suite("voc_detection", &LEFT_OUT, f64::NAN, |case, id, items| {
        state_of(case, &[id], items)
    });
    assert_eq!(compared, 9 * 2 * 4);
}

#[test]
fn goldens_per_class() {
    let mut compared = 0;
    for case in golden::cases("voc_detection") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        let state = state_of(&case, &["mAP.area"], &items).unwrap();
        for (id, kind) in [("AP.area", Kind::MapArea), ("AP.11pt", Kind::Map11Point)] {
            let values = state.per_class(kind);
            let wanted = case["expect"][id].as_array().unwrap();
            assert_eq!(values.len(), wanted.len());
            for (got, want) in values.iter().zip(wanted.iter().map(golden::number)) {
                let close = got.map_or(want.is_nan(), |got| (got - want).abs() <= 1e-9 * want.max(1e-3));
                assert!(close, "{} {id}: got {got:?}, want {want}", case["id"]);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 2 * 23);
}

#[test]
fn every_entry_has_a_kind_of_its_own() {
    let kinds: Vec<_> = METRICS.iter().map(|info| parse(info.id).unwrap()).collect();
    assert_eq!(kinds, [(Kind::MapArea, "mAP.area"), (Kind::Map11Point, "mAP.11pt")]);
    assert_eq!(parse("AP.area"), None);
}

const SQUARE: [f64; 4] = [0.0, 0.0, 9.0, 9.0];
const ELSEWHERE: [f64; 4] = [50.0, 50.0, 59.0, 59.0];

fn values(found: &[Option<Vec<Found>>], truth: &[ImageObjects]) -> Vec<Option<f64>> {
    scored(params(2, &["mAP.area", "mAP.11pt"]), found, truth).unwrap().values().unwrap()
}

#[test]
fn an_image_without_an_answer_has_no_detections() {
    let truth = [image(1, vec![gold(0, SQUARE)]), image(2, vec![gold(0, SQUARE)])];
    let right = || Some(vec![found(0, 0.5, SQUARE)]);
    assert_eq!(values(&[None, None], &truth), [Some(0.0), Some(0.0)]);
    // Half of the boxes found without a false alarm: recalls 0 to 0.5 of eleven.
    let want = [Some(0.5), Some(6.0 / 11.0)];
    assert_eq!(values(&[right(), None], &truth), want);
    assert_eq!(values(&[right(), Some(vec![])], &truth), want);
    assert_eq!(values(&[right()], &[image(1, vec![])]), [None, None]);
    assert_eq!(State::new(params(1, &["mAP.area"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn the_box_overlapped_most_decides_even_if_it_is_taken_or_difficult() {
    // The second detection overlaps the first box most, which is taken: wrong, though it overlaps the other by half as well.
    let near = [0.0, 0.0, 9.0, 8.0];
    let two = vec![gold(0, SQUARE), gold(0, [0.0, 0.0, 9.0, 6.0])];
    let list = |second| Some(vec![found(0, 0.9, SQUARE), found(0, 0.8, second)]);
    let area = |list, truth| values(&[list], &[image(1, truth)])[0];
    assert_eq!(area(list(near), two.clone()), Some(0.5));
    assert_eq!(area(list([0.0, 0.0, 9.0, 6.0]), two), Some(1.0));
    let hard = TrueObject { difficult: true, ..gold(0, ELSEWHERE) };
    assert_eq!(
        area(Some(vec![found(0, 0.9, ELSEWHERE), found(0, 0.8, SQUARE)]), vec![gold(0, SQUARE), hard]),
        Some(1.0)
    );
}

#[test]
fn equal_scores_rank_by_image_id_then_position() {
    let truth = |first, second| [image(first, vec![gold(0, SQUARE)]), image(second, vec![])];
    let list = |corners| Some(vec![found(0, 0.5, corners)]);
    let area = |first, second| values(&[list(SQUARE), list(ELSEWHERE)], &truth(first, second))[0];
    assert_eq!((area(1, 2), area(2, 1)), (Some(1.0), Some(0.5)));
    let both = |a, b| Some(vec![found(0, 0.5, a), found(0, 0.5, b)]);
    let area = |a, b| values(&[both(a, b)], &truth(1, 2)[..1])[0];
    assert_eq!((area(SQUARE, ELSEWHERE), area(ELSEWHERE, SQUARE)), (Some(1.0), Some(0.5)));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |class_count, detection_count_max, overlap_min, kinds: usize| {
        let kinds = vec![Kind::MapArea; kinds];
        State::new(Params { class_count, detection_count_max, overlap_min, corners_within: false, kinds })
            .is_ok()
    };
    assert!(with(1, 1, 0.01, 1) && with(CLASS_COUNT_MAX, DETECTION_COUNT_MAX, 1.0, 32));
    assert!(!with(0, 1, 0.5, 1) && !with(CLASS_COUNT_MAX + 1, 1, 0.5, 1));
    assert!(!with(1, 0, 0.5, 1) && !with(1, DETECTION_COUNT_MAX + 1, 0.5, 1));
    assert!(!with(1, 1, 0.0, 1) && !with(1, 1, 1.01, 1) && !with(1, 1, f64::NAN, 1));
    assert!(!with(1, 1, 0.5, 0) && !with(1, 1, 0.5, 33));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let two = Params { detection_count_max: 2, ..params(2, &["mAP.area"]) };
    let mut state = State::new(two).unwrap();
    state.update(&[Some(vec![found(0, 0.5, SQUARE)])], &[image(1, vec![gold(0, SQUARE)])]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Found>, objects: Vec<TrueObject>| {
        let lists = [Some(vec![found(0, 0.5, SQUARE)]), Some(list)];
        state.update(&lists, &[image(2, vec![]), image(3, objects)]).unwrap_err().code()
    };
    assert_eq!(code(vec![found(2, 0.5, SQUARE)], vec![]), "out_of_domain");
    assert_eq!(code(vec![found(0, f64::NAN, SQUARE)], vec![]), "nonfinite_score");
    assert_eq!(code(vec![found(0, 0.5, [0.0, f64::INFINITY, 1.0, 1.0])], vec![]), "nonfinite_score");
    assert_eq!(code(vec![], vec![gold(2, SQUARE)]), "out_of_domain");
    for corners in
        [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], [f64::NAN; 4], [0.0, 0.0, PIXELS_MAX * 1.001, 1.0]]
    {
        assert_eq!(code(vec![], vec![gold(0, corners)]), "out_of_domain", "{corners:?}");
    }
    // Three detections where two are allowed; the limit itself is reached below.
    assert_eq!(code(vec![found(0, 0.5, SQUARE)], vec![]), "invalid_input");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(2, &["mAP.11pt"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
    let edge = [-PIXELS_MAX, -PIXELS_MAX, PIXELS_MAX, PIXELS_MAX];
    state.update(&[Some(vec![found(1, 0.5, SQUARE)])], &[image(2, vec![gold(0, edge)])]).unwrap();
    assert_eq!(state.item_count(), 2);
}

#[test]
fn the_surest_of_an_image_and_class_count() {
    let list = |wrong: usize| {
        let mut list = vec![found(0, 0.9, ELSEWHERE); wrong];
        list.push(found(0, 0.5, SQUARE));
        Some(list)
    };
    let truth = [image(1, vec![gold(0, SQUARE)])];
    assert!(values(&[list(DETECTIONS_MAX - 1)], &truth)[0] > Some(0.0));
    assert_eq!(values(&[list(DETECTIONS_MAX)], &truth)[0], Some(0.0));
}

/// As a class is written: true boxes per area range, and (key, image, outcome).
type Written = ([u64; 4], Vec<(u64, u64, [u32; 4])>);

fn read(image_count: u64, class: Written) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(image_count, vec![class]), vec![1]).unwrap();
    State::from_bytes(params(1, &["mAP.area"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let (zero, rank) = (1_u64 << 63, 1_u32 << 20);
    let all = |bits: [u32; 4]| ([2, 1, 1, 1], vec![(zero, 7, bits)]);
    assert!(read(1, all([(4095 * rank) | 1, 1 << 10, 0, 0])).is_ok());
    let strange = [
        ([0, 1, 0, 0], vec![]),
        ([TRUTH_COUNT_MAX + 1, 0, 0, 0], vec![]),
        all([0, rank, 0, 0]),
        all([1 | 1 << 10, 0, 0, 0]),
        ([1, 0, 0, 0], vec![(zero - 1, 0, [0; 4])]),
        ([1, 0, 0, 0], vec![(u64::MAX, 0, [0; 4])]),
        ([1, 0, 0, 0], vec![(zero, 0, [0; 4]); 10_001]),
    ];
    for class in strange {
        assert_eq!(read(1, class.clone()).map(|_| ()), Err(MetricError::Corrupt), "{:?}", class.0);
    }
    let none = |images, boxes| read(images, ([boxes, 0, 0, 0], vec![]));
    assert!(none(TRUTH_COUNT_MAX + 1, 0).is_err());
    let mut full = none(TRUTH_COUNT_MAX - 1, TRUTH_COUNT_MAX - 1).unwrap();
    full.merge(&none(1, 1).unwrap()).unwrap();
    let before = full.to_bytes();
    assert!(full.merge(&none(1, 0).unwrap()).is_err() && full.merge(&none(0, 1).unwrap()).is_err());
    assert_eq!(full.to_bytes(), before);
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut state) = State::from_bytes(params(1, &["mAP.area", "mAP.11pt"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }
}
