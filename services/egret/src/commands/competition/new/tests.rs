use std::fs;

use clap::ValueEnum as _;
use egret_datasets::{Problem, Silent, check};
use image::{GrayImage, Luma, RgbImage};
use tempfile::TempDir;

use super::*;

/// Every template there is.
fn all() -> Vec<(Input, Answer)> {
    let mut all = Vec::new();
    for input in Input::value_variants() {
        for kind in Kind::value_variants() {
            let searches = match kind {
                Kind::Embedding => vec![Some(Search::Verification), Some(Search::Retrieval)],
                _ => vec![None],
            };
            all.extend(
                searches
                    .into_iter()
                    .filter_map(|search| Some((*input, answer_of(*input, *kind, search).ok()?))),
            );
        }
    }
    all
}

fn written(input: Input, answer: Answer) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    for (file, text) in files("my-contest", "first", input, answer, now).unwrap() {
        write(&folder.path().join(file), &text).unwrap();
    }
    fs::create_dir_all(folder.path().join("tasks/first/media")).unwrap();
    folder
}

/// The media that the labels name, each with another content.
fn fill(folder: &Path, input: Input, answer: Answer) {
    let media = folder.join("tasks/first/media");
    for (split, number) in ["sample", "public", "private"]
        .iter()
        .zip(0_u8..)
        .flat_map(|(split, at)| (1..=3_u8).map(move |number| (format!("{split}-{number}"), at * 8 + number)))
    {
        let picture = RgbImage::from_fn(16, 24, |x, y| image::Rgb([number * 9, x as u8 * 9, y as u8 * 7]));
        match input {
            Input::Image | Input::Composite => picture.save(media.join(format!("{split}.jpg"))).unwrap(),
            Input::Audio => fs::write(media.join(format!("{split}.wav")), sound(number)).unwrap(),
            Input::Video => {
                // A folder of frames, as the README allows: no decoder of clips is needed.
                let frames = media.join(format!("{split}.mp4"));
                fs::create_dir_all(&frames).unwrap();
                picture.save(frames.join("0.png")).unwrap();
                picture.save(frames.join("1.png")).unwrap();
            }
            Input::Text => {}
        }
        if answer == Answer::Mask {
            let mask = GrayImage::from_pixel(16, 24, Luma([number % 2]));
            mask.save(media.join(format!("{split}.mask.png"))).unwrap();
        }
    }
}

/// Half a second of a tone, 16 bits, mono.
fn sound(number: u8) -> Vec<u8> {
    let samples: Vec<u8> = (0..8000_i32)
        .flat_map(|at| ((at * i32::from(number) * 37 % 20_000 - 10_000) as i16).to_le_bytes())
        .collect();
    let size = samples.len() as u32;
    let head = [16_000_u32.to_le_bytes(), 32_000_u32.to_le_bytes()].concat();
    let format = [&[16, 0, 0, 0, 1, 0, 1, 0][..], &head, &[2, 0, 16, 0]].concat();
    let riff = [b"RIFF".as_slice(), &(36 + size).to_le_bytes(), b"WAVEfmt "].concat();
    [riff, format, b"data".to_vec(), size.to_le_bytes().to_vec(), samples].concat()
}

#[test]
fn every_template_lacks_nothing_but_its_files() {
    let all = all();
    assert_eq!(all.len(), 5 * 9 - 2 * 3, "boxes and masks lie on pictures, alone or with a caption");
    for (input, answer) in all {
        let folder = written(input, answer);
        let lacking = |problem: &Problem| problem.what.starts_with("there is no file");
        let problems = check(folder.path(), &Silent).problems;
        let (missing, wrong): (Vec<_>, Vec<_>) = problems.into_iter().partition(lacking);
        assert!(wrong.is_empty(), "{input:?}, {answer:?}: {wrong:#?}");
        assert_eq!(missing.is_empty(), input == Input::Text, "{input:?}, {answer:?}: {missing:#?}");

        fill(folder.path(), input, answer);
        let filled = check(folder.path(), &Silent);
        assert_eq!(filled.problems, [], "{input:?}, {answer:?}");
        assert_eq!(filled.tasks[0].item_counts.values().sum::<u64>(), 9, "{input:?}, {answer:?}");
    }
}

#[test]
fn answers_that_an_input_cannot_have_are_refused() {
    for (input, kind, search) in [
        (Input::Text, Kind::Boxes, None),
        (Input::Audio, Kind::Mask, None),
        (Input::Image, Kind::Classes, Some(Search::Retrieval)),
    ] {
        let failure = Failure::of(&answer_of(input, kind, search).unwrap_err()).unwrap();
        assert_eq!(failure.exit, Exit::Usage);
    }
}

#[test]
fn ids_are_those_of_the_manifests() {
    assert!(slug("abc").is_ok() && slug(&"a".repeat(63)).is_ok());
    for wrong in ["ab", "Abc", "1bc", "a_c", &"a".repeat(64)] {
        assert!(slug(wrong).is_err(), "{wrong}");
    }
}
