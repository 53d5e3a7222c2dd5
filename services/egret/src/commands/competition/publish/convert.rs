use egret_datasets::{
    Card, Commitment, CompetitionManifest, PhaseKind, PhaseManifest, SealedShard, Split, TaskManifest,
};
use egret_proto::{contract, v1};

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
            ..v1::QuotaRule::default()
        }),
        release: Some(v1::ReleaseRule {
            policy: manifest.release.policy.as_str().to_owned(),
            decimals: manifest.release.decimals,
            ..v1::ReleaseRule::default()
        }),
        ..v1::Phase::default()
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
    v1::Task {
        title: manifest.title.clone(),
        title_zh: manifest.title_zh.clone(),
        description: manifest.description.clone(),
        description_zh: manifest.description_zh.clone(),
        input: Some((&manifest.input).into()),
        answer: Some(contract::answer_to_wire(&manifest.public_answer(), &manifest.input)),
        metrics: manifest
            .metrics
            .iter()
            .map(|id| v1::MetricRef { id: id.clone(), ..v1::MetricRef::default() })
            .collect(),
        limits: Some((&manifest.limits).into()),
        grading: Some((&manifest.grading).into()),
        ..v1::Task::default()
    }
}

/// What everybody may know of a test set beside its task.
pub(super) fn card(card: &Card, commitment: &Commitment) -> v1::TestSetCard {
    let splits = commitment.splits.iter().map(|of| v1::SplitCommitment {
        split: of.split.as_str().to_owned(),
        item_count: of.item_count,
        root: hex::encode(of.root),
    });
    v1::TestSetCard {
        licence: card.licence.clone(),
        root: hex::encode(commitment.root),
        splits: splits.collect(),
    }
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
