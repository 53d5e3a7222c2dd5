use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use egret_contract::AudioInput;

use super::Unusable;
use super::sound::Sound;

/// Least frames of a block of the transform on the slower side; the longer, the closer the filter comes to half the rate.
const BLOCK_FRAMES_MIN: u32 = 2048;

/// A resampler between two rates, kept because files of a set mostly have the same rate.
pub(super) struct Resampler {
    from_hz: u32,
    to_hz: u32,
    fft: Fft<f64>,
}

/// Brings a sound to the contract's rate; n samples become ⌈n · to / from⌉. Refuses what is too long then.
pub(super) fn to_rate(
    kept: &mut Option<Resampler>,
    sound: Sound,
    to: AudioInput,
) -> Result<Vec<f64>, Unusable> {
    let Sound { rate_hz, samples } = sound;
    let count = (samples.len() as u64 * u64::from(to.sample_rate_hz)).div_ceil(u64::from(rate_hz));
    if count > u64::from(to.sample_count_max) {
        let what = format!(
            "the sound has {count} samples at {} Hz, the contract {}",
            to.sample_rate_hz, to.sample_count_max
        );
        return Err(Unusable::new(what, "cut it, or raise `sample_count_max` in task.toml"));
    }
    if rate_hz == to.sample_rate_hz {
        return Ok(samples);
    }
    let failed = |error: &dyn std::fmt::Display| {
        let what = format!("cannot be resampled from {rate_hz} Hz: {error}");
        Unusable::new(what, "resample it to the contract's rate")
    };
    if kept.as_ref().is_none_or(|kept| (kept.from_hz, kept.to_hz) != (rate_hz, to.sample_rate_hz)) {
        let to_hz = to.sample_rate_hz;
        let fft = Fft::new_custom(
            rate_hz as usize,
            to_hz as usize,
            block_frames(rate_hz, to_hz),
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Input,
        );
        *kept = Some(Resampler { from_hz: rate_hz, to_hz, fft: fft.map_err(|error| failed(&error))? });
    }
    let Some(Resampler { fft, .. }) = kept else { return Ok(samples) };
    let input = InterleavedSlice::new(&samples, 1, samples.len()).map_err(|error| failed(&error))?;
    // Starts from a clean state, so that a file's samples do not depend on the file before it.
    let output = fft.process_all(&input, samples.len(), None).map_err(|error| failed(&error))?;
    let mut resampled = output.take_data();
    resampled.resize(count as usize, 0.0);
    Ok(resampled)
}

/// Input frames per block: an even number of the least whole step between the rates. With an odd one the filter's centre
/// falls between two samples, and the sound comes out half a sample late.
fn block_frames(from_hz: u32, to_hz: u32) -> usize {
    let common = gcd(from_hz, to_hz);
    let (from, to) = (from_hz / common, to_hz / common);
    let steps = BLOCK_FRAMES_MIN.div_ceil(from.min(to)).next_multiple_of(2);
    from as usize * steps as usize
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
