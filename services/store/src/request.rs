//! Safe retries: who asked for what under which id.

use std::fmt::{self, Display};

use sha2::{Digest, Sha256};

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

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.principal, self.id)
    }
}
