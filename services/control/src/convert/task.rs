//! Tasks: contracts, metrics, limits.

use std::ops::RangeInclusive;

use egret_contest::{AnswerContract, Direction, InputContract, Limits, MetricRef, TaskSpec, TestSetName};
use egret_metrics::{ClassesParams, ClassesState};
use egret_proto::v1::{self, answer_contract, input_contract};
use egret_store::{NewTask, Task};
use tonic::Status;

use super::{description, timestamp, title};
use crate::status::Violations;

/// Image sides, in pixels.
const IMAGE_SIDE: RangeInclusive<u32> = 1..=4096;
/// Audio sample rates, in hertz.
const SAMPLE_RATE_HZ: RangeInclusive<u32> = 1_000..=192_000;
/// Audio samples of one item: 64 MiB of f32.
const SAMPLE_COUNT: RangeInclusive<u32> = 1..=(16 << 20);
/// Classes of one task.
const CLASS_COUNT: RangeInclusive<u32> = 2..=egret_metrics::CLASS_COUNT_MAX;
/// A class name, in bytes.
const CLASS_NAME_BYTES_MAX: usize = 256;
/// Metrics of one task.
const METRIC_COUNT: RangeInclusive<usize> = 1..=32;
/// Seconds of one evaluation.
const WALL_S: RangeInclusive<u32> = 1..=86_400;
/// CPU seconds of one evaluation, over all threads.
const CPU_S: RangeInclusive<u32> = 1..=5_529_600;
/// Memory of one runner, in MiB; below the least, ONNX Runtime itself does not start.
const MEMORY_MIB: RangeInclusive<u32> = 256..=262_144;
/// Threads of one runner.
const THREADS: RangeInclusive<u32> = 1..=64;
/// Size of a model, in MiB.
const MODEL_MIB: RangeInclusive<u32> = 1..=16_384;

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
        input: Some(input_to_wire(&spec.input)),
        answer: Some(answer_to_wire(&spec.answer)),
        metrics: spec.metrics.iter().map(metric_ref).collect(),
        limits: Some(limits_to_wire(&spec.limits)),
        create_time: timestamp(task.created_at),
        test_set: task.test_set.as_ref().map(TestSetName::to_string).unwrap_or_default(),
        split_counts: counts.collect(),
    }
}

/// What a worker needs to know of a task.
pub(crate) fn spec(spec: &TaskSpec) -> egret_proto::worker::v1::EvaluationSpec {
    egret_proto::worker::v1::EvaluationSpec {
        input: Some(input_to_wire(&spec.input)),
        answer: Some(answer_to_wire(&spec.answer)),
        metrics: spec.metrics.iter().map(|metric| metric.id.clone()).collect(),
        limits: Some(limits_to_wire(&spec.limits)),
    }
}

pub(super) fn metric_ref(metric: &MetricRef) -> v1::MetricRef {
    let direction = match metric.direction {
        Direction::HigherIsBetter => v1::metric_ref::Direction::HigherIsBetter,
        Direction::LowerIsBetter => v1::metric_ref::Direction::LowerIsBetter,
    };
    v1::MetricRef { id: metric.id.clone(), direction: direction.into(), title: metric.title.clone() }
}

pub(super) fn limits_to_wire(limits: &Limits) -> v1::Limits {
    v1::Limits {
        wall_s_max: limits.wall_s_max,
        cpu_s_max: limits.cpu_s_max,
        memory_mib_max: limits.memory_mib_max,
        thread_count: limits.thread_count,
        model_mib_max: limits.model_mib_max,
    }
}

fn input_to_wire(input: &InputContract) -> v1::InputContract {
    let kind = match input {
        InputContract::Image { width, height, channels, fit } => {
            let (width, height, channels) = (*width, *height, *channels);
            input_contract::Kind::Image(v1::ImageInput { width, height, channels, fit: fit.clone() })
        }
        InputContract::Audio { sample_rate_hz, sample_count_max } => {
            let (sample_rate_hz, sample_count_max) = (*sample_rate_hz, *sample_count_max);
            input_contract::Kind::Audio(v1::AudioInput { sample_rate_hz, sample_count_max })
        }
    };
    v1::InputContract { kind: Some(kind) }
}

fn answer_to_wire(answer: &AnswerContract) -> v1::AnswerContract {
    let item_bytes_max = answer.item_bytes_max();
    let AnswerContract::Classes { class_count, class_names } = answer;
    let classes = v1::ClassesAnswer { class_count: *class_count, class_names: class_names.clone() };
    v1::AnswerContract { kind: Some(answer_contract::Kind::Classes(classes)), item_bytes_max }
}

/// A task to create; output-only fields are ignored, directions and titles of metrics come from the registry.
pub(crate) fn new_task(id: &str, given: v1::Task) -> Result<NewTask, Status> {
    let mut v = Violations::default();
    let id = v.take("task_id", id.parse());
    let input = input(&mut v, given.input);
    let answer = answer(&mut v, given.answer);
    let metrics = metrics(&mut v, &given.metrics, answer.as_ref());
    let limits = limits(&mut v, given.limits.unwrap_or_default());
    let new = (|| {
        Some(NewTask {
            id: id?,
            title: title(&mut v, "task.title", &given.title, true),
            title_zh: title(&mut v, "task.title_zh", &given.title_zh, false),
            description: description(&mut v, "task.description", given.description),
            description_zh: description(&mut v, "task.description_zh", given.description_zh),
            spec: TaskSpec { input: input?, answer: answer?, metrics, limits },
        })
    })();
    v.finish(new)
}

fn within(v: &mut Violations, field: &str, value: u32, range: &RangeInclusive<u32>) {
    let rule = format!("must be {} to {}", range.start(), range.end());
    v.expect(range.contains(&value), field, rule);
}

fn input(v: &mut Violations, input: Option<v1::InputContract>) -> Option<InputContract> {
    match input.and_then(|input| input.kind) {
        Some(input_contract::Kind::Image(image)) => {
            within(v, "task.input.image.width", image.width, &IMAGE_SIDE);
            within(v, "task.input.image.height", image.height, &IMAGE_SIDE);
            let field = "task.input.image.channels";
            v.expect([1, 3].contains(&image.channels), field, "must be 1 (gray) or 3 (RGB)");
            let known = ["stretch", "crop", "pad"].contains(&image.fit.as_str());
            v.expect(known, "task.input.image.fit", "must be stretch, crop or pad");
            let (width, height, channels) = (image.width, image.height, image.channels);
            Some(InputContract::Image { width, height, channels, fit: image.fit })
        }
        Some(input_contract::Kind::Audio(audio)) => {
            within(v, "task.input.audio.sample_rate_hz", audio.sample_rate_hz, &SAMPLE_RATE_HZ);
            within(v, "task.input.audio.sample_count_max", audio.sample_count_max, &SAMPLE_COUNT);
            let (sample_rate_hz, sample_count_max) = (audio.sample_rate_hz, audio.sample_count_max);
            Some(InputContract::Audio { sample_rate_hz, sample_count_max })
        }
        None => {
            v.add("task.input", "must be an image or an audio contract");
            None
        }
    }
}

fn answer(v: &mut Violations, answer: Option<v1::AnswerContract>) -> Option<AnswerContract> {
    let Some(answer_contract::Kind::Classes(classes)) = answer.and_then(|answer| answer.kind) else {
        v.add("task.answer", "must be a classes contract");
        return None;
    };
    within(v, "task.answer.classes.class_count", classes.class_count, &CLASS_COUNT);
    let names = &classes.class_names;
    let field = "task.answer.classes.class_names";
    let counted = names.is_empty() || names.len() == classes.class_count as usize;
    v.expect(counted, field, "must be empty, or one name per class");
    let fits = names.iter().all(|name| !name.is_empty() && name.len() <= CLASS_NAME_BYTES_MAX);
    v.expect(fits, field, format!("must be 1 to {CLASS_NAME_BYTES_MAX} bytes each"));
    Some(AnswerContract::Classes { class_count: classes.class_count, class_names: classes.class_names })
}

fn metrics(v: &mut Violations, given: &[v1::MetricRef], answer: Option<&AnswerContract>) -> Vec<MetricRef> {
    let rule = format!("must be {} to {}; the first one ranks", METRIC_COUNT.start(), METRIC_COUNT.end());
    v.expect(METRIC_COUNT.contains(&given.len()), "task.metrics", rule);
    let mut metrics: Vec<MetricRef> = Vec::new();
    for (index, given) in given.iter().enumerate().take(*METRIC_COUNT.end()) {
        let field = format!("task.metrics[{index}].id");
        let Some(metric) = egret_metrics::find(&given.id) else {
            let known = egret_metrics::registry().iter().map(|info| info.id).collect::<Vec<_>>().join(", ");
            v.add(field, format!("is not a metric; these are: {known}"));
            continue;
        };
        v.expect(!metrics.iter().any(|other| other.id == given.id), &field, "is named twice");
        if let Some(AnswerContract::Classes { class_count, .. }) = answer {
            let params = ClassesParams { class_count: *class_count, metrics: vec![metric.clone()] };
            v.take(&field, ClassesState::new(params));
        }
        let direction = match metric.direction() {
            egret_metrics::Direction::HigherIsBetter => Direction::HigherIsBetter,
            egret_metrics::Direction::LowerIsBetter => Direction::LowerIsBetter,
        };
        metrics.push(MetricRef { id: metric.id().to_owned(), direction, title: metric.title() });
    }
    metrics
}

fn limits(v: &mut Violations, given: v1::Limits) -> Limits {
    within(v, "task.limits.wall_s_max", given.wall_s_max, &WALL_S);
    within(v, "task.limits.cpu_s_max", given.cpu_s_max, &CPU_S);
    within(v, "task.limits.memory_mib_max", given.memory_mib_max, &MEMORY_MIB);
    within(v, "task.limits.thread_count", given.thread_count, &THREADS);
    within(v, "task.limits.model_mib_max", given.model_mib_max, &MODEL_MIB);
    Limits {
        wall_s_max: given.wall_s_max,
        cpu_s_max: given.cpu_s_max,
        memory_mib_max: given.memory_mib_max,
        thread_count: given.thread_count,
        model_mib_max: given.model_mib_max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> v1::Task {
        let image = v1::ImageInput { width: 8, height: 8, channels: 1, fit: "stretch".into() };
        let classes = v1::ClassesAnswer { class_count: 10, class_names: Vec::new() };
        v1::Task {
            title: "Digits".into(),
            input: Some(v1::InputContract { kind: Some(input_contract::Kind::Image(image)) }),
            answer: Some(v1::AnswerContract {
                kind: Some(answer_contract::Kind::Classes(classes)),
                ..Default::default()
            }),
            metrics: vec![v1::MetricRef { id: "log_loss".into(), ..v1::MetricRef::default() }],
            limits: Some(v1::Limits {
                wall_s_max: *WALL_S.end(),
                cpu_s_max: *CPU_S.end(),
                memory_mib_max: *MEMORY_MIB.start(),
                thread_count: *THREADS.end(),
                model_mib_max: *MODEL_MIB.end(),
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
    fn every_limit_holds_from_both_sides() {
        type Field = fn(&mut v1::Limits) -> &mut u32;
        let fields: [(&str, Field, RangeInclusive<u32>); 5] = [
            ("wall_s_max", |l| &mut l.wall_s_max, WALL_S),
            ("cpu_s_max", |l| &mut l.cpu_s_max, CPU_S),
            ("memory_mib_max", |l| &mut l.memory_mib_max, MEMORY_MIB),
            ("thread_count", |l| &mut l.thread_count, THREADS),
            ("model_mib_max", |l| &mut l.model_mib_max, MODEL_MIB),
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
        let task = v1::Task {
            metrics: vec![v1::MetricRef { id: "beauty".into(), ..v1::MetricRef::default() }],
            ..v1::Task::default()
        };
        let status = new_task("X", task).unwrap_err();
        let details = tonic_types::StatusExt::get_details_bad_request(&status).unwrap();
        let fields: Vec<_> = details.field_violations.iter().map(|v| v.field.as_str()).collect();
        for field in ["task_id", "task.input", "task.answer", "task.metrics[0].id", "task.limits.wall_s_max"]
        {
            assert!(fields.contains(&field), "{field} in {fields:?}");
        }
    }
}
