//! What clients and workers keep of what they were told: the other side of the ledger, which the server never sees.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use tonic::{Code, Status};

use crate::reason;

/// How a request to submit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Accepted: the submission's name, and when, in microseconds since 1970.
    Receipt { name: String, accepted_us: i64 },
    /// The phase was over.
    Closed,
    /// The quota was used up.
    UsedUp,
    /// Anything else, which nobody expects.
    Strange(String),
}

/// One model that was sent, from the first try to the answer.
#[derive(Debug, Clone)]
pub struct Sent {
    pub model: usize,
    pub begun: Instant,
    pub begun_us: i64,
    pub ended: Instant,
    pub ended_us: i64,
    /// More than one where the server was away.
    pub tries: u32,
    pub answer: Answer,
}

/// What a team read of its quota between two of its own requests.
#[derive(Debug, Clone, Copy)]
pub struct QuotaSeen {
    pub entry: usize,
    /// Receipts that the entry had by then.
    pub receipts: u32,
    pub used_total: u32,
    pub used_today: u32,
    /// When the day began that `used_today` counts, in microseconds since 1970.
    pub day_us: i64,
}

/// Which of the two evaluations of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    Check,
    Hidden,
}

/// A result that the server has acknowledged.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub model: usize,
    pub stage: Stage,
    pub acknowledged: Instant,
}

/// Everything that was kept. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Pages>>);

/// The log's contents.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    pub sent: Vec<Sent>,
    pub quotas: Vec<QuotaSeen>,
    pub verdicts: Vec<Verdict>,
    /// Models whose lease was dropped, because their worker died.
    pub dropped: Vec<usize>,
    /// Answers that nothing in the script explains.
    pub strange: Vec<String>,
}

impl Log {
    /// Writes into it.
    pub fn note(&self, write: impl FnOnce(&mut Pages)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A copy of what is in it now.
    pub fn pages(&self) -> Pages {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a call is worth repeating: the server was away, or is busy. That it failed by itself is noted.
    pub fn may_repeat(&self, call: &str, status: &Status) -> bool {
        if reason(status) == "INTERNAL" {
            self.note(|pages| pages.strange.push(format!("{call}: {status}")));
        }
        let codes =
            [Code::Unavailable, Code::Unknown, Code::Internal, Code::Cancelled, Code::DeadlineExceeded];
        codes.contains(&status.code())
    }
}
