use std::path::PathBuf;

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
    /// What every model receives.
    pub input: InputContract,
    /// What a model answers.
    pub answer: AnswerContract,
    /// Ids of the metric registry; the first one ranks. Never empty.
    pub metrics: Vec<String>,
    /// Per evaluation.
    pub limits: Limits,
    /// How items come into splits.
    pub split: SplitRule,
    /// The folder of media, relative to the package folder.
    pub media: PathBuf,
}

impl TaskManifest {
    /// The task's folder, relative to the package folder.
    pub fn folder(&self) -> PathBuf {
        PathBuf::from("tasks").join(&self.id)
    }

    /// The labels file, relative to the package folder.
    pub fn labels_file(&self) -> PathBuf {
        self.folder().join("labels.csv")
    }
}

/// What every model receives, byte for byte the same for every team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputContract {
    /// u8 pixels, height × width × channels.
    Image(ImageInput),
    /// f32 PCM in −1..1, mono, little-endian.
    Audio(AudioInput),
}

impl InputContract {
    /// Bytes of one item.
    pub fn item_bytes(&self) -> u64 {
        match self {
            Self::Image(image) => {
                u64::from(image.width) * u64::from(image.height) * u64::from(image.channels)
            }
            Self::Audio(audio) => u64::from(audio.sample_count_max) * 4,
        }
    }
}

/// `[input] kind = "image"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInput {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// 1 (gray) or 3 (RGB).
    pub channels: u32,
    /// How a picture of another size becomes one of this.
    pub fit: Fit,
}

/// How a picture of another size is brought to the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Width and height each on their own.
    Stretch,
    /// Covers the frame; the centre is taken.
    Crop,
    /// Fits into the frame; black around it.
    Pad,
}

impl Fit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stretch, Self::Crop, Self::Pad];

    /// As in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stretch => "stretch",
            Self::Crop => "crop",
            Self::Pad => "pad",
        }
    }
}

/// `[input] kind = "audio"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioInput {
    /// Samples per second.
    pub sample_rate_hz: u32,
    /// Samples per item; shorter ones are zero-padded at the end, longer ones refused.
    pub sample_count_max: u32,
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerContract {
    /// One class per item.
    Classes(ClassesAnswer),
}

impl AnswerContract {
    /// How many classes there are.
    pub fn class_count(&self) -> u32 {
        match self {
            Self::Classes(answer) => answer.classes.len() as u32,
        }
    }
}

/// `[answer] kind = "classes"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassesAnswer {
    /// In index order: as listed, or else the distinct labels of `labels.csv`, by value where all are whole numbers.
    pub classes: Vec<String>,
    /// Whether the names may be shown to teams.
    pub class_names_public: bool,
}

/// `[limits]`: per evaluation, the same for every team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock seconds.
    pub wall_s_max: u32,
    /// CPU seconds over all threads.
    pub cpu_s_max: u32,
    /// Memory of the runner, in MiB.
    pub memory_mib_max: u32,
    /// Threads of the runtime.
    pub thread_count: u32,
    /// Size of a model, in MiB.
    pub model_mib_max: u32,
}

/// How items come into splits.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitRule {
    /// By the `split` column of `labels.csv`.
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
