//! Pictures of another size: Pillow's filter, in arithmetic that is the same on every machine, between the rectangles of a `Frame`.

use egret_contract::{Fit, Frame, ImageInput};
use image::{ImageFormat, Luma};

use crate::images::{contract, encode, pixels};
use crate::{Files, refused};

/// Golden values of Pillow 13. Both work in fixed point, with other roundings in between: one level is allowed.
#[test]
fn resampling_is_pillows_bilinear() {
    let picture =
        image::GrayImage::from_fn(47, 31, |x, y| Luma([((x * 5 + y * 3) & 255 ^ (x * y) & 31) as u8]));
    let bytes = encode(picture, ImageFormat::Png);
    let near = |ours: Vec<u8>, pillows: &[u8]| {
        assert_eq!(ours.len(), pillows.len());
        assert!(ours.iter().zip(pillows).all(|(a, b)| a.abs_diff(*b) <= 1), "{ours:?}\n{pillows:?}");
    };
    let stretch = [
        35, 68, 106, 146, 187, 221, 55, 90, 129, 168, 207, 185, 76, 112, 151, 192, 206, 78, 98, 134, 173,
        209, 144, 38,
    ];
    near(pixels(&bytes, contract(6, 4, 1, Fit::Stretch)), &stretch);
    // Enlarged to 60 × 50; from (20, 20), six wide and four high.
    let enlarge = [
        116, 113, 112, 110, 129, 143, 109, 104, 104, 130, 140, 144, 110, 109, 109, 141, 140, 142, 114, 119,
        121, 147, 137, 141,
    ];
    let large = pixels(&bytes, contract(60, 50, 1, Fit::Stretch));
    let part = (20..24).flat_map(|y| large[y * 60 + 20..y * 60 + 26].to_vec()).collect();
    near(part, &enlarge);
    let fit = [
        62, 92, 123, 155, 188, 80, 110, 141, 173, 205, 98, 129, 161, 191, 219, 116, 147, 178, 209, 197, 133,
        164, 194, 219, 115,
    ];
    near(pixels(&bytes, contract(5, 5, 1, Fit::Crop)), &fit);
    let pad = [
        28, 58, 89, 123, 158, 193, 222, 46, 75, 108, 141, 176, 210, 211, 61, 93, 127, 161, 193, 217, 112, 80,
        111, 144, 178, 212, 174, 39, 97, 128, 162, 194, 216, 90, 37, 0, 0, 0, 0, 0, 0, 0,
    ];
    near(pixels(&bytes, contract(7, 6, 1, Fit::Pad)), &pad);
}

#[test]
fn cropping_takes_the_centre_and_padding_adds_black() {
    // Three vertical stripes of 4 × 4; the middle one is what a square sees.
    let stripes = image::GrayImage::from_fn(12, 4, |x, _| Luma([[50, 100, 150][(x / 4) as usize]]));
    let bytes = encode(stripes, ImageFormat::Png);
    assert_eq!(pixels(&bytes, contract(4, 4, 1, Fit::Crop)), [100; 16]);
    let wide = encode(image::GrayImage::from_pixel(12, 4, Luma([90])), ImageFormat::Png);
    let padded = pixels(&wide, contract(6, 5, 1, Fit::Pad));
    let rows: Vec<&[u8]> = padded.chunks(6).collect();
    assert_eq!(rows, [&[0u8; 6], &[90; 6], &[90; 6], &[0; 6], &[0; 6]]);
    let tall = encode(image::GrayImage::from_pixel(1, 5, Luma([90])), ImageFormat::Png);
    let padded = pixels(&tall, contract(4, 5, 1, Fit::Pad));
    assert_eq!(padded[..4], [0, 90, 0, 0], "an odd pixel goes to the right, nothing is resampled");
}

#[test]
fn native_pictures_keep_their_size_up_to_the_bound() {
    let picture = image::RgbImage::from_fn(7, 5, |x, y| image::Rgb([x as u8, y as u8, 9]));
    let bytes = encode(picture.clone(), ImageFormat::Png);
    for (width, height) in [(7, 5), (4096, 4096)] {
        assert_eq!(pixels(&bytes, contract(width, height, 3, Fit::Native)), *picture.as_raw());
    }
    let files = Files::new();
    for (width, height) in [(6, 5), (7, 4)] {
        let problem = format!("the picture has 7 × 5 pixels, the contract up to {width} × {height}");
        refused(files.write("a", &bytes), contract(width, height, 3, Fit::Native), &problem);
    }
}

/// A white square on black is found where the frame says it is.
#[test]
fn boxes_lie_where_the_frame_says() {
    let square = [200, 90, 280, 150];
    let inside = |x: u32, y: u32| square[0] <= x && x < square[2] && square[1] <= y && y < square[3];
    let picture = image::GrayImage::from_fn(500, 240, |x, y| Luma([if inside(x, y) { 255 } else { 0 }]));
    let bytes = encode(picture, ImageFormat::Png);
    for (fit, width, height) in
        [(Fit::Stretch, 100, 77), (Fit::Crop, 96, 50), (Fit::Crop, 60, 90), (Fit::Pad, 99, 130)]
    {
        let to = ImageInput { width, height, channels: 1, fit };
        let seen = pixels(&bytes, contract(width, height, 1, fit));
        let frame = Frame::new(500, 240, &to).unwrap();
        let expected = frame.box_from_original(square.map(f64::from));
        // Of the sum of the pixels follow the area and the centre, without the blur at the edges.
        let mut sums = [0.0; 3];
        for (at, value) in seen.iter().enumerate() {
            let (x, y) = (at as u32 % width, at as u32 / width);
            let weight = f64::from(*value) / 255.0;
            sums = [
                sums[0] + weight,
                sums[1] + weight * (f64::from(x) + 0.5),
                sums[2] + weight * (f64::from(y) + 0.5),
            ];
        }
        let [left, top, right, bottom] = expected;
        let area = (right - left) * (bottom - top);
        assert!((sums[0] / area - 1.0).abs() < 0.01, "{fit:?}: {} {area}", sums[0]);
        let centre = [sums[1] / sums[0] - left.midpoint(right), sums[2] / sums[0] - top.midpoint(bottom)];
        assert!(centre[0].abs() < 0.05 && centre[1].abs() < 0.05, "{fit:?}: {centre:?}");
    }
}

/// The resizer has code of its own for each kind of processor. Each must give what this does, to the last bit: a picture that is
/// resized on one machine is the picture on every other.
#[test]
fn resizing_is_the_same_arithmetic_on_every_processor() {
    for (channels, from, to) in [
        (1, (47, 31), (6, 4)),
        (3, (47, 31), (60, 50)),
        (3, (500, 375), (224, 224)),
        (1, (333, 77), (129, 3)),
        (3, (129, 513), (31, 33)),
        (1, (1, 9), (17, 19)),
        (3, (640, 3), (7, 65)),
        (3, (300, 40), (300, 17)),
        (3, (40, 300), (17, 300)),
    ] {
        let mut state = 1u32;
        let noise = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Half of the values are extremes, where saturation would show.
            if state >> 31 == 0 { [0, 255][(state >> 30 & 1) as usize] } else { (state >> 16) as u8 }
        };
        let samples: Vec<u8> = (0..from.0 * from.1 * channels).map(noise).collect();
        let bytes = if channels == 1 {
            encode(image::GrayImage::from_raw(from.0, from.1, samples.clone()).unwrap(), ImageFormat::Png)
        } else {
            encode(image::RgbImage::from_raw(from.0, from.1, samples.clone()).unwrap(), ImageFormat::Png)
        };
        let ours = pixels(&bytes, contract(to.0, to.1, channels, Fit::Stretch));
        let plain = resized(&samples, channels as usize, from, to);
        assert!(ours == plain, "{channels} channels, {from:?} to {to:?}");
    }
}

/// Down the columns first, then along the rows, each rounded to a byte.
fn resized(samples: &[u8], channels: usize, from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let (width, new_width) = (from.0 as usize, to.0 as usize);
    let (mut columns, mut rows) = (samples.to_vec(), Vec::new());
    if from.1 != to.1 {
        let filter = Filter::new(from.1, to.1);
        let at = |y: usize, place: usize| samples[y * width * channels + place];
        columns = (0..to.1 as usize * width * channels)
            .map(|i| filter.apply(i / (width * channels), |y| at(y, i % (width * channels))))
            .collect();
    }
    if from.0 != to.0 {
        let filter = Filter::new(from.0, to.0);
        for row in columns.chunks(width * channels) {
            rows.extend(
                (0..new_width * channels)
                    .map(|i| filter.apply(i / channels, |x| row[x * channels + i % channels])),
            );
        }
        return rows;
    }
    columns
}

/// Weights of a triangle as wide as the scale, as 16-bit whole numbers of as many bits behind the point as the largest allows.
struct Filter {
    precision: u32,
    weights: Vec<(usize, Vec<i32>)>,
}

impl Filter {
    fn new(from: u32, to: u32) -> Self {
        let scale = f64::from(from) / f64::from(to);
        let radius = scale.max(1.0);
        let exact: Vec<(usize, Vec<f64>)> = (0..to)
            .map(|out| {
                let centre = (f64::from(out) + 0.5) * scale;
                let first = (centre - radius).floor().max(0.0) as u32;
                let last = (centre + radius).ceil().min(f64::from(from)) as u32;
                let weight =
                    |x: u32| (1.0 - ((f64::from(x) - (centre - 0.5)) * (1.0 / radius)).abs()).max(0.0);
                let weights: Vec<f64> = (first..last).map(weight).collect();
                let sum: f64 = weights.iter().sum();
                (first as usize, weights.iter().map(|weight| weight / sum).collect())
            })
            .collect();
        let largest = exact.iter().flat_map(|(_, weights)| weights).copied().fold(0.0, f64::max);
        let precision =
            (0..22).find(|bits| (largest * f64::from(1 << (bits + 1))).round() >= 32_768.0).unwrap_or(21);
        let whole = |weight: f64| (weight * f64::from(1 << precision)).round() as i32;
        let weights = exact
            .into_iter()
            .map(|(first, weights)| (first, weights.into_iter().map(whole).collect()))
            .collect();
        Self { precision, weights }
    }

    fn apply(&self, out: usize, sample: impl Fn(usize) -> u8) -> u8 {
        let (first, weights) = &self.weights[out];
        let half = 1 << (self.precision - 1);
        let sum: i32 =
            weights.iter().enumerate().map(|(at, weight)| weight * i32::from(sample(first + at))).sum();
        ((sum + half) >> self.precision).clamp(0, 255) as u8
    }
}
