use std::slice;

use egret_contract::item::View;
use egret_contract::{Fit, ImageInput, InputContract, Part, PartKind, TextInput, VideoInput};
use egret_datasets::{Bench, Origin, Source};
use image::ImageFormat;

use crate::Files;
use crate::images::encode;
use crate::sounds::{contract as audio, wav};

fn part(name: &str, kind: PartKind) -> Part {
    Part { name: name.to_owned(), kind }
}

#[test]
fn several_sources_become_one_item() {
    let files = Files::new();
    let picture = image::GrayImage::from_pixel(3, 2, image::Luma([7]));
    let sources = [
        files.write("a.png", &encode(picture, ImageFormat::Png)),
        Source::Text("e\u{301}".to_owned()),
        wav(&files.path("a.wav"), 8000, 1, &[16384i16, -16384]),
        Source::Folder(files.path("clip")),
    ];
    for (name, value) in [("9.png", 9), ("10.png", 10)] {
        files.write(
            &format!("clip/{name}"),
            &encode(image::RgbImage::from_pixel(1, 1, image::Rgb([value; 3])), ImageFormat::Png),
        );
    }
    let image = ImageInput { width: 8, height: 8, channels: 1, fit: Fit::Native };
    let video = VideoInput { frame_count: 2, width: 1, height: 1, fit: Fit::Stretch };
    let contract = InputContract {
        parts: vec![
            part("image", PartKind::Image(image)),
            part("caption", PartKind::Text(TextInput { bytes_max: 9 })),
            part("audio", PartKind::Audio(audio(8000, 5))),
            part("video", PartKind::Video(video)),
        ],
    };
    let mut items = Vec::new();
    let mut bench = Bench::default();
    for _ in 0..2 {
        let origins = bench.import(&sources, &contract, &mut items).unwrap();
        assert_eq!(origins[0], Origin { width: 3, height: 2 });
        assert_eq!(origins[1..], [Origin::default(); 3]);
    }
    let half: Vec<u8> = [0.5f32, -0.5].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    for item in contract.items(&items, 2).unwrap() {
        let expected = [
            View::Image { width: 3, height: 2, pixels: &[7; 6] },
            View::Text("é"),
            View::Audio(&half),
            View::Video(&[9, 9, 9, 10, 10, 10]),
        ];
        assert_eq!(contract.views(item).unwrap(), expected);
    }
}

#[test]
fn a_bad_part_is_named_and_leaves_nothing_behind() {
    let files = Files::new();
    let contract = InputContract {
        parts: vec![
            part("title", PartKind::Text(TextInput { bytes_max: 9 })),
            part("body", PartKind::Text(TextInput { bytes_max: 9 })),
        ],
    };
    let sources = [Source::Text("fine".into()), files.write("body.txt", b"\xff")];
    let mut items = b"before".to_vec();
    let wrong = Bench::default().import(&sources, &contract, &mut items).unwrap_err();
    assert_eq!((wrong.source, items), (1, b"before".to_vec()));
    assert!(wrong.what.starts_with("the text is not UTF-8"), "{wrong:?}");
    let few = Bench::default().import(slice::from_ref(&sources[0]), &contract, &mut Vec::new()).unwrap_err();
    assert!(few.what.contains("1 source for 2 parts"), "{few:?}");
}
