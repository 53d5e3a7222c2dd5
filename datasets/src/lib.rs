//! Test sets, from an organizer's folder to sealed shards and back.

mod check;
mod keys;
mod labels;
mod manifest;
mod open;
mod problem;
mod progress;
mod seal;
mod shard;
mod split;

pub use check::{Checked, TaskSummary, check};
pub use keys::{BadRecipient, DataKey, PoolIdentity, seal_to_pool};
pub use manifest::{
    AnswerContract, AudioInput, ClassesAnswer, CompetitionManifest, Fit, ImageInput, InputContract, Limits,
    Package, PhaseKind, PhaseManifest, QuotaManifest, ReleaseManifest, ReleasePolicy, SplitRule,
    TaskManifest, load,
};
pub use open::{InputsHeader, Labels, OpenError, open_inputs, open_labels};
pub use problem::Problem;
pub use progress::{Progress, Silent};
pub use seal::{LocalBlob, SealedShard, SealedTestSet, seal};
pub use split::Split;
