use egret_datasets::{
    AnswerContract, CompetitionManifest, InputContract, PhaseKind, PhaseManifest, SealedShard, Split,
    TaskManifest,
};
use egret_proto::v1;

use crate::moment;

pub(super) fn competition(manifest: &CompetitionManifest) -> v1::Competition {
    v1::Competition {
        title: manifest.title.clone(),
        title_zh: manifest.title_zh.clone(),
        description: manifest.description.clone(),
        description_zh: manifest.description_zh.clone(),
        time_zone: manifest.time_zone.clone(),
        phases: manifest.phases.iter().map(phase).collect(),
        open_registration: manifest.open_registration,
        ..v1::Competition::default()
    }
}

fn phase(manifest: &PhaseManifest) -> v1::Phase {
    let kind = match manifest.kind {
        PhaseKind::Practice => v1::phase::Kind::Practice,
        PhaseKind::Live => v1::phase::Kind::Live,
        PhaseKind::Final => v1::phase::Kind::Final,
    };
    let quota = manifest.quota;
    v1::Phase {
        phase_id: manifest.id.clone(),
        kind: kind.into(),
        start_time: Some(moment::to_wire(manifest.start)),
        end_time: Some(moment::to_wire(manifest.end)),
        split: split(manifest.split).into(),
        quota: Some(v1::QuotaRule {
            per_day_max: quota.per_day_max,
            total_max: quota.total_max,
            concurrent_max: quota.concurrent_max,
        }),
        release: Some(v1::ReleaseRule {
            policy: manifest.release.policy.as_str().to_owned(),
            decimals: manifest.release.decimals,
        }),
    }
}

fn split(split: Split) -> v1::Split {
    match split {
        Split::Sample => v1::Split::Sample,
        Split::Public => v1::Split::Public,
        Split::Private => v1::Split::Private,
    }
}

pub(super) fn task(manifest: &TaskManifest) -> v1::Task {
    let limits = manifest.limits;
    v1::Task {
        title: manifest.title.clone(),
        title_zh: manifest.title_zh.clone(),
        description: manifest.description.clone(),
        description_zh: manifest.description_zh.clone(),
        input: Some(v1::InputContract { kind: Some(input(&manifest.input)) }),
        answer: Some(v1::AnswerContract { kind: Some(answer(&manifest.answer)), ..Default::default() }),
        metrics: manifest
            .metrics
            .iter()
            .map(|id| v1::MetricRef { id: id.clone(), ..v1::MetricRef::default() })
            .collect(),
        limits: Some(v1::Limits {
            wall_s_max: limits.wall_s_max,
            cpu_s_max: limits.cpu_s_max,
            memory_mib_max: limits.memory_mib_max,
            thread_count: limits.thread_count,
            model_mib_max: limits.model_mib_max,
        }),
        ..v1::Task::default()
    }
}

fn input(input: &InputContract) -> v1::input_contract::Kind {
    match input {
        InputContract::Image(image) => v1::input_contract::Kind::Image(v1::ImageInput {
            width: image.width,
            height: image.height,
            channels: image.channels,
            fit: image.fit.as_str().to_owned(),
        }),
        InputContract::Audio(audio) => v1::input_contract::Kind::Audio(v1::AudioInput {
            sample_rate_hz: audio.sample_rate_hz,
            sample_count_max: audio.sample_count_max,
        }),
    }
}

fn answer(answer: &AnswerContract) -> v1::answer_contract::Kind {
    let AnswerContract::Classes(classes) = answer;
    let class_names = if classes.class_names_public { classes.classes.clone() } else { Vec::new() };
    v1::answer_contract::Kind::Classes(v1::ClassesAnswer { class_count: answer.class_count(), class_names })
}

pub(super) fn shard(shard: &SealedShard) -> v1::Shard {
    let blob = |blob: &egret_datasets::LocalBlob| v1::BlobRef {
        sha256: blob.sha256.clone(),
        size_bytes: blob.bytes,
    };
    v1::Shard {
        split: split(shard.split).into(),
        index: shard.index,
        item_count: shard.item_count,
        inputs: Some(blob(&shard.inputs)),
        labels: Some(blob(&shard.labels)),
        inputs_plain_bytes: shard.inputs_plain_bytes,
    }
}
