//! Secrets that are shown once and kept as a hash.

use std::fmt;

use rand::Rng;
use sha2::{Digest, Sha256};

/// 256 random bits, as `egret_` and 64 hex digits. It is in the house only while it is being made.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    pub(crate) fn random() -> Self {
        let mut bits = [0u8; 32];
        rand::rng().fill_bytes(&mut bits);
        Self(format!("egret_{}", hex::encode(bits)))
    }

    /// The text, for the one reply that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored. The secret has full entropy, so that a plain hash is enough.
    pub(crate) fn hash(text: &str) -> Vec<u8> {
        Sha256::digest(text.as_bytes()).to_vec()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
