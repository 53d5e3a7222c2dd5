//! Object detection: golden cases to the bit, limits, refusals, missing answers.

use std::collections::BTreeSet;

use egret_metrics::{
    MetricError,
    boxes::{
        CLASS_COUNT_MAX, DETECTION_COUNT_MAX, Detection, ImageBoxes, METRICS, PIXELS_MAX, Params,
        STATE_BYTES_PER_CLASS_MAX, STATE_BYTES_PER_DETECTION_MAX, State, TRUTH_COUNT_MAX, TrueBox, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 1] = [("per_class", "a list; a board ranks by one number")];

fn params(class_count: u32, ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0;
    Params { class_count, detection_count_max: 10_000, kinds: ids.iter().map(kind).collect() }
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

fn values(ids: &[&str], found: &[Option<Vec<Detection>>], truth: &[ImageBoxes]) -> Vec<Option<f64>> {
    scored(params(2, ids), found, truth).unwrap().values().unwrap()
}

fn gold(class: u32, [x, y, w, h]: [f64; 4]) -> TrueBox {
    TrueBox { class, x, y, w, h, area: w * h, crowd: false }
}

fn found(class: u32, score: f64, [x, y, w, h]: [f64; 4]) -> Detection {
    Detection { class, score, x, y, w, h }
}

fn image(id: u64, boxes: Vec<TrueBox>) -> ImageBoxes {
    ImageBoxes { id, boxes }
}

/// The state of some images of a golden case.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let categories: BTreeSet<u64> =
        case["shared"]["categories"].as_array().unwrap().iter().map(|c| c["id"].as_u64().unwrap()).collect();
    let class = |entry: &Value| {
        categories.iter().position(|id| Some(*id) == entry["category_id"].as_u64()).unwrap() as u32
    };
    let sides = |entry: &Value| [0, 1, 2, 3].map(|i| golden::number(&entry["bbox"][i]));
    let cell = |name: &str, i: usize| case["cols"][name][i].clone();
    let (mut detections, mut truth) = (Vec::new(), Vec::new());
    for &i in items {
        let dets = cell("dets", i);
        let dets = dets.as_array().unwrap().iter();
        detections.push(Some(dets.map(|d| found(class(d), golden::number(&d["score"]), sides(d))).collect()));
        let boxes = cell("gts", i)
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                let plain = gold(class(entry), sides(entry));
                TrueBox {
                    area: entry["area"].as_f64().unwrap_or(plain.area),
                    crowd: entry["iscrowd"].as_u64() == Some(1),
                    ..plain
                }
            })
            .collect();
        truth.push(image(cell("image", i)["id"].as_u64().unwrap(), boxes));
    }
    scored(params(categories.len() as u32, &[metric]), &detections, &truth)
}

#[test]
fn goldens() {
    golden::check_suite("coco_bbox", &LEFT_OUT, -1.0, state_of);
}

#[test]
fn goldens_to_the_bit() {
    for case in golden::cases("coco_bbox") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        for info in &METRICS {
            let got = state_of(&case, info.id, &items).unwrap().values().unwrap()[0].unwrap_or(-1.0);
            let want = golden::number(&case["expect"][info.id]);
            assert_eq!(got.to_bits(), want.to_bits(), "{} {}: got {got}, want {want}", case["id"], info.id);
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
    assert_eq!(parse("AP.per_class"), None);
}

#[test]
fn an_image_without_an_answer_has_no_detections() {
    let square = [10.0, 10.0, 50.0, 50.0];
    let truth = [image(1, vec![gold(0, square)]), image(2, vec![gold(0, square)])];
    let right = || Some(vec![found(0, 0.5, square)]);
    assert_eq!(values(&["AP", "AR1"], &[None, None], &truth), [Some(0.0), Some(0.0)]);
    assert_eq!(values(&["AR1"], &[right(), None], &truth), [Some(0.5)]);
    assert_eq!(
        values(&["AR1"], &[right(), None], &truth),
        values(&["AR1"], &[right(), Some(vec![])], &truth)
    );
    assert_eq!(values(&["AP", "APs"], &[right()], &[image(1, vec![])]), [None, None]);
    assert_eq!(State::new(params(1, &["AP"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn the_best_hundred_of_an_image_and_class_count() {
    let square = [10.0, 10.0, 50.0, 50.0];
    let truth = [image(1, vec![gold(0, square), gold(1, square)])];
    // Wrong boxes that are surer, and the right one after them.
    let list = |wrong: usize| {
        let mut list: Vec<Detection> = (0..wrong).map(|_| found(0, 0.9, [200.0, 0.0, 50.0, 50.0])).collect();
        list.extend([found(0, 0.5, square), found(1, 0.1, square)]);
        Some(list)
    };
    assert_eq!(values(&["AR100"], &[list(99)], &truth), [Some(1.0)]);
    assert_eq!(values(&["AR100"], &[list(100)], &truth), [Some(0.5)], "the other class is not cut");
    assert_eq!(values(&["AR10"], &[list(9)], &truth), [Some(1.0)]);
    assert_eq!(values(&["AR10"], &[list(10)], &truth), [Some(0.5)]);
}

#[test]
fn equal_scores_rank_by_image_id_then_position() {
    let (right, wrong) = ([10.0, 10.0, 50.0, 50.0], [200.0, 0.0, 50.0, 50.0]);
    let truth = |first, second| [image(first, vec![gold(0, right)]), image(second, vec![])];
    let list = |sides| Some(vec![found(0, 0.5, sides)]);
    let ap =
        |first, second| values(&["AP50"], &[list(right), list(wrong)], &truth(first, second))[0].unwrap();
    assert!(ap(1, 2) > 0.99 && (ap(2, 1) - 0.5).abs() < 1e-9);
    let both = |a, b| Some(vec![found(0, 0.5, a), found(0, 0.5, b)]);
    let ap = |a, b| values(&["AP50"], &[both(a, b)], &truth(1, 2)[..1])[0].unwrap();
    assert!(ap(right, wrong) > 0.99 && (ap(wrong, right) - 0.5).abs() < 1e-9);
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let kind = parse("AP").unwrap().0;
    let with = |class_count, detection_count_max| {
        State::new(Params { class_count, detection_count_max, kinds: vec![kind] }).is_ok()
    };
    let so_many = |count| State::new(Params { kinds: vec![kind; count], ..params(1, &[]) }).is_ok();
    assert!(so_many(1) && so_many(32) && !so_many(0) && !so_many(33));
    assert!(with(1, 1) && with(CLASS_COUNT_MAX, DETECTION_COUNT_MAX));
    assert!(!with(0, 1) && !with(CLASS_COUNT_MAX + 1, 1) && !with(1, 0) && !with(1, DETECTION_COUNT_MAX + 1));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let (square, two) = ([1.0, 2.0, 3.0, 4.0], Params { detection_count_max: 2, ..params(2, &["AP"]) });
    let mut state = State::new(two).unwrap();
    state.update(&[Some(vec![found(0, 0.5, square)])], &[image(1, vec![gold(0, square)])]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Detection>, boxes: Vec<TrueBox>| {
        let lists = [Some(vec![found(0, 0.5, square)]), Some(list)];
        state.update(&lists, &[image(2, vec![]), image(3, boxes)]).unwrap_err().code()
    };
    assert_eq!(code(vec![found(2, 0.5, square)], vec![]), "out_of_domain");
    assert_eq!(code(vec![found(0, f64::NAN, square)], vec![]), "nonfinite_score");
    for place in 0..4 {
        let with = |number: f64| {
            let mut sides = square;
            sides[place] = number;
            sides
        };
        assert_eq!(code(vec![found(0, 0.5, with(f64::INFINITY))], vec![]), "nonfinite_score");
        assert_eq!(code(vec![], vec![gold(0, with(f64::NAN))]), "out_of_domain");
        assert_eq!(code(vec![], vec![gold(0, with(PIXELS_MAX * 1.001))]), "out_of_domain");
    }
    assert_eq!(code(vec![], vec![gold(2, square)]), "out_of_domain");
    assert_eq!(code(vec![], vec![gold(0, [1.0, 1.0, -1.0, -1.0])]), "out_of_domain");
    assert_eq!(code(vec![], vec![TrueBox { area: f64::NAN, ..gold(0, square) }]), "out_of_domain");
    assert_eq!(code(vec![], vec![TrueBox { area: -1.0, ..gold(0, square) }]), "out_of_domain");
    // Three detections where two are allowed; the limit itself is reached below.
    assert_eq!(code(vec![found(0, 0.5, square)], vec![]), "invalid_input");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(2, &["AP50"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
    let edge = [-PIXELS_MAX, PIXELS_MAX, PIXELS_MAX, 0.0];
    state.update(&[Some(vec![found(1, 0.5, square)])], &[image(2, vec![gold(0, edge)])]).unwrap();
    assert_eq!(state.item_count(), 2);
}

/// As the module writes a class: true boxes per area range, and (key, image, outcome).
type Written = ([u64; 4], Vec<(u64, u64, [u32; 4])>);

fn read(image_count: u64, class: Written) -> Result<State, MetricError> {
    let bytes = postcard::to_extend(&(image_count, vec![class]), vec![1]).unwrap();
    State::from_bytes(params(1, &["AP", "AR10"]), &bytes)
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let (zero, rank) = (1_u64 << 63, 1_u32 << 20);
    let all = |bits: [u32; 4]| ([2, 1, 1, 1], vec![(zero, 7, bits)]);
    assert!(read(1, all([(99 * rank) | 1, 1 << 10, 0, 0])).is_ok());
    let strange = [
        ([0, 1, 0, 0], vec![]),
        ([TRUTH_COUNT_MAX + 1, 0, 0, 0], vec![]),
        all([100 * rank, 0, 0, 0]),
        all([0, rank, 0, 0]),
        all([1 | 1 << 10, 0, 0, 0]),
        ([1, 0, 0, 0], vec![(zero - 1, 0, [0; 4])]),
        ([1, 0, 0, 0], vec![(u64::MAX, 0, [0; 4])]),
        ([1, 0, 0, 0], vec![(zero, 0, [0; 4]); 10_001]),
    ];
    for class in strange {
        assert_eq!(read(1, class.clone()).map(|_| ()), Err(MetricError::Corrupt), "{:?}", class.0);
    }
    let bytes = State::new(params(1, &["AP"])).unwrap().to_bytes();
    assert!(State::from_bytes(params(1, &["AP"]), &bytes).is_ok());
    assert!(State::from_bytes(params(2, &["AP"]), &bytes).is_err());
    assert!(State::from_bytes(params(1, &["AP"]), &[&bytes[..], &[0]].concat()).is_err());
    assert!(State::from_bytes(params(1, &["AP"]), &[]).is_err());
}

#[test]
fn images_and_true_boxes_are_counted_up_to_the_limit() {
    let none = |images, boxes| read(images, ([boxes, 0, 0, 0], vec![]));
    assert!(none(TRUTH_COUNT_MAX + 1, 0).is_err());
    let mut full = none(TRUTH_COUNT_MAX - 1, TRUTH_COUNT_MAX - 1).unwrap();
    full.merge(&none(1, 1).unwrap()).unwrap();
    let before = full.to_bytes();
    assert!(full.merge(&none(1, 0).unwrap()).unwrap_err().to_string().contains("1000000001 images"));
    assert!(
        full.merge(&none(0, 1).unwrap())
            .unwrap_err()
            .to_string()
            .contains("1000000001 true objects of a class")
    );
    assert_eq!(full.to_bytes(), before);
}

fn sides() -> impl Strategy<Value = [f64; 4]> {
    // Few places and sizes, small, medium and large: overlaps of all degrees, and ties.
    (0_u8..4, 0_u8..4, 0_u8..5, 0_u8..5).prop_map(|(x, y, w, h)| [x, y, w, h].map(|n| f64::from(n) * 25.0))
}

/// Class, score or crowd, and sides.
type Row<T> = (u32, T, [f64; 4]);

/// What was found in an image, and what is there.
type Image = (Vec<Row<u8>>, Vec<Row<bool>>);

fn images() -> impl Strategy<Value = Vec<Image>> {
    let found = prop::collection::vec((0_u32..2, 0_u8..4, sides()), 0..8);
    let gold = prop::collection::vec((0_u32..2, any::<bool>(), sides()), 0..5);
    prop::collection::vec((found, gold), 1..6)
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut state) = State::from_bytes(params(1, &["AP"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn values_are_shares_and_the_state_is_within_its_bound(images in images()) {
        let ids: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
        let lists: Vec<_> = images.iter().map(|(list, _)| {
            Some(list.iter().map(|(class, score, sides)| found(*class, f64::from(*score), *sides)).collect::<Vec<_>>())
        }).collect();
        let truth: Vec<_> = (0..).zip(&images).map(|(id, (_, boxes))| {
            image(id, boxes.iter().map(|(class, crowd, sides)| TrueBox { crowd: *crowd, ..gold(*class, *sides) }).collect())
        }).collect();
        let state = scored(params(2, &ids), &lists, &truth).unwrap();
        let detections = images.iter().map(|(list, _)| list.len()).sum::<usize>();
        let bound = 16 + 2 * STATE_BYTES_PER_CLASS_MAX + detections * STATE_BYTES_PER_DETECTION_MAX;
        prop_assert!(state.to_bytes().len() <= bound);
        let values = state.values().unwrap();
        prop_assert!(values.iter().flatten().all(|v| (0.0..=1.0).contains(v)), "{values:?}");
        // More detections that count, more recall.
        if let [Some(one), Some(ten), Some(hundred)] = values[6..9] {
            prop_assert!(one <= ten && ten <= hundred);
        }
    }
}
