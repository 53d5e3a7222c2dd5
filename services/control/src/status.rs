//! The only place where causes become gRPC statuses. A client gets a code, a sentence with a next step, and `google.rpc`
//! details; the cause of an internal error is logged once, under an id that the client gets too.

use std::collections::HashMap;
use std::time::Duration;

use egret_contest::{QuotaKind, Refusal};
use egret_store::StoreError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, QuotaViolation, StatusExt};

const DOMAIN: &str = "egret";

/// What is wrong with the fields of a request.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<FieldViolation>);

impl Violations {
    /// Notes a problem with a field.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(FieldViolation::new(field, description));
    }

    /// Notes a problem unless `holds`.
    pub fn expect(&mut self, holds: bool, field: &str, description: impl Into<String>) {
        if !holds {
            self.add(field, description);
        }
    }

    /// The value, or a note.
    pub fn take<T, E: std::fmt::Display>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// `Err` if anything was noted; `value` is `Some` whenever nothing was.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Status> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.into_status()),
        }
    }

    fn into_status(self) -> Status {
        let first = self.0.first().map_or_else(String::new, |v| format!("{}: {}", v.field, v.description));
        let mut details = ErrorDetails::with_bad_request(self.0);
        details.set_error_info("INVALID_ARGUMENT", DOMAIN, HashMap::new());
        Status::with_error_details(Code::InvalidArgument, first, details)
    }
}

/// One bad field.
pub(crate) fn invalid(field: &str, description: impl Into<String>) -> Status {
    let mut violations = Violations::default();
    violations.add(field, description);
    violations.into_status()
}

/// A refusal with a machine-readable reason.
pub(crate) fn refused(code: Code, reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(code, message, ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new()))
}

/// The caller may not do this: not signed in, or not allowed.
pub(crate) fn denied(signed_in: bool) -> Status {
    if signed_in {
        refused(
            Code::PermissionDenied,
            "PERMISSION_DENIED",
            "your token does not allow this; ask an organizer of the competition",
        )
    } else {
        refused(
            Code::Unauthenticated,
            "TOKEN_MISSING",
            "sign in first: join a team with an invite, or set EGRET_TOKEN",
        )
    }
}

/// A token that is no good.
pub(crate) fn token(reason: &str) -> Status {
    let message = "the token is unknown, expired or revoked; ask for a new invite or token";
    refused(Code::Unauthenticated, reason, message)
}

/// A method that the policy table does not have.
pub(crate) fn unknown_method() -> Status {
    refused(
        Code::Unimplemented,
        "METHOD_UNKNOWN",
        "this server has no such method; is the client newer than the server?",
    )
}

/// A thing that is not there, or that the caller may not know of.
pub(crate) fn not_found(what: &str) -> Status {
    refused(Code::NotFound, "NOT_FOUND", format!("there is no such {what}; check the name"))
}

/// The server drains.
pub(crate) fn closing() -> Status {
    let mut details = ErrorDetails::with_error_info("SERVER_CLOSING", DOMAIN, HashMap::new());
    details.set_retry_info(Some(Duration::from_secs(1)));
    Status::with_error_details(Code::Unavailable, "the server is restarting; try again in a moment", details)
}

/// More calls or streams at once than the server serves.
pub(crate) fn crowded() -> Status {
    let mut details = ErrorDetails::with_error_info("SERVER_BUSY", DOMAIN, HashMap::new());
    details.set_retry_info(Some(Duration::from_secs(2)));
    Status::with_error_details(Code::Unavailable, "the server is busy; try again in a moment", details)
}

/// A call that took too long.
pub(crate) fn overdue(limit: Duration) -> Status {
    let message = format!("the call took longer than {} s; try again", limit.as_secs());
    refused(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message)
}

/// What the store said, as a client may hear it.
pub(crate) fn from_store(error: StoreError) -> Status {
    match error {
        StoreError::NotFound(what) => not_found(what),
        StoreError::AlreadyExists(what) => refused(
            Code::AlreadyExists,
            "ALREADY_EXISTS",
            format!("this {what} exists already; choose another id"),
        ),
        StoreError::Refused(refusal) => from_refusal(&refusal),
        StoreError::RequestReused => refused(
            Code::InvalidArgument,
            "REQUEST_ID_REUSED",
            "this request_id was used for another request; make a new one",
        ),
        StoreError::LeaseLost => refused(Code::Aborted, "LEASE_LOST", "the lease was lost; drop the work"),
        StoreError::WrongResult(what) => refused(Code::InvalidArgument, "WRONG_RESULT", what),
        StoreError::Invalid(what) => refused(Code::InvalidArgument, "INVALID_ARGUMENT", what),
        StoreError::MissingBlob(blob) => refused(
            Code::FailedPrecondition,
            "BLOB_MISSING",
            format!("blob {} of {} bytes was not uploaded; upload it first", blob.sha256, blob.bytes),
        ),
        StoreError::WrongOffset { committed_bytes } => {
            let info = HashMap::from([("committed_bytes".to_owned(), committed_bytes.to_string())]);
            let message = format!("the upload continues at byte {committed_bytes}; resume there");
            let details = ErrorDetails::with_error_info("WRONG_OFFSET", DOMAIN, info);
            Status::with_error_details(Code::OutOfRange, message, details)
        }
        StoreError::TooLong { size_bytes } => refused(
            Code::InvalidArgument,
            "UPLOAD_TOO_LONG",
            format!(
                "more bytes came than the {size_bytes} declared; the upload is discarded, reserve a new one"
            ),
        ),
        StoreError::WrongDigest { declared, found } => refused(
            Code::InvalidArgument,
            "WRONG_DIGEST",
            format!(
                "the bytes have SHA-256 {found}, not the declared {declared}; the upload is discarded, send it again"
            ),
        ),
        StoreError::UploadBusy => refused(
            Code::Aborted,
            "UPLOAD_BUSY",
            "another stream is writing this upload; wait for it, or cancel the upload",
        ),
        StoreError::BadCursor => page_token(),
        error @ (StoreError::Blob(_) | StoreError::Corrupt(_) | StoreError::Database(_)) => internal(&error),
    }
}

/// A page token of another list, or of none.
pub(crate) fn page_token() -> Status {
    refused(
        Code::InvalidArgument,
        "PAGE_TOKEN_INVALID",
        "page_token is not of this list; start again without one",
    )
}

/// Our own failure: logged here, once; the client gets an id to tell the operator.
pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Status {
    let incident = hex::encode(rand::random::<[u8; 6]>());
    tracing::error!(%incident, error, "internal error");
    refused(
        Code::Internal,
        "INTERNAL",
        format!("the server failed; nothing was lost. Tell the operator: incident {incident}"),
    )
}

fn from_refusal(refusal: &Refusal) -> Status {
    let message = refusal.to_string();
    let precondition =
        |reason: &str, next: String| refused(Code::FailedPrecondition, reason, format!("{message}; {next}"));
    match refusal {
        Refusal::PhaseClosed { ended, next } => {
            let ended = ended.as_ref().map(|(phase, at)| format!("`{phase}` ended at {}", at.timestamp()));
            let next = next.as_ref().map(|(phase, at)| format!("`{phase}` starts at {}", at.timestamp()));
            let both: Vec<String> = ended.into_iter().chain(next).collect();
            precondition(
                "PHASE_CLOSED",
                if both.is_empty() { "no other phase is planned".to_owned() } else { both.join(", ") },
            )
        }
        Refusal::QuotaExhausted { kind, max, used, phase, resets_at } => {
            quota(*kind, *max, *used, phase.as_str(), *resets_at, &message)
        }
        Refusal::Paused(_) => {
            precondition("PAUSED", "try again when the organizer has resumed it".to_owned())
        }
        Refusal::GateClosed { gate, .. } => {
            precondition("GATE_CLOSED", format!("reach it in phase `{gate}` first"))
        }
        Refusal::TeamNotActive(_) => precondition("TEAM_NOT_ACTIVE", "ask the organizer".to_owned()),
        Refusal::NotEntered { task } => {
            precondition("NOT_ENTERED", format!("`egret team enter COMPETITION/TEAM --task {task}`"))
        }
        Refusal::CaptainStays => {
            precondition("CAPTAIN_STAYS", "make another member the captain first".to_owned())
        }
        Refusal::RenamingOver(_) => precondition("RENAMING_OVER", "ask the organizer".to_owned()),
        Refusal::LastOrganizer => precondition("LAST_ORGANIZER", "add another one first".to_owned()),
        Refusal::MergingOver { .. } => precondition("MERGING_OVER", "the teams stay two".to_owned()),
        Refusal::MergeQuota { .. } => precondition("MERGE_QUOTA", "the teams stay two".to_owned()),
        Refusal::MergeLedger { .. } => precondition("MERGE_LEDGER", "the teams stay two".to_owned()),
        Refusal::MergeBoard { .. } => precondition("MERGE_BOARD", "the teams stay two".to_owned()),
        Refusal::NotFinal(_) => precondition("NOT_FINAL", "try again when that has changed".to_owned()),
        Refusal::NotMember => {
            refused(Code::PermissionDenied, "NOT_A_MEMBER", format!("{message}; name your own team"))
        }
        Refusal::NoTeam => precondition("NO_TEAM", "`egret team join CODE`".to_owned()),
        Refusal::UploadIncomplete { committed_bytes, size_bytes } => precondition(
            "UPLOAD_INCOMPLETE",
            format!("{committed_bytes} of {size_bytes} bytes are there, resume it from that byte"),
        ),
        Refusal::UploadNotYours => {
            refused(Code::PermissionDenied, "UPLOAD_NOT_YOURS", format!("{message}; upload it for this team"))
        }
        Refusal::ModelTooLarge { .. } => {
            refused(Code::InvalidArgument, "MODEL_TOO_LARGE", format!("{message}; make it smaller"))
        }
        Refusal::NotReady => precondition("NOT_READY", "ask the organizer to publish one".to_owned()),
        Refusal::NotPublished => precondition("NOT_PUBLISHED", "ask the organizer when it opens".to_owned()),
        Refusal::BadInvite => precondition("INVITE_INVALID", "ask for a new one".to_owned()),
        Refusal::AlreadyInTeam { .. } => {
            precondition("ALREADY_IN_TEAM", "a user is in one team of a competition".to_owned())
        }
        Refusal::WrongState { .. } => precondition("WRONG_STATE", "nothing was changed".to_owned()),
    }
}

fn quota(
    kind: QuotaKind,
    max: u32,
    used: u32,
    phase: &str,
    resets_at: Option<egret_contest::Micros>,
    message: &str,
) -> Status {
    let next = match resets_at {
        Some(at) => format!("it resets at {}", at.timestamp()),
        None => match kind {
            QuotaKind::Concurrent => "wait until one of your submissions is done".to_owned(),
            _ => "it does not reset in this phase".to_owned(),
        },
    };
    let description = format!("{message} ({used} used); {next}");
    let info = HashMap::from([
        ("quota".to_owned(), kind.as_str().to_owned()),
        ("max".to_owned(), max.to_string()),
        ("used".to_owned(), used.to_string()),
        ("phase".to_owned(), phase.to_owned()),
        ("reset_time".to_owned(), resets_at.map(|at| at.timestamp().to_string()).unwrap_or_default()),
    ]);
    let mut details = ErrorDetails::with_error_info("QUOTA_EXHAUSTED", DOMAIN, info);
    details.set_quota_failure(vec![QuotaViolation::new(kind.as_str(), description.clone())]);
    let wait = resets_at.map(|at| at.since(egret_contest::Micros(jiff::Timestamp::now().as_microsecond())));
    details.set_retry_info(wait.or(Some(Duration::from_secs(10))));
    Status::with_error_details(Code::ResourceExhausted, description, details)
}
