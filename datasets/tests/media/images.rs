use egret_contract::{Fit, ImageInput, PartKind};
use image::codecs::png::PngEncoder;
use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
use image::{DynamicImage, GrayAlphaImage, ImageBuffer, ImageEncoder, ImageFormat, Luma, Rgb, RgbaImage};

use crate::{Files, golden, import, refused};
use egret_datasets::{Origin, Source};

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn contract(width: u32, height: u32, channels: u32, fit: Fit) -> PartKind {
    PartKind::Image(ImageInput { width, height, channels, fit })
}

/// A picture of these bytes, as models get it.
#[track_caller]
pub fn pixels(bytes: &[u8], kind: PartKind) -> Vec<u8> {
    import(Files::new().write("a", bytes), kind).unwrap().1
}

#[track_caller]
fn bad(bytes: &[u8], problem: &str) {
    let files = Files::new();
    refused(files.write("a.png", bytes), contract(4, 3, 1, Fit::Stretch), problem);
}

fn gradient() -> image::RgbImage {
    image::RgbImage::from_fn(4, 3, |x, y| Rgb([(x * 60) as u8, (y * 90) as u8, (x * y * 20) as u8]))
}

#[test]
fn lossless_pictures_of_the_contracts_size_are_exact() {
    let exact = gradient().into_raw();
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        let bytes = encode(gradient(), format);
        assert_eq!(pixels(&bytes, contract(4, 3, 3, Fit::Crop)), exact, "{format:?}, whatever its name");
    }
}

#[test]
fn palettes_and_compressions_are_pillows() {
    let whole = contract(40, 28, 3, Fit::Stretch);
    for name in [
        "palette.png",
        "palette1.png",
        "palette4.png",
        "bilevel.png",
        "palette.bmp",
        "tiff_lzw.tif",
        "tiff_adobe_deflate.tif",
        "packbits.tif",
    ] {
        let (origin, ours) = import(Source::File(golden(name)), whole.clone()).unwrap();
        let stem = name.split('.').next().unwrap();
        assert_eq!(ours, std::fs::read(golden(&format!("{stem}.rgb"))).unwrap(), "{name}");
        assert_eq!(origin, Origin { width: 40, height: 28 });
    }
}

#[test]
fn gray_is_pillows() {
    // Image.new("RGB", …, (r, g, b)).convert("L") of Pillow 13 for these colours.
    let colours =
        [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([12, 200, 77], 130), ([255; 3], 255)];
    for (colour, gray) in colours {
        let picture = encode(image::RgbImage::from_pixel(4, 3, Rgb(colour)), ImageFormat::Png);
        assert_eq!(pixels(&picture, contract(4, 3, 1, Fit::Crop)), [gray; 12]);
    }
    let gray = image::GrayImage::from_fn(4, 3, |x, y| Luma([(x * 50 + y) as u8]));
    let spread: Vec<u8> = gray.as_raw().iter().flat_map(|v| [*v; 3]).collect();
    assert_eq!(pixels(&encode(gray, ImageFormat::Png), contract(4, 3, 3, Fit::Crop)), spread);
}

#[test]
fn depth_and_alpha_follow_the_stated_rules() {
    let deep: ImageBuffer<Luma<u16>, Vec<u16>> =
        ImageBuffer::from_fn(4, 3, |x, _| Luma([[0, 128, 129, 65535][x as usize]]));
    let row = pixels(&encode(deep, ImageFormat::Png), contract(4, 3, 1, Fit::Crop));
    assert_eq!(row[..4], [0, 0, 1, 255], "round(v / 257)");
    let deep: ImageBuffer<Rgb<u16>, Vec<u16>> = ImageBuffer::from_pixel(4, 3, Rgb([257, 600, 65_000]));
    let row = pixels(&encode(deep, ImageFormat::Tiff), contract(4, 3, 3, Fit::Crop));
    assert_eq!(row[..3], [1, 2, 253]);
    let clear = RgbaImage::from_fn(4, 3, |x, _| image::Rgba([200, 100, 50, [0, 128, 254, 255][x as usize]]));
    let row = pixels(&encode(clear, ImageFormat::Png), contract(4, 3, 3, Fit::Crop));
    assert_eq!(row[..12], [0, 0, 0, 100, 50, 25, 199, 100, 50, 200, 100, 50], "over black");
    let clear = GrayAlphaImage::from_pixel(4, 3, image::LumaA([200, 128]));
    assert_eq!(pixels(&encode(clear, ImageFormat::Png), contract(4, 3, 1, Fit::Crop)), [100; 12]);
}

/// A TIFF header and one entry: 0x0112 (orientation), SHORT, count 1.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
    exif[18] = orientation;
    exif
}

#[test]
fn every_orientation_is_honoured() {
    let upright =
        image::GrayImage::from_fn(4, 3, |x, y| Luma([if x < 2 && y == 0 { 255 } else { 10 * x as u8 }]));
    // What must be stored, so that the turn that the number asks for gives the upright picture.
    let stored = [
        upright.clone(),
        flip_horizontal(&upright),
        rotate180(&upright),
        flip_vertical(&upright),
        rotate270(&flip_horizontal(&upright)),
        rotate270(&upright),
        rotate90(&flip_horizontal(&upright)),
        rotate90(&upright),
    ];
    for (orientation, stored) in (1..).zip(stored) {
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        let (width, height) = stored.dimensions();
        encoder.write_image(stored.as_raw(), width, height, image::ExtendedColorType::L8).unwrap();
        let files = Files::new();
        let (origin, shown) = import(files.write("a", &png), contract(4, 3, 1, Fit::Crop)).unwrap();
        assert_eq!(shown, *upright.as_raw(), "{orientation}");
        assert_eq!(origin, Origin { width: 4, height: 3 }, "as it is shown");
    }
}

#[test]
fn every_truncation_is_found() {
    let noise = image::RgbImage::from_fn(40, 24, |x, y| {
        Rgb([((x * 91) ^ (y * 57)) as u8, (x * y) as u8, (x ^ y) as u8])
    });
    for format in
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Bmp]
    {
        let whole = encode(noise.clone(), format);
        for tenth in [1, 4, 6, 8, 9] {
            bad(&whole[..whole.len() * tenth / 10], "");
        }
    }
    let mut jpeg = encode(noise, ImageFormat::Jpeg);
    jpeg.truncate(jpeg.len() - 2);
    bad(&jpeg, "the JPEG is truncated — copy the file again");
}

#[test]
fn what_is_no_picture_is_refused() {
    let mut png = encode(gradient(), ImageFormat::Png);
    let middle = png.len() / 2;
    png[middle] ^= 0x55;
    bad(&png, "the picture is damaged");
    bad(b"", "the file is empty");
    bad(b"not a picture at all", "not a picture that can be read — use PNG, JPEG");
    bad(b"GIF89a\x01\0\x01\0\0\0\0;", "not a picture that can be read");
    let float = image::Rgb32FImage::from_pixel(4, 3, Rgb([0.5, 0.5, 0.5]));
    bad(&encode(float, ImageFormat::Tiff), "floating-point samples");
    bad(&std::fs::read(golden("palette.tif")).unwrap(), "of a kind that is not read");
    for name in ["animated.png", "animated.webp"] {
        bad(&std::fs::read(golden(name)).unwrap(), "the picture is animated — save the frame");
    }
    let files = Files::new();
    refused(Source::File(files.path("none")), contract(4, 3, 1, Fit::Crop), "the file cannot be read");
    refused(Source::File(files.path("")), contract(4, 3, 1, Fit::Crop), "it is not a file");
    refused(
        Source::Folder(files.path("")),
        contract(4, 3, 1, Fit::Crop),
        "it is a folder; the input is 4×3 gray",
    );
    refused(Source::Text("a".into()), contract(4, 3, 1, Fit::Crop), "it is a text; the input is 4×3 gray");
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
    bad(&bomb(50_000, 50_000), "the picture is too large: 50000 × 50000");
    bad(&bomb(20_000, 20_000), "the picture is too large: 20000 × 20000");
    bad(&bomb(30_001, 1), "the picture is too large: 30001 × 1");
    bad(&bomb(30_000, 1), "the picture is damaged");
    bad(&bomb(8_192, 8_193), "the picture is too large: 8192 × 8193");
    bad(&bomb(8_192, 8_192), "the picture is damaged");
}

#[test]
fn a_file_of_half_a_gibibyte_is_read_and_a_larger_one_is_not() {
    let files = Files::new();
    for (bytes, problem) in
        [(512 << 20, "not a picture that can be read"), ((512 << 20) + 1, "at most 512 MiB are read")]
    {
        std::fs::File::create(files.path("a")).unwrap().set_len(bytes).unwrap();
        refused(Source::File(files.path("a")), contract(4, 3, 1, Fit::Crop), problem);
    }
}
