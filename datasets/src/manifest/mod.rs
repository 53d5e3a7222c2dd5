//! What an organizer writes: `competition.toml` and `tasks/<id>/task.toml`.

mod competition;
mod load;
mod read_competition;
mod read_task;
mod reader;
mod task;

use std::path::{Path, PathBuf};

use crate::Problem;

pub(crate) use load::load_all;
pub(crate) use reader::nearest;

pub use competition::{
    CompetitionManifest, PhaseKind, PhaseManifest, QuotaManifest, ReleaseManifest, ReleasePolicy,
};
pub use task::{
    AnswerContract, AudioInput, ClassesAnswer, Fit, ImageInput, InputContract, Limits, SplitRule,
    TaskManifest,
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
pub fn load(dir: &Path) -> Result<Package, Vec<Problem>> {
    let (package, problems) = load_all(dir);
    match package {
        Some(package) if problems.is_empty() => Ok(package),
        _ => Err(problems),
    }
}

/// 3 to 63 of `[a-z0-9-]`, starting with a letter: safe in URLs, file names and metric labels.
fn slug(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

const SLUG_RULE: &str = "use 3 to 63 of a-z, 0-9 and -, starting with a letter";
const TITLE_BYTES_MAX: usize = 256;
const DESCRIPTION_BYTES_MAX: usize = 20_000;
