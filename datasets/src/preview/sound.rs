use std::f64::consts::TAU;

use super::tile::Tile;

/// Pixels, and moments at which the spectrum is looked at.
const WIDTH: u32 = 384;
/// Pixels, and frequencies from 0 to half the sample rate.
const BANDS: u32 = 128;
/// Pixels of the waveform.
const WAVE: u32 = 64;
/// Samples of one look, under a Hann window.
const WINDOW: usize = 512;
/// What is this far below the loudest is black.
const RANGE_DB: f64 = 80.0;

/// The spectrum over the waveform.
pub(super) fn tile(bytes: &[u8]) -> Tile {
    let four = bytes.chunks_exact(4);
    let samples: Vec<f64> =
        four.map(|four| f64::from(f32::from_le_bytes(std::array::from_fn(|byte| four[byte])))).collect();
    let spectrum = spectrum(&samples);
    let loudest = spectrum.iter().copied().fold(f64::MIN, f64::max).max(-RANGE_DB);
    Tile::from_fn(WIDTH, BANDS + WAVE, |x, y| {
        if y < BANDS {
            let level = spectrum[(x * BANDS + BANDS - 1 - y) as usize] - loudest;
            return [((1.0 + level / RANGE_DB).clamp(0.0, 1.0) * 255.0) as u8; 3];
        }
        let (low, high) = extent(&samples, x);
        let height = 1.0 - 2.0 * (f64::from(y - BANDS) + 0.5) / f64::from(WAVE);
        let half_pixel = 1.0 / f64::from(WAVE);
        let inside = low - half_pixel <= height && height <= high + half_pixel;
        if inside { [32, 64, 128] } else { [240; 3] }
    })
}

/// Decibels by moment and frequency.
fn spectrum(samples: &[f64]) -> Vec<f64> {
    let turns: Vec<(f64, f64)> =
        (0..2 * WINDOW).map(|i| (TAU * i as f64 / (2 * WINDOW) as f64).sin_cos()).collect();
    let hann = |i: usize| 0.5 - 0.5 * (TAU * i as f64 / WINDOW as f64).cos();
    let mut levels = Vec::with_capacity((WIDTH * BANDS) as usize);
    for x in 0..u64::from(WIDTH) {
        let centre = (2 * x + 1) * samples.len() as u64 / u64::from(2 * WIDTH);
        let first = (centre as usize).saturating_sub(WINDOW / 2);
        let window = samples[first..].iter().take(WINDOW).enumerate().map(|(i, sample)| sample * hann(i));
        let window: Vec<f64> = window.collect();
        for band in 0..BANDS as usize {
            // The middle of the band, in 1024ths of the sample rate.
            let step = (2 * band + 1) * WINDOW / (2 * BANDS as usize);
            let (mut real, mut imaginary) = (0.0, 0.0);
            for (i, sample) in window.iter().enumerate() {
                let (sin, cos) = turns[i * step % (2 * WINDOW)];
                real += sample * cos;
                imaginary += sample * sin;
            }
            levels.push(10.0 * (real * real + imaginary * imaginary + 1e-20).log10());
        }
    }
    levels
}

/// The least and the greatest sample of a column.
fn extent(samples: &[f64], x: u32) -> (f64, f64) {
    let at = |x: u32| (u64::from(x) * samples.len() as u64 / u64::from(WIDTH)) as usize;
    let column = &samples[at(x)..at(x + 1).max(at(x) + 1)];
    column.iter().fold((f64::MAX, f64::MIN), |(low, high), sample| (low.min(*sample), high.max(*sample)))
}
