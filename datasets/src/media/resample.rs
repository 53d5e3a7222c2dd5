//! From one sample rate to another: every output sample is a weighted mean of the input around its moment.
//!
//! Output sample k lies at input time k · from / to, so n samples become ⌈n · to / from⌉. The weights are a sinc of cut-off
//! (PASS + 1) / 2 of half the slower rate under a Kaiser window, scaled to sum to 1; in front of the sound and behind it there is
//! silence. What lies below PASS of half the slower rate stays as it is, what lies above half the slower rate is damped by
//! 120 dB; that is the shape of soxr's `HQ`, librosa's default, and the samples of both differ by less than 2e-6 where the sound has
//! nothing between the two (`tests/media/resampling.rs`).
//!
//! In f64, in one order of operations on every machine, with `libm`'s functions in place of the platform's: the same file
//! gives the same samples everywhere. A transform would be faster, but its order of operations depends on the processor.

use std::collections::HashMap;
use std::f64::consts::PI;

use egret_contract::{AudioInput, Longer};

use super::Unusable;
use super::sound::Sound;

/// The part of half the slower rate that passes unchanged.
const PASS: f64 = 0.913;
/// Samples of the slower rate on each side; with [`KAISER_BETA`] the transition is as narrow as 1 − [`PASS`] (Kaiser's formula:
/// (A − 7.95) / (2 · 2.285 · π · (1 − PASS)) for A = 120 dB).
const HALF_WIDTH: f64 = 90.0;
/// 0.1102 · (A − 8.7) for A = 120 dB.
const KAISER_BETA: f64 = 12.265;
/// Weights that are kept, in bytes; beyond, they are computed anew for every sample. Common pairs of rates need a hundredth.
const KEPT_BYTES_MAX: usize = 32 << 20;

/// A resampler between two rates, kept because files of a set mostly have the same rate.
pub(super) struct Resampler {
    /// Without common factors.
    from: u64,
    to: u64,
    /// By place between two input samples, in `to`-ths.
    rows: HashMap<u64, Box<[f64]>>,
}

/// Brings a sound to the contract's rate, and refuses or cuts what is too long then.
pub(super) fn to_rate(
    kept: &mut Option<Resampler>,
    sound: Sound,
    contract: &AudioInput,
) -> Result<Vec<f64>, Unusable> {
    let Sound { rate_hz, mut samples } = sound;
    let most = u64::from(contract.sample_count_max);
    let mut count = (samples.len() as u64 * u64::from(contract.sample_rate_hz)).div_ceil(u64::from(rate_hz));
    if count > most {
        if contract.longer == Longer::Refuse {
            let what = format!(
                "the sound has {count} samples at {} Hz, the contract {most}",
                contract.sample_rate_hz
            );
            return Err(Unusable::new(
                what,
                "cut it, raise `sample_count_max`, or say `longer = \"cut\"` in task.toml",
            ));
        }
        count = most;
    }
    if rate_hz == contract.sample_rate_hz {
        samples.truncate(count as usize);
        return Ok(samples);
    }
    let resampler = Resampler::between(rate_hz, contract.sample_rate_hz);
    let resampler = match kept {
        Some(kept) if (kept.from, kept.to) == (resampler.from, resampler.to) => kept,
        other => other.insert(resampler),
    };
    Ok((0..count).map(|k| resampler.at(k, &samples)).collect())
}

/// Input samples on each side that an output sample depends on.
pub(super) fn reach(from_hz: u32, to_hz: u32) -> u64 {
    if from_hz == to_hz { 0 } else { Resampler::between(from_hz, to_hz).half() as u64 }
}

impl Resampler {
    fn between(from_hz: u32, to_hz: u32) -> Self {
        let common = gcd(from_hz, to_hz);
        Self { from: u64::from(from_hz / common), to: u64::from(to_hz / common), rows: HashMap::new() }
    }

    /// How many times slower the slower rate is than that of the input; at least 1.
    fn stretch(&self) -> f64 {
        (self.from as f64 / self.to as f64).max(1.0)
    }

    fn half(&self) -> usize {
        (HALF_WIDTH * self.stretch()).ceil() as usize
    }

    /// Output sample k.
    fn at(&mut self, k: u64, samples: &[f64]) -> f64 {
        let (before, phase) = (k * self.from / self.to, k * self.from % self.to);
        let row_bytes = 2 * self.half() * size_of::<f64>();
        if let Some(row) = self.rows.get(&phase) {
            return weigh(row, before, samples);
        }
        let row = self.row(phase);
        let mean = weigh(&row, before, samples);
        if (self.rows.len() + 1) * row_bytes <= KEPT_BYTES_MAX {
            self.rows.insert(phase, row);
        }
        mean
    }

    /// Weights of the input samples before − half + 1 ..= before + half, for a moment `phase` / `to` behind `before`.
    fn row(&self, phase: u64) -> Box<[f64]> {
        let (half, stretch) = (self.half(), self.stretch());
        let cutoff = PASS.midpoint(1.0) / stretch;
        let behind = phase as f64 / self.to as f64;
        let weight = |place: usize| {
            let t = place as f64 + 1.0 - half as f64 - behind;
            let u = t / (HALF_WIDTH * stretch);
            if u.abs() >= 1.0 {
                0.0
            } else {
                sinc(cutoff * t) * bessel(KAISER_BETA * libm::sqrt(1.0 - u * u))
            }
        };
        let mut row: Box<[f64]> = (0..2 * half).map(weight).collect();
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|weight| *weight /= sum);
        row
    }
}

/// The mean by these weights; the last sample before the moment is number `before`.
fn weigh(row: &[f64], before: u64, samples: &[f64]) -> f64 {
    let half = row.len() / 2;
    let first = before as usize + 1;
    let missing = half.saturating_sub(first);
    let start = (first + missing - half).min(samples.len());
    dot(&row[missing..], &samples[start..])
}

/// Of the shorter's length. Eight sums side by side, so that the compiler may use wide registers without another order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (a[..length].chunks_exact(8), b[..length].chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 8];
    for (a, b) in a.zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { libm::sin(PI * x) / (PI * x) }
}

/// The modified Bessel function of the first kind and order 0: Σ ((x/2)^k / k!)².
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
        k += 1.0;
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
