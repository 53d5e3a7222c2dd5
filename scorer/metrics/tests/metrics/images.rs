//! Image quality: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    images::{CHANNEL_COUNT_MAX, IMAGE_VALUES_MAX, Image, Kind, METRICS, Params, State, Window, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const EVERY_KIND: [Kind; 5] =
    [Kind::Mse, Kind::Psnr, Kind::PsnrCapped, Kind::Ssim(Window::Gaussian), Kind::Ssim(Window::Uniform7)];

fn params(kinds: &[Kind]) -> Params {
    Params { kinds: kinds.to_vec() }
}

fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let cell = |column: &str, i: usize| &case["cols"][column][i];
    let edge = |column: &str, i: usize| cell(column, i).as_u64().unwrap() as u32;
    let values = |column: &str, i: usize| -> Vec<u8> {
        cell(column, i).as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as u8).collect()
    };
    let reference = |i: &usize| Image {
        width: edge("w", *i),
        height: edge("h", *i),
        channel_count: edge("c", *i),
        values: values("ref", *i),
    };
    let params = params(&[parse(metric).unwrap().0]);
    let mut state = State::new(params.clone())?;
    let predictions: Vec<_> = items.iter().map(|i| Some(values("img", *i))).collect();
    state.update(&predictions, &items.iter().map(reference).collect::<Vec<_>>())?;
    State::from_bytes(params, &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("image_quality", &[], f64::NAN, state_of), 4 * 8 * 5);
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    let kinds = METRICS.iter().map(|info| parse(info.id).filter(|parsed| parsed.1 == info.id).unwrap().0);
    assert_eq!(kinds.collect::<Vec<_>>(), EVERY_KIND);
    assert_eq!((parse(""), parse("psnr")), (None, None));
}

fn grey(width: u32, height: u32, value: u8) -> Image {
    Image { width, height, channel_count: 1, values: vec![value; (width * height) as usize] }
}

#[test]
fn a_missing_answer_is_the_worst() {
    let mut state = State::new(params(&EVERY_KIND)).unwrap();
    assert_eq!(state.values(), Err(MetricError::Empty));
    state.update(&[None::<Vec<u8>>], &[grey(11, 11, 7)]).unwrap();
    assert_eq!(state.values().unwrap(), [Some(65_025.0), Some(0.0), Some(0.0), Some(-1.0), Some(-1.0)]);
    // Half missing, half perfect: only the capped ratio is of use.
    state.update(&[Some(vec![7; 121])], &[grey(11, 11, 7)]).unwrap();
    let mixed = [Some(32_512.5), Some(f64::INFINITY), Some(50.0), Some(0.0), Some(0.0)];
    assert_eq!((state.values().unwrap(), state.item_count()), (mixed.to_vec(), 2));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&[Kind::Mse, Kind::Ssim(Window::Gaussian)])).unwrap();
    state.update(&[Some(vec![7; 121])], &[grey(11, 11, 9)]).unwrap();
    let before = state.clone();
    let mut code = |image: Image| {
        let good = grey(11, 11, 0);
        state.update(&[None::<Vec<u8>>, None], &[good, image]).map_err(|error| error.code())
    };
    assert_eq!(code(grey(10, 11, 0)), Err("out_of_domain"));
    assert_eq!(code(grey(11, 10, 0)), Err("out_of_domain"));
    assert_eq!(code(Image { height: 12, ..grey(11, 11, 0) }), Err("invalid_input"));
    for channel_count in [0, CHANNEL_COUNT_MAX + 1] {
        assert_eq!(code(Image { channel_count, ..grey(11, 11, 0) }), Err("out_of_domain"));
    }
    let huge = Image { width: u32::MAX, height: u32::MAX, channel_count: 4, values: vec![] };
    assert_eq!(code(huge), Err("out_of_domain"));
    assert_eq!(state.update(&[Some(vec![7; 120])], &[grey(11, 11, 9)]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.update(&[None::<Vec<u8>>], &[]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(&[Kind::Mse])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!(state, before);
}

#[test]
fn metrics_values_and_items_are_bounded_on_both_sides() {
    let with = |count| State::new(params(&vec![Kind::Mse; count])).is_ok();
    assert!(!with(0) && with(1) && with(32) && !with(33));
    let mut state = State::new(params(&[Kind::Mse])).unwrap();
    let edge = 1 << 13;
    assert_eq!(u64::from(edge) * u64::from(edge), IMAGE_VALUES_MAX);
    state.update(&[None::<Vec<u8>>], &[grey(edge, edge, 0)]).unwrap();
    assert!(state.update(&[None::<Vec<u8>>], &[grey(edge, edge + 1, 0)]).is_err());
    assert!(state.update(&[None::<Vec<u8>>], &[grey(0, 1, 0)]).is_err());
    state.update(&[None::<Vec<u8>>], &[grey(1, 1, 0)]).unwrap();
    for (channel_count, is_taken) in
        [(0, false), (1, true), (CHANNEL_COUNT_MAX, true), (CHANNEL_COUNT_MAX + 1, false)]
    {
        let image = Image { width: 1, height: 1, channel_count, values: vec![0; channel_count as usize] };
        assert_eq!(state.update(&[None::<Vec<u8>>], &[image]).is_ok(), is_taken, "{channel_count}");
    }
    // The least edges are those of the windows.
    for (window, edge) in [(Window::Gaussian, 11), (Window::Uniform7, 7)] {
        let update = |edge| {
            State::new(params(&[Kind::Ssim(window)]))
                .unwrap()
                .update(&[None::<Vec<u8>>], &[grey(edge, edge, 0)])
        };
        assert!(update(edge).is_ok() && update(edge - 1).is_err());
    }

    let read = |items: u64, sum: i128| {
        let bytes = postcard::to_extend(&(items, (0_i128, 0_u64, 0_u64, 0_u64), vec![sum]), vec![1]).unwrap();
        State::from_bytes(params(&[Kind::Mse]), &bytes)
    };
    let largest = 65_025_i128 << 80;
    let mut full = read(ITEM_COUNT_MAX, largest * i128::from(ITEM_COUNT_MAX)).unwrap();
    assert_eq!(full.values().unwrap(), [Some(65_025.0)]);
    let before = full.clone();
    assert!(full.update(&[None::<Vec<u8>>], &[grey(1, 1, 0)]).is_err());
    assert!(full.merge(&read(1, 0).unwrap()).is_err());
    assert_eq!(full, before);
    assert!(read(ITEM_COUNT_MAX + 1, 0).is_err() && read(1, largest).is_ok());
    assert!(read(1, largest + (1 << 80)).is_err() && read(1, -(1 << 80)).is_err());
    let read = |kind, sum: i128| {
        let bytes =
            postcard::to_extend(&(1_u64, (0_i128, 0_u64, 0_u64, 0_u64), vec![sum << 80]), vec![1]).unwrap();
        State::from_bytes(params(&[kind]), &bytes).is_ok()
    };
    for (kind, least, most) in
        [(Kind::PsnrCapped, 0, 100), (Kind::Ssim(Window::Gaussian), -1, 1), (Kind::Psnr, 0, 0)]
    {
        let taken = [least - 1, least, most, most + 1].map(|sum| read(kind, sum));
        assert_eq!(taken, [false, true, true, false], "{kind:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..80), version in any::<bool>()) {
        if version && !bytes.is_empty() {
            bytes[0] = 1;
        }
        if let Ok(mut state) = State::from_bytes(params(&EVERY_KIND), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }

    #[test]
    fn similarity_is_symmetric_and_at_most_1(
        pairs in prop::collection::vec((any::<u8>(), any::<u8>()), 12 * 11),
    ) {
        let (a, b): (Vec<u8>, Vec<u8>) = pairs.into_iter().unzip();
        let of = |a: &[u8], b: &[u8]| {
            let mut state = State::new(params(&EVERY_KIND)).unwrap();
            let image = Image { width: 12, height: 11, channel_count: 1, values: b.to_vec() };
            state.update(&[Some(a)], &[image]).unwrap();
            state.values().unwrap()
        };
        let (there, back) = (of(&a, &b), of(&b, &a));
        prop_assert!(there.iter().zip(&back).all(|(a, b)| (a.unwrap() - b.unwrap()).abs() < 1e-9));
        prop_assert!(there[3..].iter().all(|value| (-1.0..=1.0).contains(&value.unwrap())));
        prop_assert!(there[1].unwrap() >= 0.0);
    }
}
