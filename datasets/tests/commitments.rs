//! What is committed to, recomputed from what was sealed; and keys for further pools.

mod support;

use std::fs;

use egret_datasets::{
    DataKey, Hash, ORGANIZER, OpenError, PoolIdentity, RewrapError, SealedShard, Silent, Split, Unsound,
    load, rewrap, seal, verify,
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use support::Folder;
use support::sealed::Sealed;

fn mac(key: &[u8], parts: &[&[u8]]) -> Hash {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn hash(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
}

/// The documented formula, by other code: for two items in each split, of classes 0 and 1 without groups.
#[test]
fn the_commitment_is_what_its_documentation_says() {
    let folder = Folder::new();
    let out = tempfile::tempdir().unwrap();
    let pool = PoolIdentity::generate();
    let task = load(folder.path()).unwrap().tasks.remove(0);
    let set = seal(folder.path(), &task, &[("main".into(), pool.recipient())], out.path(), &Silent).unwrap();
    let secret = pool.open(&set.keys[0].1).unwrap();
    let salts = mac(&secret, &[b"egret test set salts v1"]);
    let sealed = Sealed { task, key: DataKey::unwrap(&pool, &set.keys[0].1).unwrap(), set, out };
    let mut roots = Vec::new();
    for (split, number) in Split::ALL.into_iter().zip(0u8..) {
        let leaf = |place: u64, class: u8, input: &[u8]| {
            let salt = mac(&salts, &[&[number], &place.to_le_bytes()]);
            let (group, label) = (0u64.to_le_bytes(), [0, class]);
            let (place, input) = (place.to_le_bytes(), hash(&[input]));
            let length = 2u64.to_le_bytes();
            hash(&[
                &[0],
                b"egret test set item v1",
                &salt,
                &place,
                &[number],
                &group,
                &input,
                &length,
                &label,
            ])
        };
        let items = sealed.items(split);
        let leaves = items.iter().enumerate().map(|(place, (id, _, input))| {
            let index: u8 = id.trim_end_matches(".png").parse().unwrap();
            leaf(place as u64, index % 2, input)
        });
        let leaves: Vec<Hash> = leaves.collect();
        let root = hash(&[&[1], &leaves[0], &leaves[1]]);
        let commitment = sealed.set.commitment.splits[usize::from(number)];
        assert_eq!((commitment.split, commitment.item_count, commitment.root), (split, 2, root));
        assert_eq!(sealed.set.shards[usize::from(number)].root, root);
        roots.push(hash(&[&[0], b"egret test set split v1", &[number], &2u64.to_le_bytes(), &root]));
    }
    let left = hash(&[&[1], &roots[0], &roots[1]]);
    assert_eq!(sealed.set.commitment.root, hash(&[&[1], &left, &roots[2]]));
}

#[test]
fn what_was_changed_is_named() {
    let folder = Folder::new();
    let (sealed, other) = (Sealed::of(&folder), Sealed::of(&folder));
    let check = |shards: &[SealedShard]| {
        verify(&sealed.key, &sealed.task.input, shards, &sealed.set.commitment)
            .map_err(|error| error.to_string())
    };
    let mut shards = sealed.set.shards.clone();
    assert_eq!(check(&shards), Ok(()));
    assert_eq!(check(&shards[..2]).unwrap_err(), "the shards are not those that were committed to");
    shards.swap(0, 1);
    assert_eq!(
        check(&shards).unwrap_err(),
        "shard 0 of sample: the plaintext is malformed: not the shard that is due"
    );
    shards.swap(0, 1);
    shards[1].labels = other.set.shards[1].labels.clone();
    assert_eq!(check(&shards).unwrap_err(), "shard 0 of public: not sealed to this key");
    shards[1] = sealed.set.shards[1].clone();
    shards[2].root = [0; 32];
    assert_eq!(check(&shards).unwrap_err(), "shard 0 of private is not the one that was sealed");
    shards[2] = sealed.set.shards[2].clone();
    let path = shards[1].inputs.path.clone();
    let mut bytes = fs::read(&path).unwrap();
    bytes[300] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(check(&shards).unwrap_err(), "shard 0 of public: the sealed bytes are damaged");
    fs::remove_file(path).unwrap();
    let missing = verify(&sealed.key, &sealed.task.input, &shards, &sealed.set.commitment);
    assert!(matches!(
        missing,
        Err(Unsound::Unreadable { split: Split::Public, index: 0, part: "inputs", .. })
    ));
}

#[test]
fn groups_are_committed_to() {
    let folder = Folder::new();
    let text = folder.read("tasks/digits/labels.csv");
    let rows = text.lines().skip(1).enumerate().map(|(row, line)| format!("{line},speaker {}\n", row / 2));
    folder.labels(&format!("file,label,split,group\n{}", rows.collect::<String>()));
    let sealed = Sealed::of(&folder);
    let labels = sealed.open(Split::Public).remove(0).1;
    assert_eq!(labels.groups, ["speaker 1", "speaker 1"]);
}

#[test]
fn the_card_says_what_is_public() {
    let folder = Folder::new();
    folder.edit("tasks/digits/task.toml", "title =", "licence = \"CC BY 4.0\"\ntitle =");
    let card = Sealed::of(&folder).set.card;
    assert_eq!((card.media, card.answer.as_str()), (vec!["image".to_owned()], "classes"));
    assert_eq!(card.item_counts, Split::ALL.map(|split| (split, 2)));
    assert_eq!((card.licence.as_str(), card.class_count), ("CC BY 4.0", 2));
    assert_eq!(card.class_names, ["zero", "one"]);
    folder.edit(
        "tasks/digits/task.toml",
        "kind = \"classes\"",
        "kind = \"classes\"\nclass_names_public = false",
    );
    let card = Sealed::of(&folder).set.card;
    assert_eq!((card.class_count, card.class_names.len()), (2, 0));
}

#[test]
fn the_organizer_can_give_the_key_to_a_further_pool() {
    let folder = Folder::new();
    let out = tempfile::tempdir().unwrap();
    let [pool, organizer, further] = [(); 3].map(|()| PoolIdentity::generate());
    let task = load(folder.path()).unwrap().tasks.remove(0);
    let pools = [("main".to_owned(), pool.recipient()), (ORGANIZER.to_owned(), organizer.recipient())];
    let set = seal(folder.path(), &task, &pools, out.path(), &Silent).unwrap();
    let (name, wrapped) = &set.keys[1];
    assert_eq!(name, ORGANIZER);
    let rewrapped = rewrap(&organizer, wrapped, &further.recipient()).unwrap();
    let key = DataKey::unwrap(&further, &rewrapped).unwrap();
    verify(&key, &task.input, &set.shards, &set.commitment).unwrap();
    assert_eq!(
        rewrap(&further, wrapped, &further.recipient()).unwrap_err(),
        RewrapError::Open(OpenError::Key)
    );
    let bad = rewrap(&organizer, wrapped, "age1nonsense").unwrap_err();
    assert_eq!(bad.to_string(), "not an age X25519 recipient (`age1…`)");
}
