//! The metric suite: ids, mergeable states, reports.
//!
//! A metric is a pure function of (predictions, labels). Every state here is a sum of integers or of fixed-point terms,
//! so the same predictions give the same bits for any number of shards, any split and any merge order; see [`fixed`].
//!
//! A state lives through four moves: `new(params)`, `update(predictions, labels)` once per shard, `merge(other)`,
//! `finish() -> Report`. It can be serialised between them. What is undefined is `None`, never zero, and never ranks.
//!
//! This crate does no IO, spawns nothing, and knows nothing of models, media or teams.

pub mod binary;
pub mod boxes;
mod bytes;
pub mod captions;
mod classes;
pub mod comparison;
pub mod copies;
mod decibels;
mod detections;
pub mod documents;
mod error;
pub mod events;
mod exact;
pub mod excerpts;
pub mod features;
pub mod federated;
pub mod fixed;
pub mod identities;
mod ids;
pub mod images;
pub mod instances;
mod items;
mod keys;
pub mod keywords;
mod kind;
pub mod languages;
pub mod mask;
mod mean;
mod metric;
pub mod multilabel;
pub mod objects;
pub mod pairs;
pub mod poses;
mod probit;
mod radix;
pub mod rankings;
pub mod regions;
mod registry;
mod report;
mod scores;
mod scoring;
pub mod searches;
pub mod segments;
mod sides;
pub mod signals;
pub mod speakers;
mod tally;
pub mod text;
pub mod tracks;
pub mod translations;
pub mod values;

pub use classes::{
    AREA_BYTES_PER_LIST_MAX, AREA_BYTES_PER_SCORE_MAX, AREA_CLASS_COUNT_MAX, AREA_SCORE_COUNT_MAX, Against,
    Average, CLASS_COUNT_MAX, ClassesKind, ClassesParams, ClassesPredictions, ClassesState, KappaWeights,
    STATE_BYTES_MAX, TieRule,
};
pub use error::MetricError;
pub use items::ITEM_COUNT_MAX;
pub use kind::Kind;
pub use metric::Metric;
pub use registry::{
    AnswerKind, Direction, Field, MetricInfo, SUITES, SuiteInfo, find, ids, suite, suites_of,
};
pub use report::{MetricValue, Report};
pub use scoring::{
    EXCLUDED_COUNT_MAX, Kept, MULTILABEL_THRESHOLD, OUTCOME_COUNT_MAX, OutcomeForm, Outcomes, Scoring, Shape,
    Shard, State,
};
