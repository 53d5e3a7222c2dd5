/// Overlaps from which a detection matches.
pub(crate) const THRESHOLDS: usize = 10;
/// Area ranges of a suite, at most.
pub(crate) const AREA_COUNT: usize = 4;

/// One bit per threshold.
pub(crate) type Bits = u32;
const EVERY: Bits = (1 << THRESHOLDS) - 1;
const ALARM_SHIFT: u32 = THRESHOLDS as u32;
/// In the first number alone, above everything, so that the order of outcomes is the order of ranks.
const RANK_SHIFT: u32 = 2 * ALARM_SHIFT;

/// The least overlap that matches: `numpy.linspace(0.5, 0.95, 10)`, to the bit.
const LEAST: [f64; THRESHOLDS] = {
    let mut least = [0.95; THRESHOLDS];
    let mut level = 0;
    while level < THRESHOLDS - 1 {
        least[level] = level as f64 * ((0.95 - 0.5) / 9.0) + 0.5;
        level += 1;
    }
    least
};

/// True objects per area range.
pub type Relevant = [u64; AREA_COUNT];

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

    /// The thresholds at which it is right, a bit each.
    pub(crate) fn hits(self, area: usize) -> Bits {
        self.0[area] & EVERY
    }

    /// The thresholds at which it is wrong, a bit each.
    pub(crate) fn alarms(self, area: usize) -> Bits {
        self.0[area] >> ALARM_SHIFT & EVERY
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

/// A true object that a detection overlaps by the least threshold or more.
#[derive(Debug, Clone, Copy)]
struct Near {
    place: usize,
    overlap: f64,
    /// The thresholds that the overlap reaches.
    reached: Bits,
}

impl Near {
    fn new(place: usize, overlap: f64) -> Self {
        let reached = LEAST.iter().take_while(|least| overlap >= **least).count();
        Self { place, overlap, reached: (1 << reached) - 1 }
    }
}

/// Matches the detections of one image and class with its true objects. Kept from one to the next, so that its lists are
/// allocated once.
#[derive(Debug, Default)]
pub struct Matching {
    /// What became of each detection, the best first.
    pub(crate) outcomes: Vec<Outcome>,
    truth: Vec<Truth>,
    /// Of each detection its area and where its true objects end in `near`.
    found: Vec<(f64, usize)>,
    near: Vec<Near>,
    taken: Vec<Bits>,
}

impl Matching {
    /// Matches as pycocotools does: for every area range and threshold each detection takes the free true object that it
    /// overlaps most, an ignored one only if it finds no other. Gives the true objects that are not ignored, per area range.
    ///
    /// - `ranges`: least and greatest area in square pixels, both included; at most [`AREA_COUNT`], the first holding the others.
    /// - `areas`: of each detection, the best first.
    /// - `overlap`: of a detection and a true object by their places.
    /// - `partial`: not all objects are marked, so that what finds none may still be right: it is ignored.
    pub(crate) fn run(
        &mut self,
        ranges: &[(f64, f64)],
        areas: impl Iterator<Item = f64>,
        truth: impl Iterator<Item = Truth>,
        mut overlap: impl FnMut(usize, usize) -> f64,
        partial: bool,
    ) -> Relevant {
        self.truth.clear();
        self.truth.extend(truth);
        self.found.clear();
        self.near.clear();
        for (index, area) in areas.enumerate() {
            let start = self.near.len();
            let near = (0..self.truth.len()).map(|place| Near::new(place, overlap(index, place)));
            self.near.extend(near.filter(|near| near.reached > 0));
            // Of equal overlaps the later one wins.
            self.near[start..].sort_by(|a, b| b.overlap.total_cmp(&a.overlap).then(b.place.cmp(&a.place)));
            self.found.push((area, self.near.len()));
        }
        self.outcomes.extend((0..self.found.len()).map(Outcome::new));
        for (area, range) in ranges.iter().enumerate() {
            self.match_range(area, *range, partial);
        }
        let count = |range| self.truth.iter().filter(|gold| !is_ignored(gold, range)).count() as u64;
        std::array::from_fn(|area| ranges.get(area).map_or(0, |range| count(*range)))
    }

    fn match_range(&mut self, area: usize, range: (f64, f64), partial: bool) {
        self.taken.clear();
        self.taken.resize(self.truth.len(), 0);
        let mut start = 0;
        for ((found_area, end), outcome) in self.found.iter().zip(&mut self.outcomes) {
            let near = &self.near[start..*end];
            start = *end;
            let (mut hits, mut unmatched) = (0, EVERY);
            // The nearest takes every threshold at which it is free, what is left goes to the next; an object that counts is
            // not given up for one that is ignored.
            for ignored in [false, true] {
                for Near { place, reached, .. } in near {
                    let gold = &self.truth[*place];
                    if is_ignored(gold, range) == ignored {
                        let free = if gold.crowd { EVERY } else { !self.taken[*place] };
                        let matched = unmatched & reached & free;
                        self.taken[*place] |= matched;
                        unmatched &= !matched;
                        hits |= if ignored { 0 } else { matched };
                    }
                }
            }
            let is_alarm = !partial && !is_outside(*found_area, range);
            let alarms = if is_alarm { unmatched } else { 0 };
            outcome.0[area] |= hits | alarms << ALARM_SHIFT;
        }
    }
}

fn is_ignored(gold: &Truth, range: (f64, f64)) -> bool {
    gold.ignored || is_outside(gold.area, range)
}

fn is_outside(area: f64, (least, greatest): (f64, f64)) -> bool {
    area < least || area > greatest
}
