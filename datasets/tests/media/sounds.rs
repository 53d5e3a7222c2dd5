use std::path::Path;

use egret_contract::{AudioInput, Length, Longer, PartKind};
use egret_datasets::Source;

use crate::{Files, golden, golden_samples, has_ffmpeg, import, refused};

pub fn contract(sample_rate_hz: u32, sample_count_max: u32) -> AudioInput {
    AudioInput { sample_rate_hz, sample_count_max, length: Length::Bounded, longer: Longer::Refuse }
}

#[track_caller]
pub fn samples(source: Source, to: AudioInput) -> Vec<f32> {
    let (_, bytes) = import(source, PartKind::Audio(to)).unwrap();
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

#[track_caller]
fn bad(source: Source, to: AudioInput, problem: &str) {
    refused(source, PartKind::Audio(to), problem);
}

/// A WAV file of 16-bit samples, or of float ones.
pub fn wav<S: hound::Sample + Copy>(path: &Path, sample_rate: u32, channels: u16, samples: &[S]) -> Source {
    let float = size_of::<S>() == 4;
    let (bits_per_sample, sample_format) =
        if float { (32, hound::SampleFormat::Float) } else { (16, hound::SampleFormat::Int) };
    let spec = hound::WavSpec { channels, sample_rate, bits_per_sample, sample_format };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    Source::File(path.to_owned())
}

#[test]
fn samples_at_the_contracts_rate_are_exact() {
    let files = Files::new();
    let source = wav(&files.path("a"), 8000, 1, &[0, 1, -1, 16384, i16::MAX, i16::MIN]);
    let expected: Vec<f32> =
        [0.0, 1.0, -1.0, 16384.0, 32767.0, -32768.0].iter().map(|v| v / 32768.0).collect();
    assert_eq!(samples(source.clone(), contract(8000, 16)), expected, "of its own length");
    let fixed = AudioInput { length: Length::Fixed, ..contract(8000, 16) };
    let padded = samples(source, fixed);
    assert_eq!((&padded[..6], &padded[6..]), (&expected[..], &[0.0; 10][..]), "padded at the end");
}

#[test]
fn channels_are_averaged() {
    let files = Files::new();
    let two = wav(&files.path("a"), 8000, 2, &[8192i16, 0, -8192, 8192, 16384, 8192]);
    assert_eq!(samples(two, contract(8000, 16)), [0.125, 0.0, 0.375]);
    let eight: Vec<i16> =
        (0..9600).flat_map(|i| (0..8).map(move |c| ((i % 7) * 100 + c * 8) as i16)).collect();
    let mean = samples(wav(&files.path("b"), 96_000, 8, &eight), contract(96_000, 9600));
    assert_eq!(mean.len(), 9600);
    assert_eq!(mean[..7], [0, 100, 200, 300, 400, 500, 600].map(|v| (v as f32 + 28.0) / 32768.0));
    assert_eq!(samples(wav(&files.path("c"), 96_000, 8, &eight), contract(16_000, 1600)).len(), 1600);
    assert_eq!(samples(many(&files, 18), contract(8000, 16)), [64.0 / 32768.0; 10]);
}

/// Ten samples in each of these channels.
fn many(files: &Files, channels: u16) -> Source {
    wav(&files.path("d"), 8000, channels, &vec![64i16; usize::from(channels) * 10])
}

#[test]
fn up_to_64_channels_are_averaged() {
    if !has_ffmpeg() {
        return;
    }
    let files = Files::new();
    for channels in [19, 64] {
        assert_eq!(samples(many(&files, channels), contract(8000, 16)), [64.0 / 32768.0; 10]);
    }
    bad(many(&files, 65), contract(8000, 16), "the file cannot be decoded");
}

#[test]
fn what_is_too_long_is_refused_or_cut() {
    let files = Files::new();
    let long: Vec<i16> = (0..5000).collect();
    let cut = AudioInput { longer: Longer::Cut, ..contract(8000, 16) };
    for (rate, fits, count) in [(8000, 16, 17), (8000, 16, 5000), (16_000, 32, 33)] {
        assert_eq!(samples(wav(&files.path("a"), rate, 1, &long[..fits]), contract(8000, 16)).len(), 16);
        let source = wav(&files.path("a"), rate, 1, &long[..count]);
        bad(source.clone(), contract(8000, 16), "cut it, raise `sample_count_max`");
        assert_eq!(samples(source, cut).len(), 16);
    }
    bad(
        wav(&files.path("a"), 8000, 1, &long[..17]),
        contract(8000, 16),
        "the sound has 17 samples at 8000 Hz, the contract 16",
    );
    let expected: Vec<f32> = (0..16).map(|v| v as f32 / 32768.0).collect();
    assert_eq!(samples(wav(&files.path("a"), 8000, 1, &long), cut), expected);
    // What is cut is the beginning of the whole, although the rest is never decoded.
    let whole = samples(wav(&files.path("a"), 44_100, 1, &long), contract(8000, 10_000));
    let beginning =
        samples(Source::File(files.path("a")), AudioInput { longer: Longer::Cut, ..contract(8000, 500) });
    assert_eq!(whole[..500], beginning);
}

#[test]
fn bad_sounds_are_refused() {
    let files = Files::new();
    let to = contract(8000, 16);
    bad(files.write("a", b""), to, "the file is empty");
    bad(wav::<i16>(&files.path("a"), 8000, 1, &[]), to, "the sound");
    wav(&files.path("a"), 8000, 1, &[7i16; 10]);
    let whole = std::fs::read(files.path("a")).unwrap();
    bad(files.write("a", &whole[..whole.len() - 6]), to, "the sound is");
    bad(
        files.write("a", b"RIFF\x08\0\0\0WAVEjunk"),
        to,
        "the file is not a sound that can be read — use WAV (PCM), FLAC",
    );
    for (sample, problem) in [
        (f32::NAN, "a sample that is NaN"),
        (f32::INFINITY, "a sample that is inf"),
        (3000.0, "a sample of 3000; samples must lie in −1..1"),
        (4.5, "a sample of 4.5"),
    ] {
        bad(wav(&files.path("a"), 8000, 1, &[0.1, sample]), to, problem);
    }
    assert_eq!(
        samples(wav(&files.path("a"), 8000, 1, &[4.0f32, -4.0, 0.5]), to),
        [1.0, -1.0, 0.5],
        "clipped"
    );
    bad(
        wav(&files.path("a"), 384_001, 1, &[1i16; 8]),
        to,
        "the sample rate is 384001 Hz — 1 to 384000 Hz are read",
    );
    assert_eq!(samples(wav(&files.path("a"), 384_000, 1, &[1i16; 96]), to).len(), 2);
}

/// Ten samples of 16 bits at 8 kHz, written by libsndfile.
const FLAC: &str = "664c6143800000221000100000001e00001e01f400f00000000a74b9b3de4b7ddf74d9d4393b7f7c770ffff864080009dc10\
                    0660080a011e80f3f880003fff0ffff002a006007def";

#[test]
fn flac_is_exact_and_its_checksum_is_compared() {
    let files = Files::new();
    let bytes = hex::decode(FLAC).unwrap();
    let expected =
        [0.0, 1.0, -1.0, 1000.0, -1000.0, 16384.0, 32767.0, -32768.0, 5.0, 6.0].map(|v: f32| v / 32768.0);
    let found = samples(files.write("a.wav", &bytes), contract(8000, 16));
    assert_eq!(found, expected, "known by its content, not by its name");
    let mut wrong = bytes.clone();
    wrong[40] ^= 1;
    bad(files.write("a", &wrong), contract(8000, 16), "the sound is damaged: its checksum is wrong");
    bad(files.write("a", &bytes[..bytes.len() - 5]), contract(8000, 16), "the sound is");
}

/// The most that two sounds differ.
#[track_caller]
pub fn far(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn mp3_and_vorbis_are_ffmpegs() {
    for (name, count) in [("lame.mp3", 4000), ("bare.mp3", 5184), ("vorbis.ogg", 4000)] {
        let ours = samples(Source::File(golden(name)), contract(16_000, 16_000));
        assert_eq!(ours.len(), count, "{name}: delay and padding are cut off where the file states them");
        let theirs = golden_samples(&name.replace(".mp3", ".f32").replace(".ogg", ".f32"));
        let common = ours.len().min(theirs.len());
        let distance = far(&ours[..common], &theirs[..common]);
        println!("{name}: {common} samples within {distance:e}");
        assert!(distance < 2e-5, "{name}: {distance}");
    }
}

#[test]
fn truncated_streams_are_found_where_they_state_their_length() {
    let files = Files::new();
    for name in ["lame.mp3", "vorbis.ogg"] {
        let whole = std::fs::read(golden(name)).unwrap();
        for part in [4, 6, 9] {
            bad(
                files.write("a", &whole[..whole.len() * part / 10]),
                contract(16_000, 16_000),
                "the sound is",
            );
        }
    }
}

#[test]
fn opus_is_decoded_by_ffmpeg() {
    if !has_ffmpeg() {
        return;
    }
    let ours = samples(Source::File(golden("opus.ogg")), contract(48_000, 48_000));
    assert_eq!(ours.len(), 12_000);
    assert!(far(&ours, &golden_samples("opus.f32")) < 1e-4);
    let cut = AudioInput { longer: Longer::Cut, ..contract(48_000, 100) };
    assert_eq!(samples(Source::File(golden("opus.ogg")), cut), ours[..100]);
    let files = Files::new();
    bad(files.write("a", b"not a sound at all"), contract(8000, 16), "the file cannot be decoded");
}
