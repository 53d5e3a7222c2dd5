use std::slice;

use egret_proto::v1::{CheckReport, Release, Revealed, Submission, submission::State};

use super::ledger::Grids;
use super::{Rows, facts, scores};
use crate::{moment, names::SubmissionName, names::TeamName, numbers};

/// A state in a word.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Unspecified => "unknown",
        State::Checking => "checking",
        State::Queued => "queued",
        State::Evaluating => "evaluating",
        State::Released => "released",
        State::Rejected => "rejected",
        State::Cancelled => "cancelled",
        State::Withheld => "withheld",
    }
}

/// The outcome in one cell: scores or the level, why not, or nothing yet.
fn outcome(submission: &Submission, grids: &Grids) -> String {
    let fault = || submission.check.as_ref().map_or("", |check| check.fault.as_str());
    match (submission.state(), &submission.release) {
        (State::Rejected, _) => fault().to_owned(),
        (State::Withheld, _) => "what it might tell does not fit the ledger; nothing ran".to_owned(),
        (_, Some(Release { level: Some(level), metrics, .. })) => {
            let level = grids.level(&submission.phase, *level);
            // Beside the ranking metric a level tells none.
            let told = metrics.iter().find(|metric| metric.value.is_some());
            told.map_or_else(
                || level.clone(),
                |m| format!("{level}, at least {}", scores(slice::from_ref(m))),
            )
        }
        (_, Some(release)) if release.scored => scores(&release.metrics),
        (_, Some(_)) => "no score".to_owned(),
        (State::Queued | State::Checking, None) if submission.queue_position > 0 => {
            let number = format!("number {} in the queue", submission.queue_position);
            let eta = submission.queue_eta_s.map(|seconds| moment::span(seconds.into()));
            eta.map_or(number.clone(), |eta| format!("{number}, about {eta}"))
        }
        _ => String::new(),
    }
}

/// What the release was charged; nothing before there is one.
fn charged(submission: &Submission) -> String {
    submission.release.as_ref().map_or_else(String::new, |release| numbers::bits(release.charge_millibits))
}

/// The exact scores that the organizer has shown after the phase.
fn revealed(revealed: &Revealed) -> String {
    let what = if revealed.fault.is_empty() {
        scores(&revealed.metrics)
    } else {
        format!("fault {}", revealed.fault)
    };
    format!("{what}, for {}", numbers::bits(revealed.charge_millibits))
}

/// A list, newest first as it comes.
pub(crate) fn list(submissions: &[Submission], grids: &Grids) -> String {
    let mut rows =
        Rows::new(["submission", "team", "phase", "accepted", "state", "result", ">charged", "note"]);
    for submission in submissions {
        rows.row([
            SubmissionName::short(&submission.name),
            TeamName::short(&submission.team),
            submission.phase.clone(),
            moment::show(submission.accept_time),
            state(submission.state()).to_owned(),
            outcome(submission, grids),
            charged(submission),
            submission.note.clone(),
        ]);
    }
    rows.or("No submissions.")
}

/// One line for a change of state.
pub(crate) fn change(submission: &Submission, grids: &Grids) -> String {
    let outcome = outcome(submission, grids);
    let colon = if outcome.is_empty() { "" } else { ": " };
    format!("{}  {}{colon}{outcome}", moment::show(submission.update_time), state(submission.state()))
}

/// Everything about one.
pub(crate) fn show(submission: &Submission, grids: &Grids) -> String {
    let mut text = facts([
        ("submission", SubmissionName::short(&submission.name)),
        ("team", TeamName::short(&submission.team)),
        ("phase", submission.phase.clone()),
        ("accepted", moment::show(submission.accept_time)),
        ("model", format!("{}, SHA-256 {}", numbers::bytes(submission.model_bytes), submission.model_sha256)),
        ("note", submission.note.clone()),
        ("state", state(submission.state()).to_owned()),
        ("result", outcome(submission, grids)),
        ("charged", charged(submission)),
        ("nominated from", submission.nominated_from.clone()),
        ("revealed", submission.revealed.as_ref().map(revealed).unwrap_or_default()),
    ]);
    if let Some(check) = &submission.check {
        text.push_str(&report(check));
    }
    text
}

/// The check on the public sample, in full.
pub(crate) fn report(check: &CheckReport) -> String {
    let limits = check.limits.unwrap_or_default();
    // The three figures are 0 only when nothing ran.
    let of = |used: String, max: String| format!("{used} of {max}");
    let wall = of(seconds(check.wall_ms), format!("{} s", limits.wall_s_max));
    let cpu = of(seconds(check.cpu_ms), format!("{} s", limits.cpu_s_max));
    let memory = of(format!("{} MiB", check.peak_memory_mib), format!("{} MiB", limits.memory_mib_max));
    let used = format!("wall {wall}, cpu {cpu}, memory {memory}, {} threads", limits.thread_count);
    let verdict = if check.passed { "passed".to_owned() } else { format!("failed: {}", check.fault) };
    let sample = match check.item_count {
        _ if check.metrics.is_empty() => String::new(),
        count => format!("{} on {count} items", scores(&check.metrics)),
    };
    let pairs = facts([
        ("check", verdict),
        ("detail", check.detail.clone()),
        ("remedy", check.remedy.clone()),
        ("adapter", check.adapter_summary.clone()),
        ("sample", sample),
        ("used", used),
    ]);
    format!("\nOn the public sample:\n{pairs}")
}

fn seconds(ms: u64) -> String {
    format!("{}.{:02} s", ms / 1000, ms % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{Limits, MetricValue};

    use super::*;

    #[test]
    fn a_rejection_says_why_and_what_to_do() {
        let check = CheckReport {
            fault: "CONTRACT_MISMATCH".into(),
            detail: "input `x` is float32 [n,3,32,32], expected [n,1,8,8]".into(),
            remedy: "export the model for 8×8 gray images".into(),
            limits: Some(Limits {
                wall_s_max: 60,
                cpu_s_max: 60,
                memory_mib_max: 512,
                thread_count: 2,
                model_mib_max: 8,
            }),
            wall_ms: 1234,
            ..CheckReport::default()
        };
        let submission = Submission {
            name: "competitions/c/tasks/t/submissions/s".into(),
            state: State::Rejected.into(),
            check: Some(check),
            ..Submission::default()
        };
        let text = show(&submission, &Grids::default());
        for words in [
            "c/t/s",
            "rejected",
            "CONTRACT_MISMATCH",
            "expected [n,1,8,8]",
            "export the model",
            "1.23 s of 60 s",
        ] {
            assert!(text.contains(words), "{words}:\n{text}");
        }
        assert!(change(&submission, &Grids::default()).ends_with("rejected: CONTRACT_MISMATCH"));
    }

    fn released(release: Release) -> Submission {
        Submission {
            phase: "live".into(),
            state: State::Released.into(),
            release: Some(release),
            ..Submission::default()
        }
    }

    #[test]
    fn who_waits_is_told_the_place_and_the_time_where_it_is_known() {
        let waiting = |queue_eta_s| Submission {
            state: State::Queued.into(),
            queue_position: 3,
            queue_eta_s,
            ..Submission::default()
        };
        assert_eq!(outcome(&waiting(None), &Grids::default()), "number 3 in the queue");
        assert_eq!(
            outcome(&waiting(Some(200)), &Grids::default()),
            "number 3 in the queue, about 3 min 20 s"
        );
    }

    #[test]
    fn a_release_without_a_score_says_no_more_than_that() {
        let said = |scored, metrics| {
            outcome(&released(Release { scored, metrics, ..Release::default() }), &Grids::default())
        };
        assert_eq!(said(false, vec![]), "no score");
        let accuracy = MetricValue { id: "accuracy".into(), value: Some(0.5) };
        assert_eq!(said(true, vec![accuracy]), "accuracy 0.5");
    }

    #[test]
    fn a_level_is_told_with_its_edge_and_its_charge() {
        let value = |id: &str, value| MetricValue { id: id.into(), value };
        let release = Release {
            scored: true,
            level: Some(37),
            metrics: vec![value("accuracy", Some(0.87)), value("log_loss", None)],
            charge_millibits: 4_000,
            ..Release::default()
        };
        let text = show(&released(release), &Grids::default());
        assert!(
            text.contains("level 37, at least accuracy 0.87") && text.contains("charged   4 bits"),
            "{text}"
        );
        // What failed and what was no better than the baseline read the same.
        let nothing = Release { level: Some(0), charge_millibits: 193, ..Release::default() };
        assert_eq!(outcome(&released(nothing), &Grids::default()), "level 0");
    }

    #[test]
    fn what_was_withheld_or_revealed_is_said() {
        let withheld = Submission { state: State::Withheld.into(), ..Submission::default() };
        assert!(
            change(&withheld, &Grids::default())
                .contains("withheld: what it might tell does not fit the ledger")
        );
        let fault = Revealed { fault: "LIMIT".into(), charge_millibits: 14_874, ..Revealed::default() };
        assert_eq!(revealed(&fault), "fault LIMIT, for 14.874 bits");
        let accuracy = MetricValue { id: "accuracy".into(), value: Some(0.8731) };
        let exact = Revealed { metrics: vec![accuracy], charge_millibits: 14_874, ..Revealed::default() };
        assert_eq!(revealed(&exact), "accuracy 0.8731, for 14.874 bits");
    }
}
