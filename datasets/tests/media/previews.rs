use egret_contract::item::View;
use egret_contract::{Fit, ImageInput, InputContract, Part, PartKind, TextInput, VideoInput};
use egret_datasets::{PREVIEW_ITEM_COUNT_MAX, Preview, TILE_SIDE_MAX, preview};
use image::RgbImage;

use crate::images::contract as picture;
use crate::sounds::contract as sound;

fn sheet(contract: &InputContract, items: &[Vec<View<'_>>]) -> (Option<RgbImage>, Vec<String>) {
    let items: Vec<Vec<u8>> = items
        .iter()
        .map(|views| {
            let mut item = Vec::new();
            contract.write(views, &mut item);
            item
        })
        .collect();
    let items: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    let Preview { png, captions } = preview(contract, &items).unwrap();
    (png.map(|png| image::load_from_memory(&png).unwrap().into_rgb8()), captions)
}

const PAPER: [u8; 3] = [96, 112, 144];

#[test]
fn pictures_are_shown_as_they_are() {
    let contract = InputContract::single(picture(100, 60, 3, Fit::Native));
    let pixels: Vec<u8> = (0..100 * 60 * 3).map(|i| (i % 251) as u8).collect();
    let small = [10, 20, 30].repeat(4);
    let items = [
        vec![View::Image { width: 100, height: 60, pixels: &pixels }],
        vec![View::Image { width: 2, height: 2, pixels: &small }],
        vec![View::Image { width: 100, height: 60, pixels: &pixels }],
    ];
    let (sheet, captions) = sheet(&contract, &items);
    let sheet = sheet.unwrap();
    assert_eq!(captions[1], "row 1, column 2: image 2×2");
    assert_eq!(captions[2], "row 2, column 1: image 100×60");
    assert_eq!(sheet.dimensions(), (8 + 100 + 8 + 96 + 8, 8 + 96 + 8 + 60 + 8));
    for (x, y) in [(0, 0), (99, 0), (0, 59), (57, 31)] {
        let at = (y * 100 + x) as usize * 3;
        assert_eq!(sheet.get_pixel(8 + x, 8 + y).0, pixels[at..at + 3], "{x} {y}");
        assert_eq!(sheet.get_pixel(8 + x, 112 + y).0, pixels[at..at + 3], "{x} {y}");
    }
    assert_eq!(sheet.get_pixel(116 + 95, 8 + 95).0, [10, 20, 30], "a pixel is a square");
    assert_eq!(sheet.get_pixel(0, 0).0, PAPER);
    assert_eq!(sheet.get_pixel(150, 150).0, PAPER);
}

#[test]
fn large_pictures_are_scaled_down_and_gray_is_gray() {
    let contract = InputContract::single(picture(1025, 600, 1, Fit::Stretch));
    let pixels: Vec<u8> = (0..1025 * 600).map(|i| if i % 1025 == 0 { 0 } else { 90 }).collect();
    let (sheet, _) = sheet(&contract, &[vec![View::Image { width: 1025, height: 600, pixels: &pixels }]]);
    let sheet = sheet.unwrap();
    assert_eq!(sheet.dimensions(), (8 + 342 + 8, 8 + 200 + 8));
    assert!(sheet.width() <= TILE_SIDE_MAX);
    assert_eq!(sheet.get_pixel(8, 8).0, [60; 3], "the mean of nine pixels");
    assert_eq!(sheet.get_pixel(8 + 341, 8 + 199).0, [90; 3]);
}

#[test]
fn parts_lie_side_by_side() {
    let part = |name: &str, kind| Part { name: name.to_owned(), kind };
    let video = VideoInput { frame_count: 5, width: 100, height: 100, fit: Fit::Pad };
    let contract = InputContract {
        parts: vec![
            part("clip", PartKind::Video(video)),
            part("audio", PartKind::Audio(sound(8000, 8000))),
            part("title", PartKind::Text(TextInput { bytes_max: 1000 })),
            part(
                "still",
                PartKind::Image(ImageInput { width: 100, height: 50, channels: 1, fit: Fit::Crop }),
            ),
        ],
    };
    let frames: Vec<u8> = (0..5).flat_map(|frame| vec![frame * 40; 30_000]).collect();
    let tone = |i: u32| (0.5 * (std::f64::consts::TAU * 1000.0 * f64::from(i) / 8000.0).sin()) as f32;
    let samples: Vec<u8> = (0..8000).flat_map(|i| tone(i).to_le_bytes()).collect();
    let still = [200; 5000];
    let title = "鹭".repeat(81);
    let item = vec![
        View::Video(&frames),
        View::Audio(&samples),
        View::Text(&title),
        View::Image { width: 100, height: 50, pixels: &still },
    ];
    let (sheet, captions) = sheet(&contract, &[item]);
    let sheet = sheet.unwrap();
    let text = format!(
        "row 1, column 1: clip 5 frames of 100×100, audio 1.000 s, title \"{}\"…, still 100×50",
        "鹭".repeat(80)
    );
    assert_eq!(captions, [text]);
    for (left, gray) in [(8, 0), (112, 80), (216, 160), (320 + 384 + 4, 200)] {
        assert_eq!(sheet.get_pixel(left + 50, 8 + 25).0, [gray; 3], "{left}");
    }
    // The tone of 1 kHz is a line a quarter of the way up, between two bands; the waveform fills the middle half below.
    let level = |y: u32| sheet.get_pixel(320 + 192, 8 + y).0[0];
    let loudest = (0..128).max_by_key(|y| level(*y));
    assert!(matches!(loudest, Some(95 | 96)), "{loudest:?}");
    assert!(level(10) < 100);
    let wave = |y: u32| sheet.get_pixel(320 + 192, 8 + 128 + y).0 == [32, 64, 128];
    assert_eq!((wave(10), wave(20), wave(32), wave(44), wave(54)), (false, true, true, true, false));
}

#[test]
fn texts_are_captions_alone_and_a_sheet_has_an_end() {
    let contract = InputContract::single(PartKind::Text(TextInput { bytes_max: 100 }));
    let items = vec![vec![View::Text("a\nb")]; PREVIEW_ITEM_COUNT_MAX + 1];
    let (sheet, captions) = sheet(&contract, &items);
    assert!(sheet.is_none());
    assert_eq!(captions, vec!["text \"a\\nb\""; PREVIEW_ITEM_COUNT_MAX]);
    assert!(preview(&contract, &[b"not an item"]).is_err());
}
