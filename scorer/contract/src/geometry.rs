//! Where an original picture comes to lie in the contract's, and the way back for boxes and points.
//!
//! Coordinates are pixels as real numbers, x to the right and y down from the upper left corner of the upper left pixel: the
//! centre of that pixel is (0.5, 0.5), and a picture reaches from 0 to its width. Importers resize by these very
//! rectangles, so a place that a model answers is the place that an annotator meant.

use crate::{Fit, ImageInput};

/// A part of a picture, in pixels; whole numbers are the borders of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// From the left border of the picture.
    pub left: f64,
    /// From its top.
    pub top: f64,
    /// To the right of `left`; above 0.
    pub width: f64,
    /// Below `top`; above 0.
    pub height: f64,
}

/// How an original picture becomes the contract's: `source` of it fills `target`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// What is seen of the original.
    pub source: Rect,
    /// Where it lies in the contract's picture.
    pub target: Rect,
}

impl Frame {
    /// An original of `width` × `height` pixels, upright, in the contract's picture; `None` if a side of either is 0.
    ///
    /// - [`Fit::Stretch`]: all of it fills all of the picture.
    /// - [`Fit::Crop`]: its largest centred part of the picture's shape does, with borders between pixels where they fall there;
    ///   as Pillow's `ImageOps.fit`.
    /// - [`Fit::Pad`]: all of it fills a centred part: the long side reaches from border to border, the other is rounded to whole
    ///   pixels (half up, at least one). An odd pixel of the rest lies to the right or below.
    /// - [`Fit::Native`]: all of it is the picture.
    #[must_use]
    pub fn new(width: u32, height: u32, to: &ImageInput) -> Option<Self> {
        if [width, height, to.width, to.height].contains(&0) {
            return None;
        }
        let all = Rect::of(width, height);
        Some(match to.fit {
            Fit::Stretch => Self { source: all, target: Rect::of(to.width, to.height) },
            Fit::Crop => Self { source: crop(width, height, to), target: Rect::of(to.width, to.height) },
            Fit::Pad => Self { source: all, target: pad(width, height, to) },
            Fit::Native => Self { source: all, target: all },
        })
    }

    /// A point of the contract's picture, in the original. Points outside of `target` come to lie outside of `source`.
    #[must_use]
    pub fn to_original(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (source, target) = (&self.source, &self.target);
        [
            source.left + (x - target.left) * (source.width / target.width),
            source.top + (y - target.top) * (source.height / target.height),
        ]
    }

    /// A point of the original, in the contract's picture: the inverse of [`Frame::to_original`].
    #[must_use]
    pub fn from_original(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        Self { source: self.target, target: self.source }.to_original([x, y])
    }

    /// A box (left, top, right, bottom) of the contract's picture, in the original. It is not cut at the original's borders.
    #[must_use]
    pub fn box_to_original(&self, [left, top, right, bottom]: [f64; 4]) -> [f64; 4] {
        let ([left, top], [right, bottom]) =
            (self.to_original([left, top]), self.to_original([right, bottom]));
        [left, top, right, bottom]
    }

    /// A box (left, top, right, bottom) of the original, in the contract's picture. It is not cut at the picture's borders.
    #[must_use]
    pub fn box_from_original(&self, corners: [f64; 4]) -> [f64; 4] {
        Self { source: self.target, target: self.source }.box_to_original(corners)
    }
}

impl Rect {
    fn of(width: u32, height: u32) -> Self {
        Self { left: 0.0, top: 0.0, width: f64::from(width), height: f64::from(height) }
    }
}

fn crop(width: u32, height: u32, to: &ImageInput) -> Rect {
    let (w, h) = (f64::from(width), f64::from(height));
    let shape = f64::from(to.width) / f64::from(to.height);
    let (wide, tall) = sides(width, height, to);
    let (cut_width, cut_height) = match wide.cmp(&tall) {
        std::cmp::Ordering::Equal => (w, h),
        std::cmp::Ordering::Greater => (shape * h, h),
        std::cmp::Ordering::Less => (w, w / shape),
    };
    Rect { left: (w - cut_width) * 0.5, top: (h - cut_height) * 0.5, width: cut_width, height: cut_height }
}

fn pad(width: u32, height: u32, to: &ImageInput) -> Rect {
    let (w, h, tw, th) = (u64::from(width), u64::from(height), u64::from(to.width), u64::from(to.height));
    let scaled = |side: u64, by: u64, over: u64| ((2 * side * by + over) / (2 * over)).max(1) as u32;
    let (wide, tall) = sides(width, height, to);
    let (width, height) = if wide >= tall {
        (to.width, scaled(h, tw, w).min(to.height))
    } else {
        (scaled(w, th, h).min(to.width), to.height)
    };
    let centred = |outer: u32, inner: u32| f64::from((outer - inner) / 2);
    Rect { left: centred(to.width, width), top: centred(to.height, height), ..Rect::of(width, height) }
}

/// Width over height of the original and of the contract's picture, brought to one denominator.
fn sides(width: u32, height: u32, to: &ImageInput) -> (u64, u64) {
    (u64::from(width) * u64::from(to.height), u64::from(height) * u64::from(to.width))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn image(width: u32, height: u32, fit: Fit) -> ImageInput {
        ImageInput { width, height, channels: 3, fit }
    }

    fn frame(width: u32, height: u32, to: (u32, u32), fit: Fit) -> Frame {
        Frame::new(width, height, &image(to.0, to.1, fit)).unwrap()
    }

    #[track_caller]
    fn near(found: [f64; 4], expected: [f64; 4], tolerance: f64) {
        let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < tolerance);
        assert!(near, "{found:?} is not {expected:?}");
    }

    #[test]
    fn boxes_find_their_way_back() {
        let there = [10.0, 20.0, 30.0, 40.0];
        for (to, fit, back) in [
            ((320, 120), Fit::Stretch, [20.0, 80.0, 60.0, 160.0]),
            // 640 × 480 becomes 320 × 240 with 40 black lines above and below.
            ((320, 320), Fit::Pad, [20.0, -40.0, 60.0, 0.0]),
            // The middle 480 of 640 columns are seen, at half their size.
            ((240, 240), Fit::Crop, [100.0, 40.0, 140.0, 80.0]),
            ((999, 999), Fit::Native, there),
        ] {
            near(frame(640, 480, to, fit).box_to_original(there), back, 1e-9);
        }
    }

    #[test]
    fn padding_rounds_and_leaves_the_odd_pixel_behind() {
        let Frame { source, target } = frame(3, 1000, (8, 9), Fit::Pad);
        assert_eq!((source.width, source.height), (3.0, 1000.0));
        assert_eq!((target.left, target.top, target.width, target.height), (3.0, 0.0, 1.0, 9.0));
        let Frame { target, .. } = frame(4, 1, (6, 4), Fit::Pad);
        assert_eq!((target.top, target.height), (1.0, 2.0), "1.5 lines become two");
    }

    #[test]
    fn nothing_lies_in_a_picture_without_pixels() {
        for (width, height, to) in [(0, 4, (4, 4)), (4, 0, (4, 4)), (4, 4, (0, 4)), (4, 4, (4, 0))] {
            assert_eq!(Frame::new(width, height, &image(to.0, to.1, Fit::Crop)), None);
        }
    }

    proptest! {
        #[test]
        fn there_and_back_again(
            (width, height) in (1u32..30_000, 1u32..30_000),
            to in (1u32..4097, 1u32..4097),
            fit in prop::sample::select(&Fit::ALL[..]),
            corners in prop::array::uniform4(-100.0f64..5000.0),
        ) {
            let frame = frame(width, height, to, fit);
            let back = frame.box_from_original(frame.box_to_original(corners));
            near(back, corners, 1e-6);
            let Frame { source, target } = frame;
            prop_assert!(source.left >= 0.0 && source.left + source.width <= f64::from(width));
            prop_assert!(source.top >= 0.0 && source.top + source.height <= f64::from(height));
            if fit != Fit::Native {
                prop_assert!(target.left >= 0.0 && target.left + target.width <= f64::from(to.0));
                prop_assert!(target.top >= 0.0 && target.top + target.height <= f64::from(to.1));
            }
        }
    }
}
