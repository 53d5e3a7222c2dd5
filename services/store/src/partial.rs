//! The partial file of an upload while it is written: appended and hashed in one pass, off the async threads.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use bytes::Bytes;
use egret_contest::Sha256Hex;
use sha2::{Digest, Sha256};

use crate::blobs::PartialClaim;

/// Bytes read at once when the digest of a prefix is taken again.
const REHASH_BYTES: usize = 1 << 20;

/// An open partial file with the digest of what is in it. It holds its claim, so that whoever writes next has to wait for
/// the last write of the one before, even where that one's stream has gone.
#[derive(Debug)]
pub(crate) struct Partial {
    pub claim: PartialClaim,
    file: File,
    digest: Sha256,
}

impl Partial {
    /// Opens the file at its committed size. What lies beyond was never acknowledged and is cut off. Blocks.
    pub fn resume(claim: PartialClaim, committed_bytes: u64) -> io::Result<Self> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(claim.path())?;
        if file.metadata()?.len() < committed_bytes {
            return Err(io::Error::other("the partial file is shorter than its committed size"));
        }
        file.set_len(committed_bytes)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; REHASH_BYTES];
        loop {
            // Reading to the end leaves the file where appending starts.
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            digest.update(&buffer[..count]);
        }
        Ok(Self { claim, file, digest })
    }

    /// Appends. Blocks.
    pub fn append(&mut self, chunk: &Bytes) -> io::Result<()> {
        self.file.write_all(chunk)?;
        self.digest.update(chunk);
        Ok(())
    }

    /// Brings everything appended to the disk. Blocks.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The digest of the whole file.
    pub fn sha256(&self) -> Option<Sha256Hex> {
        Sha256Hex::parse(&hex::encode(self.digest.clone().finalize())).ok()
    }
}
