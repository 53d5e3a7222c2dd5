use serde::{Deserialize, Serialize};

/// What all values are functions of: numbers of boxes, one per object or track and frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// True boxes.
    pub(super) objects: u64,
    /// Boxes of the answers.
    pub(super) predictions: u64,
    /// Matches that keep or begin a track.
    pub(super) matches: u64,
    /// Matches that switch an object to another track.
    pub(super) switches: u64,
    /// Boxes right when each object has one track for a whole sequence.
    pub(super) identified: u64,
}

impl Counts {
    pub(super) fn add_frame(&mut self, (matches, switches): (u64, u64)) {
        self.matches += matches;
        self.switches += switches;
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            objects: self.objects + other.objects,
            predictions: self.predictions + other.predictions,
            matches: self.matches + other.matches,
            switches: self.switches + other.switches,
            identified: self.identified + other.identified,
        }
    }

    pub(super) fn misses(self) -> u64 {
        self.objects - self.matches - self.switches
    }

    pub(super) fn false_positives(self) -> u64 {
        self.predictions - self.matches - self.switches
    }

    /// Whether there are as many boxes as are counted of them, none more than `box_count_max`.
    pub(super) fn is_possible(self, box_count_max: u64) -> bool {
        let least = self.objects.min(self.predictions);
        let matched = self.matches.checked_add(self.switches);
        self.objects.max(self.predictions) <= box_count_max
            && matched.is_some_and(|matched| matched <= least)
            && self.identified <= least
    }
}
