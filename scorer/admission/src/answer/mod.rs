//! Which output holds the answer, and how it is read.
//!
//! Choosing, where the team declared nothing: every output is judged by its element type and shape for the task's kind of answer
//! (`forms`), and the best group must have exactly one member. For classes, outputs that can hold scores (float `[n,C]`, also
//! `[n,C,1,1]`) come before floats of unknown width, before quantised scores (integers `[n,C]`), before labels (integers `[n]` or
//! `[n,1]`, or strings that are the classes' public names). So the exports of scikit-learn, a label and probabilities, are read by
//! their probabilities; two float outputs of the right width are ambiguous, and one must be declared.
//!
//! What a model declares is not what it produces: the runner checks the shape again in every run.

mod choose;
mod forms;

use std::fmt;

use crate::TensorInfo;

/// Which outputs are read, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The declared outputs, in the order that `how` wants them; all kinds but [`How::BoxTensors`] read one.
    pub outputs: Vec<TensorInfo>,
    /// What they hold.
    pub how: How,
}

/// What an output holds.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// float or quantised `[n,width]`: scores, values.
    Rows {
        /// Numbers per item.
        width: u32,
        /// Applied to every row.
        activation: Activation,
    },
    /// float `[n,d]` with d at most this: a vector.
    Vector {
        /// The most dimensions.
        most: u32,
    },
    /// integers `[n]`: a class; −1 is the reject class, where there is one.
    Labels {
        /// The reject class.
        reject: Option<u32>,
    },
    /// strings `[n]`: a class by its name.
    Names(Vec<String>),
    /// float `[n,C,h,w]`: the highest class of every pixel.
    MaskScores {
        /// C.
        class_count: u32,
        /// Rows and columns of the model's own picture; `None`: those of the item.
        size: Option<(u64, u64)>,
    },
    /// integers `[n,h,w]` or `[n,1,h,w]`: the class of every pixel.
    MaskLabels {
        /// As above.
        size: Option<(u64, u64)>,
    },
    /// strings `[n]` or `[n,1]`: a text.
    Strings,
    /// integers `[n,T]`: tokens, up to the first negative one; the blank is left out.
    Tokens(Vocabulary),
    /// float `[n,T,V]`, or `[n,V,T]` where `classes_first`: the best path of CTC, repeats merged, the blank left out.
    Ctc {
        /// Tokens.
        vocabulary: Vocabulary,
        /// The token that is left out.
        blank: u32,
        /// Whether the vocabulary's axis stands before that of time.
        classes_first: bool,
    },
    /// Detections.
    Boxes(Detector),
    /// float `[n,K,4]`: start, end (seconds), score, class.
    Segments {
        /// Those with a lower score are dropped.
        score_min: f64,
        /// Of more, the best stay.
        count_max: u32,
    },
}

/// What token ids mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// By index.
    pub tokens: Vec<String>,
    /// What stands between two of them.
    pub separator: String,
    /// The token that is left out.
    pub blank: Option<u32>,
    /// The most bytes of a text; a longer one is cut at a character.
    pub text_bytes_max: u32,
}

/// How a detector's output becomes boxes.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// What stands where.
    pub format: BoxFormat,
    /// C.
    pub class_count: u32,
    /// Those with a lower score are dropped.
    pub score_min: f64,
    /// Of two boxes of a class that overlap more than this (intersection over union), the better one stays; `None`: all stay.
    pub iou_max: Option<f64>,
    /// Of more, the best stay.
    pub count_max: u32,
    /// Rows and columns of the picture that the model's coordinates are of; `None`: the item's own.
    pub size: Option<(u64, u64)>,
}

/// Where a detector puts what. Coordinates are pixels of the model's own picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxFormat {
    /// `[n,K,6]`: left, top, right, bottom, score, class.
    Rows,
    /// Three outputs `[n,K,4]`, `[n,K]`, `[n,K]`, or without `n` for one item: boxes by their corners, scores, classes.
    Tensors,
    /// `[n,K,5+C]`: centre, size, objectness, class scores, all as probabilities; the score is their product.
    Yolov5,
    /// `[n,4+C,K]`: centre, size, class scores.
    Yolov8,
    /// `[n,K,5+C]` before decoding: offsets in cells of 8, 16 and 32 pixels, logarithms of sizes, and probabilities.
    Yolox,
    /// `[n,5+C,h,w]`: objectness, tanh of offsets, sigmoid of sizes, class scores; the score is `objectness^0.6 · class^0.4`.
    FastestDet,
}

/// What is done to a row of scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// Softmax over the row.
    Softmax,
    /// The logistic function of each.
    Sigmoid,
}

impl BoxFormat {
    /// All of them, by the names that are declared.
    pub const ALL: [(&str, Self); 6] = [
        ("rows", Self::Rows),
        ("tensors", Self::Tensors),
        ("yolov5", Self::Yolov5),
        ("yolov8", Self::Yolov8),
        ("yolox", Self::Yolox),
        ("fastestdet", Self::FastestDet),
    ];

    /// As declared.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Whether boxes of one object are still to be thinned out.
    #[must_use]
    pub fn is_raw(self) -> bool {
        !matches!(self, Self::Rows | Self::Tensors)
    }
}

impl Reading {
    /// Whether the same outputs are read in the same way, whatever else is known of their shapes.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let names = |reading: &Self| -> Vec<String> {
            reading.outputs.iter().map(|output| output.name.clone()).collect()
        };
        names(self) == names(other) && std::mem::discriminant(&self.how) == std::mem::discriminant(&other.how)
    }
}

/// `` `probabilities` float32 [n,10] as scores, softmax ``
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outputs: Vec<String> = self.outputs.iter().map(TensorInfo::to_string).collect();
        write!(f, "{} as {}", outputs.join(", "), self.how)
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows { activation: Activation::None, .. } => f.write_str("scores"),
            Self::Rows { activation: Activation::Softmax, .. } => f.write_str("scores, softmax"),
            Self::Rows { activation: Activation::Sigmoid, .. } => f.write_str("scores, sigmoid"),
            Self::Vector { .. } => f.write_str("a vector"),
            Self::Labels { .. } => f.write_str("class numbers"),
            Self::Names(_) => f.write_str("class names"),
            Self::MaskScores { .. } => f.write_str("scores per pixel"),
            Self::MaskLabels { .. } => f.write_str("class numbers per pixel"),
            Self::Strings => f.write_str("text"),
            Self::Tokens(vocabulary) => write!(f, "tokens of {}", vocabulary.tokens.len()),
            Self::Ctc { vocabulary, blank, .. } => {
                write!(f, "CTC logits of {} tokens, blank {blank}", vocabulary.tokens.len())
            }
            Self::Boxes(detector) => {
                write!(f, "boxes ({}), scores of {} and more", detector.format.name(), detector.score_min)?;
                detector.iou_max.map_or(Ok(()), |iou| write!(f, ", thinned out at an overlap of {iou}"))
            }
            Self::Segments { score_min, .. } => write!(f, "segments, scores of {score_min} and more"),
        }
    }
}
