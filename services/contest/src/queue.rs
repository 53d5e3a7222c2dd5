//! Whose unit of work is next: start-time fair queueing over the lanes of a pool.
//!
//! A pool serves competitions, and a competition its teams, both by the same rule (Goyal, Vin and Cheng, *Start-time Fair
//! Queueing*, SIGCOMM 1996): a unit starts at S = max(v, F), where F is where the lane's last one finished and v, the virtual
//! time, is where the unit in service started; it finishes at S + charge; the lowest S is served. Who has waited for nothing
//! gains nothing, and who comes new is at the front: a thousand units of one team delay another team's one by what is in service.
//!
//! **What a unit is charged** is known before it runs: what it is expected to take on a machine, in milliseconds. Of a hidden
//! unit that is the time per item that its model showed on the public sample, times its items, and at most its share of the
//! task's time limit; of a check, whose model nobody has seen run, the share that the sample has of the hidden items, until the
//! check is done and has said. So a team with large models gets no more machine time than one with small ones. How long a hidden unit
//! really took is never charged: places in the queue are shown, and would tell it.
//!
//! **Classes** go before turns, but for one pair: a check goes before hidden units of its own lane, and of another lane only where
//! both would start at the same time. Were it to go before them all, a thousand checks of one team would delay
//! another team's evaluation. Rejudging would be one more class behind the others; nothing makes such units yet.
//!
//! **Slots for checks alone** keep turns of their own, as if they were another pool: what a check waits for then says nothing of hidden
//! units, of nobody's, neither when they began nor how long they ran; and who has had much of the other slots is not behind at these.
//!
//! What this module does not do: say when a unit of the last class has waited long enough to be as urgent as one of a live phase. That
//! needs a clock; the sweep of leases has one.

use std::collections::VecDeque;

use crate::{EvaluationKind, Limits, Micros, PhaseKind};

/// A unit of a practice phase is charged this many times: who is at practice and who is in the contest share a pool one to four.
pub const PRACTICE_PACE: u64 = 4;
/// Nothing is charged less: a runner has to be started and a model to be loaded.
pub const CHARGE_MS_MIN: u64 = 100;

/// Classes of work, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkClass {
    /// Ends an evaluation whose units are done, or the finals.
    Finalize,
    /// What a team waits for at its desk.
    Check,
    /// Hidden evaluations of phases that run.
    Live,
    /// Hidden evaluations of final phases: many at once, and nobody sees one before all are done.
    Final,
}

impl WorkClass {
    const ALL: [Self; 4] = [Self::Finalize, Self::Check, Self::Live, Self::Final];

    /// The class of an evaluation's units.
    pub const fn of(kind: EvaluationKind, phase: PhaseKind) -> Self {
        match (kind, phase) {
            (EvaluationKind::Check, _) => Self::Check,
            (EvaluationKind::Compare, _) => Self::Finalize,
            (EvaluationKind::Hidden, PhaseKind::Practice | PhaseKind::Live) => Self::Live,
            (EvaluationKind::Hidden, PhaseKind::Final) => Self::Final,
        }
    }

    /// As a number, lowest first.
    pub const fn priority(self) -> u32 {
        self as u32
    }

    /// The class of that number.
    pub fn of_priority(priority: u32) -> Option<Self> {
        Self::ALL.get(priority as usize).copied()
    }

    /// What goes before turns: see the module's head.
    const fn tier(self) -> u32 {
        match self {
            Self::Finalize => 0,
            Self::Check | Self::Live => 1,
            Self::Final => 2,
        }
    }
}

/// Which units a worker's slot takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SlotKind {
    /// Whatever is next.
    #[default]
    Any,
    /// Checks alone.
    Checks,
    /// All but checks.
    AllButChecks,
}

impl SlotKind {
    /// Whether it takes units of a class.
    pub const fn takes(self, class: WorkClass) -> bool {
        match self {
            Self::Any => true,
            Self::Checks => matches!(class, WorkClass::Check),
            Self::AllButChecks => !matches!(class, WorkClass::Check),
        }
    }
}

/// What a unit is expected to take: its share of the time limit or, where that is less, what the public sample says of its model.
pub fn expected_ms(limits: &Limits, items: u64, items_of_split: u64, item_ms: Option<f64>) -> u64 {
    let share =
        (u64::from(limits.wall_s_max) * 1_000).saturating_mul(items) / items_of_split.max(items).max(1);
    // A cast from float saturates, and makes nothing of what is not a number.
    let measured = item_ms.map_or(u64::MAX, |ms| (ms * items as f64).ceil() as u64);
    share.min(measured).max(CHARGE_MS_MIN)
}

/// Units that may be leased at once; 0: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFlightMax {
    /// Of a team in a competition.
    pub team: u32,
    /// Of a competition.
    pub competition: u32,
}

/// A unit that is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting<U> {
    /// Which.
    pub unit: U,
    /// Its class.
    pub class: WorkClass,
    /// Since when; equals are served in this order.
    pub since: Micros,
    /// What it will be charged.
    pub charge_ms: u64,
}

/// How much a lane has had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Where its last unit finished, in virtual time.
    pub finish_ms: u64,
    /// Units that are leased.
    pub in_flight: u32,
}

impl Flow {
    fn start(self, clock_ms: u64) -> u64 {
        self.finish_ms.max(clock_ms)
    }

    fn serve(&mut self, clock_ms: &mut u64, charge_ms: u64) {
        *clock_ms = self.start(*clock_ms);
        self.finish_ms = clock_ms.saturating_add(charge_ms);
        self.in_flight += 1;
    }

    const fn has_room(self, max: u32) -> bool {
        max == 0 || self.in_flight < max
    }
}

/// A team's lane: its units in the order of the lane, most urgent class first, then the oldest.
#[derive(Clone, Debug)]
pub struct Lane<U> {
    /// How much it has had of what its competition had.
    pub flow: Flow,
    /// What waits.
    pub waiting: VecDeque<Waiting<U>>,
}

/// A competition's lanes.
#[derive(Clone, Debug)]
pub struct Contestants<U> {
    /// How much the competition has had of the pool.
    pub flow: Flow,
    /// Virtual time within it.
    pub clock_ms: u64,
    /// Its teams.
    pub lanes: Vec<Lane<U>>,
}

/// All lanes of a pool. Of equals the one that stands first is served first.
#[derive(Clone, Debug)]
pub struct Queue<U> {
    /// Virtual time.
    pub clock_ms: u64,
    /// What may be leased at once.
    pub in_flight_max: InFlightMax,
    /// The competitions that have something waiting.
    pub competitions: Vec<Contestants<U>>,
}

/// A lane of a queue: the places of its competition and its team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// In `competitions`.
    pub competition: usize,
    /// In its `lanes`.
    pub lane: usize,
}

/// The lowest goes first: tier, start, class, since.
type Key = (u32, u64, WorkClass, Micros);

impl<U> Contestants<U> {
    /// Its next lane, and the key of that one's first unit.
    fn next(&self, in_flight_max: u32) -> Option<(Key, usize)> {
        let keys = self.lanes.iter().enumerate().filter_map(|(at, lane)| {
            let first = lane.waiting.front().filter(|_| lane.flow.has_room(in_flight_max))?;
            Some(((first.class.tier(), lane.flow.start(self.clock_ms), first.class, first.since), at))
        });
        keys.min()
    }
}

impl<U> Queue<U> {
    /// Whose turn it is.
    pub fn next(&self) -> Option<Turn> {
        let turns = self.competitions.iter().enumerate().filter_map(|(at, one)| {
            let room = one.flow.has_room(self.in_flight_max.competition);
            let ((tier, _, class, since), lane) = one.next(self.in_flight_max.team).filter(|_| room)?;
            Some(((tier, one.flow.start(self.clock_ms), class, since), at, lane))
        });
        turns.min().map(|(_, competition, lane)| Turn { competition, lane })
    }

    /// Serves the first unit of a lane: it is charged to the team and to the competition, and is in flight.
    pub fn serve(&mut self, turn: Turn) -> Option<Waiting<U>> {
        let one = &mut self.competitions[turn.competition];
        let lane = &mut one.lanes[turn.lane];
        let first = lane.waiting.pop_front()?;
        lane.flow.serve(&mut one.clock_ms, first.charge_ms);
        one.flow.serve(&mut self.clock_ms, first.charge_ms);
        Some(first)
    }

    /// Lets a lane pass, whose units cannot be had now.
    pub fn skip(&mut self, turn: Turn) {
        self.competitions[turn.competition].lanes[turn.lane].waiting.clear();
    }
}

#[cfg(test)]
mod tests;
