//! JPEG in all its colours, beside Pillow with libjpeg-turbo.

use egret_contract::Fit;
use image::{ImageEncoder, Luma};

use crate::golden;
use crate::images::{contract, exif, pixels};

/// The most that a sample is away from Pillow's, and the mean of it in thousandths.
fn distance(name: &str, extension: &str) -> (u8, usize) {
    let ours = pixels(
        &std::fs::read(golden(&format!("{name}.{extension}"))).unwrap(),
        contract(40, 28, 3, Fit::Crop),
    );
    let pillows = std::fs::read(golden(&format!("{name}.rgb"))).unwrap();
    assert_eq!(ours.len(), pillows.len());
    let far: Vec<u8> = ours.iter().zip(&pillows).map(|(a, b)| a.abs_diff(*b)).collect();
    (
        far.iter().copied().max().unwrap(),
        far.iter().map(|far| usize::from(*far)).sum::<usize>() * 1000 / far.len(),
    )
}

#[test]
fn decoders_agree_within_a_few_levels() {
    for (name, extension, most) in [
        ("gray", "jpg", 1),
        ("full", "jpg", 2),
        ("baseline", "jpg", 4),
        ("progressive", "jpg", 4),
        ("cmyk", "jpg", 2),
        ("ycck", "jpg", 2),
        ("lossy", "webp", 2),
    ] {
        let (far, mean) = distance(name, extension);
        println!("{name}.{extension}: at most {far}, in the mean {mean}/1000");
        assert!(far <= most && mean <= 700, "{name}: {far}, {mean}");
    }
}

/// Half black, half white, along a block border of JPEG.
#[test]
fn orientation_turns_them() {
    let square = image::GrayImage::from_fn(16, 16, |x, _| Luma([if x < 8 { 0 } else { 255 }]));
    let mut jpeg = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100);
    encoder.set_exif_metadata(exif(6)).unwrap();
    encoder.write_image(square.as_raw(), 16, 16, image::ExtendedColorType::L8).unwrap();
    let shown = pixels(&jpeg, contract(16, 16, 1, Fit::Crop));
    let expected = image::imageops::rotate90(&square);
    let far = shown.iter().zip(expected.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(far <= Some(4), "{far:?}");
}
