use egret_contract::{AudioInput, Length};

use super::Unusable;

/// Beyond this, samples are not in −1..1 at all (integers stored as floats, say); up to it, they are clipped peaks.
const PEAK_MAX: f64 = 4.0;

/// f32 samples, little-endian, clipped to −1..1; zeros after them where the length is fixed.
pub(super) fn of(samples: &[f64], to: &AudioInput) -> Result<Vec<u8>, Unusable> {
    if let Some(sample) = samples.iter().find(|sample| sample.abs() > PEAK_MAX) {
        let what = format!("the sound has a sample of {sample}; samples must lie in −1..1");
        return Err(Unusable::new(what, "scale it to −1..1"));
    }
    let mut bytes: Vec<u8> =
        samples.iter().flat_map(|sample| (sample.clamp(-1.0, 1.0) as f32).to_le_bytes()).collect();
    if to.length == Length::Fixed {
        bytes.resize(to.sample_count_max as usize * 4, 0);
    }
    Ok(bytes)
}
