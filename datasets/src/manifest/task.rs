use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use egret_contest::Scale;
use egret_contract::{AnswerContract, ClassNames, Grading, InputContract, Limits};

use crate::Split;

/// `tasks/<id>/task.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskManifest {
    /// The folder's name: 3 to 63 of `[a-z0-9-]`, starts with a letter.
    pub id: String,
    /// Shown where no other language fits.
    pub title: String,
    /// The title in Chinese; empty: `title` is shown.
    pub title_zh: String,
    /// Plain text.
    pub description: String,
    /// Plain text in Chinese; empty: `description` is shown.
    pub description_zh: String,
    /// The licence of the data, in the organizer's words; empty where nothing is said.
    pub licence: String,
    /// What every model receives.
    pub input: InputContract,
    /// What a model answers, with the names of the classes, which teams may not be told: see [`TaskManifest::public_answer`].
    pub answer: AnswerContract,
    /// Whether the names of the classes may be shown to teams.
    pub class_names_public: bool,
    /// Ids of the metric registry; the first one ranks, unless there is a composite. Never empty.
    pub metrics: Vec<String>,
    /// What is made of their values.
    pub grading: Grading,
    /// Where the grid lies in phases with the policy `ladder`.
    pub ladder: Option<Scale>,
    /// Per evaluation.
    pub limits: Limits,
    /// How items come into splits.
    pub split: SplitRule,
    /// The folder of media, relative to the package folder.
    pub media: PathBuf,
    /// Where items and labels are listed.
    pub labels: LabelFiles,
    /// Every file beside the media that the task is made of, relative to the package folder, `task.toml` first.
    pub files: Vec<PathBuf>,
}

/// Where items and labels are listed. Paths are relative to the package folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelFiles {
    /// What lists the items.
    pub source: LabelSource,
    /// Pairs of items of a verification task.
    pub trials: Option<PathBuf>,
    /// Which gallery items a query should find; without it `identity` says so.
    pub relevance: Option<PathBuf>,
    /// Per part of the input the column of the labels that names its file or holds its text.
    pub parts: Vec<String>,
    /// The names that columns have in the file, by the names they have here.
    pub columns: BTreeMap<String, String>,
    /// Columns of the file that mean nothing here.
    pub ignored: Vec<String>,
}

/// What lists the items of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// A table, `labels.csv`.
    Csv(PathBuf),
    /// Boxes as COCO has them, `annotations.json`.
    Coco(PathBuf),
    /// Folders of media, one per class, or one per split with one per class inside.
    Folders,
    /// The trials of a verification task themselves.
    Trials,
}

impl TaskManifest {
    /// The task's folder, relative to the package folder.
    pub fn folder(&self) -> PathBuf {
        PathBuf::from("tasks").join(&self.id)
    }

    /// What problems with labels are found in, relative to the package folder: a file, or the folder of media where folders are
    /// the labels.
    pub fn labels_file(&self) -> &Path {
        match &self.labels.source {
            LabelSource::Csv(file) | LabelSource::Coco(file) => file,
            LabelSource::Folders => &self.media,
            LabelSource::Trials => self.labels.trials.as_deref().unwrap_or(&self.media),
        }
    }

    /// What a model answers, as teams may know it: without the names of the classes where the organizer keeps them.
    pub fn public_answer(&self) -> AnswerContract {
        let mut answer = self.answer.clone();
        if !self.class_names_public
            && let Some(classes) = class_names_mut(&mut answer)
        {
            classes.class_names.clear();
        }
        answer
    }
}

fn class_names_mut(answer: &mut AnswerContract) -> Option<&mut ClassNames> {
    match answer {
        AnswerContract::Classes(answer) => Some(&mut answer.classes),
        AnswerContract::Multilabel(classes) => Some(classes),
        AnswerContract::Boxes(answer) => Some(&mut answer.classes),
        AnswerContract::Mask(answer) => Some(&mut answer.classes),
        AnswerContract::Segments(answer) => Some(&mut answer.classes),
        AnswerContract::Values(_) | AnswerContract::Transcript(_) | AnswerContract::Embedding(_) => None,
    }
}

/// How items come into splits.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitRule {
    /// By the `split` column of the labels, or by folders.
    Column,
    /// `[split]`: by chance, groups whole, the same on every machine for the same seed.
    Ratio {
        /// Weights of sample, public and private; they need not sum to 1.
        weights: [f64; 3],
        /// Kept by the organizer: whoever knows it and the file names knows the splits.
        seed: u64,
    },
}

impl SplitRule {
    /// The weight of one split.
    pub fn weight(&self, split: Split) -> Option<f64> {
        match self {
            Self::Column => None,
            Self::Ratio { weights, .. } => Some(weights[split as usize]),
        }
    }
}
