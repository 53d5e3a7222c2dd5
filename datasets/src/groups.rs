use sha2::{Digest, Sha256};

use crate::Labels;

/// What the hash of an item begins with that is in no group.
const OWN: [u8; 1] = [1];

impl Labels {
    /// A key for each item's group, the same in every shard; items of one key say little that the others do not.
    ///
    /// It is the first 8 bytes, as a little-endian number, of `SHA-256(group)`, or for an item in no group, which is a group of
    /// its own, of `SHA-256(0x01 ‖ split u8 ‖ place u64)`, where the split is 0 for sample, 1 for public, 2 for private, the place is that
    /// in the split, and numbers are little-endian. The keys of the queries of a retrieval task and of its gallery are no company for each other: both
    /// are numbered from 0.
    #[must_use]
    pub fn group_keys(&self) -> Vec<u64> {
        let key = |(place, group): (u64, &String)| {
            let hash = if group.is_empty() {
                let place = place.to_le_bytes();
                Sha256::new_with_prefix(OWN).chain_update([self.split as u8]).chain_update(place).finalize()
            } else {
                Sha256::digest(group)
            };
            u64::from_le_bytes(hash[..8].try_into().expect("a hash has 32 bytes"))
        };
        (self.first_item..).zip(&self.groups).map(key).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Labels, Split};

    fn labels(first_item: u64, groups: &[&str]) -> Labels {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Labels { split: Split::Private, index: 0, first_item, ids: vec![], groups, truths: vec![] }
    }

    /// Of Python: `hashlib.sha256(b"ann").digest()[:8]`, `hashlib.sha256(b"\x01\x02" + bytes([6]) + bytes(7)).digest()[:8]`.
    #[test]
    fn keys_are_those_of_the_documentation() {
        let keys = labels(5, &["ann", "", "ann"]).group_keys();
        assert_eq!(keys[0].to_le_bytes(), [0x49, 0x91, 0x5e, 0xd, 0x7d, 0x4b, 0x40, 0x2e]);
        assert_eq!(keys[1].to_le_bytes(), [0xa2, 0x35, 0x2b, 0xfa, 0xb8, 0xa2, 0x21, 0xf2]);
        assert_eq!(keys[2], keys[0]);
    }

    #[test]
    fn a_key_does_not_depend_on_the_shard() {
        let whole = labels(3, &["", "bob", "", ""]).group_keys();
        let halves = [labels(3, &["", "bob"]).group_keys(), labels(5, &["", ""]).group_keys()];
        assert_eq!(halves.concat(), whole);
        let public = Labels { split: Split::Public, ..labels(3, &["", "bob"]) }.group_keys();
        assert!(public[0] != whole[0] && public[1] == whole[1], "what is in no group is of its split");
    }
}
