/// Overlaps from which a detection matches.
pub(crate) const THRESHOLDS: usize = 10;
/// Area ranges of a suite, at most.
pub(crate) const AREA_COUNT: usize = 4;

/// One bit per threshold.
type Bits = u32;
const EVERY: Bits = (1 << THRESHOLDS) - 1;
const ALARM_SHIFT: u32 = THRESHOLDS as u32;
/// In the first number alone, above everything, so that the order of outcomes is the order of ranks.
const RANK_SHIFT: u32 = 2 * ALARM_SHIFT;

/// What became of a detection, per area range: the thresholds at which it found a true object, those at which it was a false
/// alarm; at the others it is ignored. And its rank in its image and class, from 0 to 4095.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outcome(pub [u32; AREA_COUNT]);

impl Outcome {
    pub(crate) fn new(rank: usize) -> Self {
        Self([(rank as u32) << RANK_SHIFT, 0, 0, 0])
    }

    /// Right at the first threshold of the first range.
    pub(crate) fn hit(rank: usize) -> Self {
        Self([(rank as u32) << RANK_SHIFT | 1, 0, 0, 0])
    }

    /// Wrong at the first threshold of the first range.
    pub(crate) fn alarm(rank: usize) -> Self {
        Self([(rank as u32) << RANK_SHIFT | 1 << ALARM_SHIFT, 0, 0, 0])
    }

    pub(crate) fn rank(self) -> usize {
        (self.0[0] >> RANK_SHIFT) as usize
    }

    pub(crate) fn is_hit(self, area: usize, threshold: usize) -> bool {
        self.0[area] >> threshold & 1 == 1
    }

    pub(crate) fn is_alarm(self, area: usize, threshold: usize) -> bool {
        self.0[area] >> ALARM_SHIFT >> threshold & 1 == 1
    }

    /// Whether numbers that came from outside are an outcome.
    pub(crate) fn is_possible(self, rank_count: usize) -> bool {
        let consistent = |bits: u32| bits & EVERY & bits >> ALARM_SHIFT == 0;
        self.rank() < rank_count
            && self.0.iter().all(|bits| consistent(*bits))
            && self.0[1..].iter().all(|bits| bits >> RANK_SHIFT == 0)
    }
}

/// What matching needs to know of a true object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Truth {
    /// In square pixels.
    pub area: f64,
    /// Finding it is neither right nor wrong.
    pub ignored: bool,
    /// Any number of detections may find it.
    pub crowd: bool,
}

/// The detections and true objects of one image and class.
pub(crate) struct Matching<'a> {
    /// Least and greatest area in square pixels, both included; at most [`AREA_COUNT`], the first holding the others.
    pub ranges: &'a [(f64, f64)],
    /// The area of each detection, the best first.
    pub found: &'a [f64],
    pub truth: &'a [Truth],
    /// Of every detection with every true object, detection-major.
    pub overlaps: &'a [f64],
    /// Not all objects are marked, so that what finds none may still be right: it is ignored.
    pub partial: bool,
}

impl Matching<'_> {
    /// True objects that are not ignored, per area range.
    pub(crate) fn relevant(&self) -> [u64; AREA_COUNT] {
        let count = |range| self.truth.iter().filter(|gold| !is_ignored(gold, range)).count() as u64;
        std::array::from_fn(|area| self.ranges.get(area).map_or(0, |range| count(*range)))
    }

    /// Matches as pycocotools does: for every area range and threshold each detection takes the free true object that it
    /// overlaps most, an ignored one only if it finds no other.
    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        let count = self.truth.len();
        let mut outcomes: Vec<Outcome> = (0..self.found.len()).map(Outcome::new).collect();
        let (mut order, mut taken): (Vec<usize>, Vec<Bits>) = (Vec::new(), Vec::new());
        for (area, &range) in self.ranges.iter().enumerate() {
            let ignored: Vec<bool> = self.truth.iter().map(|gold| is_ignored(gold, range)).collect();
            order.clear();
            order.extend(0..count);
            order.sort_by_key(|place| ignored[*place]);
            taken.clear();
            taken.resize(count, 0);
            for (index, outcome) in outcomes.iter_mut().enumerate() {
                let overlaps = &self.overlaps[index * count..(index + 1) * count];
                let (mut hits, mut unmatched) = (0, EVERY);
                // What overlaps nothing by half matches at no threshold.
                if overlaps.iter().any(|overlap| *overlap >= threshold(0)) {
                    for level in 0..THRESHOLDS {
                        let free = |place: usize| taken[place] >> level & 1 == 0 || self.truth[place].crowd;
                        if let Some(place) = best(overlaps, &order, &ignored, threshold(level), free) {
                            taken[place] |= 1 << level;
                            unmatched &= !(1 << level);
                            hits |= Bits::from(!ignored[place]) << level;
                        }
                    }
                }
                let is_alarm = !self.partial && !is_outside(self.found[index], range);
                let alarms = if is_alarm { unmatched } else { 0 };
                outcome.0[area] |= hits | alarms << ALARM_SHIFT;
            }
        }
        outcomes
    }
}

/// The place of the true object that a detection takes, if any.
fn best(
    overlaps: &[f64],
    order: &[usize],
    ignored: &[bool],
    threshold: f64,
    free: impl Fn(usize) -> bool,
) -> Option<usize> {
    let (mut least, mut best) = (threshold, None);
    for &place in order.iter().filter(|place| free(**place)) {
        // An object that counts is not given up for one that is ignored.
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
fn threshold(level: usize) -> f64 {
    if level == THRESHOLDS - 1 { 0.95 } else { level as f64 * ((0.95 - 0.5) / 9.0) + 0.5 }
}

fn is_ignored(gold: &Truth, range: (f64, f64)) -> bool {
    gold.ignored || is_outside(gold.area, range)
}

fn is_outside(area: f64, (least, greatest): (f64, f64)) -> bool {
    area < least || area > greatest
}
