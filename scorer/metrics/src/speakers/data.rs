use serde::{Deserialize, Serialize};

use super::{SECONDS_MAX, SPEAKER_COUNT_MAX, TURN_COUNT_MAX};
use crate::MetricError;

/// Somebody speaks, from start to end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Any number; the same within a recording for the same speaker.
    pub speaker: u32,
    /// In seconds from the start of the recording; finite.
    pub start: f64,
    /// In seconds from the start of the recording; finite. A found turn that ends before it starts is silent.
    pub end: f64,
}

/// What is true of a recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// In seconds, 0 to [`SECONDS_MAX`]; what lies outside does not count.
    pub duration: f64,
    /// Of each, start < end, both within [`SECONDS_MAX`] of 0.
    pub turns: Vec<Turn>,
}

/// The speakers of some turns, ascending, each once.
pub(super) fn speakers(turns: &[Turn]) -> Vec<u32> {
    let mut speakers: Vec<u32> = turns.iter().map(|turn| turn.speaker).collect();
    speakers.sort_unstable();
    speakers.dedup();
    speakers
}

pub(super) fn check_recording(item: usize, found: &[Turn], truth: &Recording) -> Result<(), MetricError> {
    if found.iter().any(|turn| !turn.start.is_finite() || !turn.end.is_finite()) {
        let what = "an end of a turn is not finite".to_owned();
        return Err(MetricError::NonFinite { item, what });
    }
    if let Some(what) = too_many(found) {
        return Err(MetricError::AnswerOutOfDomain { item, what });
    }
    if let Some(what) = too_many(&truth.turns) {
        return Err(MetricError::OutOfDomain { item, what });
    }
    let inside = |turn: &Turn| turn.start >= -SECONDS_MAX && turn.start < turn.end && turn.end <= SECONDS_MAX;
    if !truth.turns.iter().all(inside) || !(0.0..=SECONDS_MAX).contains(&truth.duration) {
        let what = format!(
            "the truth of a recording of {} s: turns end after they start, all within {SECONDS_MAX} s",
            truth.duration
        );
        return Err(MetricError::OutOfDomain { item, what });
    }
    Ok(())
}

fn too_many(turns: &[Turn]) -> Option<String> {
    let (turn_count, speaker_count) = (turns.len(), speakers(turns).len());
    let fits = turn_count <= TURN_COUNT_MAX && speaker_count <= SPEAKER_COUNT_MAX;
    (!fits).then(|| {
        format!(
            "{turn_count} turns of {speaker_count} speakers; allowed are {TURN_COUNT_MAX} of {SPEAKER_COUNT_MAX}"
        )
    })
}
