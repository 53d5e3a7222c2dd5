use super::Unusable;

/// Beyond this, samples are not in −1..1 at all (integers stored as floats, say); up to it, they are clipped peaks.
const PEAK_MAX: f64 = 4.0;

/// Writes f32 samples, little-endian, clipped to −1..1, and zeros after them.
pub(super) fn write(samples: &[f64], out: &mut [u8]) -> Result<(), Unusable> {
    if let Some(sample) = samples.iter().find(|sample| sample.abs() > PEAK_MAX) {
        let what = format!("the sound has a sample of {sample}; samples must lie in −1..1");
        return Err(Unusable::new(what, "scale it to −1..1"));
    }
    let (filled, rest) = out.split_at_mut(samples.len() * 4);
    for (bytes, sample) in filled.chunks_exact_mut(4).zip(samples) {
        bytes.copy_from_slice(&(sample.clamp(-1.0, 1.0) as f32).to_le_bytes());
    }
    rest.fill(0);
    Ok(())
}
