use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context as _;
use tonic_types::{ErrorDetails, FieldViolation, QuotaViolation};

use super::*;

fn told(status: Status) -> Failure {
    Failure::of(&anyhow::Error::from(status)).unwrap()
}

#[test]
fn a_quota_is_named_with_its_reset() {
    let message = "per_day quota of 3 is used up in phase `live` (3 used); it resets at 2026-11-22T00:00:00Z";
    let facts = HashMap::from([("reset_time".to_owned(), "2026-11-22T00:00:00Z".to_owned())]);
    let mut details = ErrorDetails::with_error_info("QUOTA_EXHAUSTED", "egret", facts);
    details.set_quota_failure(vec![QuotaViolation::new("per_day", message)]);
    details.set_retry_info(Some(Duration::from_secs(11_520)));
    let failure = told(Status::with_error_details(Code::ResourceExhausted, message, details));
    assert_eq!((failure.exit, failure.retry_after_s), (Exit::Refused, Some(11_520)));
    let text = failure.text("2026-11-21T20:48:00Z".parse().unwrap());
    assert!(
        text.starts_with(&format!("error: {message}\n  quota    per_day\n  resets   2026-11-2")),
        "{text}"
    );
    assert!(text.contains("(in 3 h 12 min)\n") && text.contains("  next     `egret status`"), "{text}");
    assert_eq!(failure.json()["error"]["quotas"][0]["quota"], "per_day");
    assert_eq!(failure.json()["error"]["exit_code"], 3);
}

#[test]
fn rules_of_a_contest_under_control_say_what_to_do() {
    let told_of = |code, reason: &str, quota: &str| {
        let facts = HashMap::from([("quota".to_owned(), quota.to_owned())]);
        let details = ErrorDetails::with_error_info(reason, "egret", facts);
        told(Status::with_error_details(code, "so it is", details))
    };
    for (reason, verb) in [
        ("PAUSED", "egret competition show"),
        ("GATE_CLOSED", "egret leaderboard"),
        ("TEAM_NOT_ACTIVE", "egret team list"),
        ("NOT_FINAL", "egret phase list"),
    ] {
        let failure = told_of(Code::FailedPrecondition, reason, "");
        assert_eq!((failure.exit, failure.reason.as_str()), (Exit::Refused, reason));
        assert!(failure.next.as_ref().is_some_and(|next| next.contains(verb)), "{failure:?}");
    }
    let next = |quota| told_of(Code::ResourceExhausted, "QUOTA_EXHAUSTED", quota).next.unwrap();
    assert!(next("failed_checks").contains("egret check") && next("daily").contains("egret status"));
}

#[test]
fn every_wrong_field_is_told_once() {
    let fields = vec![FieldViolation::new("note", "too long"), FieldViolation::new("adapter.std", "zero")];
    let mut details = ErrorDetails::with_bad_request(fields);
    details.set_error_info("INVALID_ARGUMENT", "egret", HashMap::new());
    let failure = told(Status::with_error_details(Code::InvalidArgument, "note: too long", details));
    let text = failure.text(jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(text, "error: note: too long\n  field    adapter.std: zero\n");
}

#[test]
fn codes_end_in_the_documented_exit_codes() {
    let pairs = [
        (Code::Unauthenticated, Exit::Denied),
        (Code::PermissionDenied, Exit::Denied),
        (Code::NotFound, Exit::NotFound),
        (Code::FailedPrecondition, Exit::Refused),
        (Code::ResourceExhausted, Exit::Refused),
        (Code::AlreadyExists, Exit::Refused),
        (Code::Unavailable, Exit::Unreachable),
        (Code::Internal, Exit::Failed),
    ];
    for (code, exit) in pairs {
        assert_eq!(told(Status::new(code, "so")).exit, exit, "{code:?}");
    }
}

#[test]
fn what_the_verb_was_about_comes_first() {
    let error: anyhow::Result<()> = Err(Status::not_found("there is no such upload")).context("model.onnx");
    let failure = Failure::of(&error.unwrap_err()).unwrap();
    assert_eq!(failure.what, "model.onnx: there is no such upload");
    assert_eq!(failure.exit, Exit::NotFound);
}

#[test]
fn a_lost_connection_is_not_shown_as_a_raw_status() {
    let status = Status::from_error(Box::new(std::io::Error::other("connection reset by peer")));
    let failure = told(status);
    assert_eq!(failure.exit, Exit::Unreachable);
    assert_eq!(failure.what, "the server does not answer: connection reset by peer");
    assert!(failure.next.is_some());
}

#[test]
fn a_reader_who_left_is_no_failure() {
    let broken = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    assert_eq!(Failure::of(&anyhow::Error::from(broken)), None);
}

#[test]
fn our_own_failures_keep_their_exit_code_and_step() {
    let error = anyhow::Error::from(Failure::new(Exit::Usage, "two teams").next("name one with --team"));
    let failure = Failure::of(&error).unwrap();
    assert_eq!((failure.exit, failure.next.as_deref()), (Exit::Usage, Some("name one with --team")));
    let plain = Failure::of(&anyhow::anyhow!("no room").context("sealing")).unwrap();
    assert_eq!((plain.exit, plain.what.as_str()), (Exit::Failed, "sealing: no room"));
}
