use egret_datasets::Problem;
use serde_json::{Value, json};

use crate::{Exit, failure::Failure};

/// Problems as JSON.
pub(super) fn as_json(problems: &[Problem]) -> Vec<Value> {
    let each = problems.iter().map(|problem| {
        json!({ "file": problem.file, "line": problem.line, "what": problem.what, "remedy": problem.remedy })
    });
    each.collect()
}

/// Problems for people, one per line.
pub(super) fn as_text(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |text, problem| text + &problem.to_string() + "\n")
}

/// How a verb ends that found problems on its way.
pub(super) fn failure(problems: &[Problem]) -> Failure {
    let (count, s) = (problems.len(), if problems.len() == 1 { "" } else { "s" });
    let what =
        format!("the package has {count} problem{s}; nothing was uploaded\n{}", as_text(problems).trim_end());
    Failure::new(Exit::Refused, what).next("correct the package and run the same command again")
}
