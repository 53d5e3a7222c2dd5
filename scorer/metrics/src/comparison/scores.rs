use super::sample::Item;
use crate::{MetricError, binary, keys::key_of, pairs, sides::Entry};

/// Which suite reads the counted scores.
#[derive(Debug, Clone, Copy)]
pub(super) enum Suite {
    Binary(binary::Kind),
    Pairs(pairs::Kind),
}

/// The items in the order of their scores, which is the same in every replicate.
pub(super) struct Ranked {
    suite: Suite,
    /// Distinct scores, ascending, and how many items have each.
    scores: Vec<(u64, u32)>,
    /// The place of the group, and the side: 0 for a positive.
    items: Vec<(u32, u8)>,
}

impl Ranked {
    /// # Errors
    /// [`MetricError::Corrupt`] for a score that is NaN, and for what is neither positive nor negative.
    pub fn of<'a>(suite: Suite, items: impl Iterator<Item = (u32, &'a Item)>) -> Result<Self, MetricError> {
        let item = |(place, item): (u32, &Item)| {
            let [score, label] = item.numbers;
            let side = u8::from(!is_positive(label)?);
            if score.is_nan() { Err(MetricError::Corrupt) } else { Ok((key_of(score), place, side)) }
        };
        let mut items = items.map(item).collect::<Result<Vec<_>, MetricError>>()?;
        items.sort_unstable();
        let scores = items.chunk_by(|a, b| a.0 == b.0).map(|run| (run[0].0, run.len() as u32)).collect();
        Ok(Self { suite, scores, items: items.into_iter().map(|(_, place, side)| (place, side)).collect() })
    }

    pub fn value(&self, weights: &[u8]) -> Option<f64> {
        let mut entries: Vec<Entry> = Vec::with_capacity(self.scores.len());
        let mut rest = &self.items[..];
        for (key, count) in &self.scores {
            let (run, after) = rest.split_at(*count as usize);
            rest = after;
            let mut counts = [0; 2];
            for (place, side) in run {
                counts[usize::from(*side)] += u32::from(weights[*place as usize]);
            }
            if counts != [0; 2] {
                entries.push((*key, counts));
            }
        }
        match self.suite {
            Suite::Binary(kind) => binary::value_of(kind, &entries),
            Suite::Pairs(kind) => pairs::value_of(kind, &entries),
        }
    }
}

/// # Errors
/// [`MetricError::Corrupt`] for neither 0 nor 1.
pub(super) fn is_positive(label: f64) -> Result<bool, MetricError> {
    let is = |side: f64| label.total_cmp(&side).is_eq();
    if is(0.0) || is(1.0) { Ok(is(1.0)) } else { Err(MetricError::Corrupt) }
}
