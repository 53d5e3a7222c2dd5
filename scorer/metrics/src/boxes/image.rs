use super::{Detection, TrueBox, curve::THRESHOLDS};

/// Detections of one image and class that count, the best first.
pub(super) const DETECTIONS_MAX: usize = 100;

/// Areas in square pixels, both ends included: all, small, medium, large.
pub(super) const AREAS: [(f64, f64); 4] = [(0.0, 1e10), (0.0, 1024.0), (1024.0, 9216.0), (9216.0, 1e10)];

/// One bit per threshold.
type Bits = u32;
const EVERY: Bits = (1 << THRESHOLDS) - 1;

/// What became of a detection, per area range: the thresholds at which it found a true box, those at which it was a false
/// alarm; at the others it is ignored. And its rank in its image and class, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Outcome(pub [u32; AREAS.len()]);

const ALARM_SHIFT: u32 = THRESHOLDS as u32;
/// In the first number alone, above everything, so that the order of outcomes is the order of ranks.
const RANK_SHIFT: u32 = 2 * ALARM_SHIFT;

impl Outcome {
    fn new(rank: usize) -> Self {
        Self([(rank as u32) << RANK_SHIFT, 0, 0, 0])
    }

    pub(super) fn rank(self) -> usize {
        (self.0[0] >> RANK_SHIFT) as usize
    }

    pub(super) fn is_hit(self, area: usize, threshold: usize) -> bool {
        self.0[area] >> threshold & 1 == 1
    }

    pub(super) fn is_alarm(self, area: usize, threshold: usize) -> bool {
        self.0[area] >> ALARM_SHIFT >> threshold & 1 == 1
    }

    /// Whether numbers that came from outside are an outcome.
    pub(super) fn is_possible(self) -> bool {
        let consistent = |bits: u32| bits & EVERY & bits >> ALARM_SHIFT == 0;
        self.rank() < DETECTIONS_MAX
            && self.0.iter().all(|bits| consistent(*bits))
            && self.0[1..].iter().all(|bits| bits >> RANK_SHIFT == 0)
    }
}

/// True boxes of one class that are not ignored, per area range.
pub(super) fn relevant(truth: &[TrueBox]) -> [u64; AREAS.len()] {
    AREAS.map(|area| truth.iter().filter(|gold| !is_ignored(gold, area)).count() as u64)
}

/// Matches the detections of one image and class, best first and at most [`DETECTIONS_MAX`], as pycocotools does: for every
/// area range and threshold each takes the free true box that it overlaps most, ignored ones only if it finds no other.
pub(super) fn outcomes(detections: &[Detection], truth: &[TrueBox], to: &mut Vec<Outcome>) {
    let start = to.len();
    to.extend((0..detections.len()).map(Outcome::new));
    let outcomes = &mut to[start..];
    let overlaps: Vec<f64> =
        detections.iter().flat_map(|found| truth.iter().map(|gold| overlap(found, gold))).collect();
    for (area, &range) in AREAS.iter().enumerate() {
        let ignored: Vec<bool> = truth.iter().map(|gold| is_ignored(gold, range)).collect();
        let mut order: Vec<usize> = (0..truth.len()).collect();
        order.sort_by_key(|place| ignored[*place]);
        let mut taken: Vec<Bits> = vec![0; truth.len()];
        for (index, (found, outcome)) in detections.iter().zip(outcomes.iter_mut()).enumerate() {
            let overlaps = &overlaps[index * truth.len()..(index + 1) * truth.len()];
            let (mut hits, mut unmatched) = (0, EVERY);
            // What overlaps nothing by half matches at no threshold.
            if overlaps.iter().any(|overlap| *overlap >= threshold(0)) {
                for level in 0..THRESHOLDS {
                    let free = |place: usize| taken[place] >> level & 1 == 0 || truth[place].crowd;
                    if let Some(place) = best(overlaps, &order, &ignored, threshold(level), free) {
                        taken[place] |= 1 << level;
                        unmatched &= !(1 << level);
                        hits |= Bits::from(!ignored[place]) << level;
                    }
                }
            }
            let alarms = if is_outside(found.w * found.h, range) { 0 } else { unmatched };
            outcome.0[area] |= hits | alarms << ALARM_SHIFT;
        }
    }
}

/// The place of the true box that a detection takes, if any.
fn best(
    overlaps: &[f64],
    order: &[usize],
    ignored: &[bool],
    threshold: f64,
    free: impl Fn(usize) -> bool,
) -> Option<usize> {
    let (mut least, mut best) = (threshold, None);
    for &place in order.iter().filter(|place| free(**place)) {
        // A box that counts is not given up for one that is ignored.
        if ignored[place] && best.is_some_and(|best: usize| !ignored[best]) {
            break;
        }
        // Of equal overlaps the later one wins.
        if overlaps[place] >= least {
            (least, best) = (overlaps[place], Some(place));
        }
    }
    best
}

/// The least overlap that matches: `numpy.linspace(0.5, 0.95, 10)`, to the bit.
pub(super) fn threshold(level: usize) -> f64 {
    if level == THRESHOLDS - 1 { 0.95 } else { level as f64 * ((0.95 - 0.5) / 9.0) + 0.5 }
}

fn is_ignored(gold: &TrueBox, range: (f64, f64)) -> bool {
    gold.crowd || is_outside(gold.area, range)
}

fn is_outside(area: f64, (least, greatest): (f64, f64)) -> bool {
    area < least || area > greatest
}

/// Intersection over union; for a crowd, over the detection's area. 0 where nothing is shared.
fn overlap(found: &Detection, gold: &TrueBox) -> f64 {
    let width = (found.w + found.x).min(gold.w + gold.x) - found.x.max(gold.x);
    let height = (found.h + found.y).min(gold.h + gold.y) - found.y.max(gold.y);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let shared = width * height;
    let all = if gold.crowd { found.w * found.h } else { found.w * found.h + gold.w * gold.h - shared };
    shared / all
}
