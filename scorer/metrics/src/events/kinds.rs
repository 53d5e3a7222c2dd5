use crate::registry::{Direction, MetricInfo};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Which classes are heard in each segment of time.
    Segment,
    /// Events by where they start and end.
    Event,
    /// Events by where they start.
    Onset,
}

/// What is made of the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Harmonic mean of precision and recall.
    F1,
    /// Right / found.
    Precision,
    /// Right / true.
    Recall,
    /// Substitutions, deletions and insertions / true.
    ErrorRate,
    /// Mean of F1 over classes.
    MacroF1,
}

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What is compared.
    pub mode: Mode,
    /// What is made of the counts.
    pub measure: Measure,
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let place = METRICS.iter().position(|info| info.id == id)?;
    let measures = [Measure::F1, Measure::Precision, Measure::Recall, Measure::ErrorRate, Measure::MacroF1];
    let kind = Kind {
        mode: [Mode::Segment, Mode::Event, Mode::Onset][place / measures.len()],
        measure: measures[place % measures.len()],
    };
    Some((kind, METRICS[place].id))
}

const fn entry(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference: "sed_eval 0.2.1",
        ties_and_missing: "As many events as possible are matched. A recording without an answer has no events. Undefined where \
                           nothing is true or, except recall and the error rate, nothing is found; such a class is skipped in the mean.",
    }
}

const fn errors(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    // Insertions have no bound, so neither has a rate of errors.
    MetricInfo {
        direction: Direction::LowerIsBetter,
        range: (0.0, f64::INFINITY),
        ..entry(id, title, formula)
    }
}

const F1: &str = "2PR / (P + R) of precision and recall";
const MACRO: &str = "mean over classes that are true and found somewhere of their F1";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 15] = [
    entry("segment.f1", "Sound events: F1 by segment", F1),
    entry(
        "segment.precision",
        "Sound events: precision by segment",
        "pairs of segment and class true and found / found; an event covers every segment that it touches",
    ),
    entry(
        "segment.recall",
        "Sound events: recall by segment",
        "pairs of segment and class true and found / true",
    ),
    errors(
        "segment.er",
        "Sound events: error rate by segment",
        "Σ over segments of max(true, found) − right / pairs of segment and class true",
    ),
    entry("segment.f1.macro", "Sound events: mean F1 by segment", MACRO),
    entry("event.f1", "Sound events: F1 by event", F1),
    entry(
        "event.precision",
        "Sound events: precision by event",
        "matched / found events; a match is of one class, starts within the collar, and ends within the collar or half the length of \
         the true one",
    ),
    entry("event.recall", "Sound events: recall by event", "matched / true events"),
    errors(
        "event.er",
        "Sound events: error rate by event",
        "(true + found − 2·matched − substituted) / true events; substituted: what is left and would match but for its class",
    ),
    entry("event.f1.macro", "Sound events: mean F1 by event", MACRO),
    entry("onset.f1", "Sound events: F1 by onset", F1),
    entry(
        "onset.precision",
        "Sound events: precision by onset",
        "matched / found events; a match is of one class and starts within the collar",
    ),
    entry("onset.recall", "Sound events: recall by onset", "matched / true events"),
    errors(
        "onset.er",
        "Sound events: error rate by onset",
        "(true + found − 2·matched − substituted) / true events; substituted: what is left and would match but for its class",
    ),
    entry("onset.f1.macro", "Sound events: mean F1 by onset", MACRO),
];
