use super::{Kind, Search};

/// A kind of answer, in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Classes,
    Multilabel,
    Values,
    Boxes,
    Mask,
    Transcript,
    Verification,
    Retrieval,
    Segments,
}

const CLASSES: &str = "\
classes = [\"cat\", \"dog\"]                   # in the order of a model's outputs; without it: the labels that there are
class_names_public = true                  # false: teams know how many there are, and nothing else
";

impl Answer {
    pub fn of(kind: Kind, search: Option<Search>) -> Self {
        match (kind, search) {
            (Kind::Classes, _) => Self::Classes,
            (Kind::Multilabel, _) => Self::Multilabel,
            (Kind::Values, _) => Self::Values,
            (Kind::Boxes, _) => Self::Boxes,
            (Kind::Mask, _) => Self::Mask,
            (Kind::Transcript, _) => Self::Transcript,
            (Kind::Embedding, Some(Search::Retrieval)) => Self::Retrieval,
            (Kind::Embedding, _) => Self::Verification,
            (Kind::Segments, _) => Self::Segments,
        }
    }

    /// The list of metrics; the first one ranks.
    pub fn metrics(self) -> &'static str {
        match self {
            Self::Classes => "[\"accuracy\", \"f1.macro\"]         # the first one ranks",
            Self::Multilabel => "[\"map.macro_present\", \"f1.micro\"] # the first one ranks",
            Self::Values => "[\"mae\", \"r2\"]                    # the first one ranks",
            Self::Boxes => "[\"AP\", \"AP50\"]          # the first one ranks",
            Self::Mask => "[\"miou.skip_absent\"]             # the first one ranks",
            Self::Transcript => "[\"cer\", \"wer\"]                   # the first one ranks",
            Self::Verification => "[\"eer.interp\"]                   # the first one ranks",
            Self::Retrieval => "[\"map\", \"cmc@1\"]                 # the first one ranks",
            Self::Segments => "[\"map.avg\"]                      # the first one ranks",
        }
    }

    /// What the metric that ranks gives a model that has learnt nothing, about.
    pub fn baseline(self) -> &'static str {
        match self {
            Self::Classes | Self::Verification => "0.5",
            Self::Multilabel | Self::Boxes | Self::Mask | Self::Retrieval | Self::Segments => "0.0",
            Self::Values => "10.0",
            Self::Transcript => "1.0",
        }
    }

    /// `[answer]`.
    pub fn manifest(self) -> String {
        let rest = match self {
            Self::Classes => format!(
                "kind = \"classes\"                           # one class an item\n{CLASSES}\
                 # reject = \"dog\"                           # the class of what belongs to no other; optional\n"
            ),
            Self::Multilabel => {
                format!("kind = \"multilabel\"                        # any number of classes an item\n{CLASSES}")
            }
            Self::Values => "kind = \"values\"                            # numbers; a column of the labels for each\n\
                             names = [\"age\", \"height\"]\n"
                .to_owned(),
            Self::Boxes => format!(
                "kind = \"boxes\"                             # in pixels of the original pictures\n{CLASSES}\
                 box_count_max = 100                        # of more, those with the best scores count\n"
            ),
            Self::Mask => format!("kind = \"mask\"                              # a class per pixel\n{CLASSES}"),
            Self::Transcript => "\
kind = \"transcript\"                        # a text
text_bytes_max = 1024                      # of one answer
separator = \"\"                             # between two tokens: nothing for characters, a blank for words
# vocabulary_file = \"vocabulary.json\"      # what token ids mean; without it models answer with text, or bring their own
# blank = 0                                # the token that CTC leaves out
"
            .to_owned(),
            Self::Verification => "\
kind = \"embedding\"                         # a vector
search = \"verification\"                    # pairs of trials.csv: do both show the same?
dimension_max = 2048
similarity = \"cosine\"                      # or dot
"
            .to_owned(),
            Self::Retrieval => "\
kind = \"embedding\"                         # a vector
search = \"retrieval\"                       # for every query the most similar items of the gallery
top_count = 100                            # so many of them
dimension_max = 2048
similarity = \"cosine\"                      # or dot
"
            .to_owned(),
            Self::Segments => format!(
                "kind = \"segments\"                          # events, in seconds from the beginning\n{CLASSES}\
                 segment_count_max = 100                    # of more, those with the best scores count\n"
            ),
        };
        format!("[answer]\n{rest}")
    }
}
