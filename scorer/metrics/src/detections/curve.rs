use std::ops::Range;

use super::{
    THRESHOLDS,
    tally::{Class, Kept, Tally},
};

/// Recalls at which precision is read.
const RECALLS: usize = 101;

/// What is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Precision,
    Recall,
}

/// One figure of a summary: a mean over classes, thresholds and, of precision, recalls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    pub what: What,
    /// Index of the area range.
    pub area: usize,
    /// Detections of an image and class that count.
    pub rank_max: usize,
    /// Thresholds by index.
    pub levels: Range<usize>,
}

/// One class in one area range, with so many detections of an image.
struct Curves {
    /// The recall reached, per threshold.
    recall: [f64; THRESHOLDS],
    /// The precision at each recall, per threshold; empty unless asked for.
    precision: Vec<[f64; RECALLS]>,
}

impl Tally {
    /// The values of figures, each over the classes that `counts(figure, class)` and that have a true object of the range;
    /// `None` where there is none.
    pub(crate) fn values(
        &self,
        figures: &[Figure],
        counts: impl Fn(usize, usize) -> bool,
    ) -> Vec<Option<f64>> {
        let mut needs: Vec<(usize, usize)> =
            figures.iter().map(|figure| (figure.area, figure.rank_max)).collect();
        needs.sort_unstable();
        needs.dedup();
        let is_of = |figure: &Figure, need: (usize, usize)| (figure.area, figure.rank_max) == need;
        let has_precision = |need: &(usize, usize)| {
            figures.iter().any(|figure| figure.what == What::Precision && is_of(figure, *need))
        };
        let needs: Vec<_> = needs.into_iter().map(|need| (need, has_precision(&need))).collect();
        let mut curves: Vec<Vec<(usize, Curves)>> = needs.iter().map(|_| Vec::new()).collect();
        for (index, class) in self.classes().iter().enumerate().filter(|(_, class)| class.relevant[0] > 0) {
            let kept = class.sorted();
            for (&((area, rank_max), with_precision), to) in needs.iter().zip(&mut curves) {
                if class.relevant[area] > 0 {
                    to.push((
                        index,
                        Curves::new(class.relevant[area], &kept, area, rank_max, with_precision),
                    ));
                }
            }
        }
        let value = |(place, figure): (usize, &Figure)| {
            let need = needs.iter().position(|(need, _)| is_of(figure, *need));
            let of_figure = curves[need.expect("every figure's need is there")].iter();
            let classes: Vec<&Curves> =
                of_figure.filter(|(class, _)| counts(place, *class)).map(|(_, curves)| curves).collect();
            figure.mean(&classes)
        };
        figures.iter().enumerate().map(value).collect()
    }

    /// A figure of each class alone.
    pub(crate) fn per_class(&self, figure: &Figure) -> Vec<Option<f64>> {
        let of_class = |class: &Class| {
            let relevant = class.relevant[figure.area];
            let curves = || {
                let with_precision = figure.what == What::Precision;
                Curves::new(relevant, &class.sorted(), figure.area, figure.rank_max, with_precision)
            };
            (relevant > 0).then(|| figure.mean(&[&curves()])).flatten()
        };
        self.classes().iter().map(of_class).collect()
    }
}

impl Figure {
    /// In the order in which pycocotools adds: threshold, recall, class.
    fn mean(&self, classes: &[&Curves]) -> Option<f64> {
        let mut values = Vec::new();
        for level in self.levels.clone() {
            match self.what {
                What::Recall => values.extend(classes.iter().map(|class| class.recall[level])),
                What::Precision => values.extend(
                    (0..RECALLS).flat_map(|at| classes.iter().map(move |class| class.precision[level][at])),
                ),
            }
        }
        (!values.is_empty()).then(|| pairwise_sum(&values) / values.len() as f64)
    }
}

impl Curves {
    /// `relevant`: at least 1. `kept`: in canonical order.
    fn new(relevant: u64, kept: &[Kept], area: usize, rank_max: usize, with_precision: bool) -> Self {
        let (mut hits, mut alarms) = ([0_u32; THRESHOLDS], [0_u32; THRESHOLDS]);
        // After each hit.
        let mut precisions: [Vec<f64>; THRESHOLDS] = Default::default();
        for outcome in kept.iter().map(|kept| kept.outcome).filter(|outcome| outcome.rank() < rank_max) {
            let wrong = outcome.alarms(area);
            alarms.iter_mut().zip(0..).for_each(|(count, level)| *count += wrong >> level & 1);
            let mut right = outcome.hits(area);
            while right != 0 {
                let level = right.trailing_zeros() as usize;
                right &= right - 1;
                hits[level] += 1;
                if with_precision {
                    let (hits, alarms) = (f64::from(hits[level]), f64::from(alarms[level]));
                    precisions[level].push(hits / (alarms + hits + f64::EPSILON));
                }
            }
        }
        let recall = hits.map(|hits| f64::from(hits) / relevant as f64);
        let precision = precisions.into_iter().map(|precisions| at_recalls(precisions, relevant));
        Self { recall, precision: precision.take(if with_precision { THRESHOLDS } else { 0 }).collect() }
    }
}

/// The greatest precision here or further on.
pub(crate) fn interpolated(mut precisions: Vec<f64>) -> Vec<f64> {
    for index in (1..precisions.len()).rev() {
        precisions[index - 1] = precisions[index - 1].max(precisions[index]);
    }
    precisions
}

/// The greatest precision at each recall of 0, 0.01 … 1 or more; 0 beyond the recall reached. Between hits precision only
/// falls, so that those after hits are all that is looked at.
fn at_recalls(precisions: Vec<f64>, relevant: u64) -> [f64; RECALLS] {
    let precisions = interpolated(precisions);
    let mut place = 0;
    std::array::from_fn(|step| {
        // `numpy.linspace(0, 1, 101)`, to the bit.
        let recall = if step == RECALLS - 1 { 1.0 } else { step as f64 * 0.01 };
        while place < precisions.len() && (place + 1) as f64 / (relevant as f64) < recall {
            place += 1;
        }
        precisions.get(place).copied().unwrap_or(0.0)
    })
}

/// The sum of values as `numpy.sum` adds: in pairs of halves down to 128, those in eight lanes.
pub(crate) fn pairwise_sum(values: &[f64]) -> f64 {
    const LANES: usize = 8;
    const BLOCK: usize = 128;
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % LANES);
        return pairwise_sum(left) + pairwise_sum(right);
    }
    let (eights, rest) = values.as_chunks::<LANES>();
    let Some((first, more)) = eights.split_first() else { return rest.iter().sum() };
    let mut lanes = *first;
    for eight in more {
        lanes.iter_mut().zip(eight).for_each(|(lane, value)| *lane += value);
    }
    // ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))
    let pair = |lane: usize| lanes[lane] + lanes[lane + 1];
    rest.iter().fold((pair(0) + pair(2)) + (pair(4) + pair(6)), |sum, value| sum + value)
}
