use std::path::PathBuf;

use egret_admission::adapter::Mismatch;
use egret_admission::package::Unpackable;
use egret_admission::{Admitted, Inadmissible, TensorInfo};
use egret_proto::{v1::CheckReport, worker::v1::faulted::Code};
use serde_json::{Value, json};

use super::contract::Feeding;
use crate::failure::Failure;
use crate::{numbers, output, view};

/// Why the server refuses an upload; it never comes to a check.
const TOO_LARGE: &str = "MODEL_TOO_LARGE";

/// The rule that a file has something in it.
const EMPTY: &str = "empty";

/// What is said of one file.
pub(super) struct Report {
    pub file: PathBuf,
    pub outcome: Result<Accepted, Refused>,
    /// What came of running it on the public sample.
    pub check: Option<CheckReport>,
}

/// A model that may be submitted.
pub(super) struct Accepted {
    pub model: Admitted,
    /// For the task, if one was named.
    pub feeding: Option<Feeding>,
}

/// A model that the server would not take, in the server's words.
pub(super) struct Refused {
    /// The code of a check's report, or the reason for which the upload is refused.
    fault: &'static str,
    /// Which rule, apart from the contract's.
    rule: &'static str,
    detail: String,
    remedy: String,
    /// What the file holds, where it was read.
    model: Option<Admitted>,
}

impl From<Inadmissible> for Refused {
    fn from(refused: Inadmissible) -> Self {
        Self {
            fault: Code::InvalidModel.as_str_name(),
            rule: refused.rule.name(),
            detail: refused.to_string(),
            remedy: refused.rule.remedy().into_owned(),
            model: None,
        }
    }
}

impl From<Unpackable> for Refused {
    fn from(wrong: Unpackable) -> Self {
        Self {
            fault: Code::InvalidModel.as_str_name(),
            rule: "package",
            detail: wrong.detail,
            remedy: wrong.remedy.to_owned(),
            model: None,
        }
    }
}

impl Refused {
    /// The model does not fit the task.
    pub fn mismatch(mismatch: Mismatch, model: Admitted) -> Self {
        Self {
            fault: Code::ContractMismatch.as_str_name(),
            rule: "contract",
            detail: mismatch.detail,
            remedy: mismatch.remedy,
            model: Some(model),
        }
    }

    /// There is nothing in it.
    pub fn empty() -> Self {
        Self {
            fault: Code::InvalidModel.as_str_name(),
            rule: EMPTY,
            detail: "the file is empty: it has no byte of a model".into(),
            remedy: "export the model again, and see that the export ends without an error".into(),
            model: None,
        }
    }

    /// The file is too large for the task.
    pub fn size(failure: Failure) -> Self {
        Self {
            fault: TOO_LARGE,
            rule: "model_mib_max",
            detail: failure.what,
            remedy: failure.next.unwrap_or_default(),
            model: None,
        }
    }
}

impl Report {
    /// Whether the server would take the file in, to check it.
    pub fn travels(&self) -> bool {
        !matches!(&self.outcome, Err(refused) if refused.fault == TOO_LARGE || refused.rule == EMPTY)
    }

    /// Whether the model may be submitted.
    pub fn passes(&self) -> bool {
        self.outcome.is_ok() && self.check.as_ref().is_none_or(|check| check.passed)
    }

    /// For people.
    pub fn text(&self) -> String {
        let file = self.file.display();
        let told = match &self.outcome {
            Ok(Accepted { model, feeding }) => {
                let task = feeding.iter().flat_map(|feeding| {
                    [
                        ("task feeds", feeding.input.clone()),
                        ("size", feeding.size.clone()),
                        ("limits", feeding.limits.clone()),
                        ("adapter", feeding.summary.clone()),
                    ]
                });
                let verdict = match &self.check {
                    Some(check) if !check.passed => format!("failed: {}", check.fault),
                    _ => "accepted".to_owned(),
                };
                format!("{file}: {verdict}\n{}", view::facts(facts(model).into_iter().chain(task)))
            }
            Err(Refused { fault, rule, detail, remedy, model }) => {
                let why =
                    [("rule", (*rule).to_owned()), ("detail", detail.clone()), ("remedy", remedy.clone())];
                let found = model.iter().flat_map(facts);
                return format!("{file}: refused: {fault}\n{}", view::facts(why.into_iter().chain(found)));
            }
        };
        told + &self.check.as_ref().map_or_else(String::new, view::submission::report)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let (model, feeding, refusal) = match &self.outcome {
            Ok(Accepted { model, feeding }) => {
                (Some(model), feeding.as_ref().map(|feeding| &feeding.summary), None)
            }
            Err(Refused { fault, rule, detail, remedy, model }) => {
                let why = json!({ "fault": fault, "rule": rule, "detail": detail, "remedy": remedy });
                (model.as_ref(), None, Some(why))
            }
        };
        json!({
            "file": self.file,
            "accepted": self.passes(),
            "refusal": refusal,
            "model": model.map(as_json),
            "feeding": feeding,
            "check": self.check.as_ref().map(|check| output::to_json("CheckReport", check)),
        })
    }
}

fn facts(model: &Admitted) -> Vec<(&'static str, String)> {
    let Admitted { signature, facts } = model;
    let list =
        |tensors: &[TensorInfo]| tensors.iter().map(TensorInfo::to_string).collect::<Vec<_>>().join(", ");
    let mut versions = format!("IR version {}", facts.ir_version);
    for (domain, opset) in [("opset", facts.opset), ("ai.onnx.ml", facts.ml_opset)] {
        if let Some(opset) = opset {
            versions = format!("{versions}, {domain} {opset}");
        }
    }
    let expanded = match (facts.functions, facts.nodes_expanded) {
        (0, _) => String::new(),
        (functions, nodes) => format!(" ({nodes} with its {} expanded)", count(functions, "function")),
    };
    let graph = format!(
        "{}{expanded}, {}, {}",
        count(facts.nodes, "node"),
        count(facts.initializers, "initializer"),
        count(facts.parameters, "parameter"),
    );
    vec![
        ("file", format!("{}, {versions}", numbers::bytes(facts.bytes))),
        ("producer", facts.producer.clone()),
        ("graph", graph),
        ("inputs", list(&signature.inputs)),
        ("outputs", list(&signature.outputs)),
    ]
}

fn count(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

fn as_json(model: &Admitted) -> Value {
    let Admitted { signature, facts } = model;
    let list = |tensors: &[TensorInfo]| -> Value {
        let each = tensors.iter();
        each.map(|t| json!({ "name": t.name, "dtype": t.dtype.name(), "dims": t.dims })).collect()
    };
    json!({
        "bytes": facts.bytes,
        "ir_version": facts.ir_version,
        "opset": facts.opset,
        "ml_opset": facts.ml_opset,
        "producer": facts.producer,
        "functions": facts.functions,
        "nodes": facts.nodes,
        "nodes_expanded": facts.nodes_expanded,
        "subgraph_depth": facts.subgraph_depth,
        "initializers": facts.initializers,
        "parameters": facts.parameters,
        "inputs": list(&signature.inputs),
        "outputs": list(&signature.outputs),
    })
}
