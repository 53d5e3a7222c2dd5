use std::ops::Range;

use super::{Class, Kept, THRESHOLDS, Tally};

/// Recalls at which precision is read.
const RECALLS: usize = 101;

/// What is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// Per threshold the precision at each recall, or the recall reached alone.
type Curves = Vec<Vec<f64>>;

impl Tally {
    /// The values of figures, each over the classes that `counts(figure, class)` and that have a true object of the range;
    /// `None` where there is none.
    pub(crate) fn values(
        &self,
        figures: &[Figure],
        counts: impl Fn(usize, usize) -> bool,
    ) -> Vec<Option<f64>> {
        let mut needs: Vec<(usize, usize, What)> =
            figures.iter().map(|figure| (figure.area, figure.rank_max, figure.what)).collect();
        needs.sort_unstable();
        needs.dedup();
        let mut curves: Vec<Vec<(usize, Curves)>> = needs.iter().map(|_| Vec::new()).collect();
        for (index, class) in self.classes.iter().enumerate().filter(|(_, class)| class.relevant[0] > 0) {
            let kept = class.sorted();
            for (need, to) in needs.iter().zip(&mut curves) {
                if class.relevant[need.0] > 0 {
                    to.push((index, curves_of(class, &kept, *need)));
                }
            }
        }
        let value = |(place, figure): (usize, &Figure)| {
            let need = needs.binary_search(&(figure.area, figure.rank_max, figure.what));
            let of_figure = curves[need.expect("every figure's need is there")].iter();
            let classes: Vec<&Curves> =
                of_figure.filter(|(class, _)| counts(place, *class)).map(|(_, curves)| curves).collect();
            let points = classes.first().map_or(0, |curves| curves[0].len());
            let of_level = |level: usize| {
                let classes = &classes;
                (0..points).flat_map(move |point| classes.iter().map(move |class| class[level][point]))
            };
            mean(&figure.levels.clone().flat_map(of_level).collect::<Vec<_>>())
        };
        figures.iter().enumerate().map(value).collect()
    }

    /// A figure of each class alone.
    pub(crate) fn per_class(&self, figure: &Figure) -> Vec<Option<f64>> {
        let of_class = |class: &Class| {
            let relevant = class.relevant[figure.area] > 0;
            let need = (figure.area, figure.rank_max, figure.what);
            let curves = relevant.then(|| curves_of(class, &class.sorted(), need))?;
            mean(&curves[figure.levels.clone()].concat())
        };
        self.classes.iter().map(of_class).collect()
    }
}

fn curves_of(class: &Class, kept: &[Kept], (area, rank_max, what): (usize, usize, What)) -> Curves {
    let relevant = class.relevant[area];
    let of_level = |level| {
        let precisions = precisions(kept, area, level, rank_max);
        match what {
            What::Precision => at_recalls(precisions, relevant).to_vec(),
            What::Recall => vec![precisions.len() as f64 / relevant as f64],
        }
    };
    (0..THRESHOLDS).map(of_level).collect()
}

/// The precision after each hit.
fn precisions(kept: &[Kept], area: usize, level: usize, rank_max: usize) -> Vec<f64> {
    let (mut hits, mut alarms) = (0.0, 0.0);
    let mut precisions = Vec::new();
    for outcome in kept.iter().map(|kept| kept.outcome).filter(|outcome| outcome.rank() < rank_max) {
        if outcome.is_hit(area, level) {
            hits += 1.0;
            precisions.push(hits / (alarms + hits + f64::EPSILON));
        } else if outcome.is_alarm(area, level) {
            alarms += 1.0;
        }
    }
    precisions
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

/// The mean of values, added as `numpy.mean` adds.
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| pairwise_sum(values) / values.len() as f64)
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
