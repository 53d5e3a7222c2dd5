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
//! approve_teams = true                   # default false; true: teams that users found wait for the organizer's approval
//! entries_required = true                # default false; true: a team enters a task before it submits to it
//! merge_deadline = "2026-03-20T00:00:00+08:00"   # optional: until then teams may merge; without it they may not
//! tasks = ["digits"]                     # optional order; default: every folder of tasks/, by name
//!
//! [[phases]]                             # at least one
//! id = "live"
//! kind = "live"                          # practice, live, final; windows of one kind do not overlap
//! start = "2026-03-01T09:00:00+08:00"    # RFC 3339 with an offset, quoted or not; half-open [start, end)
//! end = "2026-04-01T09:00:00+08:00"
//! freeze = "2026-03-31T09:00:00+08:00"   # optional: from then on its public boards stand still
//! split = "public"                       # sample, public, private
//! board = "public"                       # default; "jury": organizers alone see its boards until it is finalized
//! gate = { phase = "trial", at_least = 0.5 }   # optional: who has that released value there may take part
//! [phases.quota]                         # optional; 0 or absent: no limit of that sort
//! per_day_max = 10
//! total_max = 100
//! concurrent_max = 2
//! failed_checks_per_day = 20             # failed checks are given back, and would be free for ever
//! [phases.release]                       # optional
//! policy = "ladder"                      # default: the team's best level above the baseline of [ladder] in task.toml
//! levels = 50                            # 1 to 10,000, never finer than the standard error; default by the number of items
//! budget_bits = 64                       # what a team may learn over the lifetime of the test set; default likewise
//! tau = 0.05                             # instead: so far may a released score be from the true one
//! # or: policy = "exact", decimals = 4   # every score, rounded; 0 to 6, default 4
//! timing = "immediate"                   # default; "epoch" with epoch_s = 3600: at the end of it; "finalize": with the phase
//! [phases.tasks.digits]                  # optional: what is different for one task
//! quota = { per_day_max = 2 }
//! freeze = "2026-03-30T09:00:00+08:00"
//! end = "2026-03-31T09:00:00+08:00"      # not after the phase's
//! prizes = [50000]                       # instead of the places of [phases.prizes]; [0]: the task has none
//! [[phases]]
//! id = "final"                           # (kind, start, end and split as above)
//! nominations = 2                        # 1 to 16: teams send nothing, but name so many of another phase's submissions for each task
//! nominates_from = "live"                # which are evaluated when this one ends; `timing` is "finalize" then, unless it is said
//! [phases.prizes]                        # optional, only beside nominations
//! rule = "split_evenly"                  # default: overlapping rank intervals share the first rank, and their prizes; or "by_order"
//! unit = "CNY"                           # what amounts are counted in: at most 32 bytes; needed where there are amounts
//! places = [100000, 50000, 20000]        # of every task; whole numbers, never rising, at most 100; default none: ranks are shared
//! [[phases]]
//! id = "training"
//! training = true                        # of the kind practice, when the contest is over; a word for people
//! [overall]                              # optional: one board of all tasks
//! rule = "mean_rank"                     # or "normalised" (each task has [ladder] or [composite]), or "medals"
//! weights = { digits = 2.0 }             # default 1; 0.001 to 1000
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
//! [ladder]                               # needed where a phase has the policy "ladder"
//! baseline = 0.5                         # the published score that is worth nothing
//! best = 1.0                             # default: the bound of what ranks
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
mod fit;
mod list;
mod load;
mod metrics;
mod read_answer;
mod read_competition;
mod read_grading;
mod read_input;
mod read_labels;
mod read_phase;
mod read_prizes;
mod read_release;
mod read_task;
mod reader;
mod task;

use std::path::{Path, PathBuf};

use crate::Problem;

pub(crate) use load::{load_all, load_task};
pub(crate) use reader::nearest;

pub use competition::{CompetitionManifest, OverallManifest, PhaseManifest, PhaseTaskManifest};
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
