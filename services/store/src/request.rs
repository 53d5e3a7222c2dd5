//! Safe retries: who asked for what under which id.

use std::fmt::{self, Display};
use std::time::Duration;

use egret_contest::Micros;
use sha2::{Digest, Sha256};

use crate::db::args;
use crate::session::Session;
use crate::{Store, StoreError};

/// How long a request id is remembered.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3600);

/// A client's wish with its id. Repeating it returns the first one's result.
#[derive(Clone)]
pub struct Request {
    principal: String,
    id: String,
    payload_sha256: [u8; 32],
}

impl Request {
    /// A wish of `principal` (a user's name). An empty `id` means that the client does not ask for safe retries.
    /// `payload` is any stable encoding of what is wished.
    pub fn new(principal: impl Display, id: &str, payload: &[u8]) -> Self {
        Self {
            principal: principal.to_string(),
            id: id.to_owned(),
            payload_sha256: Sha256::digest(payload).into(),
        }
    }

    /// A wish that is not retried.
    pub fn once() -> Self {
        Self { principal: String::new(), id: String::new(), payload_sha256: [0; 32] }
    }
}

/// What a request is to this transaction.
pub(crate) enum Claim {
    /// Nobody asked for this before: go on, and [`Request::settle`] at the end.
    New,
    /// It was done; this is the resource.
    Done(String),
}

impl Request {
    /// Claims the request at the start of a transaction. Two transactions with one id wait for each other here.
    pub(crate) async fn claim(&self, s: &mut Session, method: &'static str) -> Result<Claim, StoreError> {
        if self.id.is_empty() {
            return Ok(Claim::New);
        }
        let now = s.now().await?;
        let inserted = s
            .run(
                "insert into requests (principal, method, id, payload_sha256, resource, created_at)
                 values ($1, $2, $3, $4, '', $5) on conflict do nothing",
                args![self.principal.as_str(), method, self.id.as_str(), &self.payload_sha256[..], now],
            )
            .await?;
        if inserted == 1 {
            return Ok(Claim::New);
        }
        let row = s
            .one(
                "select payload_sha256, resource from requests where principal = $1 and method = $2 and id = $3",
                args![self.principal.as_str(), method, self.id.as_str()],
            )
            .await?
            .ok_or(StoreError::Corrupt("requests"))?;
        if row.bytes("payload_sha256")? != self.payload_sha256 {
            return Err(StoreError::RequestReused);
        }
        Ok(Claim::Done(row.text("resource")?))
    }

    /// Notes what the request led to, in the same transaction.
    pub(crate) async fn settle(
        &self,
        s: &mut Session,
        method: &'static str,
        resource: impl Display,
    ) -> Result<(), StoreError> {
        if self.id.is_empty() {
            return Ok(());
        }
        s.run(
            "update requests set resource = $4 where principal = $1 and method = $2 and id = $3",
            args![self.principal.as_str(), method, self.id.as_str(), resource.to_string()],
        )
        .await
        .map(drop)
    }
}

impl Store {
    /// Forgets request ids after a week; whoever retries later asks anew. Returns how many went.
    pub async fn sweep_requests(&self) -> Result<u64, StoreError> {
        let mut s = self.write().await?;
        let before = Micros(s.now().await?.0 - REMEMBERED.as_micros() as i64);
        let swept = s.run("delete from requests where created_at < $1", args![before]).await?;
        s.commit().await?;
        Ok(swept)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.principal, self.id)
    }
}
