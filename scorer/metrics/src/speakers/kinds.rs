use crate::registry::{Direction, MetricInfo};

/// Longest collar, in milliseconds.
const COLLAR_MS_MAX: u32 = 10_000;

/// Which stretches of a recording are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// This much before and as much after every true start and end is left out, in milliseconds.
    pub collar_ms: u32,
    /// Where more than one turn is true is left out.
    pub skip_overlap: bool,
}

/// What is computed: the diarization error rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(pub Condition);

impl Kind {
    /// Of all of a recording.
    pub const PLAIN: Self = Self(Condition { collar_ms: 0, skip_overlap: false });
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let collar = || id.strip_prefix("der.collar")?.strip_suffix("ms");
    let kind = |collar_ms, skip_overlap| Kind(Condition { collar_ms, skip_overlap });
    match id {
        "der" => Some((Kind::PLAIN, METRICS[0].id)),
        "der.skip_overlap" => Some((kind(0, true), METRICS[2].id)),
        _ => {
            let text = collar()?;
            let collar_ms: u32 = text.parse().ok()?;
            // Written in the one shortest way.
            let named = (1..=COLLAR_MS_MAX).contains(&collar_ms) && collar_ms.to_string() == text;
            named.then_some((kind(collar_ms, false), METRICS[1].id))
        }
    }
}

impl Condition {
    pub(super) fn is_valid(self) -> bool {
        self.collar_ms <= COLLAR_MS_MAX
    }
}

const fn entry(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::LowerIsBetter,
        range: (0.0, f64::INFINITY),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference: "pyannote.metrics 4.2.0",
        ties_and_missing: "Speakers are matched per recording, so that they speak together longest. A recording without an answer has \
                           no turns: all is missed. Undefined where nobody speaks.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 3] = [
    entry(
        "der",
        "Diarization error rate",
        "(missed + false alarm + confusion) / speech, in seconds summed over recordings; every turn counts where several are heard",
    ),
    entry(
        "der.collar{ms}ms",
        "Diarization error rate with a collar",
        "der without what lies within the collar before or after a true start or end",
    ),
    entry(
        "der.skip_overlap",
        "Diarization error rate without overlaps",
        "der without what lies in two true turns or more",
    ),
];
