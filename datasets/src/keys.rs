use std::io;
use std::path::Path;

use crate::OpenError;

/// A worker pool's secret. Whoever has it opens every test set sealed to the pool.
pub struct PoolIdentity(age::x25519::Identity);

impl PoolIdentity {
    /// A new one, from the operating system's randomness.
    pub fn generate() -> Self {
        todo!()
    }
    /// Reads a file made by [`PoolIdentity::save`].
    pub fn load(_path: &Path) -> io::Result<Self> {
        todo!()
    }
    /// Writes a new file that only its owner can read. An existing file is never overwritten.
    pub fn save(&self, _path: &Path) -> io::Result<()> {
        todo!()
    }
    /// The public key, `age1…`.
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }
    /// Opens what [`seal_to_pool`] made.
    pub fn open(&self, _sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        todo!()
    }
}

/// Seals a small message to a pool.
pub fn seal_to_pool(_recipient: &str, _plain: &[u8]) -> Result<Vec<u8>, BadRecipient> {
    todo!()
}

/// A text that is not an age X25519 recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an age X25519 recipient (`age1…`)")]
pub struct BadRecipient;

/// The secret of one test set version.
pub struct DataKey(age::x25519::Identity);

impl DataKey {
    /// Opens a data key that was wrapped for a pool.
    pub fn unwrap(_pool: &PoolIdentity, _sealed: &[u8]) -> Result<Self, OpenError> {
        todo!()
    }
}
