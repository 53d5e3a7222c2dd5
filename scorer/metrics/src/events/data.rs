use serde::{Deserialize, Serialize};

use super::{EVENT_COUNT_MAX, SECONDS_MAX};
use crate::MetricError;

/// A sound, from start to end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// In `0..class_count`.
    pub class: u32,
    /// In seconds from the start of the recording; finite.
    pub start: f64,
    /// In seconds from the start of the recording; finite. Of a found event it may be before the start.
    pub end: f64,
}

/// What is true of a recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// In seconds, 0 to [`SECONDS_MAX`]; segments beyond it do not count.
    pub duration: f64,
    /// Of each, 0 ≤ start ≤ end ≤ [`SECONDS_MAX`].
    pub events: Vec<Event>,
}

pub(super) fn check_recording(
    item: usize,
    found: &[Event],
    truth: &Recording,
    class_count: u32,
) -> Result<(), MetricError> {
    if found.len() > EVENT_COUNT_MAX {
        let what = format!("{} found events; allowed are {EVENT_COUNT_MAX}", found.len());
        return Err(MetricError::AnswerOutOfDomain { item, what });
    }
    for found in found {
        if found.class >= class_count {
            let what = format!("found class {} is outside 0..{class_count}", found.class);
            return Err(MetricError::OutOfDomain { item, what });
        }
        if !found.start.is_finite() || !found.end.is_finite() {
            let what = format!("an end of an event of class {} is not finite", found.class);
            return Err(MetricError::NonFinite { item, what });
        }
    }
    let inside = |gold: &Event| gold.start >= 0.0 && gold.start <= gold.end && gold.end <= SECONDS_MAX;
    let fits = truth.events.iter().all(|gold| gold.class < class_count && inside(gold));
    if !fits || truth.events.len() > EVENT_COUNT_MAX || !(0.0..=SECONDS_MAX).contains(&truth.duration) {
        let what = format!(
            "the truth of a recording of {} s: classes are below {class_count}, at most {EVENT_COUNT_MAX} events start at 0 or later \
             and end after that, all within {SECONDS_MAX} s",
            truth.duration
        );
        return Err(MetricError::OutOfDomain { item, what });
    }
    Ok(())
}
