//! Tasks: contracts, metrics, limits.

use egret_contest::{
    AnswerContract, Direction, Grading, InputContract, Limits, MetricRef, Scale, TaskSpec, TestSetName,
};
use egret_metrics::{Scoring, Shape, State};
use egret_proto::contract::{Unknown, answer_to_wire};
use egret_proto::v1;
use egret_store::{NewTask, Task};
use tonic::Status;

use super::{description, timestamp, title};
use crate::status::Violations;

/// Metrics of one task.
const METRIC_COUNT: std::ops::RangeInclusive<usize> = 1..=32;

pub(crate) fn task(task: &Task) -> v1::Task {
    let spec = &task.spec;
    let counts = task.split_counts.iter();
    let counts = counts.map(|(split, item_count)| v1::SplitCount {
        split: split.as_str().to_owned(),
        item_count: *item_count,
    });
    v1::Task {
        name: task.name.to_string(),
        title: task.title.clone(),
        title_zh: task.title_zh.clone(),
        description: task.description.clone(),
        description_zh: task.description_zh.clone(),
        input: Some((&spec.input).into()),
        answer: Some(answer_to_wire(&spec.answer, &spec.input)),
        metrics: spec.metrics.iter().map(metric_ref).collect(),
        limits: Some((&spec.limits).into()),
        create_time: timestamp(task.created_at),
        test_set: task.test_set.as_ref().map(TestSetName::to_string).unwrap_or_default(),
        split_counts: counts.collect(),
        card: task.card.as_ref().map(super::card),
        grading: Some((&spec.grading).into()),
        columns: spec.columns().iter().map(metric_ref).collect(),
        ladder: spec.scale.map(|Scale { baseline, best, width }| v1::Scale {
            baseline,
            best: Some(best),
            width,
        }),
    }
}

/// What a worker needs to know of a task.
pub(crate) fn spec(spec: &TaskSpec) -> egret_proto::worker::v1::EvaluationSpec {
    egret_proto::worker::v1::EvaluationSpec {
        input: Some((&spec.input).into()),
        answer: Some(answer_to_wire(&spec.answer, &spec.input)),
        metrics: spec.metrics.iter().map(|metric| metric.id.clone()).collect(),
        limits: Some((&spec.limits).into()),
    }
}

pub(super) fn metric_ref(metric: &MetricRef) -> v1::MetricRef {
    let direction = match metric.direction {
        Direction::HigherIsBetter => v1::metric_ref::Direction::HigherIsBetter,
        Direction::LowerIsBetter => v1::metric_ref::Direction::LowerIsBetter,
    };
    v1::MetricRef { id: metric.id.clone(), direction: direction.into(), title: metric.title.clone() }
}

/// A task to create; output-only fields are ignored, directions and titles of metrics come from the registry.
pub(crate) fn new_task(id: &str, given: v1::Task) -> Result<NewTask, Status> {
    let mut v = Violations::default();
    let id = v.take("task_id", id.parse());
    let input = known(&mut v, "input", given.input.as_ref().map(InputContract::try_from));
    let answer = known(&mut v, "answer", given.answer.as_ref().map(AnswerContract::try_from));
    let limits = Limits::from(&given.limits.unwrap_or_default());
    let ranges = [
        input.as_ref().map(InputContract::problems),
        input.as_ref().zip(answer.as_ref()).map(|(input, answer)| answer.problems(input)),
        Some(limits.problems()),
    ];
    for wrong in ranges.into_iter().flatten().flatten() {
        v.add(format!("task.{}", wrong.field), wrong.rule);
    }
    let metrics = metrics(&mut v, &given.metrics, answer.as_ref());
    let grading = given.grading.as_ref().map_or(Ok(Grading::default()), Grading::try_from);
    let grading = known(&mut v, "grading", Some(grading));
    let ids: Vec<&str> = metrics.iter().map(|metric| metric.id.as_str()).collect();
    for wrong in grading.iter().flat_map(|grading| grading.problems(&ids)) {
        v.add(format!("task.grading.{}", wrong.field), wrong.rule);
    }
    let scale = scale(&mut v, given.ladder.as_ref(), &metrics, grading.as_ref(), answer.as_ref());
    let new = (|| {
        Some(NewTask {
            id: id?,
            title: title(&mut v, "task.title", &given.title, true),
            title_zh: title(&mut v, "task.title_zh", &given.title_zh, false),
            description: description(&mut v, "task.description", given.description),
            description_zh: description(&mut v, "task.description_zh", given.description_zh),
            spec: TaskSpec { input: input?, answer: answer?, metrics, grading: grading?, scale, limits },
        })
    })();
    v.finish(new)
}

/// Where a ladder's grid lies: the best defaults to the bound of what ranks.
fn scale(
    v: &mut Violations,
    given: Option<&v1::Scale>,
    metrics: &[MetricRef],
    grading: Option<&Grading>,
    answer: Option<&AnswerContract>,
) -> Option<Scale> {
    let given = given?;
    let ranks = metrics.first()?;
    let (range, direction) = if grading?.composite.is_some() {
        ((0.0, 1.0), Direction::HigherIsBetter)
    } else {
        let metric = egret_metrics::find(Shape::of(answer?).kind(), &ranks.id)?;
        (metric.range(), ranks.direction)
    };
    let bound = if direction == Direction::HigherIsBetter { range.1 } else { range.0 };
    let best = given.best.unwrap_or(bound);
    let field = "task.ladder.best";
    v.expect(best.is_finite(), field, "must be given: the metric that ranks has no bound");
    // Without a bound on single items the range of the grid is the only measure there is.
    let width = if range.0.is_finite() && range.1.is_finite() {
        range.1 - range.0
    } else {
        (best - given.baseline).abs()
    };
    let above = direction.sort_key(best) < direction.sort_key(given.baseline);
    v.expect(given.baseline.is_finite(), "task.ladder.baseline", "must be a finite number");
    v.expect(above, field, "must be better than the baseline");
    Some(Scale { baseline: given.baseline, best, width })
}

/// A contract that this version knows.
fn known<T>(v: &mut Violations, field: &str, given: Option<Result<T, Unknown>>) -> Option<T> {
    match given {
        Some(Ok(contract)) => Some(contract),
        Some(Err(unknown)) => {
            v.add(format!("task.{}", unknown.field), unknown.rule);
            None
        }
        None => {
            v.add(format!("task.{field}"), "must be given");
            None
        }
    }
}

fn metrics(v: &mut Violations, given: &[v1::MetricRef], answer: Option<&AnswerContract>) -> Vec<MetricRef> {
    let rule = format!("must be {} to {}; the first one ranks", METRIC_COUNT.start(), METRIC_COUNT.end());
    v.expect(METRIC_COUNT.contains(&given.len()), "task.metrics", rule);
    let mut metrics: Vec<MetricRef> = Vec::new();
    for (index, given) in given.iter().enumerate().take(*METRIC_COUNT.end()) {
        let field = format!("task.metrics[{index}].id");
        // Which metrics there are depends on what is answered.
        let Some(shape) = answer.map(Shape::of) else { continue };
        let Some(metric) = egret_metrics::find(shape.kind(), &given.id) else {
            let known = egret_metrics::ids(shape.kind()).join(", ");
            v.add(field, format!("is not a metric of such answers; these are: {known}"));
            continue;
        };
        v.expect(!metrics.iter().any(|other| other.id == given.id), &field, "is named twice");
        v.take(&field, State::new(Scoring { shape, metrics: vec![metric.clone()] }));
        let direction = match metric.direction() {
            egret_metrics::Direction::HigherIsBetter => Direction::HigherIsBetter,
            egret_metrics::Direction::LowerIsBetter => Direction::LowerIsBetter,
        };
        let (low, high) = metric.range();
        let range = (low.is_finite() && high.is_finite()).then_some((low, high));
        metrics.push(MetricRef { id: metric.id().to_owned(), direction, title: metric.title(), range });
    }
    metrics
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;

    fn good() -> v1::Task {
        let input = InputContract::images(8, 8, 1);
        v1::Task {
            title: "Digits".into(),
            input: Some((&input).into()),
            answer: Some(answer_to_wire(&AnswerContract::one_of(10), &input)),
            metrics: vec![v1::MetricRef { id: "log_loss".into(), ..v1::MetricRef::default() }],
            limits: Some(v1::Limits {
                wall_s_max: *Limits::WALL_S.end(),
                cpu_s_max: *Limits::CPU_S.end(),
                memory_mib_max: *Limits::MEMORY_MIB.start(),
                thread_count: *Limits::THREADS.end(),
                model_mib_max: *Limits::MODEL_MIB.end(),
            }),
            ..v1::Task::default()
        }
    }

    #[test]
    fn directions_come_from_the_registry() {
        let mut task = good();
        task.metrics[0].direction = v1::metric_ref::Direction::HigherIsBetter.into();
        let spec = new_task("digits", task).unwrap().spec;
        assert_eq!(spec.metrics[0].direction, Direction::LowerIsBetter);
    }

    #[test]
    fn a_composite_is_made_of_the_tasks_own_metrics() {
        let part =
            |metric: &str| v1::CompositePart { metric: metric.into(), weight: 1.0, worst: 3.0, best: 0.0 };
        let with = |metric: &str, rule: &str| {
            let composite = v1::Composite {
                title: "Score".into(),
                rule: rule.into(),
                parts: vec![part(metric)],
                speed: None,
            };
            let grading = v1::Grading { composite: Some(composite), certificates: Vec::new() };
            new_task("digits", v1::Task { grading: Some(grading), ..good() })
        };
        let spec = with("log_loss", "harmonic").unwrap().spec;
        let ids: Vec<String> = spec.columns().into_iter().map(|column| column.id).collect();
        assert_eq!(ids, ["composite", "log_loss"]);
        let message = |task: Result<NewTask, Status>| task.unwrap_err().message().to_owned();
        assert!(message(with("accuracy", "harmonic")).contains("task.grading.composite.parts[0].metric"));
        assert!(message(with("log_loss", "sum")).contains("task.grading.composite.rule"));
    }

    #[test]
    fn every_limit_holds_from_both_sides() {
        type Field = fn(&mut v1::Limits) -> &mut u32;
        let fields: [(&str, Field, RangeInclusive<u32>); 5] = [
            ("wall_s_max", |l| &mut l.wall_s_max, Limits::WALL_S),
            ("cpu_s_max", |l| &mut l.cpu_s_max, Limits::CPU_S),
            ("memory_mib_max", |l| &mut l.memory_mib_max, Limits::MEMORY_MIB),
            ("thread_count", |l| &mut l.thread_count, Limits::THREADS),
            ("model_mib_max", |l| &mut l.model_mib_max, Limits::MODEL_MIB),
        ];
        for (name, field, range) in fields {
            let with = |value| {
                let mut task = good();
                *field(task.limits.as_mut().unwrap()) = value;
                new_task("digits", task)
            };
            assert!(with(*range.start()).is_ok() && with(*range.end()).is_ok(), "{name}");
            for bad in [range.start() - 1, range.end() + 1] {
                let message = with(bad).unwrap_err().message().to_owned();
                assert!(message.contains(name), "{message}");
            }
        }
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let wrong = |task: v1::Task| -> Vec<String> {
            let status = new_task("X", task).unwrap_err();
            let details = tonic_types::StatusExt::get_details_bad_request(&status).unwrap();
            details.field_violations.iter().map(|violation| violation.field.clone()).collect()
        };
        let metrics = vec![v1::MetricRef { id: "beauty".into(), ..v1::MetricRef::default() }];
        // Which metrics there are depends on the answer: without one that is what is missing.
        let without = v1::Task { metrics, ..v1::Task::default() };
        let with = v1::Task { answer: good().answer, ..without.clone() };
        let common = ["task_id", "task.input", "task.limits.wall_s_max"];
        for (fields, own) in [(wrong(without), "task.answer"), (wrong(with), "task.metrics[0].id")] {
            for field in common.into_iter().chain([own]) {
                assert!(fields.iter().any(|found| found == field), "{field} in {fields:?}");
            }
        }
    }
}
