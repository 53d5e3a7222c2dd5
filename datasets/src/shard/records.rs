use std::io::Read;

use super::{LABELS_BYTES_MAX, RECORD_BYTES_MAX, SHARD_MASK_PIXELS_MAX, exact};
use crate::labels::{GROUP_BYTES_MAX, ID_BYTES_MAX};
use crate::{OpenError, Truth};

/// A label of a shard, opened.
pub(crate) struct Record {
    pub id: String,
    pub group: String,
    pub truth: Truth,
}

/// One item's label as it stands in a shard; `truth` is the encoding of a [`Truth`]. `None`: it is longer than a record may be.
pub(crate) fn record(id: &str, group: &str, truth: &[u8]) -> Option<Vec<u8>> {
    // Two texts in memory: nothing in this can fail.
    let named = postcard::to_stdvec(&(id, group)).unwrap_or_default();
    let bytes = named.len() + truth.len();
    (bytes as u64 <= RECORD_BYTES_MAX)
        .then(|| [&(bytes as u32).to_le_bytes(), named.as_slice(), truth].concat())
}

/// Reads what follows the header. What it takes in memory is bounded by what there is to read, and by the pixels of masks.
pub(crate) fn read_records(item_count: u32, from: &mut impl Read) -> Result<Vec<Record>, OpenError> {
    let mut records = Vec::new();
    let (mut bytes_left, mut pixels_left) =
        (LABELS_BYTES_MAX.max(RECORD_BYTES_MAX + 4), SHARD_MASK_PIXELS_MAX);
    let mut bytes = Vec::new();
    for _ in 0..item_count {
        let mut length = [0; 4];
        exact(from, &mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        bytes_left = bytes_left.checked_sub(4 + length).ok_or(OpenError::Malformed("labels are too long"))?;
        bytes.clear();
        let read = from.take(length).read_to_end(&mut bytes).map_err(|_| OpenError::Damaged)?;
        if read as u64 != length {
            return Err(OpenError::Damaged);
        }
        let record = parse(&bytes)?;
        if let Truth::Mask { width, height, classes } = &record.truth {
            if classes.len() as u64 != u64::from(*width) * u64::from(*height) {
                return Err(OpenError::Malformed("a mask does not have the pixels of its size"));
            }
            let left = pixels_left.checked_sub(classes.len());
            pixels_left = left.ok_or(OpenError::Malformed("masks have too many pixels"))?;
        }
        records.push(record);
    }
    Ok(records)
}

fn parse(bytes: &[u8]) -> Result<Record, OpenError> {
    let malformed = |_| OpenError::Malformed("a label is not what it should be");
    let ((id, group, truth), rest): ((&str, &str, Truth), _) =
        postcard::take_from_bytes(bytes).map_err(malformed)?;
    if id.len() > ID_BYTES_MAX || group.len() > GROUP_BYTES_MAX {
        return Err(OpenError::Malformed("an id or a group is too long"));
    }
    if !rest.is_empty() {
        return Err(OpenError::Malformed("bytes after a label"));
    }
    Ok(Record { id: id.to_owned(), group: group.to_owned(), truth })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The encoding of a text of so many bytes.
    fn text(bytes: usize) -> Vec<u8> {
        postcard::to_stdvec(&Truth::Text("x".repeat(bytes))).unwrap()
    }

    #[test]
    fn a_record_is_bounded_from_both_sides() {
        // The variant, a length of four bytes; and before them an id of one byte and no group.
        let most = RECORD_BYTES_MAX as usize - (1 + 4) - 3;
        assert_eq!(record("a", "", &text(most + 1)), None);
        let longest = record("a", "", &text(most)).unwrap();
        assert_eq!(longest.len() as u64, RECORD_BYTES_MAX + 4);
        let read = read_records(1, &mut longest.as_slice()).unwrap();
        assert!(read[0].truth == Truth::Text("x".repeat(most)));
        let more = [longest, record("b", "", &text(0)).unwrap()].concat();
        let refused = read_records(2, &mut more.as_slice()).err();
        assert_eq!(refused, Some(OpenError::Malformed("labels are too long")));
    }
}
