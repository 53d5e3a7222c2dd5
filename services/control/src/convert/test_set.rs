//! Test sets: counts, digests and wrapped keys; nothing here is plaintext.

use egret_contest::{Card, Sha256Hex, Shard, Split, SplitCommitment, TestSetState, WrappedKey};
use egret_proto::v1;
use egret_store::{NewTestSet, TestSet};
use tonic::Status;

use super::{blob, blob_to_wire, split, split_to_wire, timestamp};
use crate::status::Violations;

/// Shards of one test set.
const SHARD_COUNT_MAX: usize = 10_000;
/// Pools a test set is sealed to.
const KEY_COUNT_MAX: usize = 64;
/// The licence of the data, in bytes.
const LICENCE_BYTES_MAX: usize = 256;
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
        card: test_set.card.as_ref().map(card),
        shard_roots: test_set
            .card
            .iter()
            .flat_map(|card| &card.shard_roots)
            .map(Sha256Hex::to_string)
            .collect(),
    }
}

/// What everybody may know; the roots of shards are for organizers.
pub(crate) fn card(card: &Card) -> v1::TestSetCard {
    let splits = card.splits.iter().map(|split| v1::SplitCommitment {
        split: split.split.as_str().to_owned(),
        item_count: split.item_count,
        root: split.root.to_string(),
    });
    v1::TestSetCard { licence: card.licence.clone(), root: card.root.to_string(), splits: splits.collect() }
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
    let keys =
        keys.filter_map(|(index, key)| new_key(&mut v, &format!("test_set.keys[{index}]"), key)).collect();
    let archive = given.sample_archive;
    let sample_archive = archive.and_then(|archive| blob(&mut v, "test_set.sample_archive", Some(archive)));
    let card = given.card.map(|given_card| new_card(&mut v, given_card, given.shard_roots));
    v.finish(Some(NewTestSet { shards, keys, sample_archive, card: card.flatten() }))
}

fn new_card(v: &mut Violations, given: v1::TestSetCard, shard_roots: Vec<String>) -> Option<Card> {
    let at = |field: &str| format!("test_set.card.{field}");
    let fits = given.licence.len() <= LICENCE_BYTES_MAX;
    v.expect(fits, &at("licence"), format!("must be at most {LICENCE_BYTES_MAX} bytes"));
    let counted = (1..=Split::ALL.len()).contains(&given.splits.len());
    v.expect(counted, &at("splits"), format!("must be 1 to {}", Split::ALL.len()));
    let root = v.take(&at("root"), Sha256Hex::parse(&given.root));
    let mut splits = Vec::new();
    for (index, of) in given.splits.into_iter().take(Split::ALL.len()).enumerate() {
        let split = Split::parse(&of.split);
        v.expect(
            split.is_some(),
            &at(&format!("splits[{index}].split")),
            "must be sample, public or private",
        );
        let root = v.take(&at(&format!("splits[{index}].root")), Sha256Hex::parse(&of.root));
        splits.extend(split.zip(root).map(|(split, root)| SplitCommitment {
            split,
            item_count: of.item_count,
            root,
        }));
    }
    let roots = shard_roots.into_iter().take(SHARD_COUNT_MAX).enumerate();
    let roots = roots.filter_map(|(index, root)| {
        v.take(&format!("test_set.shard_roots[{index}]"), Sha256Hex::parse(&root))
    });
    let shard_roots = roots.collect();
    Some(Card { licence: given.licence, root: root?, splits, shard_roots })
}

/// A key for one more pool.
pub(crate) fn added_key(key: Option<v1::WrappedKey>) -> Result<WrappedKey, Status> {
    let mut v = Violations::default();
    let key = new_key(&mut v, "key", key.unwrap_or_default());
    v.finish(key)
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

fn new_key(v: &mut Violations, at: &str, key: v1::WrappedKey) -> Option<WrappedKey> {
    let fits = (1..=SEALED_KEY_BYTES_MAX).contains(&key.sealed_key.len());
    let rule = format!("must be 1 to {SEALED_KEY_BYTES_MAX} bytes");
    v.expect(fits, &format!("{at}.sealed_key"), rule);
    let pool = key.pool.parse::<egret_contest::PoolName>();
    let pool = v.take(&format!("{at}.pool"), pool)?;
    Some(WrappedKey { pool: pool.pool, sealed_key: key.sealed_key })
}
