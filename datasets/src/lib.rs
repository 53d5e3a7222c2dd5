//! Test sets, from an organizer's folder to sealed shards and back.
//!
//! The way of a test set:
//! 1. [`load`] reads `competition.toml` and `tasks/<id>/task.toml`; [`check`] also reads the labels (tables, COCO JSON, folders, lists
//!    of trials), decodes all media, and reports every [`Problem`] with file, line and remedy.
//! 2. [`seal`] decodes media once, brings them to the task's contract, puts hidden items in a secret order and writes
//!    shards, inputs and labels apart, sealed to a fresh data key, which is itself sealed to each worker pool. All of this
//!    happens on the organizer's machine. What is sealed is committed to ([`Commitment`], [`verify`]); what everybody may know of it is
//!    its [`Card`] and the public sample, a plain zip of the exact inputs and labels ([`read_sample`]).
//! 3. A worker unwraps the [`DataKey`] with its [`PoolIdentity`], opens inputs straight into the runner's memory
//!    ([`open_inputs`]), and opens labels ([`open_labels`]), a [`Truth`] per item, only when the answers are in. [`rewrap`] gives the key to
//!    a further pool.
//!
//! This crate knows nothing of servers, teams, models or scores, and talks to no network. It is blocking; work on many
//! files runs on rayon's threads.

mod bounds;
mod boxes;
mod card;
mod check;
mod commitment;
mod groups;
mod import;
mod keys;
mod labels;
mod ladders;
mod manifest;
mod masks;
mod media;
mod open;
mod order;
mod pack;
mod peek;
mod preview;
mod problem;
mod progress;
mod runs;
mod sample;
mod seal;
mod shard;
mod split;
mod summary;
mod truth;
mod twins;
mod units;
mod verify;

pub use card::Card;
pub use check::{Checked, check};
pub use commitment::{Commitment, Hash, SplitCommitment};
pub use keys::{BadRecipient, DataKey, PoolIdentity, RewrapError, rewrap, seal_to_pool};
pub use ladders::{HonestRun, PhaseLadder, ladders};
pub use manifest::{
    CompetitionManifest, LabelFiles, LabelSource, OverallManifest, Package, PhaseManifest, PhaseTaskManifest,
    SplitRule, TaskManifest, load,
};
pub use media::{Bench, Origin, Source, Unusable};
pub use open::{InputsHeader, Labels, OpenError, open_inputs, open_labels};
/// What is under the seals, without them: for tests and fuzzers.
#[cfg(feature = "testing")]
pub mod plain {
    pub use crate::open::{inputs, labels};
}
pub use peek::peek;
pub use preview::{ITEM_COUNT_MAX as PREVIEW_ITEM_COUNT_MAX, Preview, TILE_SIDE_MAX, preview};
pub use problem::Problem;
pub use progress::{Progress, Silent};
pub use sample::{Sample, SampleError, read_sample};
pub use seal::{LocalBlob, ORGANIZER, SealedShard, SealedTestSet, seal};
pub use split::Split;
pub use summary::TaskSummary;
pub use truth::{TrueBox, TrueSegment, Truth};
pub use units::unit_state_bytes_max;
pub use verify::{Unsound, Verifier, verify};
