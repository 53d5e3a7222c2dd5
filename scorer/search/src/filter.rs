//! How far a matrix product in f32 can be from the score.
//!
//! Let u = 2⁻²⁴ and γₙ = n·u / (1 − n·u). A sum of n products in f32, in any order and with or without fused operations,
//! differs from the real sum by at most γₙ·Σ|aᵢ·bᵢ| (Higham, Accuracy and Stability of Numerical Algorithms, 2002, §3.1),
//! hence by at most γₙ·‖a‖·‖b‖; products that underflow add at most n·2⁻¹²⁶. The f64 score obeys the same with u = 2⁻⁵³, and
//! its rounding to f32 changes it by at most 2⁻²⁴ of itself, or 2⁻¹⁵⁰. With ‖a‖·‖b‖ below 2¹²⁶ nothing overflows.

/// The least f32 product that a pair can have whose score, rounded to f32, is at least `score`.
///
/// `norms` is the product of the pair's lengths or more; `dim` at most [`crate::DIM_MAX`], so that γ is small.
pub(crate) fn floor(score: f32, norms: f64, dim: usize) -> f32 {
    let gamma = |unit: f64| dim as f64 * unit / (1.0 - dim as f64 * unit);
    let relative = (gamma(F32_UNIT) + gamma(f64::EPSILON / 2.0)) * norms;
    // Twice what rounding to f32 needs; the thousandth covers the roundings of this function itself.
    let margin = 1.001 * (relative + f64::from(score).abs() * 2.0 * F32_UNIT + dim as f64 * F32_MIN);
    let floor = f64::from(score) - margin;
    let rounded = floor as f32;
    if f64::from(rounded) > floor { rounded.next_down() } else { rounded }
}

const F32_UNIT: f64 = (f32::EPSILON / 2.0) as f64;
const F32_MIN: f64 = f32::MIN_POSITIVE as f64;
