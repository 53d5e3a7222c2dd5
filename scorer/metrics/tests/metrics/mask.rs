//! Masks: the golden values for any sharding, limits from both sides, and what a state refuses.

use egret_metrics::{
    MetricError,
    mask::{CLASS_COUNT_MAX, ClassMap, MAP_PIXELS_MAX, METRICS, Params, State, VOID, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

const LEFT_OUT: [(&str, &str); 2] =
    [("confusion", "a matrix"), ("per_class", "a list; a board ranks by one number")];

golden::mergeable!(State);

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let params = params(case["params"]["n_classes"].as_u64().unwrap() as u32, &[metric]);
    let mut state = State::new(params.clone())?;
    let cell = |column: &str, item: usize| &case["cols"][column][item];
    let size = |column: &str, item: usize| cell(column, item).as_u64().unwrap() as u32;
    let map = |column: &str, item: usize| -> Vec<u16> {
        let class = |v: &Value| if *v == 255 { VOID } else { v.as_u64().unwrap() as u16 };
        cell(column, item).as_array().unwrap().iter().map(class).collect()
    };
    let label = |&i: &usize| ClassMap { width: size("w", i), height: size("h", i), classes: map("gt", i) };
    let labels: Vec<ClassMap> = items.iter().map(label).collect();
    let predictions: Vec<_> = items.iter().map(|&i| Some(map("pred", i))).collect();
    state.update(&predictions, &labels)?;
    State::from_bytes(params, &state.to_bytes())
}

fn params(class_count: u32, ids: &[&str]) -> Params {
    let kind = |id: &&str| parse(id).unwrap_or_else(|| panic!("{id} is not parsed")).0;
    Params { class_count, kinds: ids.iter().map(kind).collect() }
}

fn every_metric() -> Vec<&'static str> {
    METRICS.iter().map(|info| info.id).collect()
}

fn row(classes: &[u16]) -> ClassMap {
    ClassMap { width: classes.len() as u32, height: 1, classes: classes.to_vec() }
}

#[test]
fn values_equal_the_goldens_for_any_sharding() {
    assert_eq!(golden::check_suite("semantic_seg", &LEFT_OUT, f64::NAN, state_of), 9 * 9 * 4);
}

#[test]
fn ids_are_parsed_and_nothing_else_is() {
    for id in every_metric() {
        assert_eq!(parse(id).unwrap().1, id);
    }
    for id in ["", "miou", "dice", "boundary_iou", "confusion", "iou.per_class", "MIOU.skip_absent"] {
        assert!(parse(id).is_none(), "{id} was taken for a metric of masks");
    }
}

#[test]
fn class_counts_are_bounded_on_both_sides() {
    for class_count in [1, CLASS_COUNT_MAX] {
        assert!(State::new(params(class_count, &["fwiou"])).is_ok());
    }
    for class_count in [0, CLASS_COUNT_MAX + 1] {
        assert!(matches!(State::new(params(class_count, &["fwiou"])), Err(MetricError::Invalid(_))));
    }
    assert!(State::new(params(2, &[])).is_err());
}

#[test]
fn maps_are_bounded_on_both_sides() {
    let mut state = State::new(params(2, &["pixel_accuracy"])).unwrap();
    let side = MAP_PIXELS_MAX.isqrt() as u32;
    let square =
        |width: u32| ClassMap { width, height: side, classes: vec![0; width as usize * side as usize] };
    let nothing: [Option<Vec<u16>>; 1] = [None];
    state.update(&nothing, &[square(side)]).unwrap();
    let before = state.to_bytes();
    for label in [square(side + 1), square(0)] {
        assert!(matches!(state.update(&nothing, &[label]), Err(MetricError::OutOfDomain { item: 0, .. })));
    }
    assert_eq!(state.to_bytes(), before);
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(2, &every_metric())).unwrap();
    state.update(&[Some([0, 1])], &[row(&[0, VOID])]).unwrap();
    let before = state.to_bytes();
    let good = row(&[0, 1]);
    let outside = state.update(&[Some([0, 1]); 2], &[good.clone(), row(&[0, 2])]).unwrap_err();
    assert!(matches!(outside, MetricError::OutOfDomain { item: 1, .. }), "{outside}");
    let short = MetricError::LengthMismatch { expected: 2, found: 1 };
    assert_eq!(
        state.update(&[Some(vec![0, 1]), Some(vec![0])], &[good.clone(), good.clone()]),
        Err(short.clone())
    );
    assert_eq!(state.update(&[Some([0, 1])], &[good.clone(), good.clone()]), Err(short));
    let torn = ClassMap { height: 2, ..good };
    assert!(state.update(&[Some([0, 1])], &[torn]).is_err());
    assert_eq!(state.to_bytes(), before);
}

#[test]
fn an_image_without_an_answer_misses_every_pixel_and_gains_nothing() {
    let value = |predictions: &[Option<[u16; 2]>], id: &str| {
        let mut state = State::new(params(3, &[id])).unwrap();
        state.update(predictions, &vec![row(&[0, 1]); predictions.len()]).unwrap();
        state.values().unwrap()[0].unwrap()
    };
    for id in every_metric() {
        let (half, none) = (value(&[Some([0, 1]), None], id), value(&[None], id));
        assert!(none.abs() < 1e-12 && half < value(&[Some([0, 1])], id), "{id}: {none}, {half}");
    }
    // Its pixels are false for no class; the third class, which it has not, is worth nothing in it.
    assert!((value(&[Some([0, 1]), None], "miou.skip_absent") - 0.5).abs() < 1e-12);
    assert!((value(&[Some([0, 1]), None], "dice.per_image_empty1") - 0.5).abs() < 1e-12);
    assert!((value(&[Some([7, VOID])], "dice.per_image_empty1") - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(State::new(params(3, &["fwiou"])).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn states_of_other_parameters_do_not_mix() {
    let mut plain = State::new(params(3, &["fwiou"])).unwrap();
    plain.update(&[Some([0, 1])], &[row(&[0, 1])]).unwrap();
    let other = State::new(params(3, &["fwiou", "dice.global"])).unwrap();
    assert_eq!(plain.merge(&other), Err(MetricError::Incompatible));
    for wrong in [params(2, &["fwiou"]), params(3, &["boundary_iou.skip_absent"])] {
        assert_eq!(State::from_bytes(wrong, &plain.to_bytes()), Err(MetricError::Corrupt));
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_that_can_be_used_or_an_error(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let params = params(3, &every_metric());
        let mut state = State::new(params.clone()).unwrap();
        state.update(&[Some([0, 1, 2]), None], &[row(&[0, 0, 2]), row(&[1, 1, VOID])]).unwrap();
        let mut bytes = state.to_bytes();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(mut read) = State::from_bytes(params.clone(), &bytes) {
            let _ = read.values();
            let copy = read.clone();
            let _ = read.merge(&copy);
            prop_assert_eq!(State::from_bytes(params, &copy.to_bytes()), Ok(copy));
        }
    }

    #[test]
    fn values_stay_in_range(
        pixels in prop::collection::vec((0_u16..4, prop_oneof![4 => 0_u16..3, 1 => Just(VOID)]), 1..40),
    ) {
        let mut state = State::new(params(3, &every_metric())).unwrap();
        let (predicted, truth): (Vec<_>, Vec<_>) = pixels.into_iter().unzip();
        state.update(&[Some(predicted)], &[row(&truth)]).unwrap();
        for (info, value) in METRICS.iter().zip(state.values().unwrap()) {
            let inside = value.is_none_or(|v| (0.0..=1.0 + 1e-12).contains(&v));
            prop_assert!(inside, "{} = {value:?}", info.id);
        }
    }
}
