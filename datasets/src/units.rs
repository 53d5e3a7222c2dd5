use egret_contract::UNIT_SHARDS_MAX;

use crate::keys::sealed_bytes_max;
use crate::shard::{SHARD_BYTES_MAX, SHARD_ITEMS_MAX};

/// Bytes that the result of a unit has beside its state: usage, versions, how the model was fed.
const RESULT_BYTES_MAX: u64 = 8 << 10;

/// How a hidden evaluation of a split is cut into units of work, each of some consecutive shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Units {
    pub count: u64,
    /// Items of the largest.
    pub items_max: u64,
}

impl Units {
    /// Of shards of so many items each, in their order.
    pub fn of_shards(items: &[u32]) -> Self {
        let units = items.chunks(UNIT_SHARDS_MAX as usize);
        let items = units.clone().map(|unit| unit.iter().copied().map(u64::from).sum());
        Self { count: units.len() as u64, items_max: items.max().unwrap_or(0) }
    }

    /// The most that it may come to for items whose inputs have so many bytes each: which of them share a shard is left to chance,
    /// so the smallest may all come together.
    pub fn of_inputs(mut bytes: Vec<u32>) -> Self {
        bytes.sort_unstable();
        let (mut shards, mut filled, mut items) = (0_u64, SHARD_BYTES_MAX, 0);
        for bytes in bytes.iter().map(|bytes| u64::from(*bytes)) {
            if filled + bytes > SHARD_BYTES_MAX || items == SHARD_ITEMS_MAX {
                (shards, filled, items) = (shards + 1, 0, 0);
            }
            (filled, items) = (filled + bytes, items + 1);
        }
        let mut room = u64::from(UNIT_SHARDS_MAX) * SHARD_BYTES_MAX;
        let fits = |bytes: &&u32| {
            // An item that is larger than a shard has one of its own.
            let left = room.checked_sub(u64::from(**bytes).min(SHARD_BYTES_MAX));
            room = left.unwrap_or(0);
            left.is_some()
        };
        let items_max =
            bytes.iter().take((UNIT_SHARDS_MAX * SHARD_ITEMS_MAX) as usize).take_while(fits).count();
        Self { count: shards.div_ceil(u64::from(UNIT_SHARDS_MAX)), items_max: items_max as u64 }
    }
}

/// Bytes of what a unit leaves whose metric state is so long, sealed to its pool.
#[must_use]
pub fn unit_state_bytes_max(state_bytes: u64) -> u64 {
    sealed_bytes_max(state_bytes.saturating_add(RESULT_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_eight_shards_each() {
        assert_eq!(Units::of_shards(&[]), Units::default());
        assert_eq!(Units::of_shards(&[7; 8]), Units { count: 1, items_max: 56 });
        assert_eq!(Units::of_shards(&[7, 7, 7, 7, 7, 7, 7, 7, 60]), Units { count: 2, items_max: 60 });
    }

    #[test]
    fn items_that_share_a_unit_are_bounded_by_bytes_and_by_number() {
        let of = |bytes: u32, count: usize| Units::of_inputs(vec![bytes; count]);
        assert_eq!(of(1, 0), Units::default());
        // 8 shards of 65,536 tiny items; of 32 items of a mebibyte; of one item that is larger than a shard.
        assert_eq!(of(1, 8 << 16), Units { count: 1, items_max: 8 << 16 });
        assert_eq!(of(1, (8 << 16) + 1), Units { count: 2, items_max: 8 << 16 });
        assert_eq!(of(1 << 20, 256), Units { count: 1, items_max: 256 });
        assert_eq!(of(1 << 20, 257), Units { count: 2, items_max: 256 });
        assert_eq!(of(60 << 20, 20), Units { count: 3, items_max: 8 });
        // The small ones among large ones may all come together.
        let mixed = [vec![30 << 20; 20], vec![1 << 10; 100]].concat();
        assert_eq!(Units::of_inputs(mixed), Units { count: 3, items_max: 108 });
    }
}
