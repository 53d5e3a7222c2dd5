//! When the moments of a phase come, on the clock. Its start, end and freeze are of **contest time**, which stands still in the
//! intervals that were taken out of the phase; an extension moves the end alone.

use prost_types::Timestamp;

use crate::v1::{Phase, PhaseTask};

const MICROS_PER_S: i64 = 1_000_000;

fn micros(at: &Timestamp) -> i64 {
    at.seconds.saturating_mul(MICROS_PER_S).saturating_add(i64::from(at.nanos) / 1_000)
}

fn timestamp(micros: i64) -> Timestamp {
    let nanos = micros.rem_euclid(MICROS_PER_S) * 1_000;
    // Below a thousand million.
    Timestamp { seconds: micros.div_euclid(MICROS_PER_S), nanos: i32::try_from(nanos).unwrap_or(0) }
}

impl Phase {
    /// The moment of the clock at which contest time gets there.
    pub fn clock_time(&self, contest: &Timestamp) -> Timestamp {
        let mut at = micros(contest);
        for removed in &self.removed {
            let (start, end) = (removed.start_time.as_ref(), removed.end_time.as_ref());
            if let Some((start, end)) = start.map(micros).zip(end.map(micros))
                && start < at
            {
                at = at.saturating_add(end.saturating_sub(start).max(0));
            }
        }
        timestamp(at)
    }

    /// What is different for a task.
    #[must_use]
    pub fn task(&self, task_id: &str) -> Option<&PhaseTask> {
        self.tasks.iter().find(|task| task.task_id == task_id)
    }

    /// The first moment at which a task takes no more submissions of a team that has no extension of its own.
    #[must_use]
    pub fn task_close_time(&self, task_id: &str) -> Option<Timestamp> {
        let Some(end) = self.task(task_id).and_then(|task| task.end_time.as_ref()) else {
            return self.close_time.or(self.end_time);
        };
        let extra_s: i64 =
            self.extensions.iter().filter(|e| e.team.is_empty()).map(|e| i64::from(e.extra_s)).sum();
        Some(timestamp(micros(&self.clock_time(end)).saturating_add(extra_s.saturating_mul(MICROS_PER_S))))
    }

    /// From when the public board of a task stands still; where a task has no rule of its own, the phase's.
    #[must_use]
    pub fn task_freeze_time(&self, task_id: &str) -> Option<Timestamp> {
        let own = self.task(task_id).and_then(|task| task.freeze_time.as_ref());
        own.or(self.freeze_time.as_ref()).map(|at| self.clock_time(at))
    }

    /// Whether its boards are the jury's alone.
    #[must_use]
    pub fn is_jurys(&self) -> bool {
        self.board == "jury" && self.finalize_time.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{Extension, RemovedInterval};

    #[expect(clippy::unnecessary_wraps, reason = "every field of a message that is a message is optional")]
    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp { seconds, nanos: 0 })
    }

    #[test]
    fn times_move_by_what_was_removed_before_them_and_ends_by_what_was_added() {
        let removed = |start, end| RemovedInterval { start_time: at(start), end_time: at(end) };
        let phase = Phase {
            start_time: at(0),
            end_time: at(100),
            close_time: at(145),
            freeze_time: at(80),
            removed: vec![removed(10, 20), removed(85, 110)],
            extensions: vec![
                Extension { team: String::new(), extra_s: 10 },
                Extension { team: "gulls".into(), extra_s: 99 },
            ],
            tasks: vec![PhaseTask {
                task_id: "digits".into(),
                end_time: at(60),
                freeze_time: at(5),
                ..PhaseTask::default()
            }],
            ..Phase::default()
        };
        assert_eq!(phase.clock_time(&at(10).unwrap()), at(10).unwrap(), "the interval begins only then");
        assert_eq!(phase.clock_time(&at(11).unwrap()), at(21).unwrap());
        // The freeze comes at 90 by the first interval, which is in the second.
        assert_eq!(phase.task_freeze_time("other"), at(115));
        assert_eq!(phase.task_freeze_time("digits"), at(5));
        assert_eq!(phase.task_close_time("digits"), at(80));
        assert_eq!(phase.task_close_time("other"), at(145));
    }

    #[test]
    fn moments_keep_their_microseconds() {
        for seconds in [-1, 0, 1] {
            let at = Timestamp { seconds, nanos: 123_456_000 };
            assert_eq!(Phase::default().clock_time(&at), at);
        }
    }

    #[test]
    fn a_jurys_board_is_everybodys_once_it_is_final() {
        let mut phase = Phase { board: "jury".into(), ..Phase::default() };
        assert!(phase.is_jurys());
        phase.finalize_time = at(1);
        assert!(!phase.is_jurys());
        assert!(!Phase::default().is_jurys());
    }
}
