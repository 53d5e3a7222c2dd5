use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// A file made here, to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalBlob {
    /// Where it lies.
    pub path: PathBuf,
    /// Lower-case hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// A file that is hashed while it is written.
pub(crate) struct BlobFile {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl BlobFile {
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(256 << 10, File::create(path)?);
        Ok(Self { path: path.to_path_buf(), file, hash: Sha256::new(), bytes: 0 })
    }

    pub fn finish(mut self) -> io::Result<LocalBlob> {
        self.file.flush()?;
        Ok(LocalBlob { path: self.path, sha256: hex::encode(self.hash.finalize()), bytes: self.bytes })
    }
}

impl Write for BlobFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
