use super::{AREA_COUNT, Matching, Outcome, Relevant};
use crate::{
    MetricError, bytes,
    error::check_count,
    keys::{is_finite, key_of},
};

/// Most classes of a task.
pub const CLASS_COUNT_MAX: u32 = 10_000;
/// Most detections that a state may be told to keep: 3.2 GB of them.
pub const DETECTION_COUNT_MAX: u64 = 100_000_000;
/// Most images, and most true objects per class, of a task.
pub const TRUTH_COUNT_MAX: u64 = 1_000_000_000;
const STATE_VERSION: u8 = 1;

/// How many classes there are and how many detections are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Classes lie below; 1 to [`CLASS_COUNT_MAX`].
    pub(crate) class_count: u32,
    /// Of all images together; 1 to [`DETECTION_COUNT_MAX`].
    pub(crate) detection_count_max: u64,
    /// Detections of one image and class that count.
    pub(crate) rank_count: usize,
}

/// A detection as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    /// See [`crate::keys`].
    key: u64,
    image: u64,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Class {
    pub(crate) relevant: Relevant,
    kept: Vec<Kept>,
}

impl Class {
    /// In canonical order.
    pub(crate) fn sorted(&self) -> Vec<Kept> {
        let mut kept = self.kept.clone();
        kept.sort_unstable_by(|a, b| b.key.cmp(&a.key).then((a.image, a.outcome).cmp(&(b.image, b.outcome))));
        kept
    }
}

/// A class as it is written: true objects per area range, and (key, image, outcome) in canonical order.
type Written = (Relevant, Vec<(u64, u64, [u32; AREA_COUNT])>);

/// The outcomes of all detections so far: the mergeable part of every such suite.
#[derive(Debug, Clone)]
pub struct Tally {
    bounds: Bounds,
    image_count: u64,
    detection_count: u64,
    classes: Vec<Class>,
}

impl Tally {
    /// # Errors
    /// [`MetricError::Invalid`] for bounds out of range.
    pub(super) fn new(bounds: Bounds) -> Result<Self, MetricError> {
        let Bounds { class_count, detection_count_max, .. } = bounds;
        if !(1..=CLASS_COUNT_MAX).contains(&class_count) {
            let what = format!("class_count is {class_count}; allowed are 1 to {CLASS_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        if !(1..=DETECTION_COUNT_MAX).contains(&detection_count_max) {
            let what = format!(
                "detection_count_max is {detection_count_max}; allowed are 1 to {DETECTION_COUNT_MAX}"
            );
            return Err(MetricError::Invalid(what));
        }
        let classes = vec![Class::default(); class_count as usize];
        Ok(Self { bounds, image_count: 0, detection_count: 0, classes })
    }

    pub(super) fn image_count(&self) -> u64 {
        self.image_count
    }

    pub(crate) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Adds another tally. On an error this one is unchanged.
    ///
    /// # Errors
    /// Other bounds; more detections, images or true objects than a task may have.
    pub(super) fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.bounds != other.bounds {
            return Err(MetricError::Incompatible);
        }
        let of_classes =
            |tally: &Self| tally.classes.iter().map(|class| class.relevant[0]).max().unwrap_or(0);
        let detections = self.detection_count + other.detection_count;
        check_count("detections", detections, self.bounds.detection_count_max)?;
        check_count("images", self.image_count + other.image_count, TRUTH_COUNT_MAX)?;
        check_count("true objects of a class", of_classes(self) + of_classes(other), TRUTH_COUNT_MAX)?;
        self.image_count += other.image_count;
        self.detection_count = detections;
        for (class, more) in self.classes.iter_mut().zip(&other.classes) {
            class.relevant.iter_mut().zip(more.relevant).for_each(|(count, more)| *count += more);
            class.kept.extend_from_slice(&more.kept);
        }
        Ok(())
    }

    /// A versioned serialisation, the same for every sharding.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let written = |class: &Class| -> Written {
            let kept = class.sorted().into_iter().map(|kept| (kept.key, kept.image, kept.outcome.0));
            (class.relevant, kept.collect())
        };
        bytes::pack(STATE_VERSION, &(self.image_count, self.classes.iter().map(written).collect::<Vec<_>>()))
    }

    /// What [`Self::to_bytes`] wrote. A total parser.
    ///
    /// # Errors
    /// Bounds out of range; [`MetricError::Corrupt`].
    pub(super) fn from_bytes(bounds: Bounds, bytes: &[u8]) -> Result<Self, MetricError> {
        let mut tally = Self::new(bounds)?;
        let (image_count, classes): (u64, Vec<Written>) = bytes::unpack(STATE_VERSION, bytes)?;
        if classes.len() != tally.classes.len() || image_count > TRUTH_COUNT_MAX {
            return Err(MetricError::Corrupt);
        }
        tally.image_count = image_count;
        for (class, (relevant, written)) in tally.classes.iter_mut().zip(classes) {
            tally.detection_count += written.len() as u64;
            class.relevant = relevant;
            let kept = written.into_iter();
            class.kept = kept.map(|(key, image, bits)| Kept { key, image, outcome: Outcome(bits) }).collect();
            let is_possible =
                |kept: &Kept| is_finite(kept.key) && kept.outcome.is_possible(bounds.rank_count);
            // The first range holds the others.
            let nested = relevant[1..].iter().all(|part| *part <= relevant[0]);
            if !nested || relevant[0] > TRUTH_COUNT_MAX || !class.kept.iter().all(is_possible) {
                return Err(MetricError::Corrupt);
            }
        }
        let fits = tally.detection_count <= bounds.detection_count_max;
        if fits { Ok(tally) } else { Err(MetricError::Corrupt) }
    }
}

/// A tally that images are added to, and room to match them in.
#[derive(Debug)]
pub struct Shard {
    tally: Tally,
    matching: Matching,
}

impl Shard {
    pub(super) fn new(bounds: Bounds) -> Result<Self, MetricError> {
        Ok(Self { tally: Tally::new(bounds)?, matching: Matching::default() })
    }

    pub(super) fn into_tally(self) -> Tally {
        self.tally
    }

    /// Adds an image, class after class of those that are found or true, each with its detections, the best first and no more
    /// than count, and its true objects, in the order given. `match_class` leaves what became of each detection in the matching's
    /// empty list, and says how many true ones are relevant.
    pub(crate) fn add_image<D, T>(
        &mut self,
        image: u64,
        found: impl Iterator<Item = (u32, f64, D)>,
        truth: impl Iterator<Item = (u32, T)>,
        mut match_class: impl FnMut(&mut Matching, u32, &[(u32, f64, D)], &[(u32, T)]) -> Relevant,
    ) {
        let tally = &mut self.tally;
        tally.image_count += 1;
        let (mut found, mut truth): (Vec<_>, Vec<_>) = (found.collect(), truth.collect());
        // Stable: equal scores keep their positions. Finite, so that keys order them.
        found.sort_by_key(|(class, score, _)| (*class, !key_of(*score)));
        truth.sort_by_key(|(class, _)| *class);
        let (mut found, mut truth) = (&found[..], &truth[..]);
        while let Some(class) = found.first().map(|f| f.0).into_iter().chain(truth.first().map(|t| t.0)).min()
        {
            let (of_class, rest) = found.split_at(found.partition_point(|f| f.0 <= class));
            let (true_ones, more) = truth.split_at(truth.partition_point(|t| t.0 <= class));
            (found, truth) = (rest, more);
            let best = &of_class[..of_class.len().min(tally.bounds.rank_count)];
            self.matching.outcomes.clear();
            let relevant = match_class(&mut self.matching, class, best, true_ones);
            let to = &mut tally.classes[class as usize];
            to.relevant.iter_mut().zip(relevant).for_each(|(count, more)| *count += more);
            tally.detection_count += best.len() as u64;
            let kept = |((_, score, _), outcome): (&(u32, f64, D), &Outcome)| Kept {
                key: key_of(*score),
                image,
                outcome: *outcome,
            };
            to.kept.extend(best.iter().zip(&self.matching.outcomes).map(kept));
        }
    }
}

/// Refuses a class that there is not, and a score that is not finite.
///
/// # Errors
/// [`MetricError::OutOfDomain`], [`MetricError::NonFiniteScore`].
pub(crate) fn check_found(item: usize, class: u32, score: f64, class_count: u32) -> Result<(), MetricError> {
    if class >= class_count {
        let what = format!("detected class {class} is outside 0..{class_count}");
        return Err(MetricError::OutOfDomain { item, what });
    }
    if score.is_finite() { Ok(()) } else { Err(MetricError::NonFiniteScore { item, class: class as usize }) }
}
