use egret_contest::{Budget, LadderRule, PhaseKind, Policy, Prizes, QuotaRule, ReleaseRule, Timing};
use egret_datasets::{
    Card, Commitment, CompetitionManifest, OverallManifest, PhaseManifest, PhaseTaskManifest, SealedShard,
    Split, TaskManifest,
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
        approve_teams: manifest.approve_teams,
        entries_required: manifest.entries_required,
        merge_deadline: manifest.merge_deadline.map(moment::to_wire),
        overall: manifest.overall.as_ref().map(overall),
        ..v1::Competition::default()
    }
}

fn overall(manifest: &OverallManifest) -> v1::OverallRule {
    let weights = manifest.weights.iter();
    let weights = weights.map(|(task, weight)| v1::TaskWeight { task: task.clone(), weight: weight.value() });
    v1::OverallRule { rule: manifest.rule.as_str().to_owned(), weights: weights.collect() }
}

fn phase(manifest: &PhaseManifest) -> v1::Phase {
    let kind = match manifest.kind {
        PhaseKind::Practice => v1::phase::Kind::Practice,
        PhaseKind::Live => v1::phase::Kind::Live,
        PhaseKind::Final => v1::phase::Kind::Final,
    };
    let gate = manifest.gate.as_ref();
    let nominations = manifest.nominations.as_ref();
    v1::Phase {
        phase_id: manifest.id.clone(),
        kind: kind.into(),
        start_time: Some(moment::to_wire(manifest.start)),
        end_time: Some(moment::to_wire(manifest.end)),
        freeze_time: manifest.freeze.map(moment::to_wire),
        split: split(manifest.split).into(),
        quota: Some(quota(manifest.quota)),
        release: Some(release(manifest.release)),
        board: manifest.board.as_str().to_owned(),
        gate: gate.map(|gate| v1::Gate { phase_id: gate.phase.to_string(), at_least: gate.at_least }),
        nominations: nominations
            .map(|of| v1::Nominations { from_phase_id: of.from.to_string(), count_max: of.count_max }),
        prizes: manifest.prizes.as_ref().map(prizes),
        tasks: manifest.tasks.iter().map(phase_task).collect(),
        ..v1::Phase::default()
    }
}

fn phase_task(manifest: &PhaseTaskManifest) -> v1::PhaseTask {
    v1::PhaseTask {
        task_id: manifest.id.clone(),
        quota: manifest.quota.map(quota),
        freeze_time: manifest.freeze.map(moment::to_wire),
        end_time: manifest.end.map(moment::to_wire),
        prize_places: manifest.prizes.clone(),
    }
}

fn prizes(prizes: &Prizes) -> v1::Prizes {
    v1::Prizes {
        rule: prizes.rule.as_str().to_owned(),
        unit: prizes.unit.clone(),
        places: prizes.places.clone(),
    }
}

fn quota(quota: QuotaRule) -> v1::QuotaRule {
    v1::QuotaRule {
        per_day_max: quota.per_day_max,
        total_max: quota.total_max,
        concurrent_max: quota.concurrent_max,
        failed_checks_max: quota.failed_checks_max,
    }
}

fn release(rule: ReleaseRule) -> v1::ReleaseRule {
    let mut wire = match rule.policy() {
        Policy::Exact { decimals } => {
            v1::ReleaseRule { policy: "exact".to_owned(), decimals, ..v1::ReleaseRule::default() }
        }
        Policy::Ladder(LadderRule { levels, budget }) => v1::ReleaseRule {
            policy: "ladder".to_owned(),
            levels: levels.unwrap_or(0),
            budget_bits: if let Some(Budget::Bits(bits)) = budget { bits } else { 0 },
            tau: if let Some(Budget::Tau(tau)) = budget { tau } else { 0.0 },
            ..v1::ReleaseRule::default()
        },
    };
    let (timing, epoch_s) = match rule.timing() {
        Timing::Immediate => ("immediate", 0),
        Timing::Epoch { seconds } => ("epoch", seconds),
        Timing::Finalize => ("finalize", 0),
    };
    (wire.timing, wire.epoch_s) = (timing.to_owned(), epoch_s);
    wire
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
        // The server reckons the width itself.
        ladder: manifest.ladder.map(|scale| v1::Scale {
            baseline: scale.baseline,
            best: Some(scale.best),
            width: 0.0,
        }),
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
