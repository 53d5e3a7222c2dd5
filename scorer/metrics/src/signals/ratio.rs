use crate::decibels::decibels;

/// The scale-invariant ratio in dB (Le Roux et al. 2019, with means removed): NaN where the reference or the estimate is
/// constant. Both are of one length, which is not 0.
pub(super) fn si_sdr(estimate: &[f64], reference: &[f64]) -> f64 {
    let (estimate, reference) = (centred(estimate), centred(reference));
    let pairs = || estimate.iter().zip(&reference);
    let power: f64 = reference.iter().map(|r| r * r).sum();
    if power == 0.0 {
        return f64::NAN;
    }
    let scale = pairs().map(|(e, r)| e * r).sum::<f64>() / power;
    let target = reference.iter().map(|r| (scale * r) * (scale * r)).sum();
    let distortion = pairs().map(|(e, r)| (e - scale * r) * (e - scale * r)).sum();
    decibels(target, distortion)
}

/// The plain ratio in dB.
pub(super) fn snr(estimate: &[f64], reference: &[f64]) -> f64 {
    let pairs = estimate.iter().zip(reference);
    decibels(reference.iter().map(|r| r * r).sum(), pairs.map(|(e, r)| (r - e) * (r - e)).sum())
}

/// A signal less its mean. Taken from the first sample on, so that a constant signal leaves exactly nothing.
fn centred(signal: &[f64]) -> Vec<f64> {
    let first = signal[0];
    let mean = signal.iter().map(|sample| sample - first).sum::<f64>() / signal.len() as f64;
    signal.iter().map(|sample| (sample - first) - mean).collect()
}
