//! Masks: golden outlines to the pixel, the one form of a mask, limits.

use egret_metrics::instances::{BOUNDARY_STEPS_MAX, CORNER_COUNT_MAX, CORNER_MAX, Mask, SIDE_MAX};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

pub fn corners(outlines: &Value) -> Vec<Vec<[f64; 2]>> {
    let outline = |numbers: &Value| {
        let numbers: Vec<f64> = numbers.as_array().unwrap().iter().map(golden::number).collect();
        numbers.chunks(2).map(|corner| [corner[0], corner[1]]).collect()
    };
    outlines.as_array().unwrap().iter().map(outline).collect()
}

#[test]
fn golden_outlines() {
    let mut compared = 0;
    for case in golden::cases("mask_rasterise") {
        for i in 0..case["n"].as_u64().unwrap() as usize {
            let side = |name: &str| case["cols"][name][i].as_u64().unwrap() as u32;
            let mask =
                Mask::from_outlines(side("h"), side("w"), &corners(&case["cols"]["polygons"][i])).unwrap();
            let want = |id: &str| case["expect"][id][i].clone();
            assert_eq!(mask.area(), want("area").as_u64().unwrap(), "{} {i}", case["id"]);
            let around = want("bbox").as_array().unwrap().iter().map(golden::number).collect::<Vec<_>>();
            assert_eq!(mask.bounding_box().map(f64::from).to_vec(), around, "{} {i}", case["id"]);
            assert_eq!(mask.to_text(), want("rle").as_str().unwrap(), "{} {i}", case["id"]);
            assert_eq!(Mask::from_text(mask.height(), mask.width(), &mask.to_text()), Ok(mask));
            compared += 3;
        }
    }
    assert_eq!(compared, 8 * 6 * 3);
}

#[test]
fn masks_have_one_form_and_bounds() {
    // Empty runs are taken out: all of these are column 1 of 2.
    let same: [&[u32]; 4] = [&[3, 3], &[1, 0, 2, 3], &[3, 1, 0, 2, 0], &[3, 3, 0, 0]];
    for runs in same {
        let mask = Mask::from_runs(3, 2, runs).unwrap();
        assert_eq!((mask.area(), mask.bounding_box()), (3, [1, 0, 1, 3]));
        assert_eq!(Some(mask), Mask::from_runs(3, 2, same[0]).ok());
    }
    let whole = Mask::from_runs(3, 2, &[0, 6]).unwrap();
    assert_eq!((whole.area(), whole.bounding_box(), whole.to_text().as_str()), (6, [0, 0, 2, 3], "06"));
    let empty = Mask::from_runs(3, 2, &[6]).unwrap();
    assert_eq!((empty.area(), empty.bounding_box()), (0, [0; 4]));
    // The lower pixel of one column and the upper one of the next: a box of two whole columns.
    assert_eq!(Mask::from_runs(3, 2, &[2, 2, 2]).unwrap().bounding_box(), [0, 0, 2, 3]);
    for runs in [&[5][..], &[7], &[3, 4], &[u32::MAX, u32::MAX], &[]] {
        assert!(Mask::from_runs(3, 2, runs).is_err(), "{runs:?}");
    }
    let full = SIDE_MAX * SIDE_MAX;
    assert!(Mask::from_runs(SIDE_MAX, SIDE_MAX, &[0, full]).is_ok_and(|mask| mask.area() == u64::from(full)));
    assert!(
        Mask::from_runs(SIDE_MAX + 1, 1, &[SIDE_MAX + 1]).is_err() && Mask::from_runs(0, 1, &[]).is_err()
    );
    // Half a number, characters of no group, a run below 0, numbers without end.
    for text in ["P", "06 ", "0\u{7f}", "O", "ooooooooooooooo", "é", "7"] {
        assert!(Mask::from_text(3, 2, text).is_err(), "{text}");
    }
}

#[test]
fn outlines_are_bounded() {
    let triangle = |far: f64| vec![vec![[0.0, 0.0], [far, 0.0], [0.0, 1.0]]];
    let made = |outlines: &[Vec<[f64; 2]>]| Mask::from_outlines(20, 30, outlines).is_ok();
    assert!(made(&triangle(CORNER_MAX)) && made(&triangle(-CORNER_MAX)));
    assert!(!made(&triangle(CORNER_MAX * 1.001)) && !made(&triangle(f64::NAN)));
    assert!(!made(&[]) && !made(&[vec![]]));
    assert!(made(&[vec![[1.0, 1.0]; CORNER_COUNT_MAX]]) && !made(&[vec![[1.0, 1.0]; CORNER_COUNT_MAX + 1]]));
    // There and back, five steps a pixel and one more.
    let length = (BOUNDARY_STEPS_MAX / 2 - 1) as f64 / 5.0;
    let line = |length: f64| vec![vec![[-length / 2.0, 0.0], [length / 2.0, 0.0]]];
    assert!(made(&line(length - 1.0)) && !made(&line(length + 1.0)));
    assert!(Mask::from_outlines(0, 30, &triangle(1.0)).is_err());
    // A square of whole pixels, and one beyond the image.
    let square = |x: f64| vec![vec![[x, 2.0], [x + 5.0, 2.0], [x + 5.0, 6.0], [x, 6.0]]];
    let mask = Mask::from_outlines(20, 30, &square(4.0)).unwrap();
    assert_eq!((mask.area(), mask.bounding_box()), (20, [4, 2, 5, 4]));
    assert_eq!(Mask::from_outlines(20, 30, &square(100.0)).unwrap().area(), 0);
}

proptest! {
    #[test]
    fn any_text_gives_a_mask_or_an_error(text in "[ -~]{0,40}") {
        if let Ok(mask) = Mask::from_text(100, 100, &text) {
            prop_assert_eq!(Mask::from_text(100, 100, &mask.to_text()), Ok(mask));
        }
    }
}
