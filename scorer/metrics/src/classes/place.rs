use crate::TieRule;

/// A score as it was given. Comparing before widening is the same, and twice as fast.
pub(super) trait Score: Copy + PartialOrd + Into<f64> {
    /// What a probability lies within.
    const UNIT: (Self, Self);
    /// What a finite score lies within.
    const FINITE: (Self, Self);
}

impl Score for f32 {
    const UNIT: (Self, Self) = (0.0, 1.0);
    const FINITE: (Self, Self) = (Self::MIN, Self::MAX);
}

impl Score for f64 {
    const UNIT: (Self, Self) = (0.0, 1.0);
    const FINITE: (Self, Self) = (Self::MIN, Self::MAX);
}

/// Whether all lie within, which NaN does not.
pub(super) fn all_within<T: Score>(row: &[T], (least, greatest): (T, T)) -> bool {
    // Counted to the end: a loop that could stop early would not be vectorised.
    row.iter().map(|score| u32::from(!(*score >= least && *score <= greatest))).sum::<u32>() == 0
}

/// Where the true class stands among the scores of an item.
pub(super) struct Place {
    pub argmax: usize,
    pub max: f64,
    above: u32,
    equal_before: u32,
    equal_after: u32,
}

/// Scores looked at together.
const BLOCK: usize = 64;
/// Scores of a block whose maxima are kept apart, so that one instruction compares several.
const LANES: usize = 8;

impl Place {
    pub(super) fn of<T: Score>(row: &[T], label: usize) -> Self {
        let truth = row[label];
        let (mut above, mut equal, mut max, mut max_block) = (0, 0, row[0], 0);
        for (index, block) in row.chunks(BLOCK).enumerate() {
            above += count(block, |score| score > truth);
            equal += count(block, |score| score == truth);
            let of_block = greatest(block);
            if of_block > max {
                (max, max_block) = (of_block, index);
            }
        }
        let start = max_block * BLOCK;
        let argmax = start + row[start..].iter().position(|score| *score == max).expect("it was found there");
        let equal_before = if equal == 1 { 0 } else { count(&row[..label], |score| score == truth) };
        Self { argmax, max: max.into(), above, equal_before, equal_after: equal - 1 - equal_before }
    }

    pub(super) fn rank(&self, rule: TieRule) -> u32 {
        let lost_ties = match rule {
            TieRule::LowestIndex => self.equal_before,
            TieRule::Sklearn => self.equal_after,
            TieRule::Pessimistic => self.equal_before + self.equal_after,
            TieRule::Optimistic => 0,
        };
        self.above + lost_ties
    }
}

fn count<T: Score>(scores: &[T], is_counted: impl Fn(T) -> bool) -> u32 {
    scores.iter().map(|score| u32::from(is_counted(*score))).sum()
}

fn greatest<T: Score>(block: &[T]) -> T {
    let greater = |a: T, b: T| if b > a { b } else { a };
    let (groups, rest) = block.as_chunks::<LANES>();
    let mut lanes = [block[0]; LANES];
    for group in groups {
        lanes.iter_mut().zip(group).for_each(|(lane, score)| *lane = greater(*lane, *score));
    }
    lanes.iter().chain(rest).copied().fold(block[0], greater)
}
