//! What an organizer writes: `competition.toml` and `tasks/<id>/task.toml`. Everything that is understood is here; any
//! other key is a problem.
//!
//! ```toml
//! # competition.toml
//! id = "digits-2026"                     # 3 to 63 of a-z, 0-9 and -, starting with a letter
//! title = "Digits"
//! title_zh = "数字"                       # optional, as all of *_zh and description
//! description = "Plain text."
//! time_zone = "Asia/Shanghai"            # IANA name; daily quotas roll over at its midnight
//! open_registration = true               # default false: organizers found teams
//! tasks = ["digits"]                     # optional order; default: every folder of tasks/, by name
//!
//! [[phases]]                             # at least one
//! id = "live"
//! kind = "live"                          # practice, live, final; windows of one kind do not overlap
//! start = "2026-03-01T09:00:00+08:00"    # RFC 3339 with an offset, quoted or not; half-open [start, end)
//! end = "2026-04-01T09:00:00+08:00"
//! split = "public"                       # sample, public, private
//! [phases.quota]                         # optional; 0 or absent: no limit of that sort
//! per_day_max = 10
//! total_max = 100
//! concurrent_max = 2
//! [phases.release]                       # optional
//! policy = "exact"
//! decimals = 4                           # 0 to 6, default 4
//!
//! # tasks/digits/task.toml
//! title = "Which digit?"
//! licence = "CC BY 4.0"                  # optional; shown with the test set
//! metrics = ["accuracy", "f1.macro"]     # the first one ranks
//! media = "media"                        # default; a folder inside the task's folder
//! labels = "labels.csv"                  # optional: else labels.csv, annotations.json (boxes) or trials.csv is looked for, and where
//!                                        # there is none, the folders of media are the classes, or splits with classes inside
//! [labels]                               # the same with more to say
//! path = "data/all.csv"
//! label = "category"                     # how a column is called there, by the name that it has here
//! ignore = ["notes"]                     # columns that mean nothing here
//! trials = "trials.csv"                  # verification
//! relevance = "relevance.csv"            # retrieval
//!
//! [input]
//! kind = "image"
//! width = 8
//! height = 8
//! channels = 1                           # 1 (gray) or 3 (RGB)
//! fit = "stretch"                        # stretch, crop, pad, native (own size, up to width × height)
//! # or: kind = "audio", sample_rate_hz = 16000, sample_count_max = 16000, length = "fixed" (zero-padded) or "bounded" (own length),
//! #     longer = "refuse" or "cut"
//! # or: kind = "video", frame_count = 8, width, height, fit
//! # or: kind = "text", bytes_max = 4096
//! # or: kind = "composite" with two or more
//! [[input.part]]
//! name = "sound"                         # a column of the labels, and a tensor of the model
//! kind = "audio"                         # and its own fields, as above
//! from = "clip"                          # only sound: the same file as the part of video above it
//!
//! [answer]
//! kind = "classes"
//! classes = ["0", "1", "2"]              # optional, in index order; default: those of the labels, in order (of COCO by id)
//! classes_file = "names.json"            # instead: a JSON array, or a file with a name on each line
//! class_names_public = true              # default
//! reject = "2"                           # optional: the class of what belongs to no other
//! # or, with classes too: kind = "multilabel" · "boxes", box_count_max = 100 · "mask" (or class_count) · "segments",
//! #     segment_count_max = 100
//! # or: kind = "values", names = ["age"]
//! # or: kind = "transcript", vocabulary or vocabulary_file, blank = 0, separator = "", text_bytes_max = 1024
//! # or: kind = "embedding", search = "verification" or "retrieval", dimension_max = 2048, similarity = "cosine" or "dot",
//! #     top_count = 100 (retrieval)
//!
//! [limits]                               # optional; the defaults are these
//! wall_s_max = 600
//! thread_count = 2
//! cpu_s_max = 1200                       # default: wall_s_max × thread_count
//! memory_mib_max = 4096
//! model_mib_max = 512
//!
//! [split]                                # optional: instead of a column `split` in the labels, or folders
//! sample = 0.2                           # weights
//! public = 0.3
//! private = 0.5
//! seed = 2019
//! ```

mod competition;
mod list;
mod load;
mod metrics;
mod read_answer;
mod read_competition;
mod read_grading;
mod read_input;
mod read_labels;
mod read_task;
mod reader;
mod task;

use std::path::{Path, PathBuf};

use crate::Problem;

pub(crate) use load::{load_all, load_task};
pub(crate) use reader::nearest;

pub use competition::{
    CompetitionManifest, PhaseKind, PhaseManifest, QuotaManifest, ReleaseManifest, ReleasePolicy,
};
pub use task::{LabelFiles, LabelSource, SplitRule, TaskManifest};

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
