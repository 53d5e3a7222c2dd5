//! Sounds become the contract's samples: exactly at its rate, by a stated resampler elsewhere.

mod support;

use egret_datasets::{DataKey, PoolIdentity, Silent, Split, load, open_inputs, seal};
use support::{Folder, SOUND_INPUT};

const TASK: &str = "tasks/digits/task.toml";

/// The samples of `0.wav` after sealing and opening.
fn sealed(folder: &Folder) -> Vec<f32> {
    let out = tempfile::tempdir().unwrap();
    let pool = PoolIdentity::generate();
    let task = load(folder.path()).unwrap().tasks.remove(0);
    let pools = [("main".to_owned(), pool.recipient())];
    let sealed = seal(folder.path(), &task, &pools, out.path(), &Silent).unwrap();
    let key = DataKey::unwrap(&pool, &sealed.keys[0].1).unwrap();
    let shard = sealed.shards.iter().find(|shard| shard.split == Split::Sample).unwrap();
    let mut inputs = vec![0; shard.inputs_plain_bytes as usize];
    open_inputs(&key, std::fs::File::open(&shard.inputs.path).unwrap(), &mut inputs).unwrap();
    inputs.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

#[track_caller]
fn refused(folder: &Folder, problem: &str) {
    let problems = folder.problems();
    let text =
        problems.iter().find(|p| p.file.ends_with("0.wav")).map(ToString::to_string).unwrap_or_default();
    assert!(text.contains(problem), "{problems:?}");
}

#[test]
fn samples_at_the_contracts_rate_are_exact_and_padded() {
    let folder = Folder::of_sounds();
    folder.wav("0.wav", 8000, 1, &[0, 1, -1, 16384, i16::MAX, i16::MIN]);
    let expected: Vec<f32> =
        [0.0, 1.0, -1.0, 16384.0, 32767.0, -32768.0].iter().map(|v| v / 32768.0).collect();
    let samples = sealed(&folder);
    assert_eq!(samples[..6], expected);
    assert_eq!(samples[6..], [0.0; 10]);
}

#[test]
fn channels_are_averaged() {
    let folder = Folder::of_sounds();
    folder.wav("0.wav", 8000, 2, &[8192, 0, -8192, 8192, 16384, 8192]);
    assert_eq!(sealed(&folder)[..4], [0.125, 0.0, 0.375, 0.0]);
}

#[test]
fn another_rate_is_resampled() {
    let folder = Folder::of_sounds();
    folder.edit(
        TASK,
        SOUND_INPUT,
        "[input]\nkind = \"audio\"\nsample_rate_hz = 16000\nsample_count_max = 16000\n",
    );
    // A tone of 440 Hz at 44.1 kHz, one second.
    let tone = |rate: f64, i: usize| 0.5 * (std::f64::consts::TAU * 440.0 * i as f64 / rate).sin();
    let samples: Vec<i16> = (0..44_100).map(|i| (tone(44_100.0, i) * 32768.0).round() as i16).collect();
    folder.wav("0.wav", 44_100, 1, &samples);
    let resampled = sealed(&folder);
    assert_eq!(resampled.len(), 16_000);
    // The ends ring, as the signal starts and stops abruptly there.
    let far = (500..15_500).map(|i| (f64::from(resampled[i]) - tone(16_000.0, i)).abs()).fold(0.0, f64::max);
    assert!(far < 1e-3, "{far}");
    assert_eq!(resampled, sealed(&folder), "the same every time");
}

#[test]
fn what_is_too_long_is_refused() {
    let folder = Folder::of_sounds();
    folder.wav("0.wav", 8000, 1, &[5; 16]);
    folder.expect(&[]);
    folder.wav("0.wav", 8000, 1, &[5; 17]);
    refused(&folder, "the sound has 17 samples at 8000 Hz, the contract 16 — cut it");
    folder.wav("0.wav", 8000, 1, &[5; 5000]);
    refused(&folder, "the sound is longer than the contract's 0.002 s");
    folder.wav("0.wav", 16_000, 1, &[5; 32]);
    assert!(!folder.problems().iter().any(|problem| problem.file.ends_with("0.wav")));
}

#[test]
fn bad_sounds_are_refused() {
    let folder = Folder::of_sounds();
    let path = "tasks/digits/media/0.wav";
    folder.wav("0.wav", 8000, 1, &[]);
    refused(&folder, "the sound");
    folder.wav("0.wav", 8000, 1, &[7; 10]);
    let whole = std::fs::read(folder.media("0.wav")).unwrap();
    folder.write(path, &whole[..whole.len() - 6]);
    refused(&folder, "the sound is damaged");
    folder.write(path, "RIFF but not really");
    refused(&folder, "the file is not a sound that can be read — use WAV (PCM) or FLAC");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    for (sample, problem) in
        [(f32::NAN, "a sample that is NaN"), (3000.0, "a sample of 3000; samples must lie in −1..1")]
    {
        let mut writer = hound::WavWriter::create(folder.media("0.wav"), spec).unwrap();
        writer.write_sample(0.1f32).unwrap();
        writer.write_sample(sample).unwrap();
        writer.finalize().unwrap();
        refused(&folder, problem);
    }
}

/// Ten samples of 16 bits at 8 kHz, written by libsndfile.
const FLAC: &str = "664c6143800000221000100000001e00001e01f400f00000000a74b9b3de4b7ddf74d9d4393b7f7c770ffff864080009dc10\
                    0660080a011e80f3f880003fff0ffff002a006007def";

#[test]
fn flac_is_exact_and_its_checksum_is_compared() {
    let folder = Folder::of_sounds();
    let bytes = hex::decode(FLAC).unwrap();
    folder.write("tasks/digits/media/0.wav", &bytes);
    let expected =
        [0.0, 1.0, -1.0, 1000.0, -1000.0, 16384.0, 32767.0, -32768.0, 5.0, 6.0].map(|v: f32| v / 32768.0);
    assert_eq!(sealed(&folder)[..10], expected, "known by its content, not by its name");
    let mut wrong = bytes.clone();
    wrong[40] ^= 1;
    folder.write("tasks/digits/media/0.wav", &wrong);
    refused(&folder, "the sound is damaged: its checksum is wrong");
    folder.write("tasks/digits/media/0.wav", &bytes[..bytes.len() - 5]);
    refused(&folder, "the sound is");
}
