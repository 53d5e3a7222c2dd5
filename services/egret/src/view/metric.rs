use egret_metrics::Metric as Given;
use egret_proto::v1::{Metric, MetricField, MetricSuite, metric_ref::Direction};

use super::{Rows, facts};

/// A list.
pub(crate) fn list(suites: &[MetricSuite]) -> String {
    let mut rows = Rows::new(["metric", "title", "better", "range"]);
    for metric in suites.iter().flat_map(|suite| &suite.metrics) {
        rows.row([metric.full_name.clone(), metric.title.clone(), better(metric).to_owned(), range(metric)]);
    }
    rows.or("No metric is like this.")
}

/// Everything of the metrics of a suite; `given` is what the parameters that were asked for make of the family.
pub(crate) fn show(suite: &MetricSuite, given: Option<&Given>) -> String {
    let each = suite.metrics.iter().map(|metric| one(suite, metric, given));
    each.collect::<Vec<_>>().join("\n")
}

fn one(suite: &MetricSuite, metric: &Metric, given: Option<&Given>) -> String {
    // Others of the suite may have other parameters.
    let parameters = suite.parameters.iter().filter(|p| metric.id.contains(&format!("{{{}}}", p.name)));
    let parameters: Vec<MetricField> = parameters.cloned().collect();
    let plain = if parameters.is_empty() { String::new() } else { metric.plain_id.clone() };
    facts([
        ("metric", metric.full_name.clone()),
        ("title", metric.title.clone()),
        ("with defaults", plain),
        ("as asked", given.map_or_else(String::new, |given| format!("{}: {}", given.id(), given.title()))),
        ("suite", format!("{}: {}; items: {}", suite.name, suite.title, suite.modality)),
        ("range", format!("{}, {} is better", range(metric), better(metric))),
        ("formula", metric.formula.clone()),
        ("reference", metric.reference.clone()),
        ("ties, missing", metric.ties_and_missing.clone()),
        ("needs", needs(metric).to_owned()),
        ("parameters", fields(&parameters)),
        ("predictions", fields(&suite.predictions)),
        ("labels", fields(&suite.labels)),
        ("settings", fields(&suite.settings)),
        ("scores", scores(suite)),
    ])
}

fn better(metric: &Metric) -> &'static str {
    match metric.direction() {
        Direction::LowerIsBetter => "lower",
        Direction::HigherIsBetter | Direction::Unspecified => "higher",
    }
}

fn range(metric: &Metric) -> String {
    let end =
        |value: Option<f64>, none: &str| value.map_or_else(|| none.to_owned(), |value| value.to_string());
    format!("{} to {}", end(metric.minimum, "-inf"), end(metric.maximum, "inf"))
}

fn needs(metric: &Metric) -> &'static str {
    match (metric.needs_probabilities, metric.needs_scores) {
        (true, _) => "scores that are probabilities",
        (false, true) => "scores",
        (false, false) => "",
    }
}

/// A line each: `k = 5: how many …`, or without a default, or with one that is nothing, `label: …`.
fn fields(fields: &[MetricField]) -> String {
    let lines = fields.iter().map(|field| match &field.default_value {
        Some(default) if !default.is_empty() => format!("{} = {default}: {}", field.name, field.meaning),
        _ => format!("{}: {}", field.name, field.meaning),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn scores(suite: &MetricSuite) -> String {
    if suite.answers.is_empty() {
        return "files only: egret score".to_owned();
    }
    let answers = suite.answers.iter().map(|answer| match answer.as_str() {
        "verification" | "retrieval" => format!("embedding ({answer})"),
        other => other.to_owned(),
    });
    format!("tasks with the answer {}", answers.collect::<Vec<_>>().join(" or "))
}
