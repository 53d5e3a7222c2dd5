use anyhow::Result;
use clap::builder::PossibleValuesParser;
use egret_control::{metric_answers, metric_suite};
use egret_proto::v1::MetricSuite;

use super::metric::search;
use crate::{Exit, cli::Context, view};

/// `egret metrics`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the registry in this binary: no server is asked. `egret metric show NAME` says everything of one.
In a metric's name, braces hold parameters: `top{k}.{tie_rule}` is a family, `top5.lowest_index` one of it.

Examples:
  egret metrics --answer boxes          what a task with boxes may be scored by
  egret metrics --modality audio
  egret metrics --suite coco            of every suite whose name begins so
  egret metrics --output json           with formulas, references, columns and settings")]
pub(crate) struct Args {
    /// Only suites whose name is this, or begins so
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Only what scores such answers of a task; of embeddings by how they are compared
    #[arg(long, value_name = "ANSWER", value_parser = PossibleValuesParser::new(metric_answers()))]
    answer: Option<String>,
    /// Only suites for such items; `any` are those that do not care
    #[arg(long, value_name = "ITEMS", value_parser = ["image", "audio", "video", "text", "any"])]
    modality: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Exit> {
    let suites: Vec<MetricSuite> = search::suites(args.suite.as_deref().unwrap_or_default())?
        .into_iter()
        .map(|suite| metric_suite(suite, |_| true))
        .filter(|suite| args.answer.as_ref().is_none_or(|answer| suite.answers.contains(answer)))
        .filter(|suite| args.modality.as_ref().is_none_or(|modality| suite.modality == *modality))
        .collect();
    context.output.messages("MetricSuite", &suites, || view::metric::list(&suites))?;
    Ok(Exit::Ok)
}
