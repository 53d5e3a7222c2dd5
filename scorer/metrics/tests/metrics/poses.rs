//! Poses: golden cases, limits, refusals, missing answers, similarities worked by hand.

use egret_metrics::{
    MetricError,
    poses::{
        CLASS_COUNT_MAX, DETECTION_COUNT_MAX, ImagePoses, Kind, METRICS, PERSON_SIGMAS, PIXELS_MAX,
        POINT_COUNT_MAX, Params, Pose, State, TRUTH_COUNT_MAX, TruePose, parse,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

fn params(ids: &[&str]) -> Params {
    let kinds = ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0).collect();
    Params { class_count: 1, detection_count_max: 10_000, sigmas: PERSON_SIGMAS.to_vec(), kinds }
}

fn scored(params: Params, found: &[Option<Vec<Pose>>], truth: &[ImagePoses]) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(found, truth)?;
    State::from_bytes(params, &state.to_bytes())
}

/// x, y and whether the point is marked.
fn triples(entry: &Value) -> Vec<([f64; 2], bool)> {
    let numbers: Vec<f64> = entry["keypoints"].as_array().unwrap().iter().map(golden::number).collect();
    numbers.chunks(3).map(|point| ([point[0], point[1]], point[2] > 0.0)).collect()
}

/// The state of some images of a golden case; they are of one category.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let cell = |name: &str, i: usize| case["cols"][name][i].as_array().unwrap().clone();
    let (mut lists, mut truth) = (Vec::new(), Vec::new());
    for &i in items {
        let one = |e: &Value| Pose {
            class: 0,
            score: golden::number(&e["score"]),
            points: triples(e).into_iter().map(|(point, _)| point).collect(),
        };
        lists.push(Some(cell("dets", i).iter().map(one).collect()));
        let one = |e: &Value| TruePose {
            class: 0,
            points: triples(e).into_iter().map(|(point, marked)| marked.then_some(point)).collect(),
            around: [0, 1, 2, 3].map(|side| golden::number(&e["bbox"][side])),
            area: golden::number(&e["area"]),
            crowd: e["iscrowd"] == 1,
        };
        let poses = cell("gts", i).iter().map(one).collect();
        truth.push(ImagePoses { id: case["cols"]["image"][i]["id"].as_u64().unwrap(), poses });
    }
    scored(params(ids), &lists, &truth)
}

#[test]
fn goldens() {
    let compared =
        golden::check_suite("coco_keypoints", &[], -1.0, |case, id, items| state_of(case, &[id], items));
    assert_eq!(compared, 8 * 10 * 4);
}

#[test]
fn goldens_to_the_bit() {
    let ids: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
    for case in golden::cases("coco_keypoints") {
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
    assert_eq!(parse("APs"), None);
}

/// A pose of two points, of which each may be off by √(2·area)·2σ for a similarity of 1/e.
fn two_points(ids: &[&str]) -> Params {
    Params { sigmas: vec![0.5, 0.5], ..params(ids) }
}

fn pose(score: f64, points: [[f64; 2]; 2]) -> Pose {
    Pose { class: 0, score, points: points.to_vec() }
}

fn gold(points: [Option<[f64; 2]>; 2]) -> TruePose {
    TruePose { class: 0, points: points.to_vec(), around: [0.0, 0.0, 10.0, 10.0], area: 2000.0, crowd: false }
}

fn image(id: u64, poses: Vec<TruePose>) -> ImagePoses {
    ImagePoses { id, poses }
}

#[test]
fn similarities_worked_by_hand() {
    let recalls = |found: Pose, truth: TruePose| {
        let state =
            scored(two_points(&["AR50", "AR75"]), &[Some(vec![found])], &[image(1, vec![truth])]).unwrap();
        state.values().unwrap()
    };
    let both = || gold([Some([0.0, 0.0]), Some([100.0, 0.0])]);
    // exp(−d² / 4000): one point exact and the other far off is half, and not less.
    assert_eq!(recalls(pose(0.5, [[0.0, 0.0], [1e6, 0.0]]), both()), [Some(1.0), Some(0.0)]);
    assert_eq!(recalls(pose(0.5, [[1.0, 0.0], [1e6, 0.0]]), both()), [Some(0.0), Some(0.0)]);
    // 4000·ln 4/3 = 1150.7: 33 off is within 0.75, 34 is not.
    assert_eq!(recalls(pose(0.5, [[33.0, 0.0], [100.0, 33.0]]), both()), [Some(1.0), Some(1.0)]);
    assert_eq!(recalls(pose(0.5, [[34.0, 0.0], [100.0, 34.0]]), both()), [Some(1.0), Some(0.0)]);
    // A point that is not marked does not matter.
    assert_eq!(
        recalls(pose(0.5, [[0.0, 0.0], [1e6, 0.0]]), gold([Some([0.0, 0.0]), None])),
        [Some(1.0), Some(1.0)]
    );
}

#[test]
fn a_true_pose_without_a_marked_point_is_ignored_and_so_is_what_is_near_its_box() {
    let truth = [image(1, vec![gold([Some([900.0, 900.0]), None]), gold([None, None])])];
    let right = || pose(0.5, [[900.0, 900.0], [0.0, 0.0]]);
    let precision = |other: [[f64; 2]; 2]| {
        let list = vec![pose(0.9, other), right()];
        scored(two_points(&["AP50"]), &[Some(list)], &truth).unwrap().values().unwrap()[0].unwrap()
    };
    // Within the box three times as wide, or not.
    assert!(precision([[-10.0, 20.0], [20.0, -10.0]]) > 0.99);
    assert!((precision([[500.0, 20.0], [500.0, -10.0]]) - 0.5).abs() < 1e-9);
}

#[test]
fn the_best_twenty_of_an_image_count_and_one_without_an_answer_has_none() {
    let truth =
        [image(1, vec![gold([Some([0.0, 0.0]), None])]), image(2, vec![gold([Some([0.0, 0.0]), None])])];
    let list = |wrong: usize| {
        let mut list = vec![pose(0.9, [[900.0; 2]; 2]); wrong];
        list.push(pose(0.5, [[0.0; 2]; 2]));
        Some(list)
    };
    let recall = |lists: &[Option<Vec<Pose>>]| {
        scored(two_points(&["AR"]), lists, &truth).unwrap().values().unwrap()[0]
    };
    assert_eq!([recall(&[list(19), None]), recall(&[list(20), None])], [Some(0.5), Some(0.0)]);
    assert_eq!([recall(&[list(0), Some(vec![])]), recall(&[None, None])], [Some(0.5), Some(0.0)]);
    let none = scored(two_points(&["AP", "ARl"]), &[list(0)], &[image(1, vec![])]).unwrap();
    assert_eq!(none.values().unwrap(), [None, None]);
    assert_eq!(State::new(params(&["AP"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |class_count, detection_count_max, sigmas: Vec<f64>, kinds: usize| {
        State::new(Params { class_count, detection_count_max, sigmas, kinds: vec![Kind::Ap50; kinds] })
            .is_ok()
    };
    assert!(
        with(1, 1, vec![1e-3], 1)
            && with(CLASS_COUNT_MAX, DETECTION_COUNT_MAX, vec![1.0; POINT_COUNT_MAX], 32)
    );
    assert!(!with(0, 1, vec![0.1], 1) && !with(CLASS_COUNT_MAX + 1, 1, vec![0.1], 1));
    assert!(!with(1, 0, vec![0.1], 1) && !with(1, DETECTION_COUNT_MAX + 1, vec![0.1], 1));
    assert!(!with(1, 1, vec![], 1) && !with(1, 1, vec![0.1; POINT_COUNT_MAX + 1], 1));
    assert!(!with(1, 1, vec![0.0], 1) && !with(1, 1, vec![1.01], 1) && !with(1, 1, vec![f64::NAN], 1));
    assert!(!with(1, 1, vec![0.1], 0) && !with(1, 1, vec![0.1], 33));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(Params { detection_count_max: 2, ..two_points(&["AP"]) }).unwrap();
    let here = || pose(0.5, [[0.0; 2]; 2]);
    let marked = || gold([Some([0.0, 0.0]), None]);
    state.update(&[Some(vec![here()])], &[image(1, vec![marked()])]).unwrap();
    let before = state.to_bytes();
    let mut code = |list: Vec<Pose>, poses: Vec<TruePose>| {
        let lists = [Some(vec![here()]), Some(list)];
        state.update(&lists, &[image(2, vec![]), image(3, poses)]).unwrap_err().code()
    };
    assert_eq!(code(vec![Pose { class: 1, ..here() }], vec![]), "out_of_domain");
    assert_eq!(code(vec![pose(f64::NAN, [[0.0; 2]; 2])], vec![]), "nonfinite_score");
    assert_eq!(code(vec![pose(0.5, [[0.0; 2], [0.0, f64::INFINITY]])], vec![]), "nonfinite_score");
    assert_eq!(code(vec![Pose { points: vec![[0.0; 2]], ..here() }], vec![]), "out_of_domain");
    assert_eq!(code(vec![], vec![TruePose { class: 1, ..marked() }]), "out_of_domain");
    assert_eq!(code(vec![], vec![TruePose { points: vec![None], ..marked() }]), "out_of_domain");
    assert_eq!(code(vec![], vec![gold([Some([f64::NAN, 0.0]), None])]), "out_of_domain");
    assert_eq!(code(vec![], vec![gold([Some([PIXELS_MAX * 1.001, 0.0]), None])]), "out_of_domain");
    assert_eq!(code(vec![], vec![TruePose { around: [f64::NAN; 4], ..marked() }]), "out_of_domain");
    for area in [-1.0, f64::NAN] {
        assert_eq!(code(vec![], vec![TruePose { area, ..marked() }]), "out_of_domain");
    }
    // Three poses where two are allowed; the limit itself is reached below.
    assert_eq!(code(vec![here()], vec![]), "invalid_input");
    assert_eq!(state.update::<Vec<_>>(&[None], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(two_points(&["AP50"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
    let edge = gold([Some([PIXELS_MAX, -PIXELS_MAX]), None]);
    state.update(&[Some(vec![here()])], &[image(2, vec![edge])]).unwrap();
    assert_eq!(state.item_count(), 2);
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let read = |images: u64, relevant: [u64; 4], kept: Vec<(u64, u64, [u32; 4])>| {
        let bytes = postcard::to_extend(&(images, vec![(relevant, kept)]), vec![1]).unwrap();
        State::from_bytes(params(&["AP"]), &bytes).is_ok()
    };
    let (zero, rank) = (1_u64 << 63, 1_u32 << 20);
    assert!(read(TRUTH_COUNT_MAX, [TRUTH_COUNT_MAX; 4], vec![(zero, 7, [(19 * rank) | 1, 1 << 10, 0, 0])]));
    assert!(!read(1, [1; 4], vec![(zero, 7, [20 * rank, 0, 0, 0])]));
    assert!(!read(TRUTH_COUNT_MAX + 1, [0; 4], vec![]) && !read(1, [0, 1, 0, 0], vec![]));
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut state) = State::from_bytes(params(&["AP"]), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }
}
