//! Pictures become the contract's bytes: exactly where nothing is to be resampled, by stated rules elsewhere.

mod support;

use egret_datasets::{
    DataKey, Labels, PoolIdentity, SealedTestSet, Silent, Split, load, open_inputs, open_labels, seal,
};
use image::{DynamicImage, GrayAlphaImage, ImageBuffer, ImageEncoder, ImageFormat, Luma, RgbaImage};
use support::Folder;

const TASK: &str = "tasks/digits/task.toml";
const FIRST: &str = "media/0.png";

/// Puts one picture into a contract, through sealing and opening.
fn import(name: &str, bytes: &[u8], input: &str) -> Vec<u8> {
    let folder = Folder::new();
    let old = folder.read(TASK);
    let old = &old[old.find("[input]").unwrap()..old.find("[answer]").unwrap()];
    folder.edit(TASK, old, &format!("[input]\nkind = \"image\"\n{input}\n"));
    std::fs::remove_file(folder.media("0.png")).unwrap();
    folder.write(&format!("tasks/digits/media/{name}"), bytes);
    folder.edit("tasks/digits/labels.csv", "0.png", name);
    let out = tempfile::tempdir().unwrap();
    let pool = PoolIdentity::generate();
    let task = load(folder.path()).unwrap().tasks.remove(0);
    let pools = [("main".to_owned(), pool.recipient())];
    let SealedTestSet { shards, keys, .. } = seal(folder.path(), &task, &pools, out.path(), &Silent).unwrap();
    let key = DataKey::unwrap(&pool, &keys[0].1).unwrap();
    let shard = shards.iter().find(|shard| shard.split == Split::Sample).unwrap();
    let mut inputs = vec![0; shard.inputs_plain_bytes as usize];
    open_inputs(&key, std::fs::File::open(&shard.inputs.path).unwrap(), &mut inputs).unwrap();
    let labels = open_labels(&key, std::fs::File::open(&shard.labels.path).unwrap()).unwrap();
    let Labels { ids, .. } = labels;
    assert_eq!(ids, [name, "1.png"], "the sample keeps the organizer's order");
    inputs.truncate(inputs.len() / 2);
    inputs
}

fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn contract(width: u32, height: u32, channels: u32, fit: &str) -> String {
    format!("width = {width}\nheight = {height}\nchannels = {channels}\nfit = \"{fit}\"")
}

fn gradient() -> image::RgbImage {
    image::RgbImage::from_fn(4, 3, |x, y| image::Rgb([(x * 60) as u8, (y * 90) as u8, (x * y * 20) as u8]))
}

#[test]
fn lossless_pictures_of_the_contracts_size_are_exact() {
    let exact = gradient().into_raw();
    for (format, name) in [
        (ImageFormat::Png, "a.png"),
        (ImageFormat::Bmp, "a.bmp"),
        (ImageFormat::Tiff, "a.tiff"),
        (ImageFormat::WebP, "a.webp"),
        (ImageFormat::Png, "a.jpg"),
    ] {
        assert_eq!(import(name, &encode(gradient(), format), &contract(4, 3, 3, "crop")), exact, "{name}");
    }
}

#[test]
fn gray_is_pillows() {
    // Image.new("RGB", …, (r, g, b)).convert("L") of Pillow 13 for these colours.
    let colours =
        [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([12, 200, 77], 130), ([255; 3], 255)];
    for (colour, gray) in colours {
        let picture = image::RgbImage::from_pixel(4, 3, image::Rgb(colour));
        assert_eq!(
            import("a.png", &encode(picture, ImageFormat::Png), &contract(4, 3, 1, "crop")),
            [gray; 12]
        );
    }
    let gray = image::GrayImage::from_fn(4, 3, |x, y| Luma([(x * 50 + y) as u8]));
    let spread: Vec<u8> = gray.as_raw().iter().flat_map(|v| [*v; 3]).collect();
    assert_eq!(import("a.png", &encode(gray, ImageFormat::Png), &contract(4, 3, 3, "crop")), spread);
}

#[test]
fn depth_and_alpha_follow_the_stated_rules() {
    let deep: ImageBuffer<Luma<u16>, Vec<u16>> =
        ImageBuffer::from_fn(4, 3, |x, _| Luma([[0, 128, 129, 65535][x as usize]]));
    let row = import("a.png", &encode(deep, ImageFormat::Png), &contract(4, 3, 1, "crop"));
    assert_eq!(row[..4], [0, 0, 1, 255], "round(v / 257)");
    let clear = RgbaImage::from_fn(4, 3, |x, _| image::Rgba([200, 100, 50, [0, 128, 254, 255][x as usize]]));
    let row = import("a.png", &encode(clear, ImageFormat::Png), &contract(4, 3, 3, "crop"));
    assert_eq!(row[..12], [0, 0, 0, 100, 50, 25, 199, 100, 50, 200, 100, 50], "over black");
    let clear = GrayAlphaImage::from_pixel(4, 3, image::LumaA([200, 128]));
    assert_eq!(import("a.png", &encode(clear, ImageFormat::Png), &contract(4, 3, 1, "crop")), [100; 12]);
}

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
    near(import("a.png", &bytes, &contract(6, 4, 1, "stretch")), &stretch);
    // Enlarged to 60 × 50; from (20, 20), six wide and four high.
    let enlarge = [
        116, 113, 112, 110, 129, 143, 109, 104, 104, 130, 140, 144, 110, 109, 109, 141, 140, 142, 114, 119,
        121, 147, 137, 141,
    ];
    let large = import("a.png", &bytes, &contract(60, 50, 1, "stretch"));
    let part = (20..24).flat_map(|y| large[y * 60 + 20..y * 60 + 26].to_vec()).collect();
    near(part, &enlarge);
    let fit = [
        62, 92, 123, 155, 188, 80, 110, 141, 173, 205, 98, 129, 161, 191, 219, 116, 147, 178, 209, 197, 133,
        164, 194, 219, 115,
    ];
    near(import("a.png", &bytes, &contract(5, 5, 1, "crop")), &fit);
    let pad = [
        28, 58, 89, 123, 158, 193, 222, 46, 75, 108, 141, 176, 210, 211, 61, 93, 127, 161, 193, 217, 112, 80,
        111, 144, 178, 212, 174, 39, 97, 128, 162, 194, 216, 90, 37, 0, 0, 0, 0, 0, 0, 0,
    ];
    near(import("a.png", &bytes, &contract(7, 6, 1, "pad")), &pad);
}

#[test]
fn cropping_takes_the_centre_and_padding_adds_black() {
    // Three vertical stripes of 4 × 4; the middle one is what a square sees.
    let stripes = image::GrayImage::from_fn(12, 4, |x, _| Luma([[50, 100, 150][(x / 4) as usize]]));
    let bytes = encode(stripes, ImageFormat::Png);
    assert_eq!(import("a.png", &bytes, &contract(4, 4, 1, "crop")), [100; 16]);
    let wide = image::GrayImage::from_pixel(12, 4, Luma([90]));
    let padded = import("a.png", &encode(wide, ImageFormat::Png), &contract(6, 5, 1, "pad"));
    let rows: Vec<&[u8]> = padded.chunks(6).collect();
    assert_eq!(rows, [&[0u8; 6], &[90; 6], &[90; 6], &[0; 6], &[0; 6]]);
    let tall = image::GrayImage::from_pixel(1, 5, Luma([90]));
    let padded = import("a.png", &encode(tall, ImageFormat::Png), &contract(4, 5, 1, "pad"));
    assert_eq!(padded[..4], [0, 90, 0, 0], "an odd pixel goes to the right, nothing is resampled");
}

#[test]
fn exif_orientation_is_honoured() {
    // TIFF header, one entry: 0x0112 (orientation), SHORT, count 1, value 6: turn right to show.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let upright = image::GrayImage::from_fn(4, 3, |x, y| Luma([if x < 2 && y == 0 { 255 } else { 0 }]));
    let stored = image::imageops::rotate270(&upright);
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif.clone()).unwrap();
    encoder.write_image(stored.as_raw(), 3, 4, image::ExtendedColorType::L8).unwrap();
    assert_eq!(import("a.png", &png, &contract(4, 3, 1, "crop")), *upright.as_raw());
    let (big, turned) = (stored_square(), stored_square());
    let mut jpeg = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(big.as_raw(), 16, 16, image::ExtendedColorType::L8).unwrap();
    let shown = import("a.jpg", &jpeg, &contract(16, 16, 1, "crop"));
    let expected = image::imageops::rotate90(&turned);
    let far = shown.iter().zip(expected.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(far <= Some(4), "{far:?}");
}

/// Half black, half white, along a block border of JPEG.
fn stored_square() -> image::GrayImage {
    image::GrayImage::from_fn(16, 16, |x, _| Luma([if x < 8 { 0 } else { 255 }]))
}

/// What is wrong with one file.
#[track_caller]
fn refused(bytes: &[u8], problem: &str) {
    let folder = Folder::new();
    folder.write(&format!("tasks/digits/{FIRST}"), bytes);
    let problems = folder.problems();
    let text = problems.iter().find(|p| p.file.ends_with(FIRST)).map(ToString::to_string).unwrap_or_default();
    assert!(text.contains(problem), "{problems:?}");
}

#[test]
fn every_truncation_is_found() {
    let noise = image::RgbImage::from_fn(40, 24, |x, y| {
        image::Rgb([((x * 91) ^ (y * 57)) as u8, (x * y) as u8, (x ^ y) as u8])
    });
    for format in
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Bmp]
    {
        let whole = encode(noise.clone(), format);
        for tenth in [1, 4, 6, 8, 9] {
            let part = &whole[..whole.len() * tenth / 10];
            let folder = Folder::new();
            folder.write(&format!("tasks/digits/{FIRST}"), part);
            let problems = folder.problems();
            assert!(problems.iter().any(|p| p.file.ends_with(FIRST)), "{format:?} {tenth}/10: {problems:?}");
        }
    }
    let mut jpeg = encode(noise, ImageFormat::Jpeg);
    jpeg.truncate(jpeg.len() - 2);
    refused(&jpeg, "the JPEG is truncated — copy the file again");
}

#[test]
fn damage_is_found() {
    let mut png = encode(gradient(), ImageFormat::Png);
    let middle = png.len() / 2;
    png[middle] ^= 0x55;
    refused(&png, "the picture is damaged");
    refused(b"", "the file is empty");
    refused(b"not a picture at all", "not a picture that can be read — use PNG, JPEG");
    refused(b"GIF89a\x01\0\x01\0\0\0\0;", "not a picture that can be read");
}

/// A PNG that says it has this size, and does not.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = encode(image::GrayImage::new(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[test]
fn decompression_bombs_are_refused_by_their_header() {
    refused(&bomb(50_000, 50_000), "the picture is too large: 50000 × 50000");
    refused(&bomb(20_000, 20_000), "the picture is too large: 20000 × 20000");
    refused(&bomb(8_000, 8_000), "the picture is damaged");
}

#[test]
fn floating_point_pictures_are_refused() {
    let float = image::Rgb32FImage::from_pixel(4, 3, image::Rgb([0.5, 0.5, 0.5]));
    refused(&encode(float, ImageFormat::Tiff), "floating-point samples");
}
