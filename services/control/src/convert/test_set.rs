//! Test sets: counts, digests and wrapped keys; nothing here is plaintext.

use egret_contest::{Shard, TestSetState, WrappedKey};
use egret_proto::v1;
use egret_store::{NewTestSet, TestSet};
use tonic::Status;

use super::{blob, blob_to_wire, split, split_to_wire, timestamp};
use crate::status::Violations;

/// Shards of one test set.
const SHARD_COUNT_MAX: usize = 10_000;
/// Pools a test set is sealed to.
const KEY_COUNT_MAX: usize = 64;
/// A data key under a pool's seal, in bytes.
const SEALED_KEY_BYTES_MAX: usize = 4096;

pub(crate) fn test_set(test_set: &TestSet) -> v1::TestSet {
    let state = match test_set.state {
        TestSetState::Sealed => v1::test_set::State::Sealed,
        TestSetState::Live => v1::test_set::State::Live,
        TestSetState::Retired => v1::test_set::State::Retired,
    };
    let keys = test_set.keys.iter();
    let keys = keys.map(|key| v1::WrappedKey {
        pool: format!("pools/{}", key.pool),
        sealed_key: key.sealed_key.clone(),
    });
    v1::TestSet {
        name: test_set.name.to_string(),
        state: state.into(),
        create_time: timestamp(test_set.created_at),
        shards: test_set.shards.iter().map(shard).collect(),
        keys: keys.collect(),
        sample_archive: test_set.sample_archive.as_ref().map(blob_to_wire),
    }
}

pub(crate) fn shard(shard: &Shard) -> v1::Shard {
    v1::Shard {
        split: split_to_wire(shard.split).into(),
        index: shard.index,
        item_count: shard.item_count,
        inputs: Some(blob_to_wire(&shard.inputs)),
        labels: Some(blob_to_wire(&shard.labels)),
        inputs_plain_bytes: shard.inputs_plain_bytes,
    }
}

/// A test set to register; output-only fields are ignored.
pub(crate) fn new_test_set(given: v1::TestSet) -> Result<NewTestSet, Status> {
    let mut v = Violations::default();
    let counted = (1..=SHARD_COUNT_MAX).contains(&given.shards.len());
    v.expect(counted, "test_set.shards", format!("must be 1 to {SHARD_COUNT_MAX}"));
    let counted = (1..=KEY_COUNT_MAX).contains(&given.keys.len());
    v.expect(counted, "test_set.keys", format!("must be 1 to {KEY_COUNT_MAX}"));
    let shards = given.shards.into_iter().take(SHARD_COUNT_MAX).enumerate();
    let shards = shards.filter_map(|(index, shard)| new_shard(&mut v, index, shard)).collect();
    let keys = given.keys.into_iter().take(KEY_COUNT_MAX).enumerate();
    let keys = keys.filter_map(|(index, key)| new_key(&mut v, index, key)).collect();
    let archive = given.sample_archive;
    let sample_archive = archive.and_then(|archive| blob(&mut v, "test_set.sample_archive", Some(archive)));
    v.finish(Some(NewTestSet { shards, keys, sample_archive }))
}

fn new_shard(v: &mut Violations, index: usize, shard: v1::Shard) -> Option<Shard> {
    let at = |field: &str| format!("test_set.shards[{index}].{field}");
    let split = split(v, &at("split"), shard.split);
    v.expect(shard.item_count > 0, &at("item_count"), "must be at least 1");
    v.expect(shard.inputs_plain_bytes > 0, &at("inputs_plain_bytes"), "must be at least 1");
    let inputs = blob(v, &at("inputs"), shard.inputs);
    let labels = blob(v, &at("labels"), shard.labels);
    Some(Shard {
        split: split?,
        index: shard.index,
        item_count: shard.item_count,
        inputs: inputs?,
        labels: labels?,
        inputs_plain_bytes: shard.inputs_plain_bytes,
    })
}

fn new_key(v: &mut Violations, index: usize, key: v1::WrappedKey) -> Option<WrappedKey> {
    let fits = (1..=SEALED_KEY_BYTES_MAX).contains(&key.sealed_key.len());
    let rule = format!("must be 1 to {SEALED_KEY_BYTES_MAX} bytes");
    v.expect(fits, &format!("test_set.keys[{index}].sealed_key"), rule);
    let pool = key.pool.parse::<egret_contest::PoolName>();
    let pool = v.take(&format!("test_set.keys[{index}].pool"), pool)?;
    Some(WrappedKey { pool: pool.pool, sealed_key: key.sealed_key })
}
