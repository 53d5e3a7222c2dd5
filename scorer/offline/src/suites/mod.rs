//! Tables scored by the suites of the registry.
//!
//! Rows become the typed values of a suite in the modules below, one function per suite. Where a suite wants numbers for names
//! (classes, keywords, images), a setting may list the names; without it they are numbered as they occur in the table, and
//! then only a table in one piece has a score: states of parts may have numbered other names.

mod error;
mod example;
mod input;
mod names;
mod pictures;
mod places;
mod searches;
mod sounds;
mod tables;
mod texts;

use egret_metrics::{Kind, Metric, MetricError, MetricValue, Report, SuiteInfo};

use crate::{Table, TableError};
pub use error::ScoreError;
pub use example::{Example, example};
use input::Input;
pub use tables::NUMBER_COUNT_MAX;

/// Scores a table.
///
/// - `suite`: its name in the registry.
/// - `ids`: 1 to 32 metrics of the suite, with or without its name before a dot.
///
/// # Errors
/// What is unknown, missing or not as the registry describes it, and what the suite refuses.
pub fn score(suite: &str, ids: &[String], table: &Table) -> Result<Scored, ScoreError> {
    let suite = egret_metrics::suite(suite).ok_or_else(|| {
        let names: Vec<&str> = egret_metrics::SUITES.iter().map(|suite| suite.name).collect();
        let remedy = format!("there are {}", names.join(", "));
        TableError { place: format!("suite `{suite}`"), what: "it is unknown".to_owned(), remedy }
    })?;
    let metrics = ids.iter().map(|id| metric(suite, id)).collect::<Result<Vec<_>, _>>()?;
    let settings = input::settings(suite, table)?;
    let state = read(suite, &Input { table, settings: &settings }, &metrics)?;
    Ok(Scored { ids: ids.to_vec(), state })
}

fn metric(suite: &'static SuiteInfo, id: &str) -> Result<Metric, TableError> {
    let rest = id.strip_prefix(suite.name).and_then(|rest| rest.strip_prefix('.'));
    suite.find(id).or_else(|| suite.find(rest?)).ok_or_else(|| {
        let known: Vec<&str> = suite.metrics.iter().map(|info| info.id).collect();
        let remedy = format!("{} has {}", suite.name, known.join(", "));
        TableError { place: format!("metric `{id}`"), what: "it is unknown".to_owned(), remedy }
    })
}

/// A table's state: of a part of a set or of all of it.
#[derive(Debug, Clone)]
pub struct Scored {
    ids: Vec<String>,
    state: State,
}

impl Scored {
    /// Adds another part of the same set, scored with the same metrics and settings.
    ///
    /// # Errors
    /// It was scored otherwise, or both together are more than the suite allows.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.ids != other.ids {
            return Err(MetricError::Incompatible);
        }
        self.state.merge(&other.state)
    }

    /// The values.
    ///
    /// # Errors
    /// There are no items.
    pub fn finish(&self) -> Result<Report, MetricError> {
        let ids = self.ids.iter().cloned();
        let values = ids.zip(self.state.values()?).map(|(id, value)| MetricValue { id, value }).collect();
        Ok(Report { item_count: self.state.item_count(), values })
    }

    /// The state, for [`Self::read`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.state.to_bytes()
    }

    /// What another part, scored with the same metrics and settings, wrote.
    ///
    /// # Errors
    /// The bytes are none such.
    pub fn read(&self, bytes: &[u8]) -> Result<Self, MetricError> {
        Ok(Self { ids: self.ids.clone(), state: self.state.read(bytes)? })
    }
}

/// What a table says to a suite: the parameters of the state, and how its rows are added.
type Reading<'a, P, S> = Result<(P, Box<dyn FnOnce(&mut S) -> Result<(), MetricError> + 'a>), ScoreError>;

/// Per suite: its variant in [`Kind`], the module of its state, and what reads its tables.
macro_rules! suites {
    ($($kind:ident $module:ident $read:path;)*) => {
        #[derive(Debug, Clone)]
        enum State {
            Classes(egret_metrics::ClassesParams, egret_metrics::ClassesState),
            $($kind(egret_metrics::$module::Params, egret_metrics::$module::State),)*
        }

        impl State {
            fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
                match (self, other) {
                    (Self::Classes(_, state), Self::Classes(_, other)) => state.merge(other),
                    $((Self::$kind(_, state), Self::$kind(_, other)) => state.merge(other),)*
                    _ => Err(MetricError::Incompatible),
                }
            }

            fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
                match self {
                    Self::Classes(_, state) => state.values(),
                    $(Self::$kind(_, state) => state.values(),)*
                }
            }

            fn item_count(&self) -> u64 {
                match self {
                    Self::Classes(_, state) => state.item_count(),
                    $(Self::$kind(_, state) => state.item_count(),)*
                }
            }

            fn to_bytes(&self) -> Vec<u8> {
                match self {
                    Self::Classes(_, state) => state.to_bytes(),
                    $(Self::$kind(_, state) => state.to_bytes(),)*
                }
            }

            fn read(&self, bytes: &[u8]) -> Result<Self, MetricError> {
                match self {
                    Self::Classes(params, _) => {
                        let state = egret_metrics::ClassesState::from_bytes(params.clone(), bytes)?;
                        Ok(Self::Classes(params.clone(), state))
                    }
                    $(Self::$kind(params, _) => {
                        let state = egret_metrics::$module::State::from_bytes(params.clone(), bytes)?;
                        Ok(Self::$kind(params.clone(), state))
                    })*
                }
            }
        }

        fn read(suite: &SuiteInfo, input: &Input<'_>, metrics: &[Metric]) -> Result<State, ScoreError> {
            let Some(first) = metrics.first() else {
                let place = format!("suite `{}`", suite.name);
                let (what, remedy) = ("no metric is named".to_owned(), "name one".to_owned());
                return Err(TableError { place, what, remedy }.into());
            };
            match first.kind() {
                Kind::Classes(_) => tables::classification(input, metrics),
                $(Kind::$kind(_) => {
                    let kind = |metric: &Metric| match metric.kind() {
                        Kind::$kind(kind) => Some(kind),
                        _ => None,
                    };
                    let (params, add) = $read(input, metrics.iter().filter_map(kind).collect())?;
                    let mut state = egret_metrics::$module::State::new(params.clone())?;
                    add(&mut state)?;
                    Ok(State::$kind(params, state))
                })*
            }
        }
    };
}

suites! {
    Binary binary tables::binary;
    Multilabel multilabel tables::multilabel;
    Values values tables::regression;
    Identities identities tables::open_set_id;
    Pairs pairs tables::verification;
    Searches searches searches::search_1n;
    Rankings rankings searches::retrieval;
    Documents documents searches::ltr;
    Copies copies searches::copy_detection;
    Excerpts excerpts searches::segment_copy;
    Boxes boxes pictures::coco_bbox;
    Instances instances pictures::coco_segm;
    Poses poses pictures::coco_keypoints;
    Federated federated pictures::lvis_bbox;
    Objects objects places::voc_detection;
    Regions regions places::ocr_detection;
    Mask mask places::semantic_seg;
    Images images places::image_quality;
    Features features tables::frechet;
    Tracks tracks places::tracking;
    Segments segments places::temporal_localisation;
    Events events sounds::sound_event;
    Keywords keywords sounds::keyword_spotting;
    Languages languages tables::language_id;
    Speakers speakers sounds::diarization;
    Signals signals sounds::si_sdr;
    Text text texts::transcript;
    Translations translations texts::mt;
    Captions captions texts::caption;
}
