//! Shards under a valid seal: what a broken or hostile organizer's client could upload.

use std::io::Write as _;
use std::sync::LazyLock;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use egret_datasets::{DataKey, PoolIdentity, open_inputs, open_labels, seal_to_pool};

/// Bytes of the memory that inputs are opened into.
const SLOT_BYTES: usize = 4096;
/// What the memory holds before, and behind the items after.
const UNTOUCHED: u8 = 0xa5;

/// A data key whose secret is known here.
static KEY: LazyLock<(DataKey, Identity)> = LazyLock::new(|| {
    let (pool, identity) = (PoolIdentity::generate(), Identity::generate());
    let wrapped = seal_to_pool(&pool.recipient(), identity.to_string().expose_secret().as_bytes());
    let key = DataKey::unwrap(&pool, &wrapped.expect("a recipient of ours")).expect("sealed a line ago");
    (key, identity)
});

fn sealed(plain: &[u8]) -> Vec<u8> {
    age::encrypt(&KEY.1.to_public(), plain).expect("memory takes all")
}

pub(crate) fn inputs(data: &[u8]) {
    let mut slot = [UNTOUCHED; SLOT_BYTES];
    if let Ok(header) = open_inputs(&KEY.0, sealed(data).as_slice(), &mut slot) {
        let bytes = u64::from(header.item_count) * header.item_bytes;
        let items = usize::try_from(bytes).expect("it was opened into the slot");
        assert!(data.ends_with(&slot[..items]), "items are what was sealed");
        assert!(slot[items..].iter().all(|byte| *byte == UNTOUCHED), "bytes behind the items are left alone");
    }
}

pub(crate) fn labels(data: &[u8]) {
    if let Ok(labels) = open_labels(&KEY.0, sealed(data).as_slice()) {
        assert_eq!(labels.ids.len(), labels.classes.len());
        assert!(!labels.ids.is_empty());
    }
}

/// Magic, header and content, as a sealer writes them.
fn plain(magic: &[u8], header: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    write!(bytes, "{header}").expect("memory takes all");
    bytes.extend(content);
    bytes
}

pub(crate) fn input_seeds() -> Vec<Vec<u8>> {
    let header = r#"{"split":"public","index":0,"item_count":2,"item_bytes":3}"#;
    vec![plain(b"egretIN\x01", header, b"abcdef")]
}

pub(crate) fn label_seeds() -> Vec<Vec<u8>> {
    let header = r#"{"split":"public","index":0,"item_count":2}"#;
    vec![plain(b"egretLB\x01", header, b"\x01\0\0\0\x01\0a\x02\0\0\0\x02\0bc")]
}
