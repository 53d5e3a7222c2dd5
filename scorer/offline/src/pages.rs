//! The documentation of the metrics, made from the registry: what is said there is said once.

use std::fmt::Write;

use egret_metrics::{AnswerKind, Direction, Field, MetricInfo, SUITES, SuiteInfo};

use crate::suites::{ScoreError, example};

/// Where a page says that it is not written by hand.
const MADE: &str = "<!-- Made from the registry: `EGRET_WRITE_DOCS=1 cargo test -p egret-offline --test pages` writes it anew. -->\n";

/// How the cells of any suite are written.
const CELLS: &str = "
A suite's page says which columns a table has, one row per item. In every one of them:

- a number may stand in quotes; `NaN`, `Infinity` and `-Infinity` must;
- null is a prediction that is missing, and the metric says what that costs;
- where classes, labels, keywords or images have names, a setting may list them, and then the parts of a set can be scored apart
  and merged. Without the list they are numbered as they occur, and the table is scored in one piece.

What a suite keeps of the items is its state. The page says how many bytes that is when it is written, as a worker sends it to the
coordinator, which refuses more than 64 MiB from a unit of an evaluation. How many shards a unit has at most, the store's
`unit_shards_max` says; an evaluation of one unit sends its values, not its state. Of a task that may come to more,
`egret competition check` says so.
";

/// The list of all metrics, as Markdown.
#[must_use]
pub fn index() -> String {
    let mut page = format!("# Metrics\n\n{MADE}\n");
    page += "A metric's full name is its suite's name, a dot and its id. Parameters stand in braces. ";
    page += "[conventions.md](conventions.md) tells where the same name means different numbers elsewhere.\n";
    page += CELLS;
    for suite in SUITES {
        let _ = write!(page, "\n## [{}]({}.md)\n\n", suite.title, suite.name);
        page += "| metric | title | better | range |\n|---|---|---|---|\n";
        for info in suite.metrics {
            let (better, range) = (better(info), range(info));
            let _ = writeln!(page, "| `{}.{}` | {} | {better} | {range} |", suite.name, info.id, info.title);
        }
    }
    page
}

/// The page of one suite, as Markdown.
///
/// # Errors
/// The suite's example cannot be scored.
pub fn page(suite: &SuiteInfo) -> Result<String, ScoreError> {
    let (_, values) = example(suite)?;
    let mut page = format!("# {}: `{}`\n\n{MADE}\n", suite.title, suite.name);
    let _ = writeln!(page, "{}\n\nState: {}\n", scope(suite), suite.state);
    page += "## Columns\n\nOne row per item.\n\n| column | | what it is |\n|---|---|---|\n";
    for (fields, whose) in [(suite.labels, "label"), (suite.predictions, "prediction")] {
        for field in fields {
            let _ = writeln!(page, "| `{}` | {whose} | {} |", field.name, cell(field.meaning));
        }
    }
    if !suite.settings.is_empty() {
        page += "\n## Settings\n\n| setting | default | what it is |\n|---|---|---|\n";
        suite.settings.iter().for_each(|field| page += &field_row(field));
    }
    page += "\n## Example\n\n```json\n";
    page += suite.example;
    page += "```\n\n| metric | value |\n|---|---|\n";
    for (id, value) in &values {
        let _ = writeln!(page, "| `{id}` | {} |", value.map_or("undefined".to_owned(), shown));
    }
    page += "\n## Metrics\n";
    for (info, (id, value)) in suite.metrics.iter().zip(&values) {
        page += &section(suite, info, id, *value);
    }
    Ok(page)
}

/// What the items are, and what is scored.
fn scope(suite: &SuiteInfo) -> String {
    let items = match suite.modality {
        "any" => "Items: of any kind.".to_owned(),
        kind => format!("Items: {kind}."),
    };
    let answers: Vec<&str> = suite.answers.iter().map(|answer| name_of(*answer)).collect();
    if answers.is_empty() {
        return format!("{items} It scores files (`egret score`); no task has answers of this kind yet.");
    }
    format!("{items} It scores files (`egret score`), and tasks whose answers are {}.", answers.join(" or "))
}

fn name_of(answer: AnswerKind) -> &'static str {
    match answer {
        AnswerKind::Classes => "classes",
        AnswerKind::Transcript => "transcripts",
        AnswerKind::Mask => "masks",
        AnswerKind::Multilabel => "sets of classes",
        AnswerKind::Pairs => "scores of pairs",
        AnswerKind::Rankings => "ranked lists",
        AnswerKind::Values => "numbers",
        AnswerKind::Boxes => "boxes",
        AnswerKind::Segments => "segments",
    }
}

fn section(suite: &SuiteInfo, info: &MetricInfo, id: &str, value: Option<f64>) -> String {
    let needs = match (info.needs_scores, info.needs_probabilities) {
        (_, true) => "scores from 0 to 1",
        (true, false) => "scores",
        (false, false) => "the answers alone",
    };
    let mut text =
        format!("\n### `{}`\n\n{}, {}; {} is better.\n\n", info.id, info.title, range(info), better(info));
    let rows = [
        ("Formula", info.formula),
        ("Reference", info.reference),
        ("Ties and missing", info.ties_and_missing),
        ("Needs", needs),
    ];
    for (what, said) in rows {
        let _ = writeln!(text, "- {what}: {said}");
    }
    let parameters = suite.parameters.iter().filter(|field| info.id.contains(&format!("{{{}}}", field.name)));
    for field in parameters {
        let default = field.default.unwrap_or_default();
        let _ = writeln!(text, "- `{{{}}}`, by default {default}: {}", field.name, field.meaning);
    }
    let value = value.map_or("undefined".to_owned(), shown);
    let _ = writeln!(text, "- On the example: `{id}` is {value}");
    text
}

fn field_row(field: &Field) -> String {
    let default = match field.default {
        None => "must be given".to_owned(),
        Some("") => "—".to_owned(),
        Some(default) => format!("`{default}`"),
    };
    format!("| `{}` | {default} | {} |\n", field.name, cell(field.meaning))
}

/// A text that may hold what would end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn better(info: &MetricInfo) -> &'static str {
    match info.direction {
        Direction::HigherIsBetter => "higher",
        Direction::LowerIsBetter => "lower",
    }
}

fn range(info: &MetricInfo) -> String {
    let end = |value: f64| match value {
        f64::INFINITY => "∞".to_owned(),
        f64::NEG_INFINITY => "-∞".to_owned(),
        // The largest count there may be is as good as none.
        value if value.abs() >= 1e9 => if value < 0.0 { "-∞" } else { "∞" }.to_owned(),
        value => shown(value),
    };
    format!("{} to {}", end(info.range.0), end(info.range.1))
}

/// Six digits after the point, as far as they are not 0.
fn shown(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_short() {
        assert_eq!((shown(0.5), shown(1.0), shown(100.0)), ("0.5".into(), "1".into(), "100".into()));
        assert_eq!((shown(2.0 / 3.0), shown(-0.25)), ("0.666667".into(), "-0.25".into()));
        assert_eq!(shown(f64::INFINITY), "inf");
    }
}
