//! Scores as whole numbers of the same order, for sorting, merging and writing down.

const SIGN: u64 = 1 << 63;

/// A key that orders as the score does, infinities included. −0.0 and 0.0 have one key. `score` is not NaN.
pub(crate) fn key_of(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The same of a score that an f32 holds, in half the room. `score` is not NaN.
pub(crate) fn narrow_key_of(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

/// The key of the score that has this narrow key.
pub(crate) fn widened(narrow: u32) -> u64 {
    key_of(f64::from(f32::from_bits(if narrow >> 31 == 0 { !narrow } else { narrow & !(1 << 31) })))
}

/// The score of a key.
pub(crate) fn score_of(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// Whether a key is one that a finite score has.
pub(crate) fn is_finite(key: u64) -> bool {
    score_of(key).is_finite() && key_of(score_of(key)) == key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_scores_do_and_lead_back() {
        let scores =
            [f64::NEG_INFINITY, -1e300, -1.0, -1e-310, 0.0, 1e-310, 1.0, 1.0 + f64::EPSILON, f64::INFINITY];
        for pair in scores.windows(2) {
            assert!(key_of(pair[0]) < key_of(pair[1]), "{pair:?}");
            assert_eq!(score_of(key_of(pair[0])).to_bits(), pair[0].to_bits());
            assert_eq!(is_finite(key_of(pair[0])), pair[0].is_finite());
        }
        assert_eq!(key_of(-0.0), key_of(0.0));
        let narrow =
            [f32::NEG_INFINITY, -1e30, -1.0, -1e-45, -0.0, 1e-45, 1.0, 1.0 + f32::EPSILON, f32::INFINITY];
        assert!(narrow.map(narrow_key_of).is_sorted_by(|a, b| a < b));
        assert_eq!(
            narrow.map(|score| widened(narrow_key_of(score))),
            narrow.map(|score| key_of(f64::from(score)))
        );
        assert_eq!(narrow_key_of(-0.0), narrow_key_of(0.0));
        let strange = [u64::MAX, 0, key_of(0.0) - 1, key_of(f64::INFINITY)];
        assert!(strange.iter().all(|key| !is_finite(*key)));
    }
}
