//! `egret score`: the metric suite on files, with no task and no server.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use egret_metrics::{Field, MetricInfo, Report, SUITES, SuiteInfo};
use egret_offline::{TableError, formats::Format, suites::ScoreError};
use serde_json::{Map, Value, json};

use crate::cli::Context;
use crate::view::{Rows, score};
use crate::{Exit, failure::Failure};

/// `egret score SUITE LABELS PREDICTIONS [--metric ID]…`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Scores predictions against labels on this machine. The values are those that a competition with the same metric ranks by, to \
the last digit, and the same for any order of the rows. Nothing is sent anywhere.

Labels and predictions are two files that are joined by item, or one file, given once, that has both. `egret score SUITE` \
alone lists what the suite reads and what it computes.

Formats: csv, json (a JSON object per line, or an array of them), coco (and LVIS), trec, rttm, mot, trials, kaldi, lines, sed \
(sed_eval), activitynet, icdar. The format is guessed from names and first bytes where --format does not say it.

Settings that say how to read: uem=FILE or duration=SECONDS with rttm, durations=FILE or duration=SECONDS with sed, \
subset=NAME with activitynet. All others are those of the suite.

Examples:
  egret score classification labels.csv predictions.csv --metric accuracy --metric f1.macro
  egret score coco_bbox instances.json detections.json --metric AP --metric AP50
  egret score verification trials.txt scores.txt --metric eer.interp --metric min_dcf@0.01
  egret score diarization ref.rttm hyp.rttm --setting uem=all.uem
  egret score mt references/ system.txt --format lines
  egret score transcript both.jsonl --output json

JSON: {\"suite\", \"format\", \"items\", \"metrics\": [{\"id\", \"value\": a number or null where it is undefined}]}

Exit code 2: a file, a setting or a metric is wrong; 3: the suite refuses the values.")]
pub(crate) struct Args {
    /// What is scored
    #[arg(value_name = "SUITE", value_parser = suites())]
    suite: String,
    /// What is true: a file, or a folder where the format has several
    #[arg(value_name = "LABELS")]
    labels: Option<PathBuf>,
    /// What is predicted [default: stands in LABELS too]
    #[arg(value_name = "PREDICTIONS")]
    predictions: Option<PathBuf>,
    /// A metric of the suite [default: those without parameters that do not need probabilities]
    #[arg(long = "metric", value_name = "ID")]
    metrics: Vec<String>,
    /// A setting; what is JSON is read so, all else is a text
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, Value)>,
    /// How the files are written [default: guessed]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    format: Option<Format>,
}

fn suites() -> PossibleValuesParser {
    PossibleValuesParser::new(SUITES.map(|suite| suite.name))
}

fn formats() -> impl clap::builder::TypedValueParser<Value = Format> {
    let names = PossibleValuesParser::new(Format::ALL.map(Format::name));
    names.map(|name| Format::of_name(&name).expect("only names of formats are possible"))
}

/// `classes=3`, `labels=["dog","alarm"]`, `positive=yes`.
fn setting(text: &str) -> Result<(String, Value), String> {
    let wrong = || format!("`{text}` is not a setting such as classes=3");
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let suite = egret_metrics::suite(&args.suite).expect("clap lets only known suites through");
    let Some(labels) = args.labels.clone() else {
        context.output.value(&described(suite), || listed(suite))?;
        return Ok(Exit::Ok);
    };
    let output = context.output;
    let scored = tokio::task::spawn_blocking(move || scored(suite, &labels, args));
    let (format, report) = scored.await.context("scoring stopped")??;
    output.value(&value(suite, format, &report), || shown(&report))?;
    Ok(Exit::Ok)
}

fn scored(suite: &SuiteInfo, labels: &Path, args: Args) -> Result<(Format, Report)> {
    let predictions = args.predictions.as_deref().unwrap_or(labels);
    let format = match args.format {
        Some(format) => format,
        None => Format::detect(labels, predictions, suite).map_err(|error| unreadable(&error))?,
    };
    let settings: Map<String, Value> = args.settings.into_iter().collect();
    let table = egret_offline::formats::read(suite, labels, predictions, format, settings)
        .map_err(|error| unreadable(&error))?;
    let has_scores = table.columns.contains_key("scores") || !table.columns.contains_key("pred");
    let metrics = if args.metrics.is_empty() { plain(suite, has_scores) } else { args.metrics };
    let scored =
        egret_offline::suites::score(suite.name, &metrics, &table).map_err(|error| refused(&error))?;
    let report = scored.finish().map_err(|error| refused(&ScoreError::Metric(error)))?;
    Ok((format, report))
}

/// Metrics that a reader may mean who names none: those whose ids have no parameters and that any scores have, as many as one
/// state has.
fn plain(suite: &SuiteInfo, has_scores: bool) -> Vec<String> {
    let without = suite.metrics.iter().filter(|info| {
        !info.id.contains('{') && !info.needs_probabilities && (has_scores || !info.needs_scores)
    });
    let ids: Vec<String> = without.map(|info| info.id.to_owned()).take(METRIC_COUNT_MAX).collect();
    if ids.is_empty() { suite.metrics.iter().take(1).map(|info| suite.plain_id(info)).collect() } else { ids }
}

/// Most metrics of one state.
const METRIC_COUNT_MAX: usize = 32;

fn unreadable(error: &TableError) -> Failure {
    Failure::new(Exit::Usage, format!("{}: {}", error.place, error.what)).next(error.remedy.clone())
}

fn refused(error: &ScoreError) -> Failure {
    match error {
        ScoreError::Table(error) => unreadable(error),
        ScoreError::Metric(_) => {
            let next = "correct the values, or choose a metric that takes them";
            Failure::new(Exit::Refused, error.to_string()).next(next)
        }
    }
}

fn value(suite: &SuiteInfo, format: Format, report: &Report) -> Value {
    let metrics: Value = report.values.iter().map(|v| json!({"id": v.id, "value": v.value})).collect();
    json!({"suite": suite.name, "format": format.name(), "items": report.item_count, "metrics": metrics})
}

fn shown(report: &Report) -> String {
    let mut rows = Rows::new(["metric", ">value"]);
    for value in &report.values {
        rows.row([value.id.clone(), score(value.value)]);
    }
    let count = report.item_count;
    format!("{}{count} {}", rows.or("No metric."), if count == 1 { "item" } else { "items" })
}

/// What a suite reads and what it computes.
fn described(suite: &SuiteInfo) -> Value {
    let fields = |fields: &[Field]| -> Value {
        let one = |f: &Field| json!({"name": f.name, "default": f.default, "meaning": f.meaning});
        fields.iter().map(one).collect()
    };
    let metric = |m: &MetricInfo| {
        let mut metric = json!({"id": m.id, "title": m.title, "formula": m.formula});
        metric["reference"] = m.reference.into();
        metric
    };
    json!({
        "suite": suite.name,
        "title": suite.title,
        "labels": fields(suite.labels),
        "predictions": fields(suite.predictions),
        "settings": fields(suite.settings),
        "parameters": fields(suite.parameters),
        "metrics": suite.metrics.iter().map(metric).collect::<Value>(),
    })
}

fn listed(suite: &SuiteInfo) -> String {
    let mut columns = Rows::new(["column", "of", "what it is"]);
    for (part, fields) in
        [("labels", suite.labels), ("predictions", suite.predictions), ("settings", suite.settings)]
    {
        for field in fields {
            columns.row([field.name.to_owned(), part.to_owned(), field.meaning.to_owned()]);
        }
    }
    let mut metrics = Rows::new(["metric", "for example", "title"]);
    for info in suite.metrics {
        metrics.row([info.id.to_owned(), suite.plain_id(info), info.title.to_owned()]);
    }
    format!("{}\n\n{}\n{}", suite.title, columns.or("No column."), metrics.or("No metric."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_json_where_they_can_be() {
        assert_eq!(setting("classes=3"), Ok(("classes".to_owned(), json!(3))));
        assert_eq!(setting("labels=[\"a\"]"), Ok(("labels".to_owned(), json!(["a"]))));
        assert_eq!(setting("uem=a=b.uem"), Ok(("uem".to_owned(), json!("a=b.uem"))));
        for text in ["", "classes", "=3"] {
            assert!(setting(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_suite_has_plain_metrics_and_a_list() {
        for suite in SUITES {
            for has_scores in [true, false] {
                let ids = plain(suite, has_scores);
                assert!((1..=METRIC_COUNT_MAX).contains(&ids.len()), "{}", suite.name);
                assert!(ids.iter().all(|id| suite.find(id).is_some()), "{}: {ids:?}", suite.name);
            }
            let text = listed(suite);
            assert!(suite.metrics.iter().all(|info| text.contains(info.id)), "{}", suite.name);
        }
    }

    #[test]
    fn the_example_of_every_suite_has_scores() {
        let folder = tempfile::tempdir().unwrap();
        for suite in SUITES {
            let path = folder.path().join("example.jsonl");
            std::fs::write(&path, suite.example).unwrap();
            let args = Args {
                suite: suite.name.to_owned(),
                labels: None,
                predictions: None,
                metrics: vec![suite.plain_id(&suite.metrics[0])],
                settings: Vec::new(),
                format: None,
            };
            let (format, report) =
                scored(suite, &path, args).unwrap_or_else(|e| panic!("{}: {e}", suite.name));
            let value = value(suite, format, &report);
            assert_eq!(value["metrics"].as_array().unwrap().len(), 1, "{value}");
            assert!(shown(&report).ends_with("items") || shown(&report).ends_with("1 item"));
        }
    }
}
