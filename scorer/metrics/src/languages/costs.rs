use super::tag;
use crate::keys::{key_of, score_of};

/// Costs are whole multiples of 2 to the minus this, so that walking along the thresholds makes no rounding error.
const UNIT_BITS: i32 = 100;
/// Steps of the AP OLR Challenge from the least to the greatest score.
const OLR_STEPS: u32 = 20;

/// How many cells of a tag (an utterance's score for one language; see [`tag`]) have one score.
pub(super) type Entry = ((u64, u32), [u32; 1]);

/// What it costs to accept cells.
pub(super) struct Costs<'a> {
    /// Ascending in the score; empty unless asked for.
    pub entries: &'a [Entry],
    /// Per language, and at the end those of no known one.
    pub utterances: &'a [u64],
    /// Share of targets, in (0, 1).
    pub prior: f64,
}

/// The cost of accepting nothing, and what each accepted cell adds, by tag: an own utterance spares a miss, another one is an
/// alarm.
struct Weights {
    nothing: i128,
    each: Vec<i128>,
}

impl Weights {
    fn of(&self, entries: &[Entry]) -> i128 {
        entries.iter().map(|((_, tag), [count])| i128::from(*count) * self.each[*tag as usize]).sum()
    }
}

impl Costs<'_> {
    /// Utterances of known languages.
    pub(super) fn known(&self) -> u64 {
        self.utterances[..self.languages()].iter().sum()
    }

    fn languages(&self) -> usize {
        self.utterances.len() - 1
    }

    /// All other languages share the cost of alarms, strangers have none.
    fn lre(&self) -> Weights {
        self.weights((1.0 - self.prior) / (self.languages() - 1) as f64, 0.0)
    }

    /// All other languages share the cost of alarms with the strangers.
    fn olr(&self) -> Weights {
        let alarm = (1.0 - self.prior) / self.languages() as f64;
        self.weights(alarm, alarm)
    }

    fn weights(&self, alarm: f64, alarm_of_strangers: f64) -> Weights {
        let languages = self.languages();
        let mut weights = Weights { nothing: 0, each: vec![0; 2 * self.utterances.len()] };
        for (language, utterances) in self.utterances.iter().enumerate().filter(|(_, count)| **count > 0) {
            let share = |cost: f64| units(cost / (languages as f64 * *utterances as f64));
            if language < languages {
                let miss = share(self.prior);
                weights.nothing += i128::from(*utterances) * miss;
                weights.each[tag(language, true) as usize] = -miss;
                weights.each[tag(language, false) as usize] = share(alarm);
            } else {
                weights.each[tag(language, false) as usize] = share(alarm_of_strangers);
            }
        }
        weights
    }

    /// With so many cells accepted, by tag.
    pub(super) fn of_accepted(&self, accepted: &[u64]) -> f64 {
        let weights = self.lre();
        let added = accepted.iter().zip(&weights.each).map(|(count, each)| i128::from(*count) * each);
        to_f64(weights.nothing + added.sum::<i128>())
    }

    /// The least cost over all thresholds.
    pub(super) fn least(&self) -> f64 {
        let weights = self.lre();
        let (scores, above) = self.parts();
        let mut cost = weights.nothing + weights.of(above);
        let mut least = cost;
        for of_score in scores.chunk_by(|a, b| a.0.0 == b.0.0).rev() {
            cost += weights.of(of_score);
            least = least.min(cost);
        }
        to_f64(least)
    }

    /// The least cost over the thresholds of the AP OLR Challenge.
    pub(super) fn least_of_olr(&self) -> f64 {
        let weights = self.olr();
        let (scores, above) = self.parts();
        let mut cost = weights.nothing + weights.of(above);
        let ([low, ..], [.., high]) = (scores, scores) else { return to_f64(cost) };
        let (low, high) = (score_of(low.0.0), score_of(high.0.0));
        // Halved where the difference itself is no number.
        let unit = if (high - low).is_finite() { 1.0 } else { 0.5 };
        let step = (unit * high - unit * low) / f64::from(OLR_STEPS);
        let (mut left, mut least) = (scores, i128::MAX);
        for section in (0..=OLR_STEPS).rev() {
            let threshold = key_of((unit * low + f64::from(section) * step) / unit);
            let (rest, accepted) = left.split_at(left.partition_point(|((key, _), _)| *key < threshold));
            (left, cost) = (rest, cost + weights.of(accepted));
            least = least.min(cost);
        }
        to_f64(least)
    }

    /// The cells that have a score, and those that every threshold accepts; the rest none accepts.
    fn parts(&self) -> (&[Entry], &[Entry]) {
        let start = self.entries.partition_point(|((key, _), _)| *key <= key_of(f64::NEG_INFINITY));
        let end = self.entries.partition_point(|((key, _), _)| *key < key_of(f64::INFINITY));
        (&self.entries[start..end], &self.entries[end..])
    }
}

fn units(cost: f64) -> i128 {
    libm::scalbn(cost, UNIT_BITS) as i128
}

fn to_f64(cost: i128) -> f64 {
    libm::scalbn(cost as f64, -UNIT_BITS)
}
