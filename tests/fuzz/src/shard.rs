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
        let bytes = u64::from(header.item_count) * header.item_bytes;
        let items = usize::try_from(bytes).expect("it was opened into the slot");
        assert!(data.ends_with(&slot[..items]), "items are what was sealed");
        assert!(slot[items..].iter().all(|byte| *byte == UNTOUCHED), "bytes behind the items are left alone");
    }
}

pub(crate) fn labels(data: &[u8]) {
    if let Ok(labels) = plain::labels(&mut &*data) {
        assert_eq!(labels.ids.len(), labels.classes.len());
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
    let header = r#"{"split":"public","index":0,"item_count":2,"item_bytes":3}"#;
    vec![shard(b"egretIN\x01", header, b"abcdef")]
}

pub(crate) fn label_seeds() -> Vec<Vec<u8>> {
    let header = r#"{"split":"public","index":0,"item_count":2}"#;
    vec![shard(b"egretLB\x01", header, b"\x01\0\0\0\x01\0a\x02\0\0\0\x02\0bc")]
}
