//! What a team is told of a hidden evaluation, when, and what that is worth in information.
//!
//! Policy `exact`: every metric rounded to `decimals`. Rounding acts on the exact binary value and sends a tie to the even
//! digit (0.125 at two decimals is 0.12), so that it has no bias and is the same on every machine. A metric with values in
//! `low..high` can take one of (high − low)·10^d + 1 of them, or be "not scored": it is charged `ceil(1000 · log2((high − low)·10^d + 2))`
//! millibits, whatever it says, because a charge that depended on the outcome would itself tell something. A metric without bounds
//! is charged the 64 bits of a number.
//!
//! Policy `ladder`: only the team's best level on a grid, charged by a prefix code within a budget (see [`crate::Ladder`]).
//!
//! A release is decided and charged with its verdict. When it is shown is the timing's matter: at once, at the end of an epoch that
//! does not depend on how long the model ran, or when the phase is finalized.

use serde::{Deserialize, Serialize};

use crate::{Ladder, LadderRule, MetricRef, MetricValue, Micros, Outcome};

/// Decimals that are shown at most.
pub const DECIMALS_MAX: u32 = 6;
/// What a number of any size can tell.
const NUMBER_MILLIBITS: u64 = 64_000;
/// An epoch, in seconds.
pub const EPOCH_S_MAX: u32 = 7 * 24 * 3_600;

/// Why a release rule is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReleaseRule {
    /// 0 to 6.
    #[error("decimals must be 0 to 6")]
    Decimals,
    /// 1 second to a week.
    #[error("an epoch must be 1 to {EPOCH_S_MAX} seconds")]
    Epoch,
}

/// What is released.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Every metric, rounded.
    Exact {
        /// 0 to 6.
        decimals: u32,
    },
    /// The team's best level.
    Ladder(LadderRule),
}

/// When a release is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// With the verdict.
    Immediate,
    /// At the end of the epoch in which the longest allowed run would have ended.
    Epoch {
        /// Length; epochs are counted from 1970.
        seconds: u32,
    },
    /// When the phase is finalized.
    Finalize,
}

/// A phase's rule for what is released.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseRule {
    policy: Policy,
    timing: Timing,
}

/// When a release will be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// In the transaction that decides it.
    Now,
    /// Then.
    At(Micros),
    /// With its phase.
    WithPhase,
}

/// What a team is told. Of a ladder's release nothing shows whether the model failed or was no better.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Whether there are values: under `ladder`, whether the team's best is above the baseline.
    pub scored: bool,
    /// Under `ladder`: the team's best level with this submission.
    pub level: Option<u32>,
    /// Rounded, or the level's least good score; the first ranks. Empty unless scored.
    pub metrics: Vec<MetricValue>,
    /// What this disclosure was charged.
    pub charge_millibits: u64,
    /// When it was released.
    pub released_at: Micros,
}

/// Rounds half to even. Undefined stays undefined; −0 becomes 0.
pub fn rounded(value: Option<f64>, decimals: u32) -> Option<f64> {
    let value = value.filter(|v| v.is_finite())?;
    // Formatting with a precision is exact decimal rounding of the binary value; multiplying by a power of ten is not.
    let rounded: f64 = format!("{value:.*}", decimals as usize).parse().ok()?;
    Some(if rounded == 0.0 { 0.0 } else { rounded })
}

/// What a release of these columns at so many decimals is charged.
pub fn exact_millibits(decimals: u32, columns: &[MetricRef]) -> u64 {
    columns.iter().map(|column| number_millibits(decimals, column.range)).sum()
}

fn number_millibits(decimals: u32, range: Option<(f64, f64)>) -> u64 {
    let Some((low, high)) = range else { return NUMBER_MILLIBITS };
    let states = ((high - low) * 10f64.powi(decimals.min(DECIMALS_MAX) as i32)).ceil() + 2.0;
    let millibits = (states.log2() * 1_000.0).ceil();
    if millibits >= 0.0 && millibits < NUMBER_MILLIBITS as f64 { millibits as u64 } else { NUMBER_MILLIBITS }
}

/// What a reveal of these columns is charged: their values, and which of three classes a fault is of, where there is one, which is
/// ⌈1000 · log2 3⌉ beside the states that every release has.
pub fn reveal_millibits(decimals: u32, columns: &[MetricRef]) -> u64 {
    const FAULT_CLASS_MILLIBITS: u64 = 1_585;
    exact_millibits(decimals, columns) + FAULT_CLASS_MILLIBITS
}

/// What two ranks of so many models are charged: ⌈1000 · log2(n + 1)⌉ each, for there may be none.
pub fn rank_interval_millibits(model_count: usize) -> u64 {
    2 * ((model_count as f64 + 1.0).log2() * 1_000.0).ceil() as u64
}

/// The exact values of an outcome, rounded. An evaluation whose ranking metric is undefined counts as scored, and shows so.
pub fn rounded_values(outcome: &Outcome, decimals: u32) -> Option<Vec<MetricValue>> {
    match outcome {
        Outcome::Scored(values) => {
            Some(values.iter().map(|m| MetricValue::new(&m.id, rounded(m.value, decimals))).collect())
        }
        Outcome::Faulted(_) => None,
    }
}

/// What a ladder's level looks like on a board: the ranking column has the level's least good score, others are not told.
pub fn level_values(ladder: &Ladder, columns: &[MetricRef], level: u32) -> Vec<MetricValue> {
    if level == 0 {
        return Vec::new();
    }
    let value = |(at, column): (usize, &MetricRef)| {
        MetricValue::new(&column.id, (at == 0).then(|| ladder.edge(level)))
    };
    columns.iter().enumerate().map(value).collect()
}

impl ReleaseRule {
    /// A rule, if its figures are in their ranges.
    pub fn new(policy: Policy, timing: Timing) -> Result<Self, BadReleaseRule> {
        if matches!(policy, Policy::Exact { decimals } if decimals > DECIMALS_MAX) {
            return Err(BadReleaseRule::Decimals);
        }
        if matches!(timing, Timing::Epoch { seconds } if seconds == 0 || seconds > EPOCH_S_MAX) {
            return Err(BadReleaseRule::Epoch);
        }
        Ok(Self { policy, timing })
    }

    /// The policy `exact` with 0 to 6 decimals, shown at once.
    pub fn exact(decimals: u32) -> Result<Self, BadReleaseRule> {
        Self::new(Policy::Exact { decimals }, Timing::Immediate)
    }

    /// What is released.
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// When.
    pub const fn timing(&self) -> Timing {
        self.timing
    }

    /// When the release of a submission is shown whose verdict is there at `now`. `allowed_end` is when it would have been there if it and
    /// those of its account before it had run as long as they were allowed to.
    pub fn due(&self, allowed_end: Micros, now: Micros) -> Due {
        match self.timing {
            Timing::Immediate => Due::Now,
            Timing::Finalize => Due::WithPhase,
            Timing::Epoch { seconds } => {
                let epoch = i64::from(seconds) * 1_000_000;
                // A pool that is behind makes it a later epoch, and never a moment inside one.
                let end = allowed_end.max(now).0;
                Due::At(Micros(
                    end.div_euclid(epoch)
                        .saturating_add(i64::from(end.rem_euclid(epoch) > 0))
                        .saturating_mul(epoch),
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direction, Fault, FaultCode, Scale};
    use proptest::prelude::*;

    #[test]
    fn ties_go_to_the_even_digit() {
        assert_eq!(rounded(Some(0.125), 2), Some(0.12));
        assert_eq!(rounded(Some(0.375), 2), Some(0.38));
        assert_eq!(rounded(Some(0.5), 0), Some(0.0));
        assert_eq!(rounded(Some(1.5), 0), Some(2.0));
        assert_eq!(rounded(Some(2.5), 0), Some(2.0));
    }

    #[test]
    fn near_ties_go_by_the_exact_binary_value() {
        // Written as ties, but 0.285 is a little less in binary and 0.12345 a little more.
        assert_eq!(rounded(Some(0.285), 2), Some(0.28));
        assert_eq!(rounded(Some(0.123_45), 4), Some(0.1235));
    }

    #[test]
    fn what_is_undefined_stays_so_and_zero_has_no_sign() {
        assert_eq!(rounded(None, 3), None);
        assert_eq!(rounded(Some(f64::NAN), 3), None);
        assert_eq!(rounded(Some(f64::INFINITY), 3), None);
        assert!(rounded(Some(-0.000_1), 3).unwrap().is_sign_positive());
    }

    fn column(id: &str, range: Option<(f64, f64)>) -> MetricRef {
        MetricRef { id: id.into(), direction: Direction::HigherIsBetter, title: String::new(), range }
    }

    #[test]
    fn charges_are_the_formula_rounded_up() {
        let unit = column("accuracy", Some((0.0, 1.0)));
        for (decimals, charge) in (0u32..).zip([1585, 3585, 6673, 9969, 13289, 16610, 19932]) {
            assert_eq!(exact_millibits(decimals, std::slice::from_ref(&unit)), charge);
        }
        assert_eq!(exact_millibits(4, &[unit.clone(), unit.clone()]), 2 * 13289);
        assert_eq!(reveal_millibits(4, std::slice::from_ref(&unit)), 13289 + 1585);
        // −1 to 1 has twice as many values, and what has no bounds may tell a whole number.
        assert_eq!(exact_millibits(4, &[column("mcc", Some((-1.0, 1.0)))]), 14288);
        assert_eq!(exact_millibits(0, &[column("log_loss", None)]), 64_000);
        assert_eq!(exact_millibits(6, &[column("odd", Some((0.0, f64::INFINITY)))]), 64_000);
    }

    #[test]
    fn two_ranks_tell_which_of_so_many_and_whether_any() {
        assert_eq!(rank_interval_millibits(1), 2_000);
        assert_eq!(rank_interval_millibits(3), 4_000);
        assert_eq!(rank_interval_millibits(362), 2 * 8_504);
    }

    #[test]
    fn figures_have_ranges() {
        assert!(ReleaseRule::exact(6).is_ok());
        assert_eq!(ReleaseRule::exact(7), Err(BadReleaseRule::Decimals));
        let epoch = |seconds| ReleaseRule::new(Policy::Exact { decimals: 2 }, Timing::Epoch { seconds });
        assert!(epoch(1).is_ok() && epoch(EPOCH_S_MAX).is_ok());
        assert_eq!(
            (epoch(0), epoch(EPOCH_S_MAX + 1)),
            (Err(BadReleaseRule::Epoch), Err(BadReleaseRule::Epoch))
        );
    }

    #[test]
    fn every_failure_looks_the_same() {
        for &code in FaultCode::ALL {
            let fault = Fault { code, detail: "tensor x".into(), remedy: "y".into() };
            assert_eq!(rounded_values(&Outcome::Faulted(fault), 4), None);
        }
    }

    #[test]
    fn an_epoch_does_not_depend_on_how_long_the_model_ran() {
        let rule = ReleaseRule::new(Policy::Exact { decimals: 2 }, Timing::Epoch { seconds: 60 }).unwrap();
        let second = |s: i64| Micros(s * 1_000_000);
        let due = |end, now| rule.due(second(end), second(now));
        for now in [0, 1, 99, 110, 120] {
            assert_eq!(due(110, now), Due::At(second(120)), "{now}");
        }
        assert_eq!(due(120, 21), Due::At(second(120)));
        assert_eq!(due(121, 22), Due::At(second(180)));
        // The queue was long: the next epoch's end, still not the moment itself.
        assert_eq!(due(110, 121), Due::At(second(180)));
        assert_eq!(ReleaseRule::exact(2).unwrap().due(Micros(5), Micros(7)), Due::Now);
    }

    #[test]
    fn a_level_shows_its_edge_and_nothing_else() {
        let scale = Scale { baseline: 0.5, best: 1.0, width: 1.0 };
        let ladder = LadderRule { levels: Some(10), budget: None }.resolve(Some(scale), 10_000).unwrap();
        let columns = [column("accuracy", None), column("log_loss", None)];
        assert_eq!(level_values(&ladder, &columns, 0), []);
        let shown = [MetricValue::new("accuracy", Some(0.65)), MetricValue::new("log_loss", None)];
        assert_eq!(level_values(&ladder, &columns, 3), shown);
    }

    proptest! {
        #[test]
        fn rounding_is_monotone_close_and_stable(a in -2.0f64..2.0, b in -2.0f64..2.0, decimals in 0u32..=6) {
            let (x, y) = (rounded(Some(a), decimals).unwrap(), rounded(Some(b), decimals).unwrap());
            if a <= b { prop_assert!(x <= y); }
            prop_assert!((x - a).abs() <= 0.5 * 10f64.powi(-(decimals as i32)) + 1e-15);
            prop_assert_eq!(rounded(Some(x), decimals), Some(x));
        }
    }
}
