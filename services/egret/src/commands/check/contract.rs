use anyhow::Result;
use egret_admission::Admitted;
use egret_admission::adapter::{Mismatch, Terms, forecast};
use egret_contract::{Adapter, AnswerContract, InputContract};
use egret_proto::v1::Task;
use egret_worker::BATCH_ITEMS_MAX;

use super::report::Refused;
use crate::commands::submit::fits;
use crate::{Exit, failure::Failure, numbers, view};

/// What a task asks of a model.
#[derive(Clone)]
pub(super) struct Contract {
    task: Task,
    input: InputContract,
    answer: AnswerContract,
}

impl Contract {
    pub fn new(task: Task) -> Result<Self> {
        let input = task.input.as_ref().and_then(|input| InputContract::try_from(input).ok());
        let answer = task.answer.as_ref().and_then(|answer| AnswerContract::try_from(answer).ok());
        let (input, answer) =
            (input.ok_or_else(|| unknown("input"))?, answer.ok_or_else(|| unknown("answer"))?);
        Ok(Self { task, input, answer })
    }

    /// Whether the server takes a file of this size.
    pub fn fits(&self, bytes: u64) -> Result<(), Refused> {
        fits(&self.task, bytes).map_err(Refused::size)
    }

    /// Bytes of a model, unpacked.
    pub fn model_bytes_max(&self) -> u64 {
        u64::from(self.task.limits.unwrap_or_default().model_mib_max) << 20
    }

    /// How the task's items would be fed, and under which limits.
    pub fn feeding(&self, model: &Admitted, adapter: &Adapter, tokenizer: bool) -> Result<Feeding, Mismatch> {
        let (input, answer, batch_items_max) = (&self.input, &self.answer, BATCH_ITEMS_MAX);
        let terms = Terms { input, answer, adapter, tokenizer, batch_items_max };
        let forecast = forecast(&model.signature, &terms)?;
        let max_mib = self.task.limits.unwrap_or_default().model_mib_max;
        Ok(Feeding {
            summary: forecast.summary(),
            input: view::task::input(&self.task),
            limits: view::task::limits(&self.task),
            size: format!("{} of {max_mib} MiB", numbers::bytes(model.facts.bytes)),
        })
    }
}

/// How a task's items would be fed to a model.
pub(super) struct Feeding {
    /// In the words of the check's report.
    pub summary: String,
    /// What an item is.
    pub input: String,
    /// Under which limits it would run.
    pub limits: String,
    /// The file's size, and the most that is taken.
    pub size: String,
}

fn unknown(what: &str) -> Failure {
    let failure =
        Failure::new(Exit::Failed, format!("the task's {what} is of a kind unknown to this version"));
    failure.next("use the same version of egret as the server")
}
