//! Metrics in words, and where their pages are.

use egret_proto::v1::{
    AnswerContract, Metric, MetricRef, MetricSuite, answer_contract, metric_ref::Direction,
};

use crate::messages::{Messages, fill};
use crate::names::AnswerMetricPath;

/// What a composite is called where metrics have ids.
const COMPOSITE_ID: &str = "composite";

/// A metric as the pages name it.
#[derive(Clone, Debug)]
pub(crate) struct MetricWords {
    /// Its id in the registry.
    pub id: String,
    /// Its name in the visitor's language.
    pub title: String,
    /// Which way is better, in words; empty where the server does not say.
    pub direction: &'static str,
}

/// Which way is better, in words; empty where the server does not say.
pub(crate) fn better(direction: Direction, messages: &Messages) -> &'static str {
    match direction {
        Direction::HigherIsBetter => messages.higher,
        Direction::LowerIsBetter => messages.lower,
        Direction::Unspecified => "",
    }
}

/// A metric in words. Ids that we do not know keep the registry's English title.
pub(crate) fn metric(metric: &MetricRef, messages: &Messages) -> MetricWords {
    let direction = better(metric.direction(), messages);
    let title = match metric.id.as_str() {
        "accuracy" => messages.metric_accuracy.to_owned(),
        "balanced_accuracy" => messages.metric_balanced_accuracy.to_owned(),
        "f1.macro" => messages.metric_f1_macro.to_owned(),
        "log_loss" => messages.metric_log_loss.to_owned(),
        id => match id.strip_prefix("top").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok()) {
            Some(k) => fill(messages.metric_top, &[("k", &k)]),
            None if metric.title.is_empty() => metric.id.clone(),
            None => metric.title.clone(),
        },
    };
    MetricWords { id: metric.id.clone(), title, direction }
}

/// What is scored, by the registry's word for it; empty for what these pages do not know.
fn answer_word(contract: &AnswerContract) -> &'static str {
    use answer_contract::Kind;
    match &contract.kind {
        Some(Kind::Classes(_)) => "classes",
        Some(Kind::Multilabel(_)) => "multilabel",
        Some(Kind::Values(_)) => "values",
        Some(Kind::Boxes(_)) => "boxes",
        Some(Kind::Mask(_)) => "mask",
        Some(Kind::Transcript(_)) => "transcript",
        Some(Kind::Segments(_)) => "segments",
        Some(Kind::Embedding(answer)) if answer.search == "retrieval" => "retrieval",
        Some(Kind::Embedding(_)) => "verification",
        None => "",
    }
}

/// The address of a task's metric; empty where there is none, as of a composite, which is the task's own.
pub(crate) fn href(answer: Option<&AnswerContract>, metric: &MetricRef) -> String {
    match answer.map_or("", answer_word) {
        "" => String::new(),
        _ if metric.id == COMPOSITE_ID => String::new(),
        answer => AnswerMetricPath { answer: answer.into(), id: metric.id.clone() }.href(),
    }
}

/// What the items are.
pub(crate) fn modality(word: &str, messages: &Messages) -> &'static str {
    match word {
        "any" => messages.modality_any,
        "image" => messages.modality_image,
        "audio" => messages.modality_audio,
        "video" => messages.modality_video,
        "text" => messages.modality_text,
        _ => messages.modality_other,
    }
}

/// Least and greatest value: `0 – 1`, `−∞ – ∞`.
pub(crate) fn range(metric: &Metric) -> String {
    let end =
        |value: Option<f64>, none: &str| value.map_or_else(|| none.to_owned(), |value| value.to_string());
    format!("{} – {}", end(metric.minimum, "−∞"), end(metric.maximum, "∞"))
}

/// What an answer must be beyond the plainest; empty: nothing.
pub(crate) fn needs(metric: &Metric, messages: &Messages) -> &'static str {
    match (metric.needs_probabilities, metric.needs_scores) {
        (true, _) => messages.needs_probabilities,
        (false, true) => messages.needs_scores,
        (false, false) => "",
    }
}

/// What a suite scores.
pub(crate) fn scores(suite: &MetricSuite, messages: &Messages) -> String {
    let words = suite.answers.iter().map(|answer| match answer.as_str() {
        "classes" => messages.answer_word_classes,
        "multilabel" => messages.answer_word_multilabel,
        "values" => messages.answer_word_values,
        "boxes" => messages.answer_word_boxes,
        "mask" => messages.answer_word_mask,
        "transcript" => messages.answer_word_transcript,
        "segments" => messages.answer_word_segments,
        "verification" => messages.answer_word_verification,
        "retrieval" => messages.answer_word_retrieval,
        other => other,
    });
    let words: Vec<&str> = words.collect();
    if words.is_empty() {
        return messages.scores_files.to_owned();
    }
    fill(messages.scores_tasks, &[("answers", &words.join(" / "))])
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{ClassesAnswer, EmbeddingAnswer};

    use super::*;
    use crate::messages::{EN, ZH};

    fn named(id: &str, title: &str) -> String {
        metric(&MetricRef { id: id.into(), direction: 1, title: title.into() }, &EN).title
    }

    #[test]
    fn metrics_are_named_in_the_language_or_by_the_registry() {
        assert_eq!(named("accuracy", "x"), "Accuracy");
        assert_eq!(named("top5.lowest_index", "x"), "Top-5 accuracy");
        assert_eq!(named("topology", "Topology"), "Topology");
        assert_eq!(named("mystery", ""), "mystery");
    }

    #[test]
    fn a_task_leads_to_its_metrics_by_its_answers() {
        use answer_contract::Kind;
        let of = |kind: Option<Kind>, id: &str| {
            let metric = MetricRef { id: id.into(), ..MetricRef::default() };
            href(Some(&AnswerContract { kind, item_bytes_max: 0 }), &metric)
        };
        let embedding = |search: &str| EmbeddingAnswer { search: search.into(), ..Default::default() };
        assert_eq!(
            of(Some(Kind::Classes(ClassesAnswer::default())), "top5.sklearn"),
            "/docs/metrics/of/classes/top5.sklearn"
        );
        assert_eq!(
            of(Some(Kind::Embedding(embedding("retrieval"))), "map@5"),
            "/docs/metrics/of/retrieval/map%405"
        );
        assert_eq!(
            of(Some(Kind::Embedding(embedding("verification"))), "cllr"),
            "/docs/metrics/of/verification/cllr"
        );
        assert_eq!(of(None, "accuracy"), "");
    }

    #[test]
    fn ranges_and_uses_are_told() {
        let metric = Metric { minimum: Some(0.0), ..Metric::default() };
        assert_eq!(range(&metric), "0 – ∞");
        assert_eq!(range(&Metric { maximum: Some(1.0), ..Metric::default() }), "−∞ – 1");
        assert_eq!(needs(&metric, &EN), "");
        let suite = MetricSuite { answers: vec!["boxes".into(), "news".into()], ..Default::default() };
        assert_eq!(scores(&suite, &EN), "tasks that ask for boxes / news");
        assert!(scores(&MetricSuite::default(), &ZH).starts_with("仅用于文件"));
    }
}
