//! The nouns and rules of a contest: ids and names, phases and quotas, what is released and how it is charged, who ranks
//! above whom, and which state may follow which.
//!
//! Everything here is pure: the time of day, randomness and bytes are arguments. This crate does no IO, knows no database
//! and no wire format; `egret-store` keeps its nouns and `egret-control` speaks of them.

mod board;
mod competition;
mod fault;
mod id;
mod ladder;
mod lifecycle;
mod name;
mod overall;
mod phase;
mod prize;
mod queue;
mod quota;
mod ranking;
mod refusal;
mod release;
mod report;
mod task;
mod team;
mod test_set;
mod text_enum;
mod time;
mod verdict;

pub use board::{Board, BoardEntry, ScorePoint};
pub use competition::{Competition, CompetitionState};
pub use fault::FaultCode;
pub use id::{
    BadId, CompetitionId, EvaluationId, InviteId, PhaseId, PoolId, Sha256Hex, SubmissionId, TaskId, TeamId,
    TokenId, UnitId, UploadId, UserId,
};
pub use ladder::{
    BUDGET_BITS_MAX, BadLadder, Budget, LEVEL_COUNT_MAX, Ladder, LadderRule, NULL_MILLIBITS, Scale, Step,
    Turn, bits_of_tau, preset, rise_millibits, tau_of_bits,
};
pub use lifecycle::{EvaluationKind, EvaluationOutcome, SubmissionState, UnitKind, UnitState};
pub use name::{
    BadName, BoardName, CompetitionName, EvaluationName, InviteName, PhaseName, PoolName, SubmissionName,
    TaskName, TeamName, TestSetName, TokenName, UnitName, UploadName, UserName,
};
pub use overall::{
    BadBounds, BadWeight, Bounds, Overall, OverallBoard, OverallEntry, OverallProblem, OverallRule,
    OverallScore, TaskBoard, Weight,
};
pub use phase::{
    BoardView, Gate, NOMINATIONS_MAX, Nominations, Phase, PhaseChanges, PhaseKind, PhaseMarks, PhaseProblem,
    PhaseRules, Split, TaskRules, Window, phase_at,
};
pub use prize::{
    Award, Awards, PRIZE_AMOUNT_MAX, PRIZE_PLACES_MAX, PRIZE_UNIT_BYTES_MAX, PrizeProblem, PrizeRule, Prizes,
    RankInterval,
};
pub use queue::{
    CHARGE_MS_MIN, Contestants, Flow, InFlightMax, Lane, PRACTICE_PACE, Queue, SlotKind, Turn as QueueTurn,
    Waiting, WorkClass, expected_ms,
};
pub use quota::{
    Admission, ChargedTo, Ended, QuotaEntryKind, QuotaKind, QuotaRule, QuotaUse, TimeZoneName, day_of,
};
pub use ranking::{Direction, Standing};
pub use refusal::Refusal;
pub use release::{
    BadReleaseRule, DECIMALS_MAX, Due, EPOCH_S_MAX, Policy, Release, ReleaseRule, Timing, exact_millibits,
    level_values, rank_interval_millibits, reveal_millibits, rounded, rounded_values,
};
pub use report::{CheckReport, MetricValue, Usage};
pub use task::{
    Adapter, AnswerContract, Certificate, Composite, CompositePart, CompositeRule, Grading, InputContract,
    Limits, MetricRef, Speed, TaskSpec, UNIT_SHARDS_MAX, UNIT_STATE_BYTES_MAX, exceeded, item_ms,
};
pub use team::{RosterEvent, TeamKind, TeamRules, TeamStatus};
pub use test_set::{BlobRef, Card, Shard, SplitCommitment, TestSetState, WrappedKey};
pub use time::Micros;
pub use verdict::{Fault, Outcome, Verdict};
