use crate::registry::{Direction, MetricInfo};

/// Overlaps from which a segment matches, in hundredths: `first`, `first + step` … up to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// 1 to 100.
    pub first: u8,
    /// 1 to 100.
    pub step: u8,
    /// `first` to 100; a whole number of steps above it.
    pub last: u8,
}

impl Grid {
    /// 0.5, 0.55 … 0.95.
    pub const ACTIVITY_NET: Self = Self { first: 50, step: 5, last: 95 };

    /// The overlaps, ascending, in hundredths.
    pub(super) fn levels(self) -> impl Iterator<Item = u8> {
        (self.first..=self.last).step_by(usize::from(self.step))
    }

    pub(super) fn is_valid(self) -> bool {
        let Self { first, step, last } = self;
        1 <= first && first <= last && last <= 100 && step >= 1 && (last - first).is_multiple_of(step)
    }
}

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Mean average precision, averaged over the overlaps of a grid.
    MapAvg(Grid),
    /// Mean average precision at one overlap, 1 to 100 hundredths.
    MapAt(u8),
}

impl Kind {
    /// The overlaps it looks at.
    pub(super) fn grid(self) -> Grid {
        match self {
            Self::MapAvg(grid) => grid,
            Self::MapAt(level) => Grid { first: level, step: 1, last: level },
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    if id == "map.avg" {
        return Some((Kind::MapAvg(Grid::ACTIVITY_NET), "map.avg"));
    }
    if let Some(level) = id.strip_prefix("map@tiou") {
        return Some((Kind::MapAt(hundredths(level)?), "map@tiou{t}"));
    }
    let mut parts = id.strip_prefix("map.avg@")?.splitn(3, ':').map(hundredths);
    let grid = Grid { first: parts.next()??, step: parts.next()??, last: parts.next()?? };
    // The grid that `map.avg` names has no second name.
    let named = grid.is_valid() && grid != Grid::ACTIVITY_NET;
    named.then_some((Kind::MapAvg(grid), "map.avg@{first}:{step}:{last}"))
}

/// A decimal of at most two places, 0.01 to 1, written in the one shortest way, in hundredths.
fn hundredths(text: &str) -> Option<u8> {
    (1..=100_u8).find(|level| (f64::from(*level) / 100.0).to_string() == text)
}

const fn entry(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing: "Ties: the lower video id first, then the position in the video. A video without an answer has no \
                           segments. Undefined without a true segment; a class without one is skipped.",
    }
}

const ACTIVITY_NET: &str = "ActivityNet eval_detection.py";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 3] = [
    entry(
        "map.avg",
        "Mean average precision over time overlaps",
        "mean of map@tiou{t} over t = 0.5, 0.55 … 0.95",
        ACTIVITY_NET,
    ),
    entry(
        "map.avg@{first}:{step}:{last}",
        "Mean average precision over time overlaps",
        "mean of map@tiou{t} over t = first, first + step … last; for THUMOS 0.3:0.1:0.7",
        ACTIVITY_NET,
    ),
    entry(
        "map@tiou{t}",
        "Mean average precision at a time overlap",
        "mean over classes with a true segment of the area under the interpolated precision-recall curve; a segment is right if it \
         overlaps a true one of its class, not yet found by a surer one, by t or more (intersection / union)",
        ACTIVITY_NET,
    ),
];
