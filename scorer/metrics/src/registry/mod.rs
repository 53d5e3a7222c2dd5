//! Which metrics there are, and all that is to say of each: documentation, task validation, the API, the CLI and the web page
//! are made from this.
//!
//! A suite is the metrics that read the same answers and labels; its name stands before a dot in a metric's full name, as in
//! `coco_bbox.AP`. A task may leave the suite out where the id alone is plain.

mod pictures;
mod searches;
mod sounds;
mod tables;
mod texts;

use crate::{Kind, Metric};

/// Which way is better. Part of the metric, so that no contest can be run the wrong way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Larger values rank first.
    HigherIsBetter,
    /// Smaller values rank first.
    LowerIsBetter,
}

/// The kind of a task's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// One of `class_count` classes per item.
    Classes,
    /// One text per item.
    Transcript,
    /// One class per pixel of an item.
    Mask,
    /// Any of `class_count` classes per item.
    Multilabel,
    /// One score per verification trial.
    Pairs,
    /// A ranked list of gallery items per query.
    Rankings,
    /// Numbers of an item.
    Values,
    /// Any number of boxes with class and score per image.
    Boxes,
    /// Any number of time segments with class and score per video.
    Segments,
}

/// A column of a table to be scored, a setting of a suite, or a parameter in the braces of a metric's id.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// As it is written.
    pub name: &'static str,
    /// What holds where nothing is given. `None`: it must be given.
    pub default: Option<&'static str>,
    /// What it is: type, unit, range.
    pub meaning: &'static str,
}

/// The metrics that read the same answers and labels.
pub struct SuiteInfo {
    /// `verification`.
    pub name: &'static str,
    /// A short title.
    pub title: &'static str,
    /// What the items are: `image`, `audio`, `video`, `text` or `any`.
    pub modality: &'static str,
    /// Tasks whose answers it can score; with none it scores files only (`egret score`).
    pub answers: &'static [AnswerKind],
    /// What is predicted, as columns of a table with one row per item.
    pub predictions: &'static [Field],
    /// What is true.
    pub labels: &'static [Field],
    /// What holds for all items. In a task the defaults hold, and counts are those of its answer.
    pub settings: &'static [Field],
    /// The parameters in braces of its metrics' ids.
    pub parameters: &'static [Field],
    /// How many bytes a state is when it is written, by what it grows with.
    pub state: &'static str,
    /// In the order documentation lists them; the first is the plainest.
    pub metrics: &'static [MetricInfo],
    /// A few rows to try it on, as JSON lines: labels and predictions of one item together. Settings, where some are needed, stand in a
    /// first line under `settings`.
    pub example: &'static str,
    parse: Parse,
}

/// What an id computes, and the registry id of its family.
type Parse = fn(&str) -> Option<(Kind, &'static str)>;

/// One metric, or one family whose id holds parameters in braces, as documentation, validation and pages show it.
#[derive(Debug, PartialEq)]
pub struct MetricInfo {
    /// `accuracy`, or a family such as `top{k}.{tie_rule}`.
    pub id: &'static str,
    /// A short title.
    pub title: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// Least and greatest value.
    pub range: (f64, f64),
    /// True: class indices are not enough.
    pub needs_scores: bool,
    /// True: scores must lie in 0..=1.
    pub needs_probabilities: bool,
    /// The formula in words.
    pub formula: &'static str,
    /// Implementation whose values it equals.
    pub reference: &'static str,
    /// What happens with ties and with missing predictions.
    pub ties_and_missing: &'static str,
}

impl SuiteInfo {
    /// The metric of this suite that an id names, without the suite's name.
    #[must_use]
    pub fn find(&'static self, id: &str) -> Option<Metric> {
        let (kind, family) = (self.parse)(id)?;
        let info = self.metrics.iter().find(|info| info.id == family)?;
        Some(Metric::new(id.to_owned(), kind, self, info))
    }

    /// The id of an entry with the defaults of its parameters: `top5.lowest_index` of `top{k}.{tie_rule}`.
    #[must_use]
    pub fn plain_id(&self, info: &MetricInfo) -> String {
        let filled = |id: String, parameter: &Field| {
            id.replace(&format!("{{{}}}", parameter.name), parameter.default.unwrap_or_default())
        };
        self.parameters.iter().fold(info.id.to_owned(), filled)
    }
}

/// Every suite: general ones first, then by what the items are.
pub static SUITES: [&SuiteInfo; 30] = [
    &tables::CLASSIFICATION,
    &tables::BINARY,
    &tables::MULTILABEL,
    &tables::REGRESSION,
    &tables::OPEN_SET_ID,
    &searches::VERIFICATION,
    &searches::SEARCH_1N,
    &searches::RETRIEVAL,
    &searches::LTR,
    &searches::COPY_DETECTION,
    &searches::SEGMENT_COPY,
    &pictures::COCO_BBOX,
    &pictures::COCO_SEGM,
    &pictures::COCO_KEYPOINTS,
    &pictures::LVIS_BBOX,
    &pictures::VOC_DETECTION,
    &pictures::OCR_DETECTION,
    &pictures::SEMANTIC_SEG,
    &pictures::IMAGE_QUALITY,
    &pictures::FRECHET,
    &pictures::TRACKING,
    &pictures::TEMPORAL_LOCALISATION,
    &sounds::SOUND_EVENT,
    &sounds::KEYWORD_SPOTTING,
    &sounds::LANGUAGE_ID,
    &sounds::DIARIZATION,
    &sounds::SI_SDR,
    &texts::TRANSCRIPT,
    &texts::MT,
    &texts::CAPTION,
];

/// The suite of this name.
#[must_use]
pub fn suite(name: &str) -> Option<&'static SuiteInfo> {
    SUITES.into_iter().find(|suite| suite.name == name)
}

/// The suites that score such answers of a task, in the order in which a plain id is looked up.
pub fn suites_of(answer: AnswerKind) -> impl Iterator<Item = &'static SuiteInfo> {
    SUITES.into_iter().filter(move |suite| suite.answers.contains(&answer))
}

/// The metric of such answers that an id names, with or without its suite's name; `None` if none does.
#[must_use]
pub fn find(answer: AnswerKind, id: &str) -> Option<Metric> {
    let qualified = || {
        let (name, rest) = id.split_once('.')?;
        let metric = suites_of(answer).find(|suite| suite.name == name)?.find(rest)?;
        Some(metric.called(id))
    };
    suites_of(answer).find_map(|suite| suite.find(id)).or_else(qualified)
}

/// The ids that a task with such answers may name, parameters in braces. One that an earlier suite has too carries its suite's
/// name.
#[must_use]
pub fn ids(answer: AnswerKind) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for suite in suites_of(answer) {
        for info in suite.metrics {
            let taken = ids.iter().any(|id| id == info.id);
            ids.push(if taken { format!("{}.{}", suite.name, info.id) } else { info.id.to_owned() });
        }
    }
    ids
}

const fn required(name: &'static str, meaning: &'static str) -> Field {
    Field { name, default: None, meaning }
}

const fn optional(name: &'static str, default: &'static str, meaning: &'static str) -> Field {
    Field { name, default: Some(default), meaning }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_is_whole_and_its_plain_id_leads_to_it() {
        let mut names = HashSet::new();
        for suite in SUITES {
            assert!(names.insert(suite.name), "{}", suite.name);
            assert!(["any", "image", "audio", "video", "text"].contains(&suite.modality), "{}", suite.name);
            assert!(!suite.predictions.is_empty() && !suite.labels.is_empty(), "{}", suite.name);
            assert!(!suite.example.is_empty() && !suite.state.is_empty(), "{}", suite.name);
            for info in suite.metrics {
                let id = suite.plain_id(info);
                let metric = suite.find(&id).unwrap_or_else(|| panic!("{}.{id} is not found", suite.name));
                assert_eq!(metric.info(), info, "{}.{id}", suite.name);
                assert_eq!(
                    suite.metrics.iter().filter(|other| other.id == info.id).count(),
                    1,
                    "{}",
                    info.id
                );
                assert!(info.range.0 < info.range.1, "{id}");
                let texts = [info.title, info.formula, info.reference, info.ties_and_missing];
                assert!(texts.iter().all(|text| !text.trim().is_empty()), "{id}");
            }
        }
    }

    #[test]
    fn a_plain_id_is_looked_up_in_the_first_suite_and_a_full_name_in_its_own() {
        assert_eq!(find(AnswerKind::Boxes, "AP").unwrap().suite().name, "coco_bbox");
        assert_eq!(find(AnswerKind::Boxes, "coco_bbox.AP").unwrap().id(), "coco_bbox.AP");
        assert_eq!(find(AnswerKind::Boxes, "mAP.area").unwrap().suite().name, "voc_detection");
        assert!(find(AnswerKind::Boxes, "transcript.wer").is_none() && find(AnswerKind::Boxes, "").is_none());
        for answer in [AnswerKind::Classes, AnswerKind::Boxes, AnswerKind::Pairs, AnswerKind::Rankings] {
            let ids = ids(answer);
            assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        }
    }
}
