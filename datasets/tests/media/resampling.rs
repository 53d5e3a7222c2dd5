//! Beside soxr's HQ, which is librosa's default.

use std::f64::consts::TAU;

use crate::sounds::{contract, far, samples, wav};
use crate::{Files, golden_samples};

/// One second of four tones, as `make.py` has it.
fn tones(rate: u32) -> Vec<f32> {
    let tone =
        |t: f64| [97.0, 440.0, 1234.5, 3300.0].iter().map(|f| 0.2 * (TAU * f * t + f).sin()).sum::<f64>();
    (0..rate).map(|i| tone(f64::from(i) / f64::from(rate)) as f32).collect()
}

#[test]
fn resampling_is_soxrs() {
    let files = Files::new();
    for (from, to) in [(44_100, 16_000), (8000, 16_000), (48_000, 44_100), (96_000, 8000), (22_050, 16_000)] {
        let ours = samples(wav(&files.path("a"), from, 1, &tones(from)), contract(to, to));
        assert_eq!(ours.len() as u32, to);
        let ours: Vec<f32> = ours.into_iter().step_by(8).collect();
        let theirs = golden_samples(&format!("soxr-{from}-{to}.f32"));
        let all = far(&ours, &theirs);
        // Where the sound starts and stops, everything is in the transition band.
        let inner = 30..ours.len() - 30;
        let inside = far(&ours[inner.clone()], &theirs[inner]);
        println!("{from} to {to}: {all:e}, {inside:e} inside");
        assert!(inside < 2e-6 && all < 2e-2, "{from} to {to}: {all} {inside}");
    }
}

/// Tones below the limit keep their place and size, tones above half the rate are gone.
#[test]
fn what_the_slower_rate_can_hold_is_kept_and_the_rest_is_damped() {
    let files = Files::new();
    let tone = |rate: u32, f: f64| {
        (0..rate).map(|i| (0.9 * (TAU * f * f64::from(i) / f64::from(rate)).sin()) as f32).collect::<Vec<_>>()
    };
    for (from, to) in [(44_100, 16_000), (16_000, 44_100), (16_001, 16_000)] {
        let limit = f64::from(from.min(to)) / 2.0;
        let kept = samples(wav(&files.path("a"), from, 1, &tone(from, limit * 0.9)), contract(to, to));
        let ideal = tone(to, limit * 0.9);
        let inner = to as usize / 10..to as usize * 9 / 10;
        assert!(far(&kept[inner.clone()], &ideal[inner.clone()]) < 2e-5);
        if from > to && limit * 1.1 < f64::from(from) / 2.0 {
            let gone = samples(wav(&files.path("a"), from, 1, &tone(from, limit * 1.01)), contract(to, to));
            assert!(gone[inner].iter().all(|sample| sample.abs() < 1e-5));
        }
    }
}

/// The same to the last bit, whatever was resampled before: rows of weights are kept, sums are not.
#[test]
fn resampling_has_no_memory() {
    let files = Files::new();
    let source = wav(&files.path("a"), 44_100, 1, &tones(44_100));
    let once = samples(source.clone(), contract(16_000, 16_000));
    let contract =
        egret_contract::InputContract::single(egret_contract::PartKind::Audio(contract(16_000, 16_000)));
    let mut bench = egret_datasets::Bench::default();
    let mut items = Vec::new();
    for _ in 0..2 {
        bench.import(std::slice::from_ref(&source), &contract, &mut items).unwrap();
    }
    let (first, second) = items.split_at(items.len() / 2);
    assert_eq!(first, second);
    let again: Vec<f32> =
        first[8..].chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(again, once);
}

/// As computed once, on x86-64; a machine that computes otherwise is found here.
#[test]
fn samples_are_the_same_on_every_machine() {
    use sha2::{Digest as _, Sha256};
    let files = Files::new();
    let ramp: Vec<i16> = (0..5000i32).map(|i| ((i * 7919) % 60_000 - 30_000) as i16).collect();
    let resampled = samples(wav(&files.path("a"), 44_100, 1, &ramp), contract(16_000, 16_000));
    let bytes: Vec<u8> = resampled.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    assert_eq!(
        hex::encode(Sha256::digest(bytes)),
        "a02593ed14293ed44e3d880b13150869a76ab2e867fc536cb9c49302432c86ca"
    );
}
