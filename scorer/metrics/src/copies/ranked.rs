use crate::sides::Entry;

/// All pairs in the order of their scores.
pub(crate) struct Ranked<'a> {
    /// Ascending in the score; right and wrong pairs at each.
    entries: &'a [Entry],
    true_count: u64,
}

impl<'a> Ranked<'a> {
    pub(crate) fn new(entries: &'a [Entry], true_count: u64) -> Self {
        Self { entries, true_count }
    }

    /// Right pairs and pairs at each distinct score and above, downwards, and how many of the right ones stand there.
    fn points(&self) -> impl Iterator<Item = (u64, u64, u32)> {
        self.entries.iter().rev().scan((0, 0), |(right, listed), (_, [right_here, wrong_here])| {
            *right += u64::from(*right_here);
            *listed += u64::from(*right_here) + u64::from(*wrong_here);
            Some((*right, *listed, *right_here))
        })
    }

    pub(super) fn uap(&self) -> Option<f64> {
        let mut sum = 0.0;
        for (right, listed, right_here) in self.points() {
            // The right ones here are the last: before them stand the wrong ones of the same score.
            for after in (0..u64::from(right_here)).rev() {
                sum += (right - after) as f64 / (listed - after) as f64;
            }
        }
        self.over_true(sum)
    }

    pub(crate) fn uap_grouped(&self) -> Option<f64> {
        let at_score = |(right, listed, here)| f64::from(here) * (right as f64 / listed as f64);
        self.over_true(self.points().map(at_score).sum())
    }

    pub(super) fn recall_at_precision(&self, least: f64) -> Option<f64> {
        let precise = self.points().filter(|(right, listed, _)| *right as f64 / *listed as f64 >= least);
        self.over_true(precise.map(|(right, ..)| right).max().unwrap_or(0) as f64)
    }

    pub(super) fn over_true(&self, sum: f64) -> Option<f64> {
        (self.true_count > 0).then(|| sum / self.true_count as f64)
    }
}
