use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};

use super::Unusable;
use super::sound::Sound;
use crate::AudioInput;

/// Frames per step; any value gives a filter of the same quality, this one keeps the steps short.
const CHUNK_FRAMES: usize = 1024;

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
    to: &AudioInput,
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
        let fft = Fft::new(rate_hz as usize, to_hz as usize, CHUNK_FRAMES, 1, FixedSync::Input);
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
