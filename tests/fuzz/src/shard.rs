//! What is in shards: an organizer's client that is broken, or worse, can seal anything.

use std::io::Write as _;

use egret_datasets::plain;

/// Bytes of the memory that inputs are opened into.
const SLOT_BYTES: usize = 4096;
/// What the memory holds before, and behind the items after.
const UNTOUCHED: u8 = 0xa5;

pub(crate) fn inputs(data: &[u8]) {
    let mut slot = [UNTOUCHED; SLOT_BYTES];
    if let Ok(header) = plain::inputs(&mut &*data, &mut slot) {
        let items = usize::try_from(header.bytes).expect("it was opened into the slot");
        assert!(data.ends_with(&slot[..items]), "items are what was sealed");
        assert!(slot[items..].iter().all(|byte| *byte == UNTOUCHED), "bytes behind the items are left alone");
    }
}

pub(crate) fn labels(data: &[u8]) {
    if let Ok(labels) = plain::labels(&mut &*data) {
        let count = labels.truths.len();
        assert_eq!((labels.ids.len(), labels.groups.len()), (count, count));
        assert!(!labels.ids.is_empty());
    }
}

/// Magic, header and content, as a sealer writes them.
fn shard(magic: &[u8], header: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    write!(bytes, "{header}").expect("memory takes all");
    bytes.extend(content);
    bytes
}

pub(crate) fn input_seeds() -> Vec<Vec<u8>> {
    let header = r#"{"split":"public","index":0,"item_count":2,"bytes":6}"#;
    vec![shard(b"egretIN\x02", header, b"abcdef")]
}

pub(crate) fn label_seeds() -> Vec<Vec<u8>> {
    let header = r#"{"split":"public","index":0,"item_count":2,"first_item":0}"#;
    // Postcard of id, group and truth: a class, a mask of 2 × 3 in two runs, a query with a grade and an excluded item.
    let class: &[u8] = b"\x01a\x00\x00\x01";
    let mask: &[u8] = b"\x01b\x01g\x04\x02\x03\x02\x05\x00\x01\xff\xff\x03";
    let query: &[u8] = b"\x01c\x00\x08\x01\x00\x01\x01\x02";
    let records = |records: [&[u8]; 2]| {
        let length = |record: &[u8]| (record.len() as u32).to_le_bytes();
        records.map(|record| [&length(record), record].concat()).concat()
    };
    vec![
        shard(b"egretLB\x02", header, &records([class, mask])),
        shard(b"egretLB\x02", header, &records([query, class])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_are_shards() {
        for seed in label_seeds() {
            assert_eq!(plain::labels(&mut seed.as_slice()).expect("it opens").truths.len(), 2);
        }
        assert!(plain::inputs(&mut input_seeds()[0].as_slice(), &mut [0; 6]).is_ok());
    }
}
