use serde::{Deserialize, Serialize};

/// Pixels per class: of the truth, of the prediction, and of both at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overlap {
    truth: Vec<u64>,
    predicted: Vec<u64>,
    both: Vec<u64>,
}

impl Overlap {
    pub(super) fn new(class_count: u32) -> Self {
        let zeros = vec![0; class_count as usize];
        Self { truth: zeros.clone(), predicted: zeros.clone(), both: zeros }
    }

    /// Counts the pixels of a map and of its prediction, at most [`MAP_PIXELS_MAX`](super::MAP_PIXELS_MAX).
    /// [`VOID`](super::VOID) is no class.
    pub(super) fn add(&mut self, pixels: impl Iterator<Item = (u16, u16)>) {
        // One place more, for what is no class: every pixel is counted the same way, whatever it is.
        let none = self.truth.len();
        let mut counts = vec![0_u32; 3 * (none + 1)];
        let (truths, rest) = counts.split_at_mut(none + 1);
        let (predictions, both) = rest.split_at_mut(none + 1);
        for (truth, predicted) in pixels {
            let (truth, predicted) = (usize::from(truth).min(none), usize::from(predicted).min(none));
            truths[truth] += 1;
            predictions[predicted] += 1;
            both[truth] += u32::from(truth == predicted);
        }
        let add = |to: &mut [u64], from: &[u32]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += u64::from(*from));
        };
        add(&mut self.truth, truths);
        add(&mut self.predicted, predictions);
        add(&mut self.both, both);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let add = |to: &mut [u64], from: &[u64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.truth, &other.truth);
        add(&mut self.predicted, &other.predicted);
        add(&mut self.both, &other.both);
    }

    /// Whether these can be counts of so many classes and at most so many pixels.
    pub(super) fn fits(&self, class_count: u32, pixels_max: u64) -> bool {
        let shape = [self.truth.len(), self.predicted.len(), self.both.len()];
        let within = |counts: &[u64]| {
            let sum: u128 = counts.iter().map(|count| u128::from(*count)).sum();
            sum <= u128::from(pixels_max)
        };
        shape == [class_count as usize; 3]
            && self.pairs().all(|(t, p, both)| both <= t.min(p))
            && within(&self.truth)
            && within(&self.predicted)
    }

    /// Per class: both / either; `None` where there is neither.
    pub(super) fn iou(&self) -> impl Iterator<Item = Option<f64>> {
        self.pairs().map(|(t, p, both)| ratio(both, t + p - both))
    }

    /// Per class: 2·both / (truth + predicted); `None` where there is neither.
    pub(super) fn dice(&self) -> impl Iterator<Item = Option<f64>> {
        self.pairs().map(|(t, p, both)| ratio(2 * both, t + p))
    }

    /// Per class: both / truth; `None` where the truth has none.
    pub(super) fn recall(&self) -> impl Iterator<Item = Option<f64>> {
        self.pairs().map(|(t, _, both)| ratio(both, t))
    }

    /// Per class, whether the truth has any.
    pub(super) fn in_truth(&self) -> impl Iterator<Item = bool> {
        self.truth.iter().map(|&t| t > 0)
    }

    /// Right pixels / pixels.
    pub(super) fn accuracy(&self) -> Option<f64> {
        ratio(self.both.iter().sum(), self.truth.iter().sum())
    }

    /// Σ over classes of the class's share of the truth times its IoU.
    pub(super) fn frequency_weighted_iou(&self) -> Option<f64> {
        let weighted = |(t, iou): (&u64, Option<f64>)| *t as f64 * iou.unwrap_or(0.0);
        let sum: f64 = self.truth.iter().zip(self.iou()).map(weighted).sum();
        let total: u64 = self.truth.iter().sum();
        (total > 0).then(|| sum / total as f64)
    }

    fn pairs(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let all = self.truth.iter().zip(&self.predicted).zip(&self.both);
        all.map(|((truth, predicted), both)| (*truth, *predicted, *both))
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
