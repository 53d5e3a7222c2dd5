//! Submissions, quotas and boards: what a team and a spectator are told.

use egret_contest::{
    Adapter, Board, CheckReport, Grading, MetricValue, Release, ScorePoint, SubmissionId, SubmissionState,
    TaskName, TeamName, UploadName, UserId,
};
use egret_proto::v1;
use egret_store::{NewSubmission, Quota, Submission};
use prost::Message as _;
use tonic::Status;

use super::competition::{prizes_to_wire, quota_to_wire};
use super::task::metric_ref;
use super::timestamp;
use crate::status::Violations;

/// A team's remark, in characters.
const NOTE_CHARS_MAX: usize = 200;
/// Channels that an adapter may name values for.
const CHANNEL_COUNT_MAX: usize = 64;
/// An adapter as it is sent, its vocabulary included.
const ADAPTER_BYTES_MAX: usize = 2 << 20;
/// A word of an adapter, or the name of an output, in bytes.
const WORD_BYTES_MAX: usize = 256;
/// The fault of a submission that ended by our failure.
const MISHAP: &str = "MISHAP";
const MISHAP_DETAIL: &str = "the platform failed to evaluate this submission; this is not your model's fault";
const MISHAP_REMEDY: &str = "it was not charged: submit again, and tell the organizer if it happens again";

pub(crate) fn submission(submission: &Submission) -> v1::Submission {
    let state = match submission.state {
        SubmissionState::Checking => v1::submission::State::Checking,
        SubmissionState::Queued => v1::submission::State::Queued,
        SubmissionState::Evaluating => v1::submission::State::Evaluating,
        SubmissionState::Released => v1::submission::State::Released,
        SubmissionState::Rejected => v1::submission::State::Rejected,
        SubmissionState::Cancelled => v1::submission::State::Cancelled,
        SubmissionState::Withheld => v1::submission::State::Withheld,
    };
    let mut check = submission.check.as_ref().map(check_report);
    if submission.mishap {
        check = Some(v1::CheckReport {
            passed: false,
            fault: MISHAP.to_owned(),
            detail: MISHAP_DETAIL.to_owned(),
            remedy: MISHAP_REMEDY.to_owned(),
            ..check.unwrap_or_default()
        });
    }
    v1::Submission {
        name: submission.name.to_string(),
        team: submission.team.to_string(),
        phase: submission.phase.to_string(),
        state: state.into(),
        model_sha256: submission.model.sha256.to_string(),
        model_bytes: submission.model.bytes,
        note: submission.note.clone(),
        adapter: Some((&submission.adapter).into()),
        accept_time: timestamp(submission.accepted_at),
        update_time: timestamp(submission.updated_at),
        check,
        release: submission.release.as_ref().map(release),
        revealed: submission.revealed.as_ref().map(|revealed| v1::Revealed {
            metrics: metric_values(&revealed.metrics),
            fault: revealed.fault.clone(),
            charge_millibits: revealed.charge_millibits,
        }),
        queue_position: submission.queue_position,
        queue_eta_s: submission.queue_eta_s,
        nominated_from: submission.nominated_from.as_ref().map(SubmissionId::to_string).unwrap_or_default(),
    }
}

fn check_report(report: &CheckReport) -> v1::CheckReport {
    v1::CheckReport {
        passed: report.passed(),
        fault: report.fault.map(|code| code.as_str().to_owned()).unwrap_or_default(),
        detail: report.detail.clone(),
        remedy: report.remedy.clone(),
        adapter_summary: report.adapter_summary.clone(),
        metrics: metric_values(&report.metrics),
        wall_ms: report.usage.wall_ms,
        cpu_ms: report.usage.cpu_ms,
        peak_memory_mib: report.usage.peak_memory_mib,
        item_count: report.item_count,
        limits: Some((&report.limits).into()),
    }
}

fn release(release: &Release) -> v1::Release {
    v1::Release {
        scored: release.scored,
        metrics: metric_values(&release.metrics),
        release_time: timestamp(release.released_at),
        level: release.level,
        charge_millibits: release.charge_millibits,
    }
}

fn metric_values(values: &[MetricValue]) -> Vec<v1::MetricValue> {
    values.iter().map(|value| v1::MetricValue { id: value.id.clone(), value: value.value }).collect()
}

pub(crate) fn quota(quota: &Quota) -> v1::Quota {
    let entries = quota.entries.iter().map(|entry| v1::QuotaEntry {
        kind: entry.kind.as_str().to_owned(),
        amount: entry.amount,
        reason: entry.reason.clone(),
        submission: entry.submission.as_ref().map(SubmissionId::to_string).unwrap_or_default(),
        time: timestamp(entry.at),
    });
    v1::Quota {
        phase: quota.phase.to_string(),
        rule: Some(quota_to_wire(quota.rule)),
        used_today: quota.used.today,
        used_total: quota.used.total,
        in_flight: quota.used.in_flight,
        reset_time: timestamp(quota.resets_at),
        failed_today: quota.used.failed_today,
        granted: quota.used.granted,
        close_time: timestamp(quota.closes_at),
        entries: entries.collect(),
    }
}

pub(crate) fn leaderboard(board: &Board) -> v1::Leaderboard {
    let entries = board.entries.iter().map(|entry| v1::LeaderboardEntry {
        rank: entry.rank,
        team: entry.team.to_string(),
        team_title: entry.team_title.clone(),
        metrics: metric_values(&entry.metrics),
        accept_time: timestamp(entry.accepted_at),
        submission_count: entry.submission_count,
        certificate: entry.certificate.clone().unwrap_or_default(),
        kind: entry.kind.as_str().to_owned(),
        disqualified: entry.disqualified,
        rank_low: entry.rank_interval.map_or(0, |interval| interval.first),
        rank_high: entry.rank_interval.map_or(0, |interval| interval.last),
        previous_rank: entry.previous_rank.unwrap_or(0),
        prize: entry.prize,
    });
    let grading = Grading { composite: None, certificates: board.certificates.clone() };
    v1::Leaderboard {
        name: board.name.to_string(),
        revision: board.revision,
        update_time: board.updated_at.and_then(timestamp),
        metrics: board.metrics.iter().map(metric_ref).collect(),
        entries: entries.collect(),
        certificates: v1::Grading::from(&grading).certificates,
        frozen_time: board.frozen_since.and_then(timestamp),
        finalize_time: board.finalized_at.and_then(timestamp),
        prizes: board.prizes.as_ref().map(prizes_to_wire),
        prize_kept: board.prize_kept,
    }
}

pub(crate) fn score_point(point: &ScorePoint) -> v1::ScorePoint {
    v1::ScorePoint { team: point.team.to_string(), time: timestamp(point.at), value: point.value }
}

/// A submission to admit. Words of the adapter are the runner's to judge, in the check; sizes and numbers are judged here.
pub(crate) fn new_submission(
    request: v1::CreateSubmissionRequest,
    task: TaskName,
    team: Option<TeamName>,
    user: UserId,
) -> Result<NewSubmission, Status> {
    let mut v = Violations::default();
    let upload = v.take("upload", request.upload.parse::<UploadName>());
    let short = request.note.chars().count() <= NOTE_CHARS_MAX;
    v.expect(short, "note", format!("must be at most {NOTE_CHARS_MAX} characters"));
    v.expect(!request.note.contains(char::is_control), "note", "must be one line of text");
    let adapter = new_adapter(&mut v, &request.adapter.unwrap_or_default());
    let new = upload.map(|upload| NewSubmission {
        task,
        team,
        user,
        upload: upload.upload,
        adapter,
        note: request.note,
    });
    v.finish(new)
}

fn new_adapter(v: &mut Violations, given: &v1::Adapter) -> Adapter {
    let size = given.encoded_len();
    v.expect(size <= ADAPTER_BYTES_MAX, "adapter", format!("must be at most {ADAPTER_BYTES_MAX} bytes"));
    match Adapter::try_from(given) {
        Ok(adapter) => {
            judge(v, "adapter", &adapter);
            for (name, part) in &adapter.parts {
                judge(v, &format!("adapter.parts.{name}"), part);
            }
            adapter
        }
        Err(unknown) => {
            v.add(unknown.field, unknown.rule);
            Adapter::default()
        }
    }
}

fn judge(v: &mut Violations, place: &str, given: &Adapter) {
    let words = [
        ("tensor", &given.tensor),
        ("layout", &given.layout),
        ("dtype", &given.dtype),
        ("channel_order", &given.channel_order),
        ("output", &given.output),
        ("activation", &given.activation),
        ("boxes", &given.boxes),
        ("separator", &given.separator),
    ];
    for (field, text) in words {
        let (field, text) = (format!("{place}.{field}"), text.as_deref().unwrap_or_default());
        v.expect(text.len() <= WORD_BYTES_MAX, &field, format!("must be at most {WORD_BYTES_MAX} bytes"));
        v.expect(!text.contains(char::is_control), &field, "must be one line of text");
    }
    let usable = given.scale.is_none_or(|scale| scale.is_finite() && scale != 0.0);
    v.expect(usable, &format!("{place}.scale"), "must be a finite number other than 0");
    let counted = given.mean.len().max(given.std.len()) <= CHANNEL_COUNT_MAX;
    let rule = format!("must be one value, or one per channel (at most {CHANNEL_COUNT_MAX})");
    v.expect(counted, &format!("{place}.mean"), rule);
    let finite = given.mean.iter().all(|value| value.is_finite());
    v.expect(finite, &format!("{place}.mean"), "must be finite numbers");
    let usable = given.std.iter().all(|value| value.is_finite() && *value > 0.0);
    v.expect(usable, &format!("{place}.std"), "must be finite numbers above 0");
    for (field, number) in [("score_min", given.score_min), ("iou_max", given.iou_max)] {
        let usable = number.is_none_or(f64::is_finite);
        v.expect(usable, &format!("{place}.{field}"), "must be a finite number");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(change: impl FnOnce(&mut v1::CreateSubmissionRequest)) -> Result<NewSubmission, Status> {
        let mut request = v1::CreateSubmissionRequest { upload: "uploads/u1".into(), ..Default::default() };
        change(&mut request);
        let task = "competitions/abc/tasks/digits".parse().unwrap();
        new_submission(request, task, None, "alice".parse().unwrap())
    }

    fn with(adapter: v1::Adapter) -> Result<NewSubmission, Status> {
        made(|request| request.adapter = Some(adapter))
    }

    #[test]
    fn notes_are_bounded_in_characters_not_bytes() {
        assert!(made(|r| r.note = "白".repeat(NOTE_CHARS_MAX)).is_ok());
        assert!(made(|r| r.note = "x".repeat(NOTE_CHARS_MAX + 1)).is_err());
        assert!(made(|r| r.note = "a\u{1b}[2J".into()).is_err());
    }

    #[test]
    fn adapters_have_usable_numbers() {
        assert!(with(v1::Adapter { scale: Some(1.0 / 255.0), std: vec![0.5], ..Default::default() }).is_ok());
        assert!(with(v1::Adapter { mean: vec![0.0; CHANNEL_COUNT_MAX], ..Default::default() }).is_ok());
        for bad in [
            v1::Adapter { scale: Some(f64::NAN), ..Default::default() },
            v1::Adapter { scale: Some(0.0), ..Default::default() },
            v1::Adapter { std: vec![0.0], ..Default::default() },
            v1::Adapter { mean: vec![f64::INFINITY], ..Default::default() },
            v1::Adapter { mean: vec![0.0; CHANNEL_COUNT_MAX + 1], ..Default::default() },
            v1::Adapter { output: "x".repeat(WORD_BYTES_MAX + 1), ..Default::default() },
        ] {
            assert!(with(bad.clone()).is_err(), "{bad:?}");
        }
    }
}
