use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

const CHUNK_BYTES: usize = 1 << 20;

/// What a file is: its bytes' number and digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigest {
    /// Lower-case hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

impl FileDigest {
    /// Reads the whole file. `progress` hears the bytes read so far. Blocks.
    pub fn of(path: &Path, mut progress: impl FnMut(u64)) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let (mut hash, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(Self { sha256: hex::encode(hash.finalize()), bytes }),
                Ok(count) => {
                    hash.update(&chunk[..count]);
                    bytes += count as u64;
                    progress(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A request id made of what is asked for: whoever asks for the same again gets the first one's result.
pub(crate) fn request_id(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..20])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_of_all_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.onnx");
        std::fs::write(&path, b"abc").unwrap();
        let digest = FileDigest::of(&path, |_| {}).unwrap();
        assert_eq!(digest.bytes, 3);
        assert_eq!(digest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
