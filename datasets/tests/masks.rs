//! Masks: class indices of a PNG, brought to the contract's picture whole.

mod support;

use egret_datasets::{Split, Truth};
use image::{GrayImage, ImageBuffer, Luma, Rgb};
use support::Folder;
use support::sealed::Sealed;

const VOID: u16 = Truth::VOID;

/// Three pictures of 8 × 6, each with a mask of class 1 beside it but for the sample's, which is `mask`.
fn folder(fit: &str, mask: impl Into<image::DynamicImage>) -> Folder {
    let input = format!("[input]\nkind = \"image\"\nwidth = 4\nheight = 4\nchannels = 3\nfit = \"{fit}\"\n");
    let answer = "[answer]\nkind = \"mask\"\nclasses = [\"sky\", \"sea\", \"boat\"]\n";
    let folder = Folder::of_task("miou.skip_absent", &(input + answer));
    let mut labels = String::from("file,mask,split\n");
    for (split, level) in Split::ALL.into_iter().zip([10, 90, 170]) {
        folder.gray(&format!("{split}.png"), 8, 6, |x, y| level + (y * 8 + x) as u8);
        folder.gray(&format!("masks/{split}.png"), 8, 6, |_, _| 1);
        let split = split.as_str();
        labels.extend([split, ".png,masks/", split, ".png,", split, "\n"]);
    }
    folder.labels(&labels);
    folder.save("masks/sample.png", mask);
    folder
}

/// The upper half is 0, the lower 2; the leftmost column is void.
fn halves() -> GrayImage {
    GrayImage::from_fn(8, 6, |x, y| {
        Luma([if x == 0 {
            255
        } else if y < 3 {
            0
        } else {
            2
        }])
    })
}

#[track_caller]
fn sample(folder: &Folder) -> Vec<u16> {
    let sealed = Sealed::of(folder);
    let Truth::Mask { width: 4, height: 4, classes } = sealed.truth(Split::Sample, "sample.png") else {
        panic!("a mask of the contract's size")
    };
    classes
}

#[test]
fn a_pixel_takes_the_class_at_its_centre() {
    // Columns 1, 3, 5, 7 and rows 0, 2, 3, 5 of the original.
    let row = |class: u16| [class; 4];
    assert_eq!(sample(&folder("stretch", halves())), [row(0), row(0), row(2), row(2)].concat());
    // 6 × 6 of the middle: columns 1, 3, 4, 6.
    assert_eq!(sample(&folder("crop", halves())), [row(0), row(0), row(2), row(2)].concat());
    // 4 × 3 over a row that nothing lies on.
    let padded = [row(0), row(2), row(2), row(VOID)].concat();
    assert_eq!(sample(&folder("pad", halves())), padded);
}

#[test]
fn void_is_the_highest_level() {
    let void = GrayImage::from_fn(8, 6, |x, _| Luma([if x < 4 { 255 } else { 1 }]));
    let expected = [[VOID, VOID, 1, 1]; 4].concat();
    assert_eq!(sample(&folder("stretch", void)), expected);
    let wide = ImageBuffer::from_fn(8, 6, |x, _| Luma([if x < 4 { u16::MAX } else { 1 }]));
    assert_eq!(sample(&folder("stretch", wide)), expected);
}

#[test]
fn a_palette_is_read_by_its_indices() {
    let folder = folder("stretch", halves());
    let mut file = std::fs::File::create(folder.media("masks/sample.png")).unwrap();
    let mut encoder = png::Encoder::new(&mut file, 8, 6);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    // Index 2 has the colour that index 0 has.
    encoder.set_palette(vec![9, 9, 9, 1, 2, 3, 9, 9, 9]);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(
            &[[0x00, 0x00, 0x00, 0x00], [0x22, 0x22, 0x11, 0x11]].map(|row| row.repeat(3)).concat(),
        )
        .unwrap();
    writer.finish().unwrap();
    drop(file);
    let (upper, lower) = ([0; 8], [2, 2, 1, 1, 2, 2, 1, 1]);
    assert_eq!(sample(&folder), [upper, lower].concat());
}

#[test]
fn masks_that_cannot_be_are_refused() {
    let odd = GrayImage::from_fn(8, 6, |x, y| Luma([if (x, y) == (7, 5) { 3 } else { 0 }]));
    folder("stretch", odd)
        .expect(&["media/masks/sample.png: the mask has a pixel of class 3; classes are 0 to 2"]);
    let small = GrayImage::new(8, 5);
    folder("stretch", small).expect(&["media/masks/sample.png: the mask is 8 × 5, its picture 8 × 6"]);
    let colours = image::RgbImage::from_pixel(8, 6, Rgb([1, 1, 1]));
    folder("stretch", colours).expect(&["media/masks/sample.png: the mask is of the kind Rgb"]);
    let folder = folder("stretch", halves());
    folder.write("tasks/digits/media/masks/sample.png", "no png");
    folder.expect(&["media/masks/sample.png: the mask cannot be read"]);
    folder.edit("tasks/digits/labels.csv", "masks/sample.png", "masks/none.png");
    folder.expect(&[
        "labels.csv:2: there is no file \"masks/none.png\"",
        "masks/sample.png: the file has no label",
    ]);
}

#[test]
fn many_classes_need_sixteen_bits() {
    let high = ImageBuffer::from_fn(8, 6, |_, y| Luma([if y < 3 { 255u16 } else { 299 }]));
    let folder = folder("stretch", high);
    folder.edit("tasks/digits/task.toml", "classes = [\"sky\", \"sea\", \"boat\"]", "class_count = 300");
    assert_eq!(sample(&folder), [[255; 8], [299; 8]].concat(), "255 of 16 bits is a class");
    folder.edit("tasks/digits/task.toml", "class_count = 300", "class_count = 299");
    folder.expect(&["the mask has a pixel of class 299; classes are 0 to 298"]);
}
