//! Shards.
/// Bytes of one item.
pub(crate) const ITEM_BYTES_MAX: u64 = 64 << 20;
