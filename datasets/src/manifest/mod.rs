//! What an organizer writes: `competition.toml` and `tasks/<id>/task.toml`.

mod competition;
mod task;

use std::path::{Path, PathBuf};

use crate::Problem;

pub use competition::{
    CompetitionManifest, PhaseKind, PhaseManifest, QuotaManifest, ReleaseManifest, ReleasePolicy,
};
pub use task::{
    AnswerContract, AudioInput, ClassesAnswer, Fit, ImageInput, InputContract, Limits, SplitRule, TaskManifest,
};

/// A package whose manifests are in order. Media and labels are [`crate::check`]'s matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// The folder.
    pub dir: PathBuf,
    /// `competition.toml`.
    pub competition: CompetitionManifest,
    /// `tasks/<id>/task.toml`, in the order of `competition.toml`'s `tasks`, or else by id. Never empty.
    pub tasks: Vec<TaskManifest>,
}

/// Reads the manifests of a package folder, and where a task lists no classes, the labels too.
pub fn load(_dir: &Path) -> Result<Package, Vec<Problem>> {
    todo!()
}
