//! What a team is told of a hidden evaluation, and what that is worth in information.
//!
//! Policy `exact`: every metric rounded to `decimals`. Rounding acts on the exact binary value and sends a tie to the even
//! digit (0.125 at two decimals is 0.12), so that it has no bias and is the same on every machine. A release of `m` metrics
//! can take one of 10^d + 1 values for each, or say "not scored": it is charged `m · ceil(1000 · log2(10^d + 2))` millibits,
//! whatever it says, because a charge that depended on the outcome would itself tell something.

use crate::{MetricValue, Micros, Outcome};

/// The charge of one metric at 0 to 6 decimals: `ceil(1000 · log2(10^d + 2))`, as integers so that sums are exact.
const CHARGE_MILLIBITS: [u64; 7] = [1585, 3585, 6673, 9969, 13289, 16610, 19932];

/// Why a release rule is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReleaseRule {
    /// Only `exact` is known.
    #[error("unknown release policy; use `exact`")]
    Policy,
    /// 0 to 6.
    #[error("decimals must be 0 to 6")]
    Decimals,
}

/// A phase's rule for what is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseRule {
    decimals: u32,
}

/// What a team is told. All failures look the same: not scored, and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Whether there are values.
    pub scored: bool,
    /// Rounded; the first ranks. Empty unless scored.
    pub metrics: Vec<MetricValue>,
    /// What this disclosure was charged.
    pub charge_millibits: u64,
    /// When it was released.
    pub released_at: Micros,
}

impl ReleaseRule {
    /// The policy `exact` with 0 to 6 decimals.
    pub fn exact(decimals: u32) -> Result<Self, BadReleaseRule> {
        if (decimals as usize) < CHARGE_MILLIBITS.len() {
            Ok(Self { decimals })
        } else {
            Err(BadReleaseRule::Decimals)
        }
    }

    /// The rule with that policy name and figure.
    pub fn parse(policy: &str, decimals: u32) -> Result<Self, BadReleaseRule> {
        if policy == "exact" { Self::exact(decimals) } else { Err(BadReleaseRule::Policy) }
    }

    /// The policy's name.
    pub const fn policy(&self) -> &'static str {
        "exact"
    }

    /// Decimals that are shown.
    pub const fn decimals(&self) -> u32 {
        self.decimals
    }

    /// Rounds half to even at the rule's decimals. Undefined stays undefined; −0 becomes 0.
    pub fn round(&self, value: Option<f64>) -> Option<f64> {
        let value = value.filter(|v| v.is_finite())?;
        // Formatting with a precision is exact decimal rounding of the binary value; multiplying by a power of ten is not.
        let rounded: f64 = format!("{value:.*}", self.decimals as usize).parse().ok()?;
        Some(if rounded == 0.0 { 0.0 } else { rounded })
    }

    /// What a release of `metric_count` metrics is charged.
    pub const fn charge_millibits(&self, metric_count: usize) -> u64 {
        CHARGE_MILLIBITS[self.decimals as usize] * metric_count as u64
    }

    /// What the team is told of `outcome`. An evaluation whose ranking metric is undefined counts as scored, and shows so.
    pub fn release(&self, outcome: &Outcome, metric_count: usize, released_at: Micros) -> Release {
        let (scored, metrics) = match outcome {
            Outcome::Scored(values) => {
                (true, values.iter().map(|m| MetricValue::new(&m.id, self.round(m.value))).collect())
            }
            Outcome::Faulted(_) => (false, Vec::new()),
        };
        Release { scored, metrics, charge_millibits: self.charge_millibits(metric_count), released_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, FaultCode};
    use proptest::prelude::*;

    #[test]
    fn ties_go_to_the_even_digit() {
        let two = ReleaseRule::exact(2).unwrap();
        assert_eq!(two.round(Some(0.125)), Some(0.12));
        assert_eq!(two.round(Some(0.375)), Some(0.38));
        assert_eq!(ReleaseRule::exact(0).unwrap().round(Some(0.5)), Some(0.0));
        assert_eq!(ReleaseRule::exact(0).unwrap().round(Some(1.5)), Some(2.0));
        assert_eq!(ReleaseRule::exact(0).unwrap().round(Some(2.5)), Some(2.0));
    }

    #[test]
    fn near_ties_go_by_the_exact_binary_value() {
        // Written as ties, but 0.285 is a little less in binary and 0.12345 a little more.
        assert_eq!(ReleaseRule::exact(2).unwrap().round(Some(0.285)), Some(0.28));
        assert_eq!(ReleaseRule::exact(4).unwrap().round(Some(0.123_45)), Some(0.1235));
    }

    #[test]
    fn what_is_undefined_stays_so_and_zero_has_no_sign() {
        let rule = ReleaseRule::exact(3).unwrap();
        assert_eq!(rule.round(None), None);
        assert_eq!(rule.round(Some(f64::NAN)), None);
        assert_eq!(rule.round(Some(f64::INFINITY)), None);
        assert!(rule.round(Some(-0.000_1)).unwrap().is_sign_positive());
    }

    #[test]
    fn charges_are_the_formula_rounded_up() {
        for (decimals, charge) in (0u32..).zip(CHARGE_MILLIBITS) {
            let states = (10f64.powi(decimals as i32) + 2.0).log2() * 1000.0;
            assert!((states..states + 1.0).contains(&(charge as f64)), "{decimals}: {states} {charge}");
        }
        assert_eq!(ReleaseRule::exact(4).unwrap().charge_millibits(2), 2 * 13289);
        assert_eq!(ReleaseRule::exact(7), Err(BadReleaseRule::Decimals));
        assert_eq!(ReleaseRule::parse("ladder", 2), Err(BadReleaseRule::Policy));
    }

    #[test]
    fn every_failure_looks_the_same() {
        let rule = ReleaseRule::exact(4).unwrap();
        let released = FaultCode::ALL.iter().map(|&code| {
            let fault = Fault { code, detail: "tensor x".into(), remedy: "y".into() };
            rule.release(&Outcome::Faulted(fault), 2, Micros(7))
        });
        for release in released {
            assert_eq!(
                release,
                Release { scored: false, metrics: vec![], charge_millibits: 26578, released_at: Micros(7) }
            );
        }
    }

    proptest! {
        #[test]
        fn rounding_is_monotone_close_and_stable(a in -2.0f64..2.0, b in -2.0f64..2.0, decimals in 0u32..=6) {
            let rule = ReleaseRule::exact(decimals).unwrap();
            let (x, y) = (rule.round(Some(a)).unwrap(), rule.round(Some(b)).unwrap());
            if a <= b { prop_assert!(x <= y); }
            prop_assert!((x - a).abs() <= 0.5 * 10f64.powi(-(decimals as i32)) + 1e-15);
            prop_assert_eq!(rule.round(Some(x)), Some(x));
        }
    }
}
