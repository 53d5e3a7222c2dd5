//! All metrics of a task behind one face: what is scored, and the state of every suite that the metrics come from.

mod kept;
mod outcomes;
mod part;
mod shard;

use egret_contract::{AnswerContract, Search};

use crate::{AnswerKind, Metric, MetricError, MetricValue, Report, bytes, items::check_kind_count};
use part::Part;

pub use kept::Kept;
pub use outcomes::{OUTCOME_COUNT_MAX, OutcomeForm, Outcomes};
pub use shard::Shard;

/// The score at and above which a class of a multi-label answer counts as predicted.
pub const MULTILABEL_THRESHOLD: f64 = 0.5;
/// How many gallery items beyond the task's count are looked for, so that excluded ones leave enough.
pub const EXCLUDED_COUNT_MAX: u32 = 1000;
const STATE_VERSION: u8 = 1;

/// What is scored: how many classes there are, how long lists may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One of so many classes, `reject` being that of what belongs to no other.
    Classes {
        /// How many.
        class_count: u32,
        /// Which, if there is one.
        reject: Option<u32>,
    },
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
            AnswerContract::Classes(answer) => {
                Self::Classes { class_count: answer.classes.class_count, reject: answer.reject }
            }
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
            Self::Classes { .. } => AnswerKind::Classes,
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

impl Scoring {
    /// The names of the suites that the metrics are of, in the order in which they first name one.
    fn suites(&self) -> Vec<&'static str> {
        let mut suites = Vec::new();
        for metric in &self.metrics {
            if !suites.contains(&metric.suite().name) {
                suites.push(metric.suite().name);
            }
        }
        suites
    }

    /// Whether a class index is not enough of an answer.
    #[must_use]
    pub fn needs_scores(&self) -> bool {
        self.metrics.iter().any(|metric| metric.info().needs_scores)
    }

    /// Whether scores must be probabilities. Of two classes the binary metrics read the second one's score alone, which says
    /// how likely it is only if the two are probabilities.
    #[must_use]
    pub fn needs_probabilities(&self) -> bool {
        let of_two_classes = matches!(self.shape, Shape::Classes { .. });
        self.metrics.iter().any(|metric| {
            metric.info().needs_probabilities || of_two_classes && metric.suite().name == "binary"
        })
    }
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    scoring: Scoring,
    /// One per suite, in the order in which the metrics first name it.
    parts: Vec<Part>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for metrics of other answers, and for figures out of range, as the suites say.
    pub fn new(scoring: Scoring) -> Result<Self, MetricError> {
        check_kind_count(scoring.metrics.len())?;
        let parts = scoring.suites().into_iter().map(|name| Part::new(&scoring, name));
        let parts = parts.collect::<Result<_, _>>()?;
        Ok(Self { scoring, parts })
    }

    /// Adds a shard. On an error the state is of no more use.
    ///
    /// # Errors
    /// As the suites say; [`MetricError::Incompatible`] for a shard of other answers.
    pub fn update(&mut self, shard: Shard<'_>) -> Result<(), MetricError> {
        self.parts.iter_mut().try_for_each(|part| part.update(self.scoring.shape, shard))
    }

    /// What it computes.
    #[must_use]
    pub fn scoring(&self) -> &Scoring {
        &self.scoring
    }

    /// Whether every metric can take this predicted number. Where one cannot, an update is refused for the model's doing.
    #[must_use]
    pub fn takes(&self, value: f64) -> bool {
        self.parts.iter().all(|part| part.takes(value))
    }

    /// Adds another state of the same scoring.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.scoring != other.scoring {
            return Err(MetricError::Incompatible);
        }
        self.parts.iter_mut().zip(&other.parts).try_for_each(|(to, from)| to.merge(from))
    }

    /// The values, in the order of the metrics; what is undefined or not finite is `None`.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn finish(&self) -> Result<Report, MetricError> {
        let metrics = self.scoring.metrics.iter();
        let mut values: Vec<_> =
            metrics.map(|metric| MetricValue { id: metric.id().to_owned(), value: None }).collect();
        let mut item_count = 0;
        for part in &self.parts {
            item_count = part.item_count();
            for (place, value) in part.places.iter().zip(part.values()?) {
                values[*place].value = value.filter(|value| value.is_finite());
            }
        }
        Ok(Report { item_count, values })
    }

    /// A versioned serialisation. The scoring is not part of it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let parts: Vec<Vec<u8>> = self.parts.iter().map(Part::to_bytes).collect();
        bytes::pack(STATE_VERSION, &parts)
    }

    /// Reads a state back, given its scoring. A total parser: any bytes give a state or an error.
    pub fn from_bytes(scoring: Scoring, bytes: &[u8]) -> Result<Self, MetricError> {
        let mut state = Self::new(scoring)?;
        let parts: Vec<Vec<u8>> = bytes::unpack(STATE_VERSION, bytes)?;
        if parts.len() != state.parts.len() {
            return Err(MetricError::Corrupt);
        }
        for (part, bytes) in state.parts.iter_mut().zip(parts) {
            *part = part.read(&state.scoring, &bytes)?;
        }
        Ok(state)
    }
}
