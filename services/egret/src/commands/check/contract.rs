use anyhow::Result;
use egret_admission::Admitted;
use egret_admission::adapter::{Mismatch, forecast};
use egret_admission::plan::{AdapterSpec, AnswerSpec, ItemSpec};
use egret_proto::v1::{Adapter, Task, answer_contract, input_contract};

use super::report::Refused;
use crate::commands::submit::fits;
use crate::{Exit, failure::Failure, numbers, view};

/// What a task asks of a model, and what the team declares.
pub(super) struct Contract {
    task: Task,
    item: ItemSpec,
    answer: AnswerSpec,
    adapter: AdapterSpec,
}

impl Contract {
    pub fn new(task: Task, declared: Adapter) -> Result<Self> {
        let item = match task.input.as_ref().and_then(|input| input.kind.as_ref()) {
            Some(input_contract::Kind::Image(image)) => {
                ItemSpec::Image { width: image.width, height: image.height, channels: image.channels }
            }
            Some(input_contract::Kind::Audio(audio)) => {
                ItemSpec::Audio { sample_rate_hz: audio.sample_rate_hz, sample_count: audio.sample_count_max }
            }
            None => return Err(unknown("input").into()),
        };
        let answer = match task.answer.as_ref().and_then(|answer| answer.kind.as_ref()) {
            Some(answer_contract::Kind::Classes(classes)) => {
                AnswerSpec::Classes { class_count: classes.class_count }
            }
            None => return Err(unknown("answer").into()),
        };
        Ok(Self { task, item, answer, adapter: spec(declared) })
    }

    /// Whether the server takes a file of this size.
    pub fn fits(&self, bytes: u64) -> Result<(), Refused> {
        fits(&self.task, bytes).map_err(Refused::size)
    }

    /// How the task's items would be fed, and under which limits.
    pub fn feeding(&self, model: &Admitted) -> Result<Feeding, Mismatch> {
        // How many items go in at once is the worker's choice and changes no answer.
        let forecast = forecast(&model.signature, &self.item, self.answer, &self.adapter, 1)?;
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

fn spec(adapter: Adapter) -> AdapterSpec {
    let given = |text: String| (!text.is_empty()).then_some(text);
    AdapterSpec {
        layout: given(adapter.layout),
        dtype: given(adapter.dtype),
        scale: adapter.scale,
        mean: adapter.mean,
        std: adapter.std,
        channel_order: given(adapter.channel_order),
        output: given(adapter.output),
        activation: given(adapter.activation),
    }
}
