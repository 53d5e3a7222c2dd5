use std::collections::HashSet;

use egret_contract::AnswerContract;
use egret_metrics::{Scoring, Shape, State};

use super::reader::{At, Table, nearest};

/// Metrics of one task.
const METRIC_COUNT_MAX: usize = 32;

/// Ids that the metric registry knows and that fit the answer.
pub(super) fn read(
    document: &Table<'_, '_>,
    listed: At<Vec<At<String>>>,
    answer: Option<&AnswerContract>,
) -> Vec<String> {
    if listed.value.is_empty() || listed.value.len() > METRIC_COUNT_MAX {
        let what = format!("`metrics` lists {}", listed.value.len());
        document.note(listed.span, what, format!("list 1 to {METRIC_COUNT_MAX}; the first one ranks"));
    }
    let mut seen = HashSet::new();
    for id in &listed.value {
        if !seen.insert(id.value.as_str()) {
            document.note(
                id.span.clone(),
                format!("the metric `{}` is listed twice", id.value),
                "remove one",
            );
        }
        if let Some(Err((what, remedy))) = answer.map(|answer| fits(&id.value, answer)) {
            document.note(id.span.clone(), what, remedy);
        }
    }
    listed.value.into_iter().map(|id| id.value).collect()
}

/// Whether the metric exists and can score such answers; else what is wrong, and the remedy.
fn fits(id: &str, answer: &AnswerContract) -> Result<(), (String, String)> {
    let shape = Shape::of(answer);
    let Some(metric) = egret_metrics::find(shape.kind(), id) else {
        let known = egret_metrics::ids(shape.kind());
        let remedy = match nearest(id, known.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("metrics of such answers: {}; `egret metrics` says more", known.join(", ")),
        };
        return Err((format!("there is no metric `{id}` for the answer `{}`", answer.word()), remedy));
    };
    State::new(Scoring { shape, metrics: vec![metric] }).map(drop).map_err(|error| {
        let what = format!("the metric `{id}` does not fit the task: {error}");
        (what, "choose another metric or other parameters".into())
    })
}
