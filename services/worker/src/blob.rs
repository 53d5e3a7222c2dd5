//! Names of blobs: the digest of their bytes, and their size.

use std::fmt;

use egret_proto::v1;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a blob's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses exactly 64 lower-case hexadecimal digits, so that a digest is always a safe file name.
    pub fn parse(hex_digits: &str) -> Option<Self> {
        let lower = hex_digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut bytes = [0; 32];
        (lower && hex::decode_to_slice(hex_digits, &mut bytes).is_ok()).then_some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a blob is called and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobId {
    /// Digest of its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub size_bytes: u64,
}

impl BlobId {
    /// The name of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { digest: Digest::of(bytes), size_bytes: bytes.len() as u64 }
    }

    /// Whether `bytes` are the ones this id names.
    pub fn names(&self, bytes: &[u8]) -> bool {
        self.size_bytes == bytes.len() as u64 && self.digest == Digest::of(bytes)
    }

    pub(crate) fn from_proto(blob: &v1::BlobRef) -> Option<Self> {
        Some(Self { digest: Digest::parse(&blob.sha256)?, size_bytes: blob.size_bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_always_a_safe_file_name() {
        let hex = Digest::of(b"egret").to_string();
        assert_eq!(Digest::parse(&hex), Some(Digest::of(b"egret")));
        for bad in ["", "../../etc/passwd", &hex[1..], &hex.to_uppercase(), &format!("{hex}0")] {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_blob_id_names_only_its_own_bytes() {
        let id = BlobId::of(b"egret");
        assert!(id.names(b"egret"));
        assert!(!id.names(b"egrets"));
        assert!(!id.names(b"Egret"));
    }
}
