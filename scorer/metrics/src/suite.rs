//! All suites behind one face: which metric, of what answers, in one state.

use egret_contract::{AnswerContract, Search};

use crate::{
    AnswerKind, ClassesKind, ClassesParams, ClassesPredictions, ClassesState, Metric, MetricError,
    MetricValue, Report, boxes, mask, multilabel, pairs, rankings, segments, text, values,
};

/// The score at and above which a class of a multi-label answer counts as predicted.
pub const MULTILABEL_THRESHOLD: f64 = 0.5;
/// How many gallery items beyond the task's count are looked for, so that excluded ones leave enough.
pub const EXCLUDED_COUNT_MAX: u32 = 1000;

/// What is computed, of any suite.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)] // each is its suite's own
pub enum Kind {
    Classes(ClassesKind),
    Multilabel(multilabel::Kind),
    Values(values::Kind),
    Boxes(boxes::Kind),
    Segments(segments::Kind),
    Text(text::Kind),
    Mask(mask::Kind),
    Pairs(pairs::Kind),
    Rankings(rankings::Kind),
}

/// What is scored: how many classes there are, how long lists may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One of so many classes.
    Classes(u32),
    /// Any of so many classes.
    Multilabel(u32),
    /// So many numbers.
    Values(u32),
    /// Objects of so many classes.
    Boxes(u32),
    /// Events of so many classes.
    Segments(u32),
    /// One of so many classes per pixel.
    Mask(u32),
    /// Texts.
    Text,
    /// Trials.
    Pairs,
    /// Lists of so many gallery items, after excluded ones are dropped.
    Rankings(u32),
}

impl Shape {
    /// What answers to this contract are scored as.
    #[must_use]
    pub fn of(answer: &AnswerContract) -> Self {
        match answer {
            AnswerContract::Classes(answer) => Self::Classes(answer.classes.class_count),
            AnswerContract::Multilabel(classes) => Self::Multilabel(classes.class_count),
            AnswerContract::Values(answer) => Self::Values(answer.value_names.len() as u32),
            AnswerContract::Boxes(answer) => Self::Boxes(answer.classes.class_count),
            AnswerContract::Mask(answer) => Self::Mask(answer.classes.class_count),
            AnswerContract::Transcript(_) => Self::Text,
            AnswerContract::Embedding(answer) => match answer.search {
                Search::Verification => Self::Pairs,
                Search::Retrieval { top_count } => Self::Rankings(top_count),
            },
            AnswerContract::Segments(answer) => Self::Segments(answer.classes.class_count),
        }
    }

    /// The kind of answer whose metrics fit.
    #[must_use]
    pub fn kind(self) -> AnswerKind {
        match self {
            Self::Classes(_) => AnswerKind::Classes,
            Self::Multilabel(_) => AnswerKind::Multilabel,
            Self::Values(_) => AnswerKind::Values,
            Self::Boxes(_) => AnswerKind::Boxes,
            Self::Segments(_) => AnswerKind::Segments,
            Self::Mask(_) => AnswerKind::Mask,
            Self::Text => AnswerKind::Transcript,
            Self::Pairs => AnswerKind::Pairs,
            Self::Rankings(_) => AnswerKind::Rankings,
        }
    }
}

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// What is scored.
    pub shape: Shape,
    /// In the order of the report; all of the shape's kind.
    pub metrics: Vec<Metric>,
}

/// A shard's predictions and labels.
#[derive(Debug, Clone, Copy)]
pub enum Shard<'a> {
    /// See [`ClassesState::update`].
    Classes(ClassesPredictions<'a>, &'a [u32]),
    /// See [`multilabel::State::update`].
    Multilabel(&'a [f32], &'a [bool], &'a [Vec<u32>]),
    /// See [`values::State::update`].
    Values(&'a [f64], &'a [bool], &'a [f64]),
    /// See [`boxes::State::update`].
    Boxes(&'a [Option<Vec<boxes::Detection>>], &'a [boxes::ImageBoxes]),
    /// See [`segments::State::update`].
    Segments(&'a [Option<Vec<segments::Segment>>], &'a [segments::VideoSegments]),
    /// See [`text::State::update`].
    Text(&'a [Option<String>], &'a [String]),
    /// See [`mask::State::update`].
    Mask(&'a [Option<Vec<u16>>], &'a [mask::ClassMap]),
    /// See [`pairs::State::update`].
    Pairs(&'a [Option<f64>], &'a [bool]),
    /// See [`rankings::State::update`].
    Rankings(&'a [Option<Vec<(u32, f32)>>], &'a [rankings::Query]),
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    scoring: Scoring,
    inner: Inner,
}

#[derive(Debug, Clone)]
enum Inner {
    Classes(ClassesState),
    Multilabel(multilabel::State),
    Values(values::State),
    Boxes(boxes::State),
    Segments(segments::State),
    Text(text::State),
    Mask(mask::State),
    Pairs(pairs::State),
    Rankings(rankings::State),
}

/// The kinds of one suite, or the first metric that belongs to another.
macro_rules! kinds {
    ($scoring:expr, $suite:ident) => {
        $scoring
            .metrics
            .iter()
            .map(|metric| match metric.kind() {
                Kind::$suite(kind) => Ok(kind),
                _ => Err(MetricError::Invalid(format!("{} is no metric of such answers", metric.id()))),
            })
            .collect::<Result<Vec<_>, MetricError>>()
    };
}

/// Calls the same method of whichever suite it is.
macro_rules! each {
    ($inner:expr, $state:ident => $do:expr) => {
        match $inner {
            Inner::Classes($state) => $do,
            Inner::Multilabel($state) => $do,
            Inner::Values($state) => $do,
            Inner::Boxes($state) => $do,
            Inner::Segments($state) => $do,
            Inner::Text($state) => $do,
            Inner::Mask($state) => $do,
            Inner::Pairs($state) => $do,
            Inner::Rankings($state) => $do,
        }
    };
}

impl Inner {
    /// An empty state, or one from bytes.
    fn make(scoring: &Scoring, bytes: Option<&[u8]>) -> Result<Self, MetricError> {
        macro_rules! made {
            ($suite:ident, $state:ty, $params:expr) => {{
                let params = $params;
                Self::$suite(match bytes {
                    None => <$state>::new(params)?,
                    Some(bytes) => <$state>::from_bytes(params, bytes)?,
                })
            }};
        }
        Ok(match scoring.shape {
            Shape::Classes(class_count) => {
                kinds!(scoring, Classes)?;
                let metrics = scoring.metrics.clone();
                made!(Classes, ClassesState, ClassesParams { class_count, metrics })
            }
            Shape::Multilabel(class_count) => {
                let (threshold, kinds) = (MULTILABEL_THRESHOLD, kinds!(scoring, Multilabel)?);
                made!(Multilabel, multilabel::State, multilabel::Params { class_count, threshold, kinds })
            }
            Shape::Values(value_count) => {
                made!(Values, values::State, values::Params { value_count, kinds: kinds!(scoring, Values)? })
            }
            Shape::Boxes(class_count) => {
                let (detection_count_max, kinds) = (boxes::DETECTION_COUNT_MAX, kinds!(scoring, Boxes)?);
                made!(Boxes, boxes::State, boxes::Params { class_count, detection_count_max, kinds })
            }
            Shape::Segments(class_count) => {
                let (segment_count_max, kinds) = (segments::SEGMENT_COUNT_MAX, kinds!(scoring, Segments)?);
                made!(Segments, segments::State, segments::Params { class_count, segment_count_max, kinds })
            }
            Shape::Text => made!(Text, text::State, text::Params { kinds: kinds!(scoring, Text)? }),
            Shape::Mask(class_count) => {
                made!(Mask, mask::State, mask::Params { class_count, kinds: kinds!(scoring, Mask)? })
            }
            Shape::Pairs => made!(Pairs, pairs::State, pairs::Params { kinds: kinds!(scoring, Pairs)? }),
            Shape::Rankings(list_len_max) => {
                let kinds = kinds!(scoring, Rankings)?;
                made!(Rankings, rankings::State, rankings::Params { list_len_max, kinds })
            }
        })
    }
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for metrics of other answers, and for figures out of range, as the suites say.
    pub fn new(scoring: Scoring) -> Result<Self, MetricError> {
        let inner = Inner::make(&scoring, None)?;
        Ok(Self { scoring, inner })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// # Errors
    /// As the suites say; [`MetricError::Incompatible`] for a shard of other answers.
    pub fn update(&mut self, shard: Shard<'_>) -> Result<(), MetricError> {
        match (&mut self.inner, shard) {
            (Inner::Classes(state), Shard::Classes(predictions, labels)) => state.update(predictions, labels),
            (Inner::Multilabel(state), Shard::Multilabel(scores, answered, labels)) => {
                state.update(multilabel::Scores::F32(scores), answered, labels)
            }
            (Inner::Values(state), Shard::Values(values, answered, labels)) => {
                state.update(values, answered, labels)
            }
            (Inner::Boxes(state), Shard::Boxes(found, labels)) => state.update(found, labels),
            (Inner::Segments(state), Shard::Segments(found, labels)) => state.update(found, labels),
            (Inner::Text(state), Shard::Text(texts, labels)) => state.update(texts, labels),
            (Inner::Mask(state), Shard::Mask(maps, labels)) => state.update(maps, labels),
            (Inner::Pairs(state), Shard::Pairs(scores, targets)) => state.update(scores, targets),
            (Inner::Rankings(state), Shard::Rankings(lists, queries)) => state.update(lists, queries),
            _ => Err(MetricError::Incompatible),
        }
    }

    /// Whether every metric can take this predicted number. Where one cannot, an update is refused for the model's doing.
    #[must_use]
    pub fn takes(&self, value: f64) -> bool {
        match &self.inner {
            Inner::Values(state) => state.usable(value),
            _ => true,
        }
    }

    /// Adds another state of the same scoring.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        match (&mut self.inner, &other.inner) {
            (Inner::Classes(to), Inner::Classes(from)) => to.merge(from),
            (Inner::Multilabel(to), Inner::Multilabel(from)) => to.merge(from),
            (Inner::Values(to), Inner::Values(from)) => to.merge(from),
            (Inner::Boxes(to), Inner::Boxes(from)) => to.merge(from),
            (Inner::Segments(to), Inner::Segments(from)) => to.merge(from),
            (Inner::Text(to), Inner::Text(from)) => to.merge(from),
            (Inner::Mask(to), Inner::Mask(from)) => to.merge(from),
            (Inner::Pairs(to), Inner::Pairs(from)) => to.merge(from),
            (Inner::Rankings(to), Inner::Rankings(from)) => to.merge(from),
            _ => Err(MetricError::Incompatible),
        }
    }

    /// The values, in the order of the metrics; what is undefined or not finite is `None`.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn finish(&self) -> Result<Report, MetricError> {
        let values = each!(&self.inner, state => state.values())?;
        let metrics = self.scoring.metrics.iter().map(|metric| metric.id().to_owned());
        let values = metrics
            .zip(values)
            .map(|(id, value)| MetricValue { id, value: value.filter(|value| value.is_finite()) });
        let item_count = each!(&self.inner, state => state.item_count());
        Ok(Report { item_count, values: values.collect() })
    }

    /// A versioned serialisation. The scoring is not part of it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        each!(&self.inner, state => state.to_bytes())
    }

    /// Reads a state back, given its scoring. A total parser: any bytes give a state or an error.
    pub fn from_bytes(scoring: Scoring, bytes: &[u8]) -> Result<Self, MetricError> {
        let inner = Inner::make(&scoring, Some(bytes))?;
        Ok(Self { scoring, inner })
    }
}

/// What an id names among the metrics of such answers, and the registry id of its family.
pub(crate) fn parse(answer: AnswerKind, id: &str) -> Option<(Kind, &'static str)> {
    macro_rules! suite {
        ($parse:path, $suite:ident) => {
            $parse(id).map(|(kind, family)| (Kind::$suite(kind), family))
        };
    }
    match answer {
        AnswerKind::Classes => suite!(crate::metric::parse, Classes),
        AnswerKind::Multilabel => suite!(multilabel::parse, Multilabel),
        AnswerKind::Values => suite!(values::parse, Values),
        AnswerKind::Boxes => suite!(boxes::parse, Boxes),
        AnswerKind::Segments => suite!(segments::parse, Segments),
        AnswerKind::Transcript => suite!(text::parse, Text),
        AnswerKind::Mask => suite!(mask::parse, Mask),
        AnswerKind::Pairs => suite!(pairs::parse, Pairs),
        AnswerKind::Rankings => suite!(rankings::parse, Rankings),
    }
}
