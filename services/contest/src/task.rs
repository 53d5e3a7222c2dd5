//! What a task asks of a model: inputs, answers, metrics and limits. The same for every team.

use serde::{Deserialize, Serialize};

use crate::{Direction, FaultCode, MetricValue, Usage};

/// What every model receives, byte for byte the same for every team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputContract {
    /// u8 pixels, height × width × channels.
    Image {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// 1 (gray) or 3 (RGB).
        channels: u32,
        /// `stretch`, `crop` or `pad`: how the organizer's media were brought to this size.
        fit: String,
    },
    /// f32 PCM in −1..1, mono.
    Audio {
        /// Samples per second.
        sample_rate_hz: u32,
        /// Samples per item, zero-padded at the end.
        sample_count_max: u32,
    },
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerContract {
    /// One of `class_count` classes per item.
    Classes {
        /// How many classes there are.
        class_count: u32,
        /// Their names in index order; empty where the organizer keeps them.
        class_names: Vec<String>,
    },
}

impl AnswerContract {
    /// The most bytes that may leave the jail as the answer to one item: float32 scores of all classes, or one int64 index.
    pub fn item_bytes_max(&self) -> u64 {
        let Self::Classes { class_count, .. } = self;
        (u64::from(*class_count) * 4).max(8)
    }
}

/// A metric of a task, with the direction that the metric registry gave when the task was created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricRef {
    /// The registry's id, for example `accuracy`.
    pub id: String,
    /// Which way is better.
    pub direction: Direction,
    /// For people.
    pub title: String,
}

/// Limits of one evaluation: enforced, and echoed to the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock seconds.
    pub wall_s_max: u32,
    /// CPU seconds over all threads.
    pub cpu_s_max: u32,
    /// Memory of the runner, in MiB.
    pub memory_mib_max: u32,
    /// Threads of the runtime.
    pub thread_count: u32,
    /// Size of a model, in MiB.
    pub model_mib_max: u32,
}

impl Limits {
    /// The size of the largest model, in bytes.
    pub fn model_bytes_max(&self) -> u64 {
        u64::from(self.model_mib_max) << 20
    }

    /// Which limit a run went over, if it did. Reaching a limit is allowed.
    pub fn exceeded_by(&self, used: Usage) -> Option<FaultCode> {
        let over = |used: u64, seconds: u32| used > u64::from(seconds) * 1_000;
        if over(used.wall_ms, self.wall_s_max) {
            Some(FaultCode::TimeLimit)
        } else if over(used.cpu_ms, self.cpu_s_max) {
            Some(FaultCode::CpuLimit)
        } else {
            (used.peak_memory_mib > u64::from(self.memory_mib_max)).then_some(FaultCode::MemoryLimit)
        }
    }
}

/// All that an evaluation needs to know of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// Inputs.
    pub input: InputContract,
    /// Answers.
    pub answer: AnswerContract,
    /// The first one ranks. Never empty.
    pub metrics: Vec<MetricRef>,
    /// Limits.
    pub limits: Limits,
}

impl TaskSpec {
    /// Which way of the ranking metric is better.
    pub fn direction(&self) -> Direction {
        self.metrics.first().map_or(Direction::HigherIsBetter, |metric| metric.direction)
    }

    /// The task's metrics in the task's order, whatever order or extras a worker sent; one that is missing is undefined.
    pub fn arrange(&self, found: &[MetricValue]) -> Vec<MetricValue> {
        let value = |id: &str| found.iter().find(|metric| metric.id == id).and_then(|metric| metric.value);
        self.metrics.iter().map(|metric| MetricValue::new(&metric.id, value(&metric.id))).collect()
    }
}

/// The team's wishes for how items become the model's input; an unset field is inferred from the ONNX signature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Adapter {
    /// `nchw`, `nhwc`, `nhw`, `flat`, `nt`, `nct`, `ntc`.
    pub layout: Option<String>,
    /// `u8`, `f32`, `f16`, `f64`, `i8`, `i16`, `i32`, `i64`.
    pub dtype: Option<String>,
    /// x · scale comes first.
    pub scale: Option<f64>,
    /// Then (x − mean) / std; one value, or one per channel.
    pub mean: Vec<f64>,
    /// See `mean`.
    pub std: Vec<f64>,
    /// `rgb` or `bgr`.
    pub channel_order: Option<String>,
    /// The output tensor to read.
    pub output: Option<String>,
    /// `none` or `softmax`.
    pub activation: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_arranged_as_the_task_says() {
        let metric = |id: &str| MetricRef {
            id: id.into(),
            direction: Direction::HigherIsBetter,
            title: String::new(),
        };
        let spec = TaskSpec {
            input: InputContract::Audio { sample_rate_hz: 16_000, sample_count_max: 16_000 },
            answer: AnswerContract::Classes { class_count: 2, class_names: Vec::new() },
            metrics: vec![metric("accuracy"), metric("f1.macro"), metric("log_loss")],
            limits: Limits {
                wall_s_max: 1,
                cpu_s_max: 1,
                memory_mib_max: 1,
                thread_count: 1,
                model_mib_max: 2,
            },
        };
        let raw = |id: &str, value| MetricValue { id: id.into(), value };
        let found =
            [raw("log_loss", Some(f64::INFINITY)), raw("other", Some(1.0)), raw("accuracy", Some(0.5))];
        assert_eq!(
            spec.arrange(&found),
            [raw("accuracy", Some(0.5)), raw("f1.macro", None), raw("log_loss", None)]
        );
        assert_eq!(spec.limits.model_bytes_max(), 2 << 20);
    }

    #[test]
    fn a_limit_may_be_reached_and_not_passed() {
        let limits =
            Limits { wall_s_max: 2, cpu_s_max: 3, memory_mib_max: 256, thread_count: 1, model_mib_max: 1 };
        let at = Usage { wall_ms: 2_000, cpu_ms: 3_000, peak_memory_mib: 256 };
        assert_eq!(limits.exceeded_by(at), None);
        for (used, code) in [
            (Usage { wall_ms: 2_001, ..at }, FaultCode::TimeLimit),
            (Usage { cpu_ms: 3_001, ..at }, FaultCode::CpuLimit),
            (Usage { peak_memory_mib: 257, ..at }, FaultCode::MemoryLimit),
        ] {
            assert_eq!(limits.exceeded_by(used), Some(code));
        }
    }
}
