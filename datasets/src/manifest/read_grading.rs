//! `[composite]` and `[[certificates]]` of a `task.toml` → [`Grading`]; `[ladder]` → [`Scale`].

use std::ops::Range;

use egret_contest::Scale;
use egret_contract::{AnswerContract, Certificate, Composite, CompositePart, CompositeRule, Grading, Speed};
use egret_metrics::{Direction, Shape};

use super::reader::Table;

/// Reads both; what is wrong is noted. `metrics` and `answer` are the task's.
pub(super) fn read(
    document: &mut Table<'_, '_>,
    metrics: &[String],
    answer: Option<&AnswerContract>,
) -> Grading {
    // Where each part of the grading stands, for the problems that the contract finds in it.
    let mut composite_span = 0..0;
    let composite = document.table("composite").map(|table| {
        composite_span = table.span();
        composite(table, answer)
    });
    let (certificates, certificate_spans): (Vec<_>, Vec<_>) =
        document.tables("certificates").into_iter().map(certificate).unzip();
    let grading = Grading { composite, certificates };
    let ids: Vec<&str> = metrics.iter().map(String::as_str).collect();
    for problem in grading.problems(&ids) {
        let span = match index_of(&problem.field, "certificates[") {
            Some(index) => certificate_spans.get(index).cloned().unwrap_or_default(),
            None => composite_span.clone(),
        };
        document.note(span, format!("`{}` {}", problem.field, problem.rule), "correct the value");
    }
    grading
}

/// The number in `certificates[3].name`.
fn index_of(field: &str, head: &str) -> Option<usize> {
    field.strip_prefix(head)?.split_once(']')?.0.parse().ok()
}

fn composite(mut table: Table<'_, '_>, answer: Option<&AnswerContract>) -> Composite {
    let title = table.text("title", Grading::TITLE_BYTES_MAX).map_or_else(|| "Score".into(), |at| at.value);
    let rule = table.choice("rule", &CompositeRule::ALL).map_or(CompositeRule::Weighted, |at| at.value);
    table.need("parts", "[[composite.parts]]` with `metric = \"accuracy\"");
    let parts = table.tables("parts").into_iter().map(|table| part(table, answer)).collect();
    let speed = table.table("speed").map(|mut table| {
        table.need("reference_item_ms", "reference_item_ms = 5.0");
        let reference_item_ms = table.weight("reference_item_ms").map_or(1.0, |at| at.value);
        let exponent = table.weight("exponent").map_or(1.0, |at| at.value);
        table.finish();
        Speed { reference_item_ms, exponent }
    });
    table.finish();
    Composite { title, rule, parts, speed }
}

/// Without `worst` and `best` the ends of the metric's range are worth nothing and everything.
fn part(mut table: Table<'_, '_>, answer: Option<&AnswerContract>) -> CompositePart {
    table.need("metric", "metric = \"accuracy\"");
    let metric = table.text("metric", 200).map(|at| at.value).unwrap_or_default();
    let weight = table.weight("weight").map_or(1.0, |at| at.value);
    let found = answer.and_then(|answer| egret_metrics::find(Shape::of(answer).kind(), &metric));
    let (worst, best) = match found.as_ref().map(|metric| (metric.direction(), metric.range())) {
        Some((Direction::HigherIsBetter, (low, high))) => (low, high),
        Some((Direction::LowerIsBetter, (low, high))) => (high, low),
        None => (0.0, 1.0),
    };
    let mut end = |key: &'static str, of_range: f64| {
        if !of_range.is_finite() {
            table.need(key, &format!("{key} = 0.0"));
        }
        table.number(key).map_or(of_range, |at| at.value)
    };
    let (worst, best) = (end("worst", worst), end("best", best));
    // One that is missing was noted; it is not out of range as well.
    let finite = |value: f64, other: f64| if value.is_finite() { value } else { other + 1.0 };
    let worst = finite(worst, if best.is_finite() { best } else { 0.0 });
    let best = finite(best, worst);
    table.finish();
    CompositePart { metric, weight, worst, best }
}

fn certificate(mut table: Table<'_, '_>) -> (Certificate, Range<usize>) {
    let span = table.span();
    table.need("threshold", "threshold = 0.9");
    let name = table.required("name", Grading::NAME_BYTES_MAX, "name = \"A\"");
    let threshold = table.number("threshold").map_or(0.0, |at| at.value);
    table.finish();
    // One without a name was noted; it is not empty as well.
    (Certificate { name: name.map_or_else(|| "?".to_owned(), |at| at.value), threshold }, span)
}

/// Where the grid of the policy `ladder` lies on what ranks: `metrics`, `grading` and `answer` are the task's. What is wrong is noted.
pub(super) fn ladder(
    document: &mut Table<'_, '_>,
    metrics: &[String],
    grading: &Grading,
    answer: Option<&AnswerContract>,
) -> Option<Scale> {
    let mut table = document.table("ladder")?;
    table.need("baseline", "baseline = 0.5");
    let baseline = table.number("baseline");
    let metric = || egret_metrics::find(Shape::of(answer?).kind(), metrics.first()?);
    let (higher, (low, high)) = match &grading.composite {
        Some(_) => (true, (0.0, 1.0)),
        None => metric().map(|metric| (metric.direction() == Direction::HigherIsBetter, metric.range()))?,
    };
    let bound = if higher { high } else { low };
    if !bound.is_finite() {
        table.need("best", "best = 0.0");
    }
    let best = table.number("best");
    let best_span = best.as_ref().map_or(table.span(), |best| best.span.clone());
    let best = best.map(|best| best.value).or(bound.is_finite().then_some(bound));
    let (baseline, best) = (baseline?.value, best?);
    let is_better = if higher { best > baseline } else { best < baseline };
    if !is_better {
        let what = format!("the best of [ladder], {best}, is not better than the baseline, {baseline}");
        let better = if higher { "higher" } else { "lower" };
        table.note(best_span, what, format!("{better} is better: correct `best` or `baseline`"));
        return None;
    }
    table.finish();
    // As the server has it: without bounds of single items' values the grid's range is the only measure that there is.
    let bounded = low.is_finite() && high.is_finite();
    let width = if bounded { high - low } else { (best - baseline).abs() };
    Some(Scale { baseline, best, width })
}
