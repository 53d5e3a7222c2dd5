use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a file that lists names.
const LIST_BYTES_MAX: u64 = 64 << 20;

/// Reads a file of names: a JSON array of strings where the file is called `.json`, else one name per line.
pub(super) fn read(path: &Path) -> Result<Vec<String>, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LIST_BYTES_MAX + 1).read_to_string(&mut text));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if text.len() as u64 > LIST_BYTES_MAX {
        return Err(format!("is larger than {} MiB", LIST_BYTES_MAX >> 20));
    }
    if path.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&text).map_err(|error| format!("is not a list of strings: {error}"));
    }
    // A line is kept as it is: a token may be a blank.
    Ok(text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_bounded_from_both_sides() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![b'x'; LIST_BYTES_MAX as usize]).unwrap();
        assert_eq!(read(file.path()).unwrap().len(), 1);
        std::fs::write(file.path(), vec![b'x'; LIST_BYTES_MAX as usize + 1]).unwrap();
        assert_eq!(read(file.path()).unwrap_err(), "is larger than 64 MiB");
    }
}
