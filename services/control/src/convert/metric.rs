//! The metric registry on the wire.

use egret_metrics::{AnswerKind, Direction, Field, MetricInfo, SUITES, SuiteInfo};
use egret_proto::v1;
use tonic::Status;

use crate::status::{invalid, not_found};

/// The words for the answers of tasks. What tasks call an embedding is scored by what its comparison gives.
const ANSWERS: [(&str, AnswerKind); 9] = [
    ("classes", AnswerKind::Classes),
    ("multilabel", AnswerKind::Multilabel),
    ("values", AnswerKind::Values),
    ("boxes", AnswerKind::Boxes),
    ("mask", AnswerKind::Mask),
    ("transcript", AnswerKind::Transcript),
    ("segments", AnswerKind::Segments),
    ("verification", AnswerKind::Pairs),
    ("retrieval", AnswerKind::Rankings),
];

/// The words by which [`metric_suites`] is asked for the metrics of an answer.
pub fn metric_answers() -> [&'static str; ANSWERS.len()] {
    ANSWERS.map(|(word, _)| word)
}

/// The suites that a request asks for, with the metrics that it asks for.
pub fn metric_suites(request: &v1::ListMetricsRequest) -> Result<Vec<v1::MetricSuite>, Status> {
    let suites: Vec<&'static SuiteInfo> = match request.answer.as_str() {
        "" => SUITES.to_vec(),
        word => {
            let kind = ANSWERS.into_iter().find(|(known, _)| *known == word);
            let rule = || format!("must be one of {}", metric_answers().join(", "));
            let (_, kind) = kind.ok_or_else(|| invalid("answer", rule()))?;
            egret_metrics::suites_of(kind).collect()
        }
    };
    let named = suites.into_iter().filter(|suite| request.suite.is_empty() || suite.name == request.suite);
    let asked = named.filter_map(|suite| match request.id.as_str() {
        "" => Some(metric_suite(suite, |_| true)),
        id => {
            let family = family(suite, id)?;
            Some(metric_suite(suite, |info| info.id == family.id))
        }
    });
    let asked: Vec<v1::MetricSuite> = asked.collect();
    if asked.is_empty() { Err(not_found("metric")) } else { Ok(asked) }
}

/// The entry of a suite that an id names.
fn family(suite: &'static SuiteInfo, id: &str) -> Option<&'static MetricInfo> {
    let of = |id: &str| {
        let plain = suite.find(id).map(|metric| metric.info());
        plain.or_else(|| suite.metrics.iter().find(|info| info.id == id))
    };
    of(id).or_else(|| of(id.strip_prefix(suite.name)?.strip_prefix('.')?))
}

/// A suite with those of its metrics that are wanted.
pub fn metric_suite(suite: &SuiteInfo, wanted: impl Fn(&MetricInfo) -> bool) -> v1::MetricSuite {
    let answers = ANSWERS.into_iter().filter(|(_, kind)| suite.answers.contains(kind));
    let fields = |fields: &[Field]| fields.iter().map(field).collect();
    v1::MetricSuite {
        name: suite.name.to_owned(),
        title: suite.title.to_owned(),
        modality: suite.modality.to_owned(),
        answers: answers.map(|(word, _)| word.to_owned()).collect(),
        predictions: fields(suite.predictions),
        labels: fields(suite.labels),
        settings: fields(suite.settings),
        parameters: fields(suite.parameters),
        metrics: suite.metrics.iter().filter(|info| wanted(info)).map(|info| metric(suite, info)).collect(),
    }
}

fn field(field: &Field) -> v1::MetricField {
    v1::MetricField {
        name: field.name.to_owned(),
        default_value: field.default.map(str::to_owned),
        meaning: field.meaning.to_owned(),
    }
}

fn metric(suite: &SuiteInfo, info: &MetricInfo) -> v1::Metric {
    let direction = match info.direction {
        Direction::HigherIsBetter => v1::metric_ref::Direction::HigherIsBetter,
        Direction::LowerIsBetter => v1::metric_ref::Direction::LowerIsBetter,
    };
    let (minimum, maximum) = info.range;
    v1::Metric {
        id: info.id.to_owned(),
        full_name: format!("{}.{}", suite.name, info.id),
        plain_id: suite.plain_id(info),
        title: info.title.to_owned(),
        direction: direction.into(),
        minimum: minimum.is_finite().then_some(minimum),
        maximum: maximum.is_finite().then_some(maximum),
        needs_scores: info.needs_scores,
        needs_probabilities: info.needs_probabilities,
        formula: info.formula.to_owned(),
        reference: info.reference.to_owned(),
        ties_and_missing: info.ties_and_missing.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use tonic::Code;

    use super::*;

    fn asked(suite: &str, answer: &str, id: &str) -> Result<Vec<v1::MetricSuite>, Code> {
        let request = v1::ListMetricsRequest { suite: suite.into(), answer: answer.into(), id: id.into() };
        metric_suites(&request).map_err(|status| status.code())
    }

    fn names(suites: &[v1::MetricSuite]) -> Vec<&str> {
        suites.iter().flat_map(|suite| &suite.metrics).map(|metric| metric.full_name.as_str()).collect()
    }

    #[test]
    fn the_whole_registry_is_told_in_one_message() {
        let suites = asked("", "", "").unwrap();
        assert_eq!(suites.len(), SUITES.len());
        let all = names(&suites);
        assert_eq!(all.len(), SUITES.iter().map(|suite| suite.metrics.len()).sum::<usize>());
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "every full name is one metric's");
        // A quarter of what a client takes, so that the list has room to grow.
        let bytes = v1::ListMetricsResponse { suites }.encoded_len();
        assert!(bytes < egret_proto::MESSAGE_BYTES_MAX / 4, "{bytes}");
    }

    #[test]
    fn an_entry_is_told_whole() {
        let suites = asked("classification", "", "top3.sklearn").unwrap();
        let metric = &suites[0].metrics[0];
        assert_eq!(metric.full_name, "classification.top{k}.{tie_rule}");
        assert_eq!(metric.plain_id, "top5.lowest_index");
        assert_eq!(metric.direction(), v1::metric_ref::Direction::HigherIsBetter);
        assert_eq!((metric.minimum, metric.maximum, metric.needs_scores), (Some(0.0), Some(1.0), true));
        assert_eq!(suites[0].answers, ["classes"]);
        let defaults: Vec<_> = suites[0].parameters.iter().map(|p| p.default_value.as_deref()).collect();
        assert!(defaults.contains(&Some("5")) && defaults.contains(&Some("lowest_index")), "{defaults:?}");
        assert_eq!(suites[0].labels[0].default_value, None);
        let unbounded = asked("regression", "", "").unwrap();
        assert!(unbounded[0].metrics.iter().any(|m| m.minimum == Some(0.0) && m.maximum.is_none()));
    }

    #[test]
    fn every_kind_of_answer_has_a_word_and_its_suites() {
        let mut told = BTreeSet::new();
        for word in metric_answers() {
            for suite in asked("", word, "").unwrap() {
                assert!(suite.answers.iter().any(|answer| answer == word), "{word}: {}", suite.name);
                told.insert((suite.name, word));
            }
        }
        let known: usize = SUITES.iter().map(|suite| suite.answers.len()).sum();
        assert_eq!(told.len(), known, "an answer of the registry has no word");
    }

    #[test]
    fn an_id_is_found_as_a_task_writes_it() {
        for id in ["AP", "coco_bbox.AP"] {
            assert_eq!(names(&asked("", "boxes", id).unwrap())[0], "coco_bbox.AP");
        }
        for id in ["f0.5.weighted", "f{beta}.{average}", "classification.f1.macro"] {
            assert_eq!(names(&asked("", "classes", id).unwrap()), ["classification.f{beta}.{average}"]);
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for (suite, answer, id) in [
            ("beauty", "", ""),
            ("transcript", "boxes", ""),
            ("", "", "beauty"),
            ("", "", "classification.eer"),
            ("coco_bbox", "", "top0.lowest_index"),
        ] {
            assert_eq!(asked(suite, answer, id), Err(Code::NotFound), "{suite} {answer} {id}");
        }
        assert_eq!(asked("", "pairs", ""), Err(Code::InvalidArgument));
    }
}
