//! What ranks a team overall, exactly.

/// The two values of a task's ranking column that are worth nothing and everything. Where less is better, best is below
/// baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    baseline: f64,
    best: f64,
}

/// Why two values bound nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("baseline and best must be two different finite numbers")]
pub struct BadBounds;

/// One of quality, in billionths.
const NANO: f64 = 1e9;

impl Bounds {
    /// Bounds, in either direction.
    pub fn new(baseline: f64, best: f64) -> Result<Self, BadBounds> {
        let reach = best - baseline;
        if reach.is_finite() && reach.abs() > 0.0 { Ok(Self { baseline, best }) } else { Err(BadBounds) }
    }

    /// (value − baseline) / (best − baseline), cut to 0..1, in whole billionths; a value that is undefined is worth nothing.
    pub fn quality_nano(&self, value: Option<f64>) -> u32 {
        let quality = value.map_or(0.0, |value| (value - self.baseline) / (self.best - self.baseline));
        // A number that is not one becomes 0; 10^9 fits.
        (quality.clamp(0.0, 1.0) * NANO).round() as u32
    }
}

/// What ranks a team. The scores of one board are of one rule, that of the competition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverallScore {
    /// A mean, as a fraction; the weight is the same for every team.
    MeanRank {
        /// Sum of weight × rank, in thousandths.
        sum_milli: u128,
        /// Sum of weights, in thousandths.
        weight_milli: u128,
    },
    /// Sum of weight × quality: thousandths × billionths.
    Normalised {
        /// In trillionths.
        sum_pico: u128,
    },
    /// Sums of the weights of tasks.
    Medals {
        /// Of gold, silver and bronze, in thousandths.
        medals_milli: [u128; 3],
    },
}

impl OverallScore {
    /// What compares the scores of one board: greater is better.
    pub(super) fn merit(&self) -> [u128; 3] {
        match *self {
            Self::MeanRank { sum_milli, .. } => [u128::MAX - sum_milli, 0, 0],
            Self::Normalised { sum_pico } => [sum_pico, 0, 0],
            Self::Medals { medals_milli } => medals_milli,
        }
    }

    /// The score as one number to show; medals are three.
    pub fn value(&self) -> Option<f64> {
        match *self {
            Self::MeanRank { sum_milli, weight_milli } => Some(sum_milli as f64 / weight_milli as f64),
            Self::Normalised { sum_pico } => Some(sum_pico as f64 / 1e12),
            Self::Medals { .. } => None,
        }
    }

    /// Gold, silver and bronze to show.
    pub fn medals(&self) -> Option<[f64; 3]> {
        match *self {
            Self::Medals { medals_milli } => Some(medals_milli.map(|medal| medal as f64 / 1e3)),
            Self::MeanRank { .. } | Self::Normalised { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quality_is_cut_to_what_was_declared() {
        let up = Bounds::new(0.5, 1.0).unwrap();
        let down = Bounds::new(2.0, 0.0).unwrap();
        for (bounds, value, nano) in [
            (up, 0.5, 0),
            (up, 0.1, 0),
            (up, 0.75, 500_000_000),
            (up, 1.0, 1_000_000_000),
            (up, 3.0, 1_000_000_000),
            (down, 2.0, 0),
            (down, 5.0, 0),
            (down, 0.5, 750_000_000),
            (down, -1.0, 1_000_000_000),
            (up, f64::NAN, 0),
        ] {
            assert_eq!(bounds.quality_nano(Some(value)), nano, "{bounds:?} {value}");
        }
        assert_eq!(up.quality_nano(None), 0);
    }

    #[test]
    fn bounds_are_apart_and_finite() {
        for (baseline, best) in
            [(0.5, 0.5), (0.0, -0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (f64::MIN, f64::MAX)]
        {
            assert_eq!(Bounds::new(baseline, best), Err(BadBounds), "{baseline} {best}");
        }
    }

    proptest! {
        #[test]
        fn better_values_are_never_worth_less(
            baseline in -1e3..1e3, reach in prop_oneof![-1e3..-1e-3, 1e-3..1e3], a in -2e3..2e3, b in -2e3..2e3,
        ) {
            let bounds = Bounds::new(baseline, baseline + reach).unwrap();
            let better = if reach > 0.0 { a >= b } else { a <= b };
            let (a, b) = (bounds.quality_nano(Some(a)), bounds.quality_nano(Some(b)));
            prop_assert!(a <= 1_000_000_000 && b <= 1_000_000_000);
            prop_assert!(a == b || better == (a > b));
        }
    }
}
