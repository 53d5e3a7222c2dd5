//! Log-mel spectrograms, as librosa makes them.
//!
//! `librosa.feature.melspectrogram(y, sr, n_fft, hop_length, n_mels, fmin, fmax, window = "hann", center = True, pad_mode = "constant",
//! power = 2, htk = False, norm = "slaney")`, then `log(max(m, floor))`, or `10·log10(max(m, floor))`. The arithmetic is float64 up
//! to the logarithm; the result is float32. The bands are Slaney's (Auditory Toolbox, 1998): linear below 1000 Hz, logarithmic
//! above, triangles of unit area.

use std::f64::consts::PI;
use std::sync::Arc;

use egret_contract::LogMel;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Hertz per mel below the knee.
const LINEAR_HZ: f64 = 200.0 / 3.0;
/// Where the scale becomes logarithmic.
const KNEE_HZ: f64 = 1000.0;
const KNEE_MEL: f64 = KNEE_HZ / LINEAR_HZ;

/// Natural logarithm of the step above the knee.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn to_mel(hz: f64) -> f64 {
    if hz < KNEE_HZ { hz / LINEAR_HZ } else { KNEE_MEL + (hz / KNEE_HZ).ln() / log_step() }
}

fn to_hz(mel: f64) -> f64 {
    if mel < KNEE_MEL { mel * LINEAR_HZ } else { KNEE_HZ * (log_step() * (mel - KNEE_MEL)).exp() }
}

/// A transform with its tables.
pub struct MelBank {
    mel: LogMel,
    window: Vec<f64>,
    /// Per band its first bin and its weights.
    bands: Vec<(usize, Vec<f64>)>,
    transform: Arc<dyn RealToComplex<f64>>,
    frame: Vec<f64>,
    bins: Vec<Complex<f64>>,
}

impl MelBank {
    /// Makes the tables. The figures are those that resolving let through.
    pub fn new(mel: LogMel, sample_rate_hz: u32) -> Self {
        let size = mel.fft_size as usize;
        let transform = RealFftPlanner::new().plan_fft_forward(size);
        // Periodic, as for spectra.
        let hann = |n: usize| 0.5 - 0.5 * (2.0 * PI * n as f64 / size as f64).cos();
        Self {
            mel,
            window: (0..size).map(hann).collect(),
            bands: triangles(&mel, sample_rate_hz),
            frame: transform.make_input_vec(),
            bins: transform.make_output_vec(),
            transform,
        }
    }

    /// How many bands there are.
    pub fn bands(&self) -> usize {
        self.bands.len()
    }

    /// All columns, one behind the other, of 1 + samples / hop.
    pub fn of(&mut self, samples: &[f32]) -> Vec<f32> {
        let (size, hop) = (self.mel.fft_size as usize, self.mel.hop as usize);
        let columns = 1 + samples.len() / hop;
        let mut values = Vec::with_capacity(columns * self.bands.len());
        for column in 0..columns {
            // The window's middle lies on the moment; outside of the sound there is silence.
            let first = (column * hop) as i64 - (size / 2) as i64;
            for (index, (place, window)) in self.frame.iter_mut().zip(&self.window).enumerate() {
                let at = usize::try_from(first + index as i64).ok();
                let sample = at.and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
                *place = f64::from(sample) * window;
            }
            // Lengths are those of the plan.
            if self.transform.process(&mut self.frame, &mut self.bins).is_err() {
                return Vec::new();
            }
            for (first, weights) in &self.bands {
                let power: f64 = self.bins[*first..]
                    .iter()
                    .zip(weights)
                    .map(|(bin, weight)| bin.norm_sqr() * weight)
                    .sum();
                let power = power.max(self.mel.floor);
                values.push(if self.mel.decibels { 10.0 * power.log10() } else { power.ln() } as f32);
            }
        }
        values
    }
}

/// The triangles between neighbouring edges, without the zeros around them.
fn triangles(mel: &LogMel, sample_rate_hz: u32) -> Vec<(usize, Vec<f64>)> {
    let rate = f64::from(sample_rate_hz);
    let (low, high) = (to_mel(mel.f_min), to_mel(mel.f_max.unwrap_or(rate / 2.0)));
    let count = mel.mel_count as usize;
    let step = (high - low) / (count + 1) as f64;
    let edges: Vec<f64> = (0..count + 2).map(|index| to_hz(low + step * index as f64)).collect();
    let bin_hz = rate / f64::from(mel.fft_size);
    let bins = mel.fft_size as usize / 2 + 1;
    let band = |edge: &[f64]| {
        let (left, middle, right) = (edge[0], edge[1], edge[2]);
        let weight = |bin: usize| {
            let hz = bin as f64 * bin_hz;
            let rising = (hz - left) / (middle - left);
            let falling = (right - hz) / (right - middle);
            rising.min(falling).max(0.0) * 2.0 / (right - left)
        };
        let first = (0..bins).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
        let weights: Vec<f64> = (first..bins).map(weight).take_while(|weight| *weight > 0.0).collect();
        (first, weights)
    };
    edges.windows(3).map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `goldens/make.py` says which; the tolerance is relative, that of float32 after a logarithm of values of float64.
    #[test]
    fn columns_are_those_of_librosa() {
        let sample = |n: i64| ((n * n * 37 + n * 101) % 65536 - 32768) as f32 / 32768.0;
        let sound: Vec<f32> = (0..2000).map(|n| if n < 1200 { sample(n) } else { 0.0 }).collect();
        let of = |fft_size, hop, mel_count, f_min, f_max, floor, decibels| LogMel {
            fft_size,
            hop,
            mel_count,
            f_min,
            f_max,
            floor,
            decibels,
        };
        let cases: [(u32, LogMel, &[u8]); 3] = [
            (16000, of(400, 160, 40, 0.0, None, 1e-10, false), include_bytes!("goldens/mel-speech.f32")),
            (
                8000,
                of(256, 100, 24, 20.0, Some(3800.0), 1e-6, false),
                include_bytes!("goldens/mel-narrow.f32"),
            ),
            (
                22050,
                of(1024, 512, 64, 0.0, Some(8000.0), 1e-10, true),
                include_bytes!("goldens/mel-music.f32"),
            ),
        ];
        for (rate, mel, golden) in cases {
            let golden: Vec<f32> =
                golden.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            let made = MelBank::new(mel, rate).of(&sound);
            assert_eq!(made.len(), golden.len());
            let off =
                made.iter().zip(&golden).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f32::max);
            assert!(off <= 1e-6, "{rate} Hz: off by {off}");
        }
    }
}
