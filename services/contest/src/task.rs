//! What a task asks of a model: inputs, answers, metrics and limits. The same for every team.

pub use egret_contract::{
    Adapter, AnswerContract, Certificate, Composite, CompositePart, CompositeRule, Grading, InputContract,
    Limits, Speed, UNIT_SHARDS_MAX, UNIT_STATE_BYTES_MAX,
};
use serde::{Deserialize, Serialize};

use crate::{Bounds, CheckReport, Direction, FaultCode, MetricValue, Scale, Usage};

/// A metric of a task, with the direction that the metric registry gave when the task was created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricRef {
    /// The registry's id, for example `accuracy`.
    pub id: String,
    /// Which way is better.
    pub direction: Direction,
    /// For people.
    pub title: String,
    /// Least and greatest value, where the registry knows both: what a released value can tell.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
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
    /// The first one ranks, unless there is a composite. Never empty.
    pub metrics: Vec<MetricRef>,
    /// What is made of their values.
    #[serde(default)]
    pub grading: Grading,
    /// Where its grid lies under the policy `ladder`.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// Limits.
    pub limits: Limits,
}

impl TaskSpec {
    /// Whether an evaluation is one unit, however many shards there are: vectors of the whole split are compared with each other.
    pub fn is_one_unit(&self) -> bool {
        matches!(self.answer, AnswerContract::Embedding(_))
    }

    /// What boards show: the composite if there is one, then the metrics. The first ranks.
    pub fn columns(&self) -> Vec<MetricRef> {
        let composite = self.grading.composite.iter().map(|composite| MetricRef {
            id: Grading::COMPOSITE_ID.to_owned(),
            direction: Direction::HigherIsBetter,
            title: composite.title.clone(),
            range: Some((0.0, 1.0)),
        });
        composite.chain(self.metrics.iter().cloned()).collect()
    }

    /// Which way of what ranks is better.
    pub fn direction(&self) -> Direction {
        match (&self.grading.composite, self.metrics.first()) {
            (None, Some(metric)) => metric.direction,
            _ => Direction::HigherIsBetter,
        }
    }

    /// What the ranking column is worth nothing and everything, where that is declared; a composite is a quality already.
    pub fn bounds(&self) -> Option<Bounds> {
        let declared = self.scale.map(|scale| (scale.baseline, scale.best));
        let (baseline, best) = declared.or_else(|| self.grading.composite.as_ref().map(|_| (0.0, 1.0)))?;
        Bounds::new(baseline, best).ok()
    }

    /// A value for each column, whatever order or extras a worker sent; one that is missing is undefined. `item_ms`: see
    /// [`item_ms`].
    pub fn arrange(&self, found: &[MetricValue], item_ms: Option<f64>) -> Vec<MetricValue> {
        let value = |id: &str| found.iter().find(|metric| metric.id == id).and_then(|metric| metric.value);
        let composite = self
            .grading
            .composite
            .iter()
            .map(|composite| MetricValue::new(Grading::COMPOSITE_ID, composite.value(value, item_ms)));
        let metrics = self.metrics.iter().map(|metric| MetricValue::new(&metric.id, value(&metric.id)));
        composite.chain(metrics).collect()
    }

    /// The hardest certificate that a released row of values earns.
    pub fn certificate(&self, values: &[MetricValue]) -> Option<&str> {
        let higher = self.direction() == Direction::HigherIsBetter;
        self.grading.certificate(higher, values.first().and_then(|value| value.value))
    }
}

/// Milliseconds per item of a run on the public sample; `None` for a run on nothing.
pub fn item_ms(usage: Usage, item_count: u32) -> Option<f64> {
    (item_count > 0).then(|| usage.wall_ms as f64 / f64::from(item_count))
}

impl CheckReport {
    /// How fast the model was on the public sample.
    pub fn item_ms(&self) -> Option<f64> {
        item_ms(self.usage, self.item_count)
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
            range: None,
        };
        let spec = TaskSpec {
            input: InputContract::sounds(16_000, 16_000),
            answer: AnswerContract::one_of(2),
            metrics: vec![metric("accuracy"), metric("f1.macro"), metric("log_loss")],
            grading: Grading::default(),
            scale: None,
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
            spec.arrange(&found, None),
            [raw("accuracy", Some(0.5)), raw("f1.macro", None), raw("log_loss", None)]
        );
        assert_eq!(spec.certificate(&spec.arrange(&found, None)), None);
        // A composite stands before them, ranks, and earns the certificates.
        let part = CompositePart { metric: "accuracy".into(), weight: 1.0, worst: 0.0, best: 1.0 };
        let speed = Some(Speed { reference_item_ms: 1.0, exponent: 1.0 });
        let composite =
            Composite { title: "Score".into(), rule: CompositeRule::Weighted, parts: vec![part], speed };
        let certificates = vec![Certificate { name: "B".into(), threshold: 0.25 }];
        let grading = Grading { composite: Some(composite), certificates };
        let graded = TaskSpec { grading, ..spec.clone() };
        let arranged = graded.arrange(&found, item_ms(Usage { wall_ms: 20, ..Usage::default() }, 10));
        assert_eq!(arranged[..2], [raw("composite", Some(0.25)), raw("accuracy", Some(0.5))]);
        assert_eq!(graded.certificate(&arranged), Some("B"));
        let ids: Vec<String> = graded.columns().into_iter().map(|column| column.id).collect();
        assert_eq!(ids, ["composite", "accuracy", "f1.macro", "log_loss"]);
        assert_eq!(graded.arrange(&found, None)[0], raw("composite", None));
        let worse = MetricRef { direction: Direction::LowerIsBetter, ..metric("log_loss") };
        let lower = TaskSpec { metrics: vec![worse], ..spec.clone() };
        assert_eq!(lower.direction(), Direction::LowerIsBetter);
        assert_eq!(TaskSpec { grading: graded.grading, ..lower }.direction(), Direction::HigherIsBetter);
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
