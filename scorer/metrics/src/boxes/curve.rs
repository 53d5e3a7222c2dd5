use super::{
    Kept,
    image::{AREAS, DETECTIONS_MAX},
};

/// Overlaps from which a detection matches.
pub(super) const THRESHOLDS: usize = 10;
/// Recalls at which precision is read.
const RECALLS: usize = 101;

/// Precision at 101 recalls and the recall reached, per threshold, of one class and area range.
pub(super) struct Curves {
    /// Empty where fewer than all detections count: precision is not asked for there.
    pub precision: Vec<[f64; RECALLS]>,
    pub recall: [f64; THRESHOLDS],
}

impl Curves {
    /// `kept`: a class in canonical order. `relevant`: true boxes of the area range, at least 1. `rank_max`: detections of an
    /// image that count.
    pub(super) fn new(kept: &[Kept], area: usize, relevant: u64, rank_max: usize) -> Self {
        let mut curves = Self { precision: Vec::with_capacity(THRESHOLDS), recall: [0.0; THRESHOLDS] };
        for level in 0..THRESHOLDS {
            let precisions = precisions(kept, area, level, rank_max);
            curves.recall[level] = precisions.len() as f64 / relevant as f64;
            if rank_max == DETECTIONS_MAX {
                curves.precision.push(at_recalls(precisions, relevant));
            }
        }
        curves
    }
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

/// The greatest precision at each recall of 0, 0.01 … 1 or more; 0 beyond the recall reached. Between hits precision only
/// falls, so that those after hits are all that is looked at.
fn at_recalls(mut precisions: Vec<f64>, relevant: u64) -> [f64; RECALLS] {
    for index in (1..precisions.len()).rev() {
        precisions[index - 1] = precisions[index - 1].max(precisions[index]);
    }
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

/// The mean of values, added as `numpy.mean` adds: in pairs of halves down to 128, those in eight lanes.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| pairwise_sum(values) / values.len() as f64)
}

fn pairwise_sum(values: &[f64]) -> f64 {
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

/// True boxes per area range.
pub(super) type Relevant = [u64; AREAS.len()];
