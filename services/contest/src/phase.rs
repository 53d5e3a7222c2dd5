//! Phases: windows of time with rules. A window is half-open, [start, end), on the server's clock.

use crate::{Micros, PhaseId, QuotaRule, ReleaseRule, text_enum::text_enum};

text_enum! {
    /// What a phase is for.
    PhaseKind {
        /// The training ground.
        Practice = "practice",
        /// The battlefield.
        Live = "live",
        /// The last word.
        Final = "final",
    }
}

text_enum! {
    /// A part of a test set.
    Split {
        /// Downloadable with labels.
        Sample = "sample",
        /// Hidden; scored while its phase runs.
        Public = "public",
        /// Hidden; not run before its phase closes.
        Private = "private",
    }
}

impl Split {
    /// Its place in the order sample, public, private.
    pub const fn ordinal(self) -> u32 {
        match self {
            Self::Sample => 0,
            Self::Public => 1,
            Self::Private => 2,
        }
    }

    /// Whether teams never see its items.
    pub const fn is_hidden(self) -> bool {
        !matches!(self, Self::Sample)
    }
}

/// [start, end): a submission at `start` is in, one at `end` is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment inside.
    pub start: Micros,
    /// The first moment after it.
    pub end: Micros,
}

impl Window {
    /// Whether `at` is inside.
    pub fn contains(&self, at: Micros) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether the two have a moment in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A phase of a competition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Unique in the competition.
    pub id: PhaseId,
    /// What it is for.
    pub kind: PhaseKind,
    /// When it admits submissions.
    pub window: Window,
    /// What is scored.
    pub split: Split,
    /// How many submissions a team may make to each task.
    pub quota: QuotaRule,
    /// What a team is told.
    pub release: ReleaseRule,
}

/// Why a list of phases is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhaseProblem {
    /// A competition needs one.
    #[error("at least one phase is needed")]
    None,
    /// A window must not be empty.
    #[error("phase `{0}` must start before it ends")]
    Empty(PhaseId),
    /// Ids are unique.
    #[error("phase id `{0}` is used twice")]
    Duplicate(PhaseId),
    /// Two windows of the same kind overlap.
    #[error("phases `{0}` and `{1}` of the same kind overlap")]
    Overlap(PhaseId, PhaseId),
}

impl Phase {
    /// Checks the phases of one competition against each other.
    pub fn check_all(phases: &[Self]) -> Result<(), PhaseProblem> {
        if phases.is_empty() {
            return Err(PhaseProblem::None);
        }
        for (i, a) in phases.iter().enumerate() {
            if a.window.start >= a.window.end {
                return Err(PhaseProblem::Empty(a.id.clone()));
            }
            for b in &phases[i + 1..] {
                if a.id == b.id {
                    return Err(PhaseProblem::Duplicate(a.id.clone()));
                }
                if a.kind == b.kind && a.window.overlaps(&b.window) {
                    return Err(PhaseProblem::Overlap(a.id.clone(), b.id.clone()));
                }
            }
        }
        Ok(())
    }
}

/// The phase that takes a submission at `now`. Where phases of different kinds run at once, the more serious one does:
/// final before live before practice.
pub fn phase_at(phases: &[Phase], now: Micros) -> Option<&Phase> {
    phases.iter().filter(|phase| phase.window.contains(now)).max_by_key(|phase| phase.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn phase(id: &str, kind: PhaseKind, start: i64, end: i64) -> Phase {
        Phase {
            id: PhaseId::parse(id).unwrap(),
            kind,
            window: Window { start: Micros(start), end: Micros(end) },
            split: Split::Public,
            quota: QuotaRule::default(),
            release: ReleaseRule::exact(4).unwrap(),
        }
    }

    #[test]
    fn the_end_is_outside() {
        let window = Window { start: Micros(10), end: Micros(20) };
        assert!(!window.contains(Micros(9)) && window.contains(Micros(10)));
        assert!(window.contains(Micros(19)) && !window.contains(Micros(20)));
    }

    #[test]
    fn back_to_back_phases_hand_over_at_one_moment() {
        let phases = [phase("one", PhaseKind::Live, 0, 10), phase("two", PhaseKind::Live, 10, 20)];
        assert_eq!(Phase::check_all(&phases), Ok(()));
        assert_eq!(phase_at(&phases, Micros(9)).unwrap().id.as_str(), "one");
        assert_eq!(phase_at(&phases, Micros(10)).unwrap().id.as_str(), "two");
        assert!(phase_at(&phases, Micros(20)).is_none());
    }

    #[test]
    fn live_goes_before_practice() {
        let phases = [phase("practice", PhaseKind::Practice, 0, 99), phase("live", PhaseKind::Live, 10, 20)];
        assert_eq!(phase_at(&phases, Micros(15)).unwrap().id.as_str(), "live");
        assert_eq!(phase_at(&phases, Micros(25)).unwrap().id.as_str(), "practice");
    }

    #[test]
    fn bad_lists_are_named() {
        assert_eq!(Phase::check_all(&[]), Err(PhaseProblem::None));
        assert!(matches!(
            Phase::check_all(&[phase("abc", PhaseKind::Live, 5, 5)]),
            Err(PhaseProblem::Empty(_))
        ));
        let twice = [phase("abc", PhaseKind::Live, 0, 5), phase("abc", PhaseKind::Final, 0, 5)];
        assert!(matches!(Phase::check_all(&twice), Err(PhaseProblem::Duplicate(_))));
        let overlap = [phase("abc", PhaseKind::Live, 0, 5), phase("abd", PhaseKind::Live, 4, 9)];
        assert!(matches!(Phase::check_all(&overlap), Err(PhaseProblem::Overlap(_, _))));
    }

    proptest! {
        #[test]
        fn windows_overlap_iff_they_share_a_moment(a in 0i64..20, b in 1i64..9, c in 0i64..20, d in 1i64..9) {
            let (x, y) = (
                Window { start: Micros(a), end: Micros(a + b) },
                Window { start: Micros(c), end: Micros(c + d) },
            );
            let shared = (0..40).any(|t| x.contains(Micros(t)) && y.contains(Micros(t)));
            prop_assert_eq!(x.overlaps(&y), shared);
        }
    }
}
