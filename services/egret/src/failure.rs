//! What a failed run says: what is wrong, the facts of it, and the next step. The `google.rpc` details of a server's
//! status are read here and nowhere else.

mod advice;
mod render;

use std::collections::BTreeMap;

use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::Exit;
use crate::client::{ConnectError, UploadError};

/// A failure, ready to be told. It travels through `anyhow` like any error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// One sentence.
    pub what: String,
    /// The server's machine-readable reason, for example `QUOTA_EXHAUSTED`.
    pub reason: String,
    /// Each wrong field of the request and what is wrong with it.
    pub fields: Vec<(String, String)>,
    /// Each exhausted quota and its state.
    pub quotas: Vec<(String, String)>,
    /// Further facts from the server, by name.
    pub facts: BTreeMap<String, String>,
    /// When it makes sense to try again.
    pub retry_after_s: Option<u64>,
    /// What to do about it.
    pub next: Option<String>,
}

impl Failure {
    /// A failure found on this side.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            reason: String::new(),
            fields: Vec::new(),
            quotas: Vec::new(),
            facts: BTreeMap::new(),
            retry_after_s: None,
            next: None,
        }
    }

    /// Adds the next step.
    pub fn next(self, step: impl Into<String>) -> Self {
        Self { next: Some(step.into()), ..self }
    }

    /// What an error tells. `None`: whoever read our output has seen enough, which is no failure.
    pub fn of(error: &anyhow::Error) -> Option<Self> {
        if let Some(failure) = error.downcast_ref::<Self>() {
            return Some(failure.clone());
        }
        // What the verb was about, outermost first, then the cause that we know how to tell.
        let mut about = Vec::new();
        for cause in error.chain() {
            if let Some(status) = cause.downcast_ref::<Status>() {
                return Some(Self::of_status(status).about(&about));
            }
            if let Some(UploadError::Status(status)) = cause.downcast_ref::<UploadError>() {
                return Some(Self::of_status(status).about(&about));
            }
            match cause.downcast_ref::<ConnectError>() {
                Some(ConnectError::Transport(lost)) => {
                    return Some(Self::unreachable(&innermost(lost)).about(&about));
                }
                Some(wrong) => return Some(Self::new(Exit::Usage, wrong.to_string()).about(&about)),
                None => {}
            }
            if cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
            {
                return None;
            }
            about.push(cause.to_string());
        }
        about.dedup();
        Some(Self::new(Exit::Failed, about.join(": ")))
    }

    /// A status of the server, or one that the transport made up because there was no answer.
    pub fn of_status(status: &Status) -> Self {
        // A status with a source was made on this side.
        if let Some(source) = std::error::Error::source(status)
            && status.code() != Code::DeadlineExceeded
        {
            return Self::unreachable(&innermost(source));
        }
        let details = status.get_error_details();
        let mut failure = Self::new(exit_of(status.code()), status.message());
        if failure.what.is_empty() {
            failure.what = format!("the server answered {}", status.code());
        }
        if let Some(info) = details.error_info() {
            failure.reason.clone_from(&info.reason);
            let facts = info.metadata.iter().filter(|(_, value)| !value.is_empty());
            failure.facts = facts.map(|(name, value)| (name.clone(), value.clone())).collect();
        }
        if let Some(bad) = details.bad_request() {
            let violations = bad.field_violations.iter();
            failure.fields = violations.map(|v| (v.field.clone(), v.description.clone())).collect();
        }
        if let Some(quota) = details.quota_failure() {
            failure.quotas =
                quota.violations.iter().map(|v| (v.subject.clone(), v.description.clone())).collect();
        }
        failure.retry_after_s =
            details.retry_info().and_then(|retry| retry.retry_delay).map(|delay| delay.as_secs());
        failure.next = advice::next_step(&failure.reason, &failure.facts, status.code());
        failure
    }

    fn unreachable(why: &str) -> Self {
        let what = format!("the server does not answer: {why}");
        Self::new(Exit::Unreachable, what)
            .next("check the address (--server, EGRET_SERVER) and that `egret serve` runs there")
    }

    /// Puts what the verb was about before what went wrong.
    fn about(mut self, about: &[String]) -> Self {
        if !about.is_empty() {
            self.what = format!("{}: {}", about.join(": "), self.what);
        }
        self
    }
}

fn exit_of(code: Code) -> Exit {
    match code {
        Code::Unauthenticated | Code::PermissionDenied => Exit::Denied,
        Code::NotFound => Exit::NotFound,
        Code::Unavailable | Code::DeadlineExceeded => Exit::Unreachable,
        Code::InvalidArgument
        | Code::FailedPrecondition
        | Code::ResourceExhausted
        | Code::AlreadyExists
        | Code::OutOfRange
        | Code::Aborted => Exit::Refused,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::Internal
        | Code::Unimplemented
        | Code::DataLoss => Exit::Failed,
    }
}

/// The cause that says something: transports wrap it in layers of "transport error".
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
