//! `egret metric …`.

pub(super) mod search;

use anyhow::Result;
use clap::Subcommand;
use egret_control::metric_suite;
use egret_proto::v1::MetricSuite;

use crate::{Exit, cli::Context, view};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows everything of a metric: formula, reference, range, ties and missing answers, parameters, columns
    Show(Show),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the registry in this binary: no server is asked. Upper and lower case are the same. Every metric that the name fits is \
shown.

Examples:
  egret metric show eer.rocch
  egret metric show coco.ap                   a suite may be shortened
  egret metric show top5.lowest_index         parameters filled in
  egret metric show 'top{k}.{tie_rule}'       or in braces
  egret metric show verification.cllr --output json")]
pub(crate) struct Show {
    /// A metric: `SUITE.ID`, or the id alone
    #[arg(value_name = "NAME", value_parser = search::name)]
    name: String,
}

pub(crate) fn run(verb: &Verb, context: &Context) -> Result<Exit> {
    let Verb::Show(Show { name }) = verb;
    let found = search::metrics(name)?;
    // One metric each, so that columns and settings stand with every one.
    let suites: Vec<MetricSuite> =
        found.iter().map(|one| metric_suite(one.suite, |info| info.id == one.info.id)).collect();
    let text = || {
        let each = suites.iter().zip(&found);
        each.map(|(suite, one)| view::metric::show(suite, one.given.as_ref())).collect::<Vec<_>>().join("\n")
    };
    context.output.messages("MetricSuite", &suites, text)?;
    Ok(Exit::Ok)
}
