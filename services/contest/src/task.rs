//! What a task asks of a model: inputs, answers, metrics and limits. The same for every team.

pub use egret_contract::{Adapter, AnswerContract, InputContract, Limits};
use serde::{Deserialize, Serialize};

use crate::{Direction, FaultCode, MetricValue, Usage};

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

/// Which limit a run went over, if it did. Reaching a limit is allowed.
pub fn exceeded(limits: &Limits, used: Usage) -> Option<FaultCode> {
    let over = |used: u64, seconds: u32| used > u64::from(seconds) * 1_000;
    if over(used.wall_ms, limits.wall_s_max) {
        Some(FaultCode::TimeLimit)
    } else if over(used.cpu_ms, limits.cpu_s_max) {
        Some(FaultCode::CpuLimit)
    } else {
        (used.peak_memory_mib > u64::from(limits.memory_mib_max)).then_some(FaultCode::MemoryLimit)
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
    /// Whether an evaluation is one unit, however many shards there are: vectors of the whole split are compared with each other.
    pub fn is_one_unit(&self) -> bool {
        matches!(self.answer, AnswerContract::Embedding(_))
    }

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
            input: InputContract::sounds(16_000, 16_000),
            answer: AnswerContract::one_of(2),
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
        assert_eq!(exceeded(&limits, at), None);
        for (used, code) in [
            (Usage { wall_ms: 2_001, ..at }, FaultCode::TimeLimit),
            (Usage { cpu_ms: 3_001, ..at }, FaultCode::CpuLimit),
            (Usage { peak_memory_mib: 257, ..at }, FaultCode::MemoryLimit),
        ] {
            assert_eq!(exceeded(&limits, used), Some(code));
        }
    }
}
