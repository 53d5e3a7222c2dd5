//! Tables from the files that people have.
//!
//! [`read`] takes labels and predictions in one of the [`Format`]s and joins them by item. It says what is wrong with a file,
//! in which line, and what to do; whether a class or a score is one that a suite allows is said by the suite, which is not
//! asked here. Every file is read whole and within the bounds of [`limits`]: any bytes make a table or an error.

mod activity;
mod cells;
mod coco;
mod delimited;
mod detect;
mod icdar;
mod json;
pub mod limits;
mod mot;
mod named;
mod rows;
mod rttm;
mod sed;
mod source;
mod spread;
mod texts;
mod trec;
mod trials;

use std::path::Path;

use egret_metrics::SuiteInfo;
use serde_json::{Map, Value};

use crate::{Table, TableError};
use limits::{LIMITS, Limits};

/// How labels and predictions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Commas (tabs in a `.tsv`) between cells, names of columns in the first row.
    Csv,
    /// A JSON object per line, or an array of them.
    Json,
    /// COCO or LVIS: `images`, `annotations`, `categories`, and a list of results.
    Coco,
    /// TREC: `query 0 document grade` and `query Q0 document rank score tag`.
    Trec,
    /// RTTM: `SPEAKER file 1 start duration <NA> <NA> name <NA> <NA>`.
    Rttm,
    /// MOTChallenge: `frame,track,left,top,width,height,…`, a file per sequence.
    Mot,
    /// Verification trials: `1 a b` or `a b target`, and `a b score`.
    Trials,
    /// Kaldi: `utterance words…`.
    Kaldi,
    /// One text per line.
    Lines,
    /// sed_eval: `file onset offset label` between tabs.
    Sed,
    /// ActivityNet: `{"database": …}` and `{"results": …}`.
    ActivityNet,
    /// ICDAR: folders of `gt_NAME.txt` and `res_NAME.txt` with `x1,y1,…,x4,y4,text`.
    Icdar,
}

impl Format {
    /// Every format, as documentation lists them.
    pub const ALL: [Self; 12] = [
        Self::Csv,
        Self::Json,
        Self::Coco,
        Self::Trec,
        Self::Rttm,
        Self::Mot,
        Self::Trials,
        Self::Kaldi,
        Self::Lines,
        Self::Sed,
        Self::ActivityNet,
        Self::Icdar,
    ];

    /// As a command line has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Coco => "coco",
            Self::Trec => "trec",
            Self::Rttm => "rttm",
            Self::Mot => "mot",
            Self::Trials => "trials",
            Self::Kaldi => "kaldi",
            Self::Lines => "lines",
            Self::Sed => "sed",
            Self::ActivityNet => "activitynet",
            Self::Icdar => "icdar",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether it can say what a suite reads.
    #[must_use]
    pub fn fits(self, suite: &SuiteInfo) -> bool {
        match self {
            Self::Csv | Self::Json => true,
            Self::Coco => coco::reads(suite),
            Self::Trec => suite.name == "retrieval",
            Self::Rttm => suite.name == "diarization",
            Self::Mot => suite.name == "tracking",
            Self::Trials => suite.name == "verification",
            Self::Kaldi | Self::Lines => texts::reads(suite),
            Self::Sed => suite.name == "sound_event",
            Self::ActivityNet => suite.name == "temporal_localisation",
            Self::Icdar => suite.name == "ocr_detection",
        }
    }

    /// A guess by the names and first bytes of files; `format` of [`read`] overrides it.
    ///
    /// # Errors
    /// Files that cannot be opened.
    pub fn detect(labels: &Path, predictions: &Path, suite: &SuiteInfo) -> Result<Self, TableError> {
        detect::detect(labels, predictions, suite)
    }
}

/// What every format reads from.
struct Reading<'a> {
    labels: &'a Path,
    predictions: &'a Path,
    settings: Map<String, Value>,
    limits: &'a Limits,
}

impl Reading<'_> {
    /// Whether labels and predictions stand together.
    fn is_one_file(&self) -> bool {
        self.labels == self.predictions
    }

    /// Takes a setting that says how to read, and is none of the suite.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.settings.remove(name)
    }
}

/// The table of a suite, from labels and predictions in two files (or folders), or in one that is given twice.
///
/// `settings` are those of the suite, and win over those that a file brings. Some formats take others, which say how to read:
/// `uem` (a file) or `duration` (seconds) with RTTM; `durations` (a file of names and seconds) or `duration` with sed_eval;
/// `subset` with ActivityNet.
///
/// # Errors
/// A [`TableError`] with file and line.
pub fn read(
    suite: &SuiteInfo,
    labels: &Path,
    predictions: &Path,
    format: Format,
    settings: Map<String, Value>,
) -> Result<Table, TableError> {
    read_within(&LIMITS, suite, labels, predictions, format, settings)
}

fn read_within(
    limits: &Limits,
    suite: &SuiteInfo,
    labels: &Path,
    predictions: &Path,
    format: Format,
    settings: Map<String, Value>,
) -> Result<Table, TableError> {
    let reading = Reading { labels, predictions, settings, limits };
    if !format.fits(suite) {
        let fitting: Vec<_> = Format::ALL.into_iter().filter(|f| f.fits(suite)).map(Format::name).collect();
        let what = format!("`{}` cannot say what {} reads", format.name(), suite.name);
        return Err(wrong("format", what, format!("name one of {}", fitting.join(", "))));
    }
    if reading.is_one_file() && !matches!(format, Format::Csv | Format::Json) {
        let what = "labels and predictions are one file";
        return Err(wrong(labels.display().to_string(), what, "give two, or a table as CSV or JSON lines"));
    }
    match format {
        Format::Csv => delimited::read(suite, reading),
        Format::Json => json::read(suite, reading),
        Format::Coco => coco::read(suite, reading),
        Format::Trec => trec::read(reading),
        Format::Rttm => rttm::read(reading),
        Format::Mot => mot::read(reading),
        Format::Trials => trials::read(reading),
        Format::Kaldi => texts::read(suite, reading, texts::Pairing::ByFirstWord),
        Format::Lines => texts::read(suite, reading, texts::Pairing::ByPosition),
        Format::Sed => sed::read(reading),
        Format::ActivityNet => activity::read(reading),
        Format::Icdar => icdar::read(reading),
    }
}

fn wrong(place: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> TableError {
    TableError { place: place.into(), what: what.into(), remedy: remedy.into() }
}

#[cfg(test)]
mod tests;
