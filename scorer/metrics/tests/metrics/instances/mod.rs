//! Instance segmentation: golden cases to the bit, masks and outlines, limits, refusals, missing answers.

mod outlines;

use std::collections::BTreeSet;

use egret_metrics::{
    MetricError,
    instances::{
        Area, CLASS_COUNT_MAX, DETECTION_COUNT_MAX, ImageInstances, Instance, Kind, METRICS, Mask, Params,
        SIDE_MAX, State, TRUTH_COUNT_MAX, TrueInstance, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 1] = [("per_class", "a list; compared below")];

fn params(class_count: u32, ids: &[&str]) -> Params {
    let kinds = ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0).collect();
    Params { class_count, detection_count_max: 10_000, kinds }
}

fn scored(
    params: Params,
    found: &[Option<Vec<Instance>>],
    truth: &[ImageInstances],
) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

/// A mask of 20 by 30 pixels: the given columns whole.
fn columns(first: u32, last: u32) -> Mask {
    Mask::from_runs(20, 30, &[20 * first, 20 * (last - first), 20 * (30 - last)]).unwrap()
}

fn found(class: u32, score: f64, mask: Mask) -> Instance {
    Instance { class, score, mask }
}

fn gold(class: u32, mask: Mask) -> TrueInstance {
    TrueInstance { class, area: mask.area() as f64, mask, crowd: false }
}

fn image(id: u64, instances: Vec<TrueInstance>) -> ImageInstances {
    ImageInstances { id, height: 20, width: 30, instances }
}

/// A mask as COCO writes it: outlines, compressed runs or plain runs.
fn mask(height: u32, width: u32, value: &Value) -> Mask {
    if value.is_array() {
        return Mask::from_outlines(height, width, &outlines::corners(value)).unwrap();
    }
    match &value["counts"] {
        Value::String(text) => Mask::from_text(height, width, text).unwrap(),
        runs => {
            let runs: Vec<u32> = serde_json::from_value(runs.clone()).unwrap();
            Mask::from_runs(height, width, &runs).unwrap()
        }
    }
}

/// The state of some images of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let categories: BTreeSet<u64> =
        case["shared"]["categories"].as_array().unwrap().iter().map(|c| c["id"].as_u64().unwrap()).collect();
    let class = |entry: &Value| {
        categories.iter().position(|id| Some(*id) == entry["category_id"].as_u64()).unwrap() as u32
    };
    let cell = |name: &str, i: usize| case["cols"][name][i].as_array().unwrap().clone();
    let (mut lists, mut truth) = (Vec::new(), Vec::new());
    for &i in items {
        let of_image = |key: &str| case["cols"]["image"][i][key].as_u64().unwrap();
        let (height, width) = (of_image("h") as u32, of_image("w") as u32);
        let one =
            |e: &Value| found(class(e), golden::number(&e["score"]), mask(height, width, &e["segmentation"]));
        lists.push(Some(cell("dets", i).iter().map(one).collect()));
        let one = |e: &Value| TrueInstance {
            class: class(e),
            mask: mask(height, width, &e["segmentation"]),
            area: golden::number(&e["area"]),
            crowd: e["iscrowd"] == 1,
        };
        let instances = cell("gts", i).iter().map(one).collect();
        truth.push(ImageInstances { id: of_image("id"), height, width, instances });
    }
    scored(params(categories.len() as u32, ids), &lists, &truth)
}

fn items(case: &Value) -> Vec<usize> {
    (0..case["n"].as_u64().unwrap() as usize).collect()
}

#[test]
fn goldens() {
    let compared =
        golden::check_suite("coco_segm", &LEFT_OUT, -1.0, |case, id, items| state_of(case, &[id], items));
    assert_eq!(compared, 9 * 12 * 4);
}

#[test]
fn goldens_to_the_bit() {
    let ids: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
    for case in golden::cases("coco_segm") {
        let state = state_of(&case, &ids, &items(&case)).unwrap();
        let same = |id: &str, got: Option<f64>, want: &Value| {
            let (got, want) = (got.unwrap_or(-1.0), golden::number(want));
            assert_eq!(got.to_bits(), want.to_bits(), "{} {id}: got {got}, want {want}", case["id"]);
        };
        for (id, got) in ids.iter().zip(state.values().unwrap()) {
            same(id, got, &case["expect"][*id]);
        }
        for (id, kind) in [("AP.per_class", Kind::Ap(Area::All)), ("AR100.per_class", Kind::Ar100(Area::All))]
        {
            let (values, wanted) = (state.per_class(kind), case["expect"][id].as_array().unwrap());
            assert_eq!(values.len(), wanted.len());
            values.into_iter().zip(wanted).for_each(|(got, want)| same(id, got, want));
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

fn values(ids: &[&str], found: &[Option<Vec<Instance>>], truth: &[ImageInstances]) -> Vec<Option<f64>> {
    scored(params(2, ids), found, truth).unwrap().values().unwrap()
}

#[test]
fn an_image_without_an_answer_has_no_detections() {
    let truth = [image(1, vec![gold(0, columns(0, 10))]), image(2, vec![gold(0, columns(0, 10))])];
    let right = || Some(vec![found(0, 0.5, columns(0, 10))]);
    assert_eq!(values(&["AP", "AR1"], &[None, None], &truth), [Some(0.0), Some(0.0)]);
    assert_eq!(values(&["AR1"], &[right(), None], &truth), [Some(0.5)]);
    assert_eq!(values(&["AR1"], &[right(), Some(vec![])], &truth), [Some(0.5)]);
    assert_eq!(values(&["AP", "APs"], &[right()], &[image(1, vec![])]), [None, None]);
    assert_eq!(State::new(params(1, &["AP"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn detections_in_a_crowd_are_neither_right_nor_wrong() {
    let crowd = TrueInstance { crowd: true, ..gold(0, columns(10, 30)) };
    let truth = [image(1, vec![gold(0, columns(0, 5)), crowd])];
    // The surest lies within the crowd, though it is a tenth of it.
    let list =
        vec![found(0, 0.9, columns(12, 14)), found(0, 0.8, columns(13, 15)), found(0, 0.5, columns(0, 5))];
    assert!(values(&["AP"], &[Some(list)], &truth)[0] > Some(0.99));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |class_count, detection_count_max, kinds: usize| {
        State::new(Params { class_count, detection_count_max, kinds: vec![Kind::Ap50; kinds] }).is_ok()
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
    let two = Params { detection_count_max: 2, ..params(2, &["AP"]) };
    let mut state = State::new(two).unwrap();
    let whole = || columns(0, 10);
    state.update(&[Some(vec![found(0, 0.5, whole())])], &[image(1, vec![gold(0, whole())])]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Instance>, truth: ImageInstances| {
        let lists = [Some(vec![found(0, 0.5, whole())]), Some(list)];
        state.update(&lists, &[image(2, vec![]), truth]).unwrap_err().code()
    };
    let other = || Mask::from_runs(30, 20, &[600]).unwrap();
    let none = || image(3, vec![]);
    assert_eq!(code(vec![found(2, 0.5, whole())], none()), "out_of_domain");
    assert_eq!(code(vec![found(0, f64::NAN, whole())], none()), "nonfinite_score");
    assert_eq!(code(vec![found(0, 0.5, other())], none()), "out_of_domain");
    assert_eq!(code(vec![], image(3, vec![gold(2, whole())])), "out_of_domain");
    assert_eq!(code(vec![], image(3, vec![gold(0, other())])), "out_of_domain");
    for area in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(code(vec![], image(3, vec![TrueInstance { area, ..gold(0, whole()) }])), "out_of_domain");
    }
    assert_eq!(code(vec![], ImageInstances { height: SIDE_MAX + 1, ..none() }), "out_of_domain");
    assert_eq!(code(vec![], ImageInstances { width: 0, ..none() }), "out_of_domain");
    // Three detections where two are allowed; the limit itself is reached below.
    assert_eq!(code(vec![found(0, 0.5, whole())], none()), "invalid_input");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(2, &["AP50"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
    state.update(&[Some(vec![found(1, 0.5, whole())])], &[image(2, vec![])]).unwrap();
    assert_eq!(state.item_count(), 2);
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let read = |images: u64, relevant: [u64; 4], kept: Vec<(u64, u64, [u32; 4])>| {
        let bytes = postcard::to_extend(&(images, vec![(relevant, kept)]), vec![1]).unwrap();
        State::from_bytes(params(1, &["AP"]), &bytes).is_ok()
    };
    let (zero, rank) = (1_u64 << 63, 1_u32 << 20);
    assert!(read(TRUTH_COUNT_MAX, [TRUTH_COUNT_MAX; 4], vec![(zero, 7, [(99 * rank) | 1, 1 << 10, 0, 0])]));
    assert!(!read(1, [1; 4], vec![(zero, 7, [100 * rank, 0, 0, 0])]));
    assert!(!read(TRUTH_COUNT_MAX + 1, [0; 4], vec![]) && !read(1, [TRUTH_COUNT_MAX + 1, 0, 0, 0], vec![]));
    assert!(!read(1, [0, 1, 0, 0], vec![]) && !read(1, [1; 4], vec![(u64::MAX, 0, [0; 4])]));
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut state) = State::from_bytes(params(1, &["AP"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
        if let Ok(mask) = postcard::from_bytes::<Mask>(&bytes) {
            prop_assert!(mask.area() <= u64::from(mask.height()) * u64::from(mask.width()));
        }
    }

    #[test]
    fn a_mask_is_what_its_pixels_are(a in prop::collection::vec(any::<bool>(), 12), b in prop::collection::vec(any::<bool>(), 12)) {
        let mask = |pixels: &[bool]| {
            let runs = pixels.iter().flat_map(|inside| if *inside { [0, 1] } else { [1, 0] }).collect::<Vec<u32>>();
            Mask::from_runs(3, 4, &runs).unwrap()
        };
        prop_assert_eq!(mask(&a).area(), a.iter().filter(|inside| **inside).count() as u64);
        prop_assert_eq!(Mask::from_text(3, 4, &mask(&a).to_text()), Ok(mask(&a)));
        // Right at 0.5 exactly where half of the pixels of either are of both.
        let both = a.iter().zip(&b).filter(|(a, b)| **a && **b).count();
        let any = a.iter().zip(&b).filter(|(a, b)| **a || **b).count();
        let truth = ImageInstances { id: 1, height: 3, width: 4, instances: vec![gold(0, mask(&a))] };
        let state = scored(params(1, &["AP50"]), &[Some(vec![found(0, 0.5, mask(&b))])], &[truth]).unwrap();
        prop_assert_eq!(state.values().unwrap()[0] > Some(0.5), any > 0 && 2 * both >= any);
    }
}
