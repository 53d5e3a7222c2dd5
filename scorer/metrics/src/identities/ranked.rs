use super::Counts;
use crate::keys::key_of;

/// Answers that stand at one score: right ones, wrong ones of items that show somebody, those of items that show nobody.
pub(super) type Entry = (u64, [u32; 3]);

/// The answers in the order of their scores.
pub(super) struct Ranked<'a> {
    /// Ascending in the score.
    entries: &'a [Entry],
    counts: Counts,
}

/// Answers accepted at a threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Point {
    right: u64,
    /// Of items that show somebody else.
    confused: u64,
    /// Of items that show nobody.
    invented: u64,
}

impl Point {
    fn plus(self, [right, confused, invented]: [u32; 3]) -> Self {
        Self {
            right: self.right + u64::from(right),
            confused: self.confused + u64::from(confused),
            invented: self.invented + u64::from(invented),
        }
    }

    /// Right / answered; 0 if nothing is answered.
    pub(super) fn precision(self) -> f64 {
        if self.answered() == 0 { 0.0 } else { self.right as f64 / self.answered() as f64 }
    }

    fn answered(self) -> u64 {
        self.right + self.confused + self.invented
    }
}

impl<'a> Ranked<'a> {
    pub(super) fn new(entries: &'a [Entry], counts: Counts) -> Self {
        Self { entries, counts }
    }

    /// What is accepted at this score and above.
    pub(super) fn at(&self, threshold: f64) -> Point {
        let first = self.entries.partition_point(|(key, _)| *key < key_of(threshold));
        self.entries[first..].iter().fold(Point::default(), |point, (_, counts)| point.plus(*counts))
    }

    /// Wrong answers first among equals. `None` if no item shows anybody.
    pub(super) fn average_precision(&self) -> Option<f64> {
        let (mut point, mut sum) = (Point::default(), 0.0);
        for (_, [right, confused, invented]) in self.entries.iter().rev() {
            point = point.plus([0, *confused, *invented]);
            for _ in 0..*right {
                point.right += 1;
                sum += point.right as f64 / point.answered() as f64;
            }
        }
        self.over_known(sum)
    }

    pub(super) fn recall(&self, point: Point) -> Option<f64> {
        self.over_known(point.right as f64)
    }

    pub(super) fn f1(&self, point: Point) -> Option<f64> {
        let both = point.answered() + self.counts.known;
        (self.counts.known > 0).then(|| 2.0 * point.right as f64 / both as f64)
    }

    pub(super) fn accuracy(&self, point: Point) -> f64 {
        let items = self.counts.items.get();
        let unanswered = items - self.counts.known - point.invented;
        (point.right + unanswered) as f64 / items as f64
    }

    pub(super) fn best_f1(&self) -> Option<f64> {
        let points = self.entries.iter().rev().scan(Point::default(), |point, (_, counts)| {
            *point = point.plus(*counts);
            Some(*point)
        });
        points.map(|point| self.f1(point)).fold(self.f1(Point::default()), |best, f1| Some(best?.max(f1?)))
    }

    fn over_known(&self, sum: f64) -> Option<f64> {
        (self.counts.known > 0).then(|| sum / self.counts.known as f64)
    }
}
