//! The state of one suite among those of a task.

use super::{MULTILABEL_THRESHOLD, Scoring, Shape};
use crate::{
    ClassesParams, ClassesState, Kind, Metric, MetricError, binary, boxes, copies, identities, languages,
    mask, multilabel, objects, pairs, rankings, searches, segments, text, translations, values,
};

/// Prior probability of the target language in a task.
const LANGUAGE_PRIOR: f64 = 0.5;
/// Least overlap of a match in a task, as PASCAL VOC has it.
const OBJECT_OVERLAP: f64 = 0.5;

/// A suite's state, and where its values stand in the report.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) places: Vec<usize>,
    pub(super) state: Suite,
}

/// The suites that tasks can name.
#[derive(Debug, Clone)]
pub(super) enum Suite {
    Classes(ClassesState),
    Binary(binary::State),
    Identities(identities::State),
    Languages(languages::State),
    Multilabel(multilabel::State),
    Values(values::State),
    Boxes(boxes::State),
    Objects(objects::State),
    Segments(segments::State),
    Text(text::State),
    Translations(translations::State),
    Mask(mask::State),
    Pairs(pairs::State),
    Rankings(rankings::State),
    Copies(copies::State),
    Searches(searches::State),
}

/// Calls the same method of whichever suite it is.
macro_rules! each {
    ($suite:expr, $state:ident => $do:expr) => {
        match $suite {
            Suite::Classes($state) => $do,
            Suite::Binary($state) => $do,
            Suite::Identities($state) => $do,
            Suite::Languages($state) => $do,
            Suite::Multilabel($state) => $do,
            Suite::Values($state) => $do,
            Suite::Boxes($state) => $do,
            Suite::Objects($state) => $do,
            Suite::Segments($state) => $do,
            Suite::Text($state) => $do,
            Suite::Translations($state) => $do,
            Suite::Mask($state) => $do,
            Suite::Pairs($state) => $do,
            Suite::Rankings($state) => $do,
            Suite::Copies($state) => $do,
            Suite::Searches($state) => $do,
        }
    };
}

/// Merges two states of whichever suite both are.
macro_rules! merge {
    ($to:expr, $from:expr, $($suite:ident),*) => {
        match ($to, $from) {
            $((Suite::$suite(to), Suite::$suite(from)) => to.merge(from),)*
            _ => Err(MetricError::Incompatible),
        }
    };
}

impl Part {
    /// An empty state of the suite of this name.
    pub(super) fn new(scoring: &Scoring, suite: &str) -> Result<Self, MetricError> {
        let is_of_suite = |metric: &Metric| metric.suite().name == suite;
        let metrics = scoring.metrics.iter().enumerate();
        let places: Vec<usize> =
            metrics.filter(|(_, metric)| is_of_suite(metric)).map(|(place, _)| place).collect();
        let state = make(scoring, &places, None)?;
        Ok(Self { places, state })
    }

    /// The state of the same metrics that bytes hold.
    pub(super) fn read(&self, scoring: &Scoring, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = make(scoring, &self.places, Some(bytes))?;
        Ok(Self { places: self.places.clone(), state })
    }

    pub(super) fn takes(&self, value: f64) -> bool {
        match &self.state {
            Suite::Values(state) => state.usable(value),
            _ => true,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        merge!(
            &mut self.state,
            &other.state,
            Classes,
            Binary,
            Identities,
            Languages,
            Multilabel,
            Values,
            Boxes,
            Objects,
            Segments,
            Text,
            Translations,
            Mask,
            Pairs,
            Rankings,
            Copies,
            Searches
        )
    }

    pub(super) fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        each!(&self.state, state => state.values())
    }

    pub(super) fn item_count(&self) -> u64 {
        each!(&self.state, state => state.item_count())
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        each!(&self.state, state => state.to_bytes())
    }
}

fn foreign(metric: &Metric) -> MetricError {
    MetricError::Invalid(format!("{} is no metric of such answers", metric.id()))
}

/// A state of the metrics in these places, all of one suite; empty, or from bytes.
fn make(scoring: &Scoring, places: &[usize], bytes: Option<&[u8]>) -> Result<Suite, MetricError> {
    let metrics: Vec<&Metric> = places.iter().map(|place| &scoring.metrics[*place]).collect();
    let first = *metrics.first().ok_or(MetricError::Empty)?;
    macro_rules! kinds {
        ($suite:ident) => {
            metrics
                .iter()
                .map(|metric| match metric.kind() {
                    Kind::$suite(kind) => Ok(kind),
                    _ => Err(foreign(metric)),
                })
                .collect::<Result<Vec<_>, MetricError>>()?
        };
    }
    macro_rules! made {
        ($suite:ident, $state:ty, $params:expr) => {{
            let params = $params;
            Suite::$suite(match bytes {
                None => <$state>::new(params)?,
                Some(bytes) => <$state>::from_bytes(params, bytes)?,
            })
        }};
    }
    Ok(match (scoring.shape, first.kind()) {
        (Shape::Classes { class_count, .. }, Kind::Classes(_)) => {
            let metrics = metrics.into_iter().cloned().collect();
            made!(Classes, ClassesState, ClassesParams { class_count, metrics })
        }
        (Shape::Classes { class_count: 2, .. }, Kind::Binary(_)) => {
            made!(Binary, binary::State, binary::Params { kinds: kinds!(Binary) })
        }
        (Shape::Classes { class_count, .. }, Kind::Binary(_)) => {
            let what = format!("{} needs a task of 2 classes; this one has {class_count}", first.id());
            return Err(MetricError::Invalid(what));
        }
        (Shape::Classes { reject: Some(_), .. }, Kind::Identities(_)) => {
            made!(Identities, identities::State, identities::Params { kinds: kinds!(Identities) })
        }
        (Shape::Classes { reject: None, .. }, Kind::Identities(_)) => {
            let what = format!("{} needs a class of what belongs to no other: set `reject`", first.id());
            return Err(MetricError::Invalid(what));
        }
        (Shape::Classes { class_count, .. }, Kind::Languages(_)) => {
            let (language_count, prior, kinds) = (class_count, LANGUAGE_PRIOR, kinds!(Languages));
            made!(Languages, languages::State, languages::Params { language_count, prior, kinds })
        }
        (Shape::Multilabel(class_count), Kind::Multilabel(_)) => {
            let (threshold, kinds) = (MULTILABEL_THRESHOLD, kinds!(Multilabel));
            made!(Multilabel, multilabel::State, multilabel::Params { class_count, threshold, kinds })
        }
        (Shape::Values(value_count), Kind::Values(_)) => {
            made!(Values, values::State, values::Params { value_count, kinds: kinds!(Values) })
        }
        (Shape::Boxes(class_count), Kind::Boxes(_)) => {
            let (detection_count_max, kinds) = (boxes::DETECTION_COUNT_MAX, kinds!(Boxes));
            made!(Boxes, boxes::State, boxes::Params { class_count, detection_count_max, kinds })
        }
        (Shape::Boxes(class_count), Kind::Objects(_)) => {
            let params = objects::Params {
                class_count,
                detection_count_max: objects::DETECTION_COUNT_MAX,
                overlap_min: OBJECT_OVERLAP,
                corners_within: false,
                kinds: kinds!(Objects),
            };
            made!(Objects, objects::State, params)
        }
        (Shape::Segments(class_count), Kind::Segments(_)) => {
            let (segment_count_max, kinds) = (segments::SEGMENT_COUNT_MAX, kinds!(Segments));
            made!(Segments, segments::State, segments::Params { class_count, segment_count_max, kinds })
        }
        (Shape::Text, Kind::Text(_)) => made!(Text, text::State, text::Params { kinds: kinds!(Text) }),
        (Shape::Text, Kind::Translations(_)) => {
            made!(Translations, translations::State, translations::Params { kinds: kinds!(Translations) })
        }
        (Shape::Mask(class_count), Kind::Mask(_)) => {
            made!(Mask, mask::State, mask::Params { class_count, kinds: kinds!(Mask) })
        }
        (Shape::Pairs, Kind::Pairs(_)) => {
            made!(Pairs, pairs::State, pairs::Params { kinds: kinds!(Pairs) })
        }
        (Shape::Pairs, Kind::Binary(_)) => {
            if let Some(metric) = metrics.iter().find(|metric| metric.info().needs_probabilities) {
                let what = format!("{} needs probabilities; similarities are none", metric.id());
                return Err(MetricError::Invalid(what));
            }
            made!(Binary, binary::State, binary::Params { kinds: kinds!(Binary) })
        }
        (Shape::Rankings(list_len_max), Kind::Rankings(_)) => {
            made!(Rankings, rankings::State, rankings::Params { list_len_max, kinds: kinds!(Rankings) })
        }
        (Shape::Rankings(_), Kind::Copies(_)) => {
            made!(Copies, copies::State, copies::Params { kinds: kinds!(Copies) })
        }
        (Shape::Rankings(_), Kind::Searches(_)) => {
            made!(Searches, searches::State, searches::Params { kinds: kinds!(Searches) })
        }
        _ => return Err(foreign(first)),
    })
}
