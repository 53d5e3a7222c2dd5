//! What Egret remembers: one `Store` over SQLite (the embedded default) or PostgreSQL, and `Blobs` on a file system.
//!
//! All SQL of the project is in this crate, one text for both databases wherever they allow it (`db.rs` holds the rest).
//! Time is the *database's* clock, as microseconds UTC. A state and its consequences commit in one transaction; whoever
//! watches is told after the commit, and whoever was not told finds the same by reading.
//!
//! What this crate does not do: authorization (control's policy table), anything with plaintext test data, or the wire.
//!
//! # Operations
//!
//! | module | operations on [`Store`] |
//! |---|---|
//! | `store` | `open`, `close`, `now`, `ping`, `limits`, `watch` |
//! | `identity` | `authenticate`, `has_operator` |
//! | `organizers` | `list_organizers`, `set_organizer`, `remove_organizer` |
//! | `tokens` | `create_token`, `create_auditor_token`, `get_token`, `list_tokens`, `revoke_token` |
//! | `competitions` | `create_competition`, `get_competition`, `list_competitions`, `publish_competition` |
//! | `tasks` | `create_task`, `get_task`, `list_tasks` |
//! | `test_sets` | `create_test_set`, `get_test_set`, `list_test_sets`, `activate_test_set` |
//! | `teams` | `create_team`, `get_team`, `list_teams`, `rename_team`, `team_of`, `is_member`, `team_history` |
//! | `teams::invites`, `teams::members` | `create_invite`, `open_invites`, `revoke_invite`, `join_team`, `leave_team`, `remove_member`, `transfer_captain` |
//! | `teams::standing` | `approve_team`, `disqualify_team`, `restore_team`, `set_team_kind` |
//! | `teams::merging` | `propose_merge`, `withdraw_merge`, `merge_proposals`, `accept_merge`, `merge_teams` |
//! | `teams::entries` | `enter_task`, `withdraw_entry`, `list_entries`, `count_entries` |
//! | `uploads`, `upload_writer` | `create_upload`, `get_upload`, `write_upload` (→ [`UploadWriter`]), `cancel_upload`, `sweep_uploads` |
//! | `admission`, `submissions`, `progress` | `admit_submission`, `quota`, `grant_quota`, `get_submission`, `list_submissions`, `cancel_submission` |
//! | `phases` | `set_paused`, `extend_phase`, `remove_interval`, `thaw_phase`, `finalize_phase`, `reveal_phase`, `phase_changes` |
//! | `finals` | `nominate`, `nominees`, `sweep_nominations` |
//! | `ledger`, `releases` | `ledger`; `sweep_waiting`, `sweep_releases` |
//! | `work` | `lease`, `heartbeat`, `complete`, `fail`, `release`, `sweep_leases`, `sweep_patience`, `leased_blob`, `backlog` |
//! | `request` | `sweep_requests` |
//! | `boards` | `board`, `score_history`, `rebuild_board` |
//! | `overall` | `overall_board` |
//! | `restricted` | `exact_verdict`, `sealed_outcomes`: hidden figures, for operators only; `leased_outcomes`: sealed, for who compares |
//!
//! Operations that create take a [`Request`]; repeating one returns the first one's result, and the same id with another
//! payload is [`StoreError::RequestReused`].

mod admission;
mod blobs;
mod boards;
mod changes;
mod comparison;
mod competitions;
mod db;
mod error;
mod evaluations;
mod finals;
mod identity;
mod ledger;
mod ledger_view;
mod organizers;
mod overall;
mod page;
mod partial;
mod phases;
mod progress;
mod quotas;
mod ranking;
mod releases;
mod request;
mod restricted;
mod row;
mod secret;
mod session;
mod store;
mod submissions;
mod tasks;
mod teams;
mod test_sets;
#[cfg(test)]
mod tests;
mod tokens;
mod upload_writer;
mod uploads;
mod work;

pub use admission::{NewSubmission, Quota, QuotaGrant};
pub use blobs::{BlobError, Blobs};
pub use boards::BoardAudience;
pub use changes::{Topic, Watch};
pub use competitions::{Drafts, NewCompetition};
pub use error::StoreError;
pub use finals::Nominees;
pub use identity::{Grant, Principal};
pub use ledger_view::{Account, AccountRow, Audience, Ledger, NextCharge, PhaseLedger, SplitLedger};
pub use organizers::Organizer;
pub use page::{Page, Paged};
pub use phases::{Note, PhaseChange};
pub use quotas::QuotaEntry;
pub use request::Request;
pub use restricted::Finalist;
pub use secret::Secret;
pub use store::{Store, StoreConfig, StoreLimits};
pub use submissions::{Revealed, Submission};
pub use tasks::{NewTask, Task};
pub use teams::{
    EntryCount, EntryFilter, Invite, Joined, Joiner, Member, MergeProposal, NewTeam, Office, OpenInvite,
    RosterRow, Team, TeamEntry,
};
pub use test_sets::{NewTestSet, TestSet};
pub use tokens::{NewToken, Token};
pub use upload_writer::UploadWriter;
pub use uploads::{NewUpload, Upload, UploadPurpose, UploadState};
pub use work::{
    Backlog, CompareWork, Completion, Fence, FinalistRanks, FinalizeWork, Heartbeat, Lease, LeaseRequest,
    ShardWork, Swept, UnitResult, Work,
};
