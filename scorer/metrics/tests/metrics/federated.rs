//! Detection with federated truth: golden cases, what is known of an image, limits, refusals.

use std::collections::BTreeMap;

use egret_metrics::{
    MetricError,
    boxes::{Detection, PIXELS_MAX},
    federated::{
        CLASS_COUNT_MAX, DETECTION_COUNT_MAX, Frequency, ImageBoxes, Kind, METRICS, Params, State,
        TRUTH_COUNT_MAX, TrueBox, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

fn params(frequencies: Vec<Frequency>, ids: &[&str]) -> Params {
    let kinds = ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0).collect();
    Params { frequencies, detection_count_max: 10_000, kinds }
}

fn scored(
    params: Params,
    found: &[Option<Vec<Detection>>],
    truth: &[ImageBoxes],
) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

fn found(class: u32, score: f64, [x, y, w, h]: [f64; 4]) -> Detection {
    Detection { class, score, x, y, w, h }
}

fn gold(class: u32, sides: [f64; 4]) -> TrueBox {
    TrueBox { class, sides, area: sides[2] * sides[3] }
}

/// The state of some images of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let frequency = |category: &Value| match category["frequency"].as_str() {
        Some("r") => Frequency::Rare,
        Some("c") => Frequency::Common,
        _ => Frequency::Frequent,
    };
    let categories: BTreeMap<u64, Frequency> = case["shared"]["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|category| (category["id"].as_u64().unwrap(), frequency(category)))
        .collect();
    let class = |id: &Value| categories.keys().position(|known| Some(*known) == id.as_u64()).unwrap() as u32;
    let sides = |entry: &Value| [0, 1, 2, 3].map(|i| golden::number(&entry["bbox"][i]));
    let cell = |name: &str, i: usize| case["cols"][name][i].as_array().unwrap().clone();
    let (mut lists, mut truth) = (Vec::new(), Vec::new());
    for &i in items {
        let one = |e: &Value| found(class(&e["category_id"]), golden::number(&e["score"]), sides(e));
        lists.push(Some(cell("dets", i).iter().map(one).collect()));
        let one = |e: &Value| TrueBox {
            area: golden::number(&e["area"]),
            ..gold(class(&e["category_id"]), sides(e))
        };
        let image = &case["cols"]["image"][i];
        let classes = |name: &str| image[name].as_array().unwrap().iter().map(class).collect();
        truth.push(ImageBoxes {
            id: image["id"].as_u64().unwrap(),
            boxes: cell("gts", i).iter().map(one).collect(),
            absent: classes("neg"),
            partial: classes("nex"),
        });
    }
    scored(params(categories.into_values().collect(), ids), &lists, &truth)
}

#[test]
fn goldens() {
    let compared =
        golden::check_suite("lvis_bbox", &[], -1.0, |case, id, items| state_of(case, &[id], items));
    assert_eq!(compared, 8 * 13 * 4);
}

#[test]
fn goldens_to_the_bit() {
    let ids: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
    for case in golden::cases("lvis_bbox") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        let values = state_of(&case, &ids, &items).unwrap().values().unwrap();
        for (id, got) in ids.iter().zip(values) {
            let (got, want) = (got.unwrap_or(-1.0), golden::number(&case["expect"][*id]));
            assert_eq!(got.to_bits(), want.to_bits(), "{} {id}: got {got}, want {want}", case["id"]);
        }
    }
}

#[test]
fn every_entry_has_a_kind_of_its_own() {
    let kinds: Vec<_> = METRICS.iter().map(|info| parse(info.id).unwrap()).collect();
    for (place, (kind, id)) in kinds.iter().enumerate() {
        assert_eq!(*id, METRICS[place].id);
        assert!(kinds[..place].iter().all(|(other, _)| other != kind), "{id}");
    }
    assert_eq!(parse("AR"), None);
}

const SQUARE: [f64; 4] = [10.0, 10.0, 50.0, 50.0];
const ELSEWHERE: [f64; 4] = [200.0, 0.0, 50.0, 50.0];

fn three(ids: &[&str]) -> Params {
    params(vec![Frequency::Rare, Frequency::Common, Frequency::Common], ids)
}

fn image(boxes: Vec<TrueBox>) -> ImageBoxes {
    ImageBoxes { id: 1, boxes, absent: vec![], partial: vec![] }
}

#[test]
fn only_what_is_known_of_an_image_counts() {
    // Class 0 is right in one image; in another the surer detection of it is wrong if class 0 is known to be absent there.
    let truth = |second: ImageBoxes| [image(vec![gold(0, SQUARE)]), ImageBoxes { id: 2, ..second }];
    let lists = [Some(vec![found(0, 0.5, SQUARE)]), Some(vec![found(0, 0.9, SQUARE)])];
    let ap = |second| scored(three(&["AP"]), &lists, &truth(second)).unwrap().values().unwrap()[0].unwrap();
    assert!(ap(image(vec![])) > 0.99, "nothing is known of class 0");
    assert!((ap(ImageBoxes { absent: vec![0], ..image(vec![]) }) - 0.5).abs() < 1e-9);
    assert!(ap(ImageBoxes { absent: vec![0], partial: vec![0], ..image(vec![]) }) > 0.99);
    assert!((ap(image(vec![gold(0, ELSEWHERE)])) - 0.25).abs() < 0.01, "known because it is there");
}

#[test]
fn classes_count_in_the_figures_of_their_frequency() {
    let truth = [image(vec![gold(0, SQUARE), gold(1, SQUARE)])];
    let values =
        scored(three(&["AR@300", "APr", "APc", "APf"]), &[Some(vec![found(0, 0.5, SQUARE)])], &truth)
            .unwrap();
    let values = values.values().unwrap();
    assert_eq!((values[0], values[2], values[3]), (Some(0.5), Some(0.0), None));
    assert!(values[1] > Some(0.99));
}

#[test]
fn the_best_three_hundred_of_an_image_count_whatever_their_class() {
    let truth = [image(vec![gold(0, SQUARE)])];
    let recall = |wrong: usize| {
        let mut list = vec![found(2, 0.9, SQUARE); wrong];
        list.push(found(0, 0.5, SQUARE));
        scored(three(&["AR@300"]), &[Some(list)], &truth).unwrap().values().unwrap()[0]
    };
    assert_eq!([recall(299), recall(300)], [Some(1.0), Some(0.0)]);
    let none = scored(three(&["AR@300"]), &[None], &truth).unwrap();
    assert_eq!(none.values().unwrap(), [Some(0.0)]);
    assert_eq!(scored(three(&["AP"]), &[None], &[image(vec![])]).unwrap().values().unwrap(), [None]);
    assert_eq!(State::new(three(&["AP"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |classes: u32, detection_count_max, kinds: usize| {
        let frequencies = vec![Frequency::Rare; classes as usize];
        State::new(Params { frequencies, detection_count_max, kinds: vec![Kind::Ap50; kinds] }).is_ok()
    };
    assert!(with(1, 1, 1) && with(CLASS_COUNT_MAX, DETECTION_COUNT_MAX, 32));
    assert!(
        !with(0, 1, 1)
            && !with(CLASS_COUNT_MAX + 1, 1, 1)
            && !with(1, 0, 1)
            && !with(1, DETECTION_COUNT_MAX + 1, 1)
    );
    assert!(!with(1, 1, 0) && !with(1, 1, 33));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(Params { detection_count_max: 2, ..three(&["AP"]) }).unwrap();
    let known = || image(vec![gold(0, SQUARE)]);
    state.update(&[Some(vec![found(0, 0.5, SQUARE)])], &[known()]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Detection>, truth: ImageBoxes| {
        let lists = [Some(vec![found(0, 0.5, SQUARE)]), Some(list)];
        state.update(&lists, &[known(), truth]).unwrap_err().code()
    };
    assert_eq!(code(vec![found(3, 0.5, SQUARE)], known()), "out_of_domain");
    assert_eq!(code(vec![found(0, f64::NAN, SQUARE)], known()), "nonfinite_score");
    assert_eq!(code(vec![found(0, 0.5, [f64::INFINITY; 4])], known()), "nonfinite_score");
    assert_eq!(code(vec![], image(vec![gold(3, SQUARE)])), "out_of_domain");
    assert_eq!(code(vec![], ImageBoxes { absent: vec![3], ..known() }), "out_of_domain");
    assert_eq!(code(vec![], ImageBoxes { partial: vec![3], ..known() }), "out_of_domain");
    for sides in [[0.0, 0.0, -1.0, -1.0], [f64::NAN, 0.0, 1.0, 1.0], [PIXELS_MAX * 1.001, 0.0, 1.0, 1.0]] {
        assert_eq!(code(vec![], image(vec![gold(0, sides)])), "out_of_domain");
    }
    for area in [-1.0, f64::NAN] {
        assert_eq!(code(vec![], image(vec![TrueBox { area, ..gold(0, SQUARE) }])), "out_of_domain");
    }
    // Three detections where two are allowed; the limit itself is reached below.
    assert_eq!(code(vec![found(0, 0.5, SQUARE)], known()), "invalid_input");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(three(&["AP50"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
    state.update(&[Some(vec![found(0, 0.5, SQUARE)])], &[known()]).unwrap();
    assert_eq!(state.item_count(), 2);
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let read = |images: u64, relevant: [u64; 4], kept: Vec<(u64, u64, [u32; 4])>| {
        let bytes = postcard::to_extend(&(images, vec![(relevant, kept)]), vec![1]).unwrap();
        State::from_bytes(params(vec![Frequency::Rare], &["AP"]), &bytes).is_ok()
    };
    let (zero, rank) = (1_u64 << 63, 1_u32 << 20);
    assert!(read(TRUTH_COUNT_MAX, [TRUTH_COUNT_MAX; 4], vec![(zero, 7, [(299 * rank) | 1, 1 << 10, 0, 0])]));
    assert!(!read(1, [1; 4], vec![(zero, 7, [300 * rank, 0, 0, 0])]));
    assert!(!read(TRUTH_COUNT_MAX + 1, [0; 4], vec![]) && !read(1, [0, 1, 0, 0], vec![]));
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut state) = State::from_bytes(params(vec![Frequency::Rare], &["AP"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }
}
