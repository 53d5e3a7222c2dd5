use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{InputContract, OutOfRange, Ranges};

/// Most classes of a task.
pub const CLASS_COUNT_MAX: u32 = 100_000;
/// Bytes of a class name, a value's name or a token of a vocabulary.
const NAME_BYTES_MAX: usize = 256;
/// Values of one item.
pub const VALUE_COUNT_MAX: u32 = 1024;
/// Boxes that one answer may hold.
pub const BOX_COUNT_MAX: u32 = 1000;
/// Temporal segments that one answer may hold.
pub const SEGMENT_COUNT_MAX: u32 = 1000;
/// Tokens of a vocabulary.
pub const VOCABULARY_MAX: usize = 100_000;
/// Bytes of one transcript.
const TRANSCRIPT_BYTES_MAX: u32 = 1 << 16;
/// Bytes of vectors and of found lists that a worker keeps to score one split ([`EmbeddingAnswer::kept_bytes`]).
pub const EMBEDDINGS_BYTES_MAX: u64 = 2 << 30;
/// Dimensions of an embedding.
pub const DIMENSION_MAX: u32 = 8192;
/// Gallery items found per query.
pub const TOP_COUNT_MAX: u32 = 1000;

/// What a model answers to an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerContract {
    /// One class: float scores `[n, classes]`, or class indices `[n]`.
    Classes(ClassesAnswer),
    /// Any number of classes: float scores `[n, classes]`.
    Multilabel(ClassNames),
    /// Numbers: `[n, values]`.
    Values(ValuesAnswer),
    /// Objects in the picture.
    Boxes(BoxesAnswer),
    /// A class per pixel: scores `[n, classes, height, width]`, or class indices `[n, height, width]`.
    Mask(MaskAnswer),
    /// A text: strings, token ids, or CTC logits.
    Transcript(TranscriptAnswer),
    /// A vector `[n, dimensions]`, which the platform compares with others.
    Embedding(EmbeddingAnswer),
    /// Events in time.
    Segments(SegmentsAnswer),
}

/// Classes, by index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassNames {
    /// How many there are.
    pub class_count: u32,
    /// Their names in index order; empty where the organizer keeps them.
    pub class_names: Vec<String>,
}

/// One class per item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassesAnswer {
    /// The classes.
    pub classes: ClassNames,
    /// The class of what belongs to no other; a model may answer it as index −1.
    pub reject: Option<u32>,
}

/// Numbers of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValuesAnswer {
    /// One name per number, in the order of the model's output.
    pub value_names: Vec<String>,
}

/// Objects in a picture. Coordinates are pixels of the picture the model was given, x to the right and y down from the
/// upper left corner; the platform maps them back to the pixels of the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxesAnswer {
    /// The classes.
    pub classes: ClassNames,
    /// The most boxes per picture; of more, those with the highest scores are kept.
    pub box_count_max: u32,
}

/// A class per pixel of the picture the model was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskAnswer {
    /// The classes.
    pub classes: ClassNames,
}

/// A text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptAnswer {
    /// What the token ids of a model mean, by index; empty: models answer with strings, or bring a vocabulary.
    pub vocabulary: Vec<String>,
    /// The token that CTC leaves out.
    pub blank: Option<u32>,
    /// What stands between two tokens: empty for characters, a space for words.
    pub separator: String,
    /// The most bytes of one answer; longer ones are cut at a character.
    pub text_bytes_max: u32,
}

/// A vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingAnswer {
    /// The most dimensions.
    pub dimension_max: u32,
    /// How two vectors are compared.
    pub similarity: Similarity,
    /// What for.
    pub search: Search,
}

impl EmbeddingAnswer {
    /// Bytes that a worker keeps for each item of a split: of verification its float32 vector of `dimension` elements; of retrieval,
    /// for each query, also the places and similarities of what it finds. A gallery is never kept.
    #[must_use]
    pub fn kept_bytes(&self, dimension: u32) -> u64 {
        let found = match self.search {
            Search::Verification => 0,
            Search::Retrieval { top_count } => u64::from(top_count) * 8,
        };
        u64::from(dimension) * 4 + found
    }
}

/// How two vectors are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// The cosine of their angle.
    Cosine,
    /// Their inner product.
    Dot,
}

/// What vectors are compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Trials: are these two the same?
    Verification,
    /// For every query the most similar of a gallery.
    Retrieval {
        /// How many are found per query.
        top_count: u32,
    },
}

/// Events in time, in seconds from the beginning of the item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentsAnswer {
    /// The classes.
    pub classes: ClassNames,
    /// The most segments per item; of more, those with the highest scores are kept.
    pub segment_count_max: u32,
}

impl AnswerContract {
    /// One of so many classes without public names: the plainest contract.
    #[must_use]
    pub fn one_of(class_count: u32) -> Self {
        let classes = ClassNames { class_count, class_names: Vec::new() };
        Self::Classes(ClassesAnswer { classes, reject: None })
    }

    /// As in files: `classes`, `boxes`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Classes(_) => "classes",
            Self::Multilabel(_) => "multilabel",
            Self::Values(_) => "values",
            Self::Boxes(_) => "boxes",
            Self::Mask(_) => "mask",
            Self::Transcript(_) => "transcript",
            Self::Embedding(_) => "embedding",
            Self::Segments(_) => "segments",
        }
    }

    /// The classes, where answers have some.
    #[must_use]
    pub fn classes(&self) -> Option<&ClassNames> {
        match self {
            Self::Classes(answer) => Some(&answer.classes),
            Self::Multilabel(classes) => Some(classes),
            Self::Boxes(answer) => Some(&answer.classes),
            Self::Mask(answer) => Some(&answer.classes),
            Self::Segments(answer) => Some(&answer.classes),
            Self::Values(_) | Self::Transcript(_) | Self::Embedding(_) => None,
        }
    }

    /// The most bytes that may leave the jail as the answer to one item of `input`.
    #[must_use]
    pub fn item_bytes_max(&self, input: &InputContract) -> u64 {
        let counted = |count: u32, numbers: u64| 4 + u64::from(count) * numbers * 4;
        match self {
            // float32 scores of all classes, or one int64 index.
            Self::Classes(answer) => (u64::from(answer.classes.class_count) * 4).max(8),
            Self::Multilabel(classes) => u64::from(classes.class_count) * 4,
            Self::Values(answer) => answer.value_names.len() as u64 * 4,
            // Four coordinates, a score, a class.
            Self::Boxes(answer) => counted(answer.box_count_max, 6),
            Self::Mask(_) => {
                let pixels = |image: &crate::ImageInput| u64::from(image.width) * u64::from(image.height);
                4 + input.image().map_or(0, pixels) * 2
            }
            Self::Transcript(answer) => 4 + u64::from(answer.text_bytes_max),
            Self::Embedding(answer) => u64::from(answer.dimension_max) * 4,
            // Start, end, a score, a class.
            Self::Segments(answer) => counted(answer.segment_count_max, 4),
        }
    }

    /// Everything that is out of range, or does not go with `input`.
    #[must_use]
    pub fn problems(&self, input: &InputContract) -> Vec<OutOfRange> {
        let mut ranges = Ranges::default();
        if let Some(classes) = self.classes() {
            classes.check(if matches!(self, Self::Classes(_)) { 2 } else { 1 }, &mut ranges);
        }
        if matches!(self, Self::Boxes(_) | Self::Mask(_)) {
            ranges.expect(
                input.image().is_some(),
                "answer",
                format!("must have an image to lie on; the input is {input}"),
            );
        }
        match self {
            Self::Classes(ClassesAnswer { classes, reject }) => {
                let known = reject.is_none_or(|reject| reject < classes.class_count);
                ranges.expect(known, "answer.reject", "must be one of the classes");
            }
            Self::Values(ValuesAnswer { value_names }) => {
                let counted = (1..=VALUE_COUNT_MAX as usize).contains(&value_names.len());
                ranges.expect(counted, "answer.value_names", format!("must be 1 to {VALUE_COUNT_MAX} names"));
                names(value_names, "answer.value_names", &mut ranges);
            }
            Self::Boxes(BoxesAnswer { box_count_max, .. }) => {
                ranges.within("answer.box_count_max", *box_count_max, &(1..=BOX_COUNT_MAX));
            }
            Self::Transcript(answer) => answer.check(&mut ranges),
            Self::Embedding(EmbeddingAnswer { dimension_max, search, .. }) => {
                ranges.within("answer.dimension_max", *dimension_max, &(1..=DIMENSION_MAX));
                if let Search::Retrieval { top_count } = search {
                    ranges.within("answer.top_count", *top_count, &(1..=TOP_COUNT_MAX));
                }
            }
            Self::Segments(SegmentsAnswer { segment_count_max, .. }) => {
                ranges.within("answer.segment_count_max", *segment_count_max, &(1..=SEGMENT_COUNT_MAX));
            }
            Self::Mask(MaskAnswer { classes }) => {
                let most = u32::from(u16::MAX);
                ranges.expect(
                    classes.class_count <= most,
                    "answer.class_count",
                    format!("must be at most {most}"),
                );
            }
            Self::Multilabel(_) => {}
        }
        ranges.0
    }
}

impl ClassNames {
    fn check(&self, least: u32, ranges: &mut Ranges) {
        ranges.within("answer.class_count", self.class_count, &(least..=CLASS_COUNT_MAX));
        let names = &self.class_names;
        let counted = names.is_empty() || names.len() == self.class_count as usize;
        ranges.expect(counted, "answer.class_names", "must be empty, or one name per class");
        self::names(names, "answer.class_names", ranges);
    }
}

impl TranscriptAnswer {
    fn check(&self, ranges: &mut Ranges) {
        let count = self.vocabulary.len();
        ranges.expect(
            count <= VOCABULARY_MAX,
            "answer.vocabulary",
            format!("must be at most {VOCABULARY_MAX} tokens"),
        );
        let short = self.vocabulary.iter().all(|token| token.len() <= NAME_BYTES_MAX);
        ranges.expect(short, "answer.vocabulary", format!("must be at most {NAME_BYTES_MAX} bytes each"));
        let known = self.blank.is_none_or(|blank| (blank as usize) < count);
        ranges.expect(known, "answer.blank", "must be a token of the vocabulary");
        ranges.expect(self.separator.len() <= 8, "answer.separator", "must be at most 8 bytes");
        ranges.within("answer.text_bytes_max", self.text_bytes_max, &(1..=TRANSCRIPT_BYTES_MAX));
    }
}

fn names(names: &[String], field: &str, ranges: &mut Ranges) {
    let fits = names.iter().all(|name| !name.is_empty() && name.len() <= NAME_BYTES_MAX);
    ranges.expect(fits, field, format!("must be 1 to {NAME_BYTES_MAX} bytes each"));
}

impl Similarity {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Cosine, Self::Dot];

    /// As in files and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Dot => "dot",
        }
    }

    /// From a file or the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|similarity| similarity.as_str() == text)
    }
}

/// `one of 10 classes`, for people.
impl fmt::Display for AnswerContract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classes(answer) => write!(f, "one of {} classes", answer.classes.class_count),
            Self::Multilabel(classes) => write!(f, "any of {} classes", classes.class_count),
            Self::Values(answer) => write!(f, "{}", answer.value_names.join(", ")),
            Self::Boxes(answer) => {
                write!(f, "up to {} boxes of {} classes", answer.box_count_max, answer.classes.class_count)
            }
            Self::Mask(answer) => write!(f, "one of {} classes per pixel", answer.classes.class_count),
            Self::Transcript(answer) => write!(f, "a text of up to {} bytes", answer.text_bytes_max),
            Self::Embedding(EmbeddingAnswer { dimension_max, similarity, search }) => {
                let purpose = match search {
                    Search::Verification => "verification".to_owned(),
                    Search::Retrieval { top_count } => format!("retrieval of {top_count}"),
                };
                let similarity = similarity.as_str();
                write!(f, "a vector of up to {dimension_max} dimensions, for {purpose} by {similarity}")
            }
            Self::Segments(answer) => {
                let (most, classes) = (answer.segment_count_max, answer.classes.class_count);
                write!(f, "up to {most} segments of {classes} classes")
            }
        }
    }
}
