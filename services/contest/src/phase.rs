//! Phases: windows of time with rules. A window is half-open, [start, end), on the server's clock.
//!
//! After an outage an interval can be taken out of a phase: **contest time** stands still in it. Deadlines and the days of quotas are
//! kept in contest time, so that both move by what was lost. An extension moves the deadline alone, for all teams or one.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::{
    Micros, PhaseId, PrizeProblem, Prizes, QuotaRule, ReleaseRule, TaskId, TeamId, text_enum::text_enum,
};

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

text_enum! {
    /// Who may see a phase's boards before it is finalized.
    BoardView {
        /// Everybody.
        Public = "public",
        /// Organizers, auditors and operators.
        Jury = "jury",
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A value of another phase's board that lets a team in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The phase, of the same competition.
    pub phase: PhaseId,
    /// The released ranking value on the same task that is enough.
    pub at_least: f64,
}

/// Teams name submissions of another phase instead of sending new ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nominations {
    /// The phase whose submissions they name.
    pub from: PhaseId,
    /// How many for each task; who names none is represented by its best released one.
    pub count_max: u32,
}

/// What is different for one task of a phase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRules {
    /// Instead of the phase's.
    #[serde(default)]
    pub quota: Option<QuotaRule>,
    /// Instead of the phase's.
    #[serde(default)]
    pub freeze_at: Option<Micros>,
    /// When the task closes, if before the phase does.
    #[serde(default)]
    pub ends_at: Option<Micros>,
    /// What its places are worth; empty: as in the phase.
    #[serde(default)]
    pub prize_places: Vec<u64>,
}

/// What holds in a phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseRules {
    /// How many submissions a team may make to each task.
    pub quota: QuotaRule,
    /// What a team is told.
    pub release: ReleaseRule,
    /// From when on its public boards stand still, until it is thawed or finalized.
    #[serde(default)]
    pub freeze_at: Option<Micros>,
    /// Who sees its boards.
    #[serde(default = "public")]
    pub board: BoardView,
    /// Who may take part.
    #[serde(default)]
    pub gate: Option<Gate>,
    /// How it gets its submissions, if not from teams.
    #[serde(default)]
    pub nominations: Option<Nominations>,
    /// What is given to those who rank in the end, and how ranks are shared; only where there are nominations.
    #[serde(default)]
    pub prizes: Option<Prizes>,
    /// By task.
    #[serde(default)]
    pub tasks: Vec<(TaskId, TaskRules)>,
}

const fn public() -> BoardView {
    BoardView::Public
}

impl PhaseRules {
    /// Rules with nothing but a quota and a policy.
    pub const fn new(quota: QuotaRule, release: ReleaseRule) -> Self {
        Self {
            quota,
            release,
            freeze_at: None,
            board: BoardView::Public,
            gate: None,
            nominations: None,
            prizes: None,
            tasks: Vec::new(),
        }
    }

    fn of_task(&self, task: &TaskId) -> Option<&TaskRules> {
        self.tasks.iter().find(|(id, _)| id == task).map(|(_, rules)| rules)
    }

    /// The quota of a task.
    pub fn quota_of(&self, task: &TaskId) -> QuotaRule {
        self.of_task(task).and_then(|rules| rules.quota).unwrap_or(self.quota)
    }

    /// When the public board of a task is frozen.
    pub fn freeze_of(&self, task: &TaskId) -> Option<Micros> {
        self.of_task(task).and_then(|rules| rules.freeze_at).or(self.freeze_at)
    }

    /// The prizes of a task.
    pub fn prizes_of(&self, task: &TaskId) -> Option<Prizes> {
        let own = self.of_task(task).map(|rules| &rules.prize_places).filter(|places| !places.is_empty());
        let prizes = self.prizes.as_ref()?;
        Some(Prizes { places: own.unwrap_or(&prizes.places).clone(), ..prizes.clone() })
    }
}

/// What became of a phase's times while it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhaseChanges {
    /// Intervals in which contest time stood still; sorted and apart.
    pub removed: Vec<Window>,
    /// Microseconds that were added to the end: for one team, or (`None`) for all.
    pub extensions: Vec<(Option<TeamId>, i64)>,
}

/// How far a phase has come by the organizer's hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhaseMarks {
    /// Its boards are not frozen any more.
    pub thawed_at: Option<Micros>,
    /// Its boards do not change any more, and what waited for that was released.
    pub finalized_at: Option<Micros>,
    /// Exact scores are shown.
    pub revealed_at: Option<Micros>,
    /// Its nominations have become submissions.
    pub closed_at: Option<Micros>,
}

/// A phase of a competition.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Unique in the competition.
    pub id: PhaseId,
    /// What it is for.
    pub kind: PhaseKind,
    /// When it admits submissions, in contest time.
    pub window: Window,
    /// What is scored.
    pub split: Split,
    /// What holds in it.
    pub rules: PhaseRules,
    /// What was changed since.
    pub changes: PhaseChanges,
    /// How far it has come.
    pub marks: PhaseMarks,
}

/// Why a list of phases is not acceptable.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    /// A freeze must lie in the window.
    #[error("phase `{0}` must be frozen after it starts and before it ends")]
    Freeze(PhaseId),
    /// A task's end must lie in the window.
    #[error("task `{1}` must end after phase `{0}` starts and not after it ends")]
    TaskEnd(PhaseId, TaskId),
    /// Gates and nominations name another phase, which starts before.
    #[error("phase `{0}` refers to phase `{1}`, which must be another one that starts before it")]
    Reference(PhaseId, PhaseId),
    /// Nobody is let in by a number that is none.
    #[error("the gate of phase `{0}` must be a finite value")]
    GateValue(PhaseId),
    /// 1 to 16.
    #[error("phase `{0}` must take 1 to {NOMINATIONS_MAX} nominations, after phase `{1}` ends")]
    Nominations(PhaseId, PhaseId),
    /// Finalists alone are compared, and only they can share.
    #[error("phase `{0}` has prizes, but takes no nominations")]
    PrizesOfNoFinal(PhaseId),
    /// A task's amounts are of the phase's rule and unit.
    #[error("task `{1}` has prizes, but phase `{0}` has none")]
    PrizesOfTaskAlone(PhaseId, TaskId),
    /// See [`Prizes::check`].
    #[error("the prizes of phase `{0}`: {1}")]
    Prizes(PhaseId, PrizeProblem),
    /// The same for one task of it.
    #[error("the prizes of task `{1}` in phase `{0}`: {2}")]
    TaskPrizes(PhaseId, TaskId, PrizeProblem),
}

/// Submissions that a team may nominate for a task.
pub const NOMINATIONS_MAX: u32 = 16;

impl Phase {
    /// Checks the phases of one competition against each other.
    pub fn check_all(phases: &[Self]) -> Result<(), PhaseProblem> {
        if phases.is_empty() {
            return Err(PhaseProblem::None);
        }
        for (i, a) in phases.iter().enumerate() {
            a.check()?;
            for b in &phases[i + 1..] {
                if a.id == b.id {
                    return Err(PhaseProblem::Duplicate(a.id.clone()));
                }
                if a.kind == b.kind && a.window.overlaps(&b.window) {
                    return Err(PhaseProblem::Overlap(a.id.clone(), b.id.clone()));
                }
            }
            let earlier = |id: &PhaseId| {
                let found =
                    phases.iter().find(|b| b.id == *id && b.id != a.id && b.window.start < a.window.start);
                found.ok_or_else(|| PhaseProblem::Reference(a.id.clone(), id.clone()))
            };
            if let Some(gate) = &a.rules.gate {
                earlier(&gate.phase)?;
            }
            if let Some(nominations) = &a.rules.nominations {
                let from = earlier(&nominations.from)?;
                let in_range = (1..=NOMINATIONS_MAX).contains(&nominations.count_max);
                if !in_range || from.window.end > a.window.end {
                    return Err(PhaseProblem::Nominations(a.id.clone(), from.id.clone()));
                }
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), PhaseProblem> {
        let Window { start, end } = self.window;
        if start >= end {
            return Err(PhaseProblem::Empty(self.id.clone()));
        }
        let inside = |at: Option<Micros>| at.is_none_or(|at| self.window.contains(at));
        let frozen = self.rules.tasks.iter().all(|(_, rules)| inside(rules.freeze_at));
        if !inside(self.rules.freeze_at) || !frozen {
            return Err(PhaseProblem::Freeze(self.id.clone()));
        }
        for (task, rules) in &self.rules.tasks {
            if rules.ends_at.is_some_and(|at| at <= start || at > end) {
                return Err(PhaseProblem::TaskEnd(self.id.clone(), task.clone()));
            }
        }
        if self.rules.gate.as_ref().is_some_and(|gate| !gate.at_least.is_finite()) {
            return Err(PhaseProblem::GateValue(self.id.clone()));
        }
        self.check_prizes()
    }

    fn check_prizes(&self) -> Result<(), PhaseProblem> {
        if let Some(prizes) = &self.rules.prizes {
            if self.rules.nominations.is_none() {
                return Err(PhaseProblem::PrizesOfNoFinal(self.id.clone()));
            }
            prizes.check().map_err(|problem| PhaseProblem::Prizes(self.id.clone(), problem))?;
        }
        for (task, _) in self.rules.tasks.iter().filter(|(_, rules)| !rules.prize_places.is_empty()) {
            let Some(prizes) = self.rules.prizes_of(task) else {
                return Err(PhaseProblem::PrizesOfTaskAlone(self.id.clone(), task.clone()));
            };
            let of_task = |problem| PhaseProblem::TaskPrizes(self.id.clone(), task.clone(), problem);
            prizes.check().map_err(of_task)?;
        }
        Ok(())
    }

    /// Contest time at a moment of the clock: it stands still in what was removed.
    pub fn contest_time(&self, now: Micros) -> Micros {
        let lost = |removed: &Window| removed.end.0.min(now.0).saturating_sub(removed.start.0).max(0);
        Micros(now.0 - self.changes.removed.iter().map(lost).sum::<i64>())
    }

    /// The moment of the clock at which contest time gets there.
    pub fn clock_time(&self, contest: Micros) -> Micros {
        let sum = |at: Micros, removed: &Window| {
            if removed.start < at { Micros(at.0.saturating_add(removed.end.0 - removed.start.0)) } else { at }
        };
        self.changes.removed.iter().fold(contest, sum)
    }

    /// The first moment at which a task takes no more of a team's submissions; `None`: of nobody's.
    pub fn closes_at(&self, task: &TaskId, team: Option<&TeamId>) -> Micros {
        let end = self.rules.of_task(task).and_then(|rules| rules.ends_at).unwrap_or(self.window.end);
        let for_all: i64 = self.extra(|who| who.is_none()).sum();
        let for_team: i64 = match team {
            Some(team) => self.extra(|who| who == Some(team)).sum(),
            None => {
                let teams = self.changes.extensions.iter().filter_map(|(who, _)| who.as_ref());
                teams.map(|team| self.extra(|who| who == Some(team)).sum()).max().unwrap_or(0)
            }
        };
        Micros(self.clock_time(end).0.saturating_add(for_all).saturating_add(for_team))
    }

    /// The first moment after it for every team that has no extension of its own.
    pub fn ends_for_all(&self) -> Micros {
        let extra: i64 = self.extra(|who| who.is_none()).sum();
        Micros(self.clock_time(self.window.end).0.saturating_add(extra))
    }

    fn extra<'a>(&'a self, of: impl Fn(Option<&TeamId>) -> bool + 'a) -> impl Iterator<Item = i64> + 'a {
        self.changes.extensions.iter().filter(move |(who, _)| of(who.as_ref())).map(|(_, extra)| *extra)
    }

    /// Whether a task takes a team's submissions at `now`.
    pub fn is_open(&self, task: &TaskId, team: &TeamId, now: Micros) -> bool {
        self.window.start <= now && now < self.closes_at(task, Some(team))
    }

    /// Whether its public boards of a task stand still at `now`, and since when: a clock time.
    pub fn frozen_since(&self, task: &TaskId, now: Micros) -> Option<Micros> {
        let over = self.marks.thawed_at.is_some() || self.marks.finalized_at.is_some();
        self.rules.freeze_of(task).map(|at| self.clock_time(at)).filter(|&at| !over && at <= now)
    }

    /// Whether its boards are the jury's alone.
    pub fn is_jurys(&self) -> bool {
        self.rules.board == BoardView::Jury && self.marks.finalized_at.is_none()
    }
}

/// The phase that takes a team's submission to a task at `now`. Where phases of different kinds run at once, the more serious one
/// does: final before live before practice; of two of a kind, which only an extension can bring about, the one that began first. Phases
/// that live on nominations take none.
pub fn phase_at<'a>(phases: &'a [Phase], task: &TaskId, team: &TeamId, now: Micros) -> Option<&'a Phase> {
    let open =
        phases.iter().filter(|phase| phase.rules.nominations.is_none() && phase.is_open(task, team, now));
    open.max_by_key(|phase| (phase.kind, Reverse(phase.window.start)))
}

#[cfg(test)]
mod tests;
