//! The policy `ladder`: a grid of levels above a published baseline, of which a team is told only the best it has reached, and a
//! ledger that charges every submission by a prefix code, so that a team can tell apart at most 2^B states of the hidden data,
//! whatever it does (shared rules of the project, "Grid-ladder" and "Ledger").
//!
//! Of a submission one thing is released: by how many levels it raised the team's best, 0 for none, whether it failed, ran out of
//! time or was no better. No rise is charged −log2(1 − 1/8) bits, a rise by j levels −log2(1/8) + 2·⌊log2 j⌋ + 1 bits. The sum of
//! 2^−charge over all that can be released is at most 1 (Kraft), and whether the next submission runs at all depends only on what was
//! released before: so the transcripts that a team can tell apart are no more than 2^(bits spent).
//!
//! Charges are thousandths of a bit, rounded up; levels are exact: scores, baseline and best are taken to twelve decimals, as integers.

use serde::{Deserialize, Serialize};

/// Charged where nothing rises: ⌈1000 · −log2(7/8)⌉.
pub const NULL_MILLIBITS: u64 = 193;
/// Levels of a grid.
pub const LEVEL_COUNT_MAX: u32 = 10_000;
/// Bits that an organizer may allow a team.
pub const BUDGET_BITS_MAX: u32 = 1_000_000;
/// The chance that the bound on the score's error does not hold.
const DELTA: f64 = 0.05;
/// Decimals that are kept of a score.
const DECIMALS: usize = 12;
/// Scores, baselines and bests are smaller than this.
const MAGNITUDE_MAX: f64 = 1e12;

/// What a rise by `jump` ≥ 1 levels is charged: 4, 6, 6, 8, 8, 8, 8, 10 … bits.
pub const fn rise_millibits(jump: u32) -> u64 {
    1_000 * (3 + 2 * jump.ilog2() as u64 + 1)
}

/// Where a task's grid lies. Lower-is-better metrics have a best below the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The published score that is worth nothing: level 0.
    pub baseline: f64,
    /// The score above which there is none: the last level.
    pub best: f64,
    /// How far apart the metric's values of single items can be: 1 for an accuracy.
    pub width: f64,
}

/// How much a team may learn of a split over the lifetime of its test set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// So many bits.
    Bits(u32),
    /// As many as keep a released score within this of the true one, with probability 0.95, for a metric in 0..1.
    Tau(f64),
}

/// A phase's wishes for its ladders; what is left open follows from the number of hidden items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LadderRule {
    /// Levels above the baseline.
    pub levels: Option<u32>,
    /// Bits.
    pub budget: Option<Budget>,
}

/// Why a ladder cannot be set up.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadLadder {
    /// The task has no scale.
    #[error(
        "the task has no [ladder] with a baseline, which the policy `ladder` needs; add it, or use the policy `exact`"
    )]
    NoScale,
    /// The scale is not one.
    #[error("baseline and best of a ladder must be different finite numbers, and the width above 0")]
    Scale,
    /// 1 to [`LEVEL_COUNT_MAX`].
    #[error("a ladder must have 1 to {LEVEL_COUNT_MAX} levels")]
    Levels,
    /// 1 to [`BUDGET_BITS_MAX`].
    #[error("the budget must be 1 to {BUDGET_BITS_MAX} bits, or a tau between 0 and 1 that is worth so many")]
    Budget,
    /// Finer than the standard error.
    #[error(
        "{levels} levels are finer than the standard error of a score on {items} items; at most {levels_max} are not"
    )]
    TooFine {
        /// What was asked.
        levels: u32,
        /// What is not finer; 0: this split is too small for any.
        levels_max: u32,
        /// Hidden items.
        items: u64,
    },
}

/// A ladder, ready to decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ladder {
    baseline: i128,
    best: i128,
    levels: u32,
    budget_millibits: u64,
    items: u64,
}

/// What becomes of a submission before any hidden data is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The next charge might not fit: nothing runs, and nothing is charged.
    Withheld,
    /// It runs, and raises the team's best by at most `cap` levels.
    Run {
        /// Levels.
        cap: u32,
    },
}

/// What is released of a submission that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The team's best level with it.
    pub level: u32,
    /// What that tells.
    pub charge_millibits: u64,
}

/// Thousand-billionths, rounded from the exact binary value, half to even.
fn fixed(value: f64) -> Option<i128> {
    if !value.is_finite() || value.abs() >= MAGNITUDE_MAX {
        return None;
    }
    format!("{value:.DECIMALS$}").replace('.', "").parse().ok()
}

fn float(fixed: i128) -> f64 {
    fixed as f64 / 10f64.powi(DECIMALS as i32)
}

/// Levels and bits where the organizer names none, by the number of hidden items.
pub const fn preset(items: u64) -> (u32, u32) {
    match items {
        0..2_000 => (10, 32),
        2_000..=10_000 => (50, 64),
        10_001..=100_000 => (100, 128),
        _ => (200, 256),
    }
}

/// B = (2nτ² − ln(2/δ))/ln 2, rounded down; `None` if that is less than a bit.
pub fn bits_of_tau(tau: f64, items: u64) -> Option<u32> {
    let bits = (2.0 * items as f64 * tau * tau - (2.0 / DELTA).ln()) / 2f64.ln();
    (tau > 0.0 && tau < 1.0 && bits >= 1.0).then(|| bits.min(f64::from(BUDGET_BITS_MAX)) as u32)
}

/// τ = sqrt((B·ln 2 + ln(2/δ))/(2n)): how far a released score may be from the true one, with probability 0.95.
pub fn tau_of_bits(bits: f64, items: u64) -> f64 {
    ((bits * 2f64.ln() + (2.0 / DELTA).ln()) / (2.0 * items as f64)).sqrt()
}

impl LadderRule {
    /// The ladder on a split of `items` items.
    pub fn resolve(&self, scale: Option<Scale>, items: u64) -> Result<Ladder, BadLadder> {
        let scale = scale.ok_or(BadLadder::NoScale)?;
        let (baseline, best) = fixed(scale.baseline).zip(fixed(scale.best)).ok_or(BadLadder::Scale)?;
        let width = fixed(scale.width).filter(|&width| width > 0).ok_or(BadLadder::Scale)?;
        if baseline == best {
            return Err(BadLadder::Scale);
        }
        let levels_max = levels_max(best.abs_diff(baseline), width.unsigned_abs(), items);
        let (preset_levels, preset_bits) = preset(items);
        let levels = self.levels.unwrap_or_else(|| preset_levels.min(levels_max).max(1));
        if levels == 0 || levels > LEVEL_COUNT_MAX {
            return Err(BadLadder::Levels);
        }
        if levels > levels_max {
            return Err(BadLadder::TooFine { levels, levels_max, items });
        }
        let bits = match self.budget {
            None => Some(preset_bits),
            Some(Budget::Bits(bits)) => Some(bits),
            Some(Budget::Tau(tau)) => bits_of_tau(tau, items),
        };
        let bits = bits.filter(|bits| (1..=BUDGET_BITS_MAX).contains(bits)).ok_or(BadLadder::Budget)?;
        Ok(Ladder { baseline, best, levels, budget_millibits: 1_000 * u64::from(bits), items })
    }
}

/// The most levels K with (range / K) ≥ width / (2·√n): K = ⌊2·√n·range / width⌋, at most [`LEVEL_COUNT_MAX`].
fn levels_max(range: u128, width: u128, items: u64) -> u32 {
    let fits = |levels: u32| {
        // 4·n·range² ≥ width²·K², by the ratio range/width in millionths, rounded down: never too fine.
        let ratio = range.saturating_mul(1_000_000) / width;
        let left = ratio.saturating_mul(ratio).saturating_mul(4 * u128::from(items));
        left >= (u128::from(levels) * 1_000_000).pow(2)
    };
    let (mut low, mut high) = (0, LEVEL_COUNT_MAX);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

impl Ladder {
    /// Levels above the baseline, K.
    pub const fn levels(&self) -> u32 {
        self.levels
    }

    /// What a team may be charged over the lifetime of the split, in thousandths of a bit.
    pub const fn budget_millibits(&self) -> u64 {
        self.budget_millibits
    }

    /// Hidden items, n.
    pub const fn items(&self) -> u64 {
        self.items
    }

    /// The level of a score: `clamp(⌊K·(s − baseline)/(best − baseline)⌋, 0, K)`. What failed or is undefined is at level 0.
    pub fn level(&self, score: Option<f64>) -> u32 {
        let Some(score) = score.and_then(fixed) else { return 0 };
        let sign = if self.best < self.baseline { -1 } else { 1 };
        let (above, range) = (sign * (score - self.baseline), sign * (self.best - self.baseline));
        // A score beyond the best is at the best; both are below 2^81, and a level count below 2^14.
        let above = above.clamp(0, range);
        u32::try_from(i128::from(self.levels) * above / range).unwrap_or(self.levels)
    }

    /// The least good score of a level: what boards show.
    pub fn edge(&self, level: u32) -> f64 {
        let range = self.best.abs_diff(self.baseline);
        let above = (u128::from(level.min(self.levels)) * range).div_ceil(u128::from(self.levels));
        let above = i128::try_from(above).unwrap_or_default();
        float(if self.best < self.baseline { self.baseline - above } else { self.baseline + above })
    }

    /// The distance of two levels.
    pub fn step(&self) -> f64 {
        float((self.best - self.baseline).abs()) / f64::from(self.levels)
    }

    /// Whether a submission of a team that has spent so much and is at `best` may run.
    pub fn turn(&self, spent_millibits: u64, best: u32) -> Turn {
        let left = self.budget_millibits.saturating_sub(spent_millibits);
        let above = self.levels.saturating_sub(best);
        let cap = cap(left).min(above);
        if NULL_MILLIBITS > left || (cap == 0 && above > 0) { Turn::Withheld } else { Turn::Run { cap } }
    }

    /// What is released of a submission that ran: its level as far as the cap allows, if it is above the best.
    pub fn settle(&self, cap: u32, best: u32, score: Option<f64>) -> Step {
        match self.level(score).saturating_sub(best).min(cap) {
            0 => Step { level: best, charge_millibits: NULL_MILLIBITS },
            rise => Step { level: best + rise, charge_millibits: rise_millibits(rise) },
        }
    }

    /// What the next release may cost, at least and at most; `None` if it will be withheld.
    pub fn next_charge(&self, spent_millibits: u64, best: u32) -> Option<(u64, u64)> {
        match self.turn(spent_millibits, best) {
            Turn::Withheld => None,
            Turn::Run { cap: 0 } => Some((NULL_MILLIBITS, NULL_MILLIBITS)),
            Turn::Run { cap } => Some((NULL_MILLIBITS, rise_millibits(cap))),
        }
    }

    /// How far a released score may be from the true one, with probability 0.95, for a metric in 0..1.
    pub fn tau(&self) -> f64 {
        tau_of_bits(self.budget_millibits as f64 / 1_000.0, self.items)
    }
}

/// The largest rise such that it and every smaller one may be charged.
fn cap(left_millibits: u64) -> u32 {
    // Charges step up at powers of two: 4 bits for 1, 6 for up to 3, 8 for up to 7 …
    let steps = (left_millibits / 1_000).saturating_sub(2) / 2;
    match u32::try_from(steps) {
        Ok(steps) if steps < 32 => (1 << steps) - 1,
        _ => u32::MAX,
    }
}

#[cfg(test)]
mod tests;
