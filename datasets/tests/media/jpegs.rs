//! JPEG in all its colours, beside Pillow with libjpeg-turbo.

use egret_contract::Fit;
use image::{ImageEncoder, Luma};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

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

/// Of the decoded picture's gray, as Pillow's `convert("L")` has it.
#[test]
fn the_luma_of_a_file_is_its_gray() {
    for (name, most) in [("full", 2), ("baseline", 4), ("progressive", 4), ("gray", 1), ("cmyk", 2)] {
        let file = std::fs::read(golden(&format!("{name}.jpg"))).unwrap();
        let ours = pixels(&file, contract(40, 28, 1, Fit::Crop));
        let rgb = std::fs::read(golden(&format!("{name}.rgb"))).unwrap();
        let weighed =
            |p: &[u8; 3]| p.iter().zip([19595, 38470, 7471]).map(|(v, w)| u32::from(*v) * w).sum::<u32>();
        let gray = rgb.as_chunks().0.iter().map(|p| ((weighed(p) + 32768) >> 16) as u8);
        let far = ours.iter().zip(gray).map(|(a, b)| a.abs_diff(b)).max();
        assert!(far <= Some(most), "{name}: {far:?}");
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

/// The decoder has code of its own for each kind of processor; it must give what the plain one does, to the last bit.
#[test]
fn decoding_is_the_same_arithmetic_on_every_processor() {
    let mut state = 7u32;
    let noise = image::RgbImage::from_fn(203, 117, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, r, g, b] = state.to_be_bytes();
        image::Rgb([r, (x * 2) as u8 ^ (g >> 3), (y * 2) as u8 ^ (b >> 2)])
    });
    let mut files = vec![Vec::new()];
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut files[0], 60);
    encoder.encode_image(&noise).unwrap();
    for name in ["baseline", "progressive", "full", "cmyk", "ycck"] {
        files.push(std::fs::read(golden(&format!("{name}.jpg"))).unwrap());
    }
    for bytes in files {
        let options =
            DecoderOptions::default().set_use_unsafe(false).jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut plain = JpegDecoder::new_with_options(ZCursor::new(&bytes), options);
        let expected = plain.decode().unwrap();
        let (width, height) = plain.dimensions().unwrap();
        let ours = pixels(&bytes, contract(width as u32, height as u32, 3, Fit::Crop));
        assert!(ours == expected, "{width} × {height}");
    }
}
