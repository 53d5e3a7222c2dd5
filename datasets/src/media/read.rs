use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Unusable;

/// Bytes of one file that is read into memory: a picture, a sound, a text.
pub(super) const FILE_BYTES_MAX: u64 = 512 << 20;

/// All of a file.
pub(super) fn whole(path: &Path) -> Result<Vec<u8>, Unusable> {
    let (mut file, length) = open(path, FILE_BYTES_MAX)?;
    // One byte of room, so that the end is found without growing.
    let mut bytes = Vec::with_capacity(length as usize + 1);
    file.read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    Ok(bytes)
}

/// The first bytes of a file, by which its kind is known.
pub(super) fn head(path: &Path, bytes_max: u64) -> Result<[u8; 64], Unusable> {
    let mut head = Vec::with_capacity(64);
    let (file, _) = open(path, bytes_max)?;
    file.take(64).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
    head.resize(64, 0);
    Ok(std::array::from_fn(|at| head[at]))
}

/// A regular file of 1 to `bytes_max` bytes, and how many.
fn open(path: &Path, bytes_max: u64) -> Result<(impl Read, u64), Unusable> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let about = file.metadata().map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        return Err(Unusable::new("it is not a file", "replace it by one"));
    }
    if about.len() == 0 {
        return Err(Unusable::new("the file is empty", "replace or remove it"));
    }
    if about.len() > bytes_max {
        return Err(Unusable::new(
            "the file is too large",
            format!("at most {} MiB are read", bytes_max >> 20),
        ));
    }
    Ok((file.take(bytes_max), about.len()))
}

fn unreadable(error: &std::io::Error) -> Unusable {
    Unusable::new(format!("the file cannot be read: {error}"), "make it readable")
}
