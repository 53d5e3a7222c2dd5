//! The order in which a model is shown the items of a shard: secret, and another one for each model.
//!
//! Items are sealed in a secret order, but in one for all models: models that answer by the place in a batch would ask about the same
//! items time and again. So a worker shows the items of a hidden shard by growing `HMAC-SHA-256(K, item u32)`, where the item is its
//! place in the shard and `K = HMAC-SHA-256(HMAC-SHA-256(data key, "egret item order v1"), model ‖ split u8 ‖ shard u32)`. Numbers are
//! little-endian, the data key is its text, the model is the SHA-256 of its file. The same model is shown the same order always, by
//! every worker and whoever submits it, so that its score is the same to the last bit.

use crate::commitment::keyed;
use crate::{DataKey, Split};
use hmac::Mac;

const ORDER_DOMAIN: &[u8] = b"egret item order v1";

impl DataKey {
    /// Items of a shard in the order in which a model is shown them: each of `0..item_count` once. `shard` is its place in the split,
    /// `model` the SHA-256 of the model's file.
    #[must_use]
    pub fn item_order(&self, model: &[u8; 32], split: Split, shard: u32, item_count: u32) -> Vec<u32> {
        let secret = keyed(&self.secret()).chain_update(ORDER_DOMAIN).finalize().into_bytes();
        let shard =
            keyed(&secret).chain_update(model).chain_update([split as u8]).chain_update(shard.to_le_bytes());
        let shard = keyed(&shard.finalize().into_bytes());
        let mut order: Vec<u32> = (0..item_count).collect();
        order.sort_by_cached_key(|item| {
            shard.clone().chain_update(item.to_le_bytes()).finalize().into_bytes()
        });
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_shard_split_and_key_has_an_order_of_its_own() {
        let (key, other) = (DataKey::generate(), DataKey::generate());
        let order = |key: &DataKey, model, split, shard| key.item_order(&[model; 32], split, shard, 100);
        let first = order(&key, 1, Split::Public, 0);
        assert_eq!(first, order(&key, 1, Split::Public, 0));
        for another in [
            order(&key, 2, Split::Public, 0),
            order(&key, 1, Split::Private, 0),
            order(&key, 1, Split::Public, 1),
            order(&other, 1, Split::Public, 0),
        ] {
            assert_ne!(another, first);
            let mut sorted = another;
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..100));
        }
        assert!(key.item_order(&[1; 32], Split::Public, 0, 0).is_empty());
    }

    /// A chi-squared test of where the first item comes to stand: 2,000 models, 10 places; 27.88 is the 99.9 % point of 9 degrees.
    #[test]
    fn an_item_stands_anywhere() {
        let key = DataKey::generate();
        let mut count = [0_u32; 10];
        for model in 0..2_000_u32 {
            let mut digest = [0; 32];
            digest[..4].copy_from_slice(&model.to_le_bytes());
            let order = key.item_order(&digest, Split::Public, 3, 10);
            count[order.iter().position(|item| *item == 0).unwrap()] += 1;
        }
        let off: f64 = count.iter().map(|&seen| (f64::from(seen) - 200.0).powi(2) / 200.0).sum();
        assert!(off < 27.88, "{count:?}");
    }
}
