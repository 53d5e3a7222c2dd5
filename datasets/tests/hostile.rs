//! A blob store may return anything, and a folder may hold anything. Whatever it is, opening ends in an error or in what
//! was sealed, and checking ends in a report.

mod support;

use std::iter;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use egret_datasets::{DataKey, OpenError, PoolIdentity, Truth, open_inputs, open_labels, seal_to_pool};
use proptest::prelude::*;
use support::Folder;

/// A data key, and the means to seal arbitrary plaintext to it, as only a broken organizer's client could.
fn key() -> (DataKey, Identity) {
    let (pool, identity) = (PoolIdentity::generate(), Identity::generate());
    let wrapped = seal_to_pool(&pool.recipient(), identity.to_string().expose_secret().as_bytes()).unwrap();
    (DataKey::unwrap(&pool, &wrapped).unwrap(), identity)
}

fn encrypt(identity: &Identity, plain: &[u8]) -> Vec<u8> {
    let recipient = identity.to_public();
    let encryptor = age::Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).unwrap();
    std::io::Write::write_all(&mut writer, plain).unwrap();
    writer.finish().unwrap();
    sealed
}

fn plain(magic: &[u8], header: &str, payload: &[u8]) -> Vec<u8> {
    [magic, &(header.len() as u32).to_le_bytes(), header.as_bytes(), payload].concat()
}

fn inputs(header: &str, payload: &[u8]) -> Vec<u8> {
    plain(b"egretIN\x02", header, payload)
}

fn labels(header: &str, payload: &[u8]) -> Vec<u8> {
    plain(b"egretLB\x02", header, payload)
}

const INPUTS: &str = r#"{"split":"public","index":0,"item_count":2,"bytes":6}"#;
const LABELS: &str = r#"{"split":"public","index":0,"item_count":2,"first_item":5}"#;
/// Two records: id, group, `Truth::Class`.
const ROWS: &[u8] = b"\x05\0\0\0\x01a\0\0\x01\x07\0\0\0\x02bc\x01g\0\x02";

fn owned<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

#[test]
fn malformed_plaintext_is_named() {
    let (key, identity) = key();
    let open = |plain: &[u8]| {
        open_inputs(&key, &encrypt(&identity, plain)[..], &mut [0; 8]).map(|header| header.item_count)
    };
    assert_eq!(open(&inputs(INPUTS, b"abcdef")), Ok(2));
    assert_eq!(open(&inputs(INPUTS, b"abcde")), Err(OpenError::Damaged));
    assert_eq!(open(&inputs(INPUTS, b"abcdefg")), Err(OpenError::Malformed("bytes after the last item")));
    assert_eq!(open(b""), Err(OpenError::Damaged));
    let kind = Err(OpenError::Malformed("not a shard of this kind and version"));
    assert_eq!(open(&labels(LABELS, ROWS)), kind);
    assert_eq!(open(&plain(b"egretIN\x01", INPUTS, b"abcdef")), kind);
    assert_eq!(open(&inputs(&" ".repeat(5000), b"")), Err(OpenError::Malformed("the header is too long")));
    let header = |count: u64, bytes: u64| {
        INPUTS.replace(":6", &format!(":{bytes}")).replace(":2", &format!(":{count}"))
    };
    assert_eq!(open(&inputs(&header(0, 3), b"")), Err(OpenError::Malformed("item count")));
    assert_eq!(open(&inputs(&header(1, 0), b"")), Err(OpenError::Malformed("size of the items")));
    assert_eq!(open(&inputs(&header(1, u64::MAX), b"")), Err(OpenError::Malformed("size of the items")));
    assert!(matches!(open(&inputs(&header(65_536, 64 << 20), b"")), Err(OpenError::TooLarge { .. })));
    for json in ["", "{}", "[1]", &header(u64::from(u32::MAX) + 1, 3), &INPUTS.replace("index", "indices")] {
        assert_eq!(
            open(&inputs(json, b"")),
            Err(OpenError::Malformed("the header is not what it should be")),
            "{json}"
        );
    }
    let open = |plain: &[u8]| open_labels(&key, &encrypt(&identity, plain)[..]);
    let opened = open(&labels(LABELS, ROWS)).unwrap();
    assert_eq!((opened.ids, opened.groups), (owned(["a", "bc"]), owned(["", "g"])));
    assert!(opened.truths == [Truth::Class(1), Truth::Class(2)]);
    assert_eq!(opened.first_item, 5);
    assert_eq!(open(&labels(LABELS, &ROWS[..10])), Err(OpenError::Damaged));
    assert_eq!(
        open(&labels(LABELS, &[ROWS, b"x"].concat())),
        Err(OpenError::Malformed("bytes after the last item"))
    );
    let wrong = |what| Err(OpenError::Malformed(what));
    assert_eq!(
        open(&labels(LABELS, b"\x04\0\0\0\x01\xff\0\0\x01")),
        wrong("a label is not what it should be")
    );
    assert_eq!(open(&labels(LABELS, b"\x06\0\0\0\x01a\0\0\x01\x01")), wrong("bytes after a label"));
    assert_eq!(open(&labels(LABELS, &u32::MAX.to_le_bytes())), wrong("labels are too long"));
    let record = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes(), bytes].concat();
    let id = |bytes: u16| {
        [&[(bytes & 0x7f) as u8 | 0x80, (bytes >> 7) as u8], &vec![b'i'; bytes.into()][..]].concat()
    };
    let class = |id: Vec<u8>| record(&[&id[..], &[0, 0, 1]].concat());
    assert!(open(&labels(LABELS, &[class(id(1024)), class(id(1024))].concat())).is_ok());
    let long = open(&labels(LABELS, &[class(id(1024)), class(id(1025))].concat()));
    assert_eq!(long, wrong("an id or a group is too long"));
    // A mask of 4096 × 4096 in a few bytes; a shard may hold four of these, and no mask more pixels.
    let runs = |pixels: &[u8]| record(&[b"\x01a\0\x04\x80\x20\x80\x20\x01", pixels, b"\x03"].concat());
    let (all, more) = (runs(b"\x80\x80\x80\x08"), runs(b"\x81\x80\x80\x08"));
    let masks = |count: usize| {
        open(&labels(&LABELS.replace(":2", &format!(":{count}")), &all.repeat(count)))
            .map(|labels| labels.truths.len())
    };
    assert_eq!((masks(4), masks(5)), (Ok(4), Err(OpenError::Malformed("masks have too many pixels"))));
    assert_eq!(open(&labels(LABELS, &more)), wrong("a label is not what it should be"));
    let few = open(&labels(LABELS, &runs(b"\x05")));
    assert_eq!(few, wrong("a mask does not have the pixels of its size"));
}

#[test]
fn every_tampered_byte_and_every_truncation_is_refused() {
    let (key, identity) = key();
    let sealed = encrypt(&identity, &inputs(INPUTS, b"abcdef"));
    for index in 0..sealed.len() {
        let mut tampered = sealed.clone();
        tampered[index] ^= 0x20;
        assert!(open_inputs(&key, &tampered[..], &mut [0; 6]).is_err(), "byte {index}");
        assert!(open_inputs(&key, &sealed[..index], &mut [0; 6]).is_err(), "truncated to {index}");
    }
}

#[test]
fn a_wrapped_key_must_be_a_key() {
    let pool = PoolIdentity::generate();
    let wrap =
        |plain: &[u8]| DataKey::unwrap(&pool, &seal_to_pool(&pool.recipient(), plain).unwrap()).unwrap_err();
    assert_eq!(wrap(b"hello"), OpenError::Malformed("not a data key"));
    assert_eq!(wrap(b"\xff\xfe"), OpenError::Malformed("not a data key"));
    assert_eq!(wrap(&[0; 9000]), OpenError::Malformed("the wrapped key is too long"));
    assert_eq!(DataKey::unwrap(&pool, b"not age").unwrap_err(), OpenError::Damaged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_plaintext_is_opened_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..200) {
        let (key, identity) = key();
        for magic in [&b"egretIN\x02"[..], b"egretLB\x02", b""] {
            let sealed = encrypt(&identity, &[magic, &bytes].concat());
            let _ = open_inputs(&key, &sealed[..], &mut [0; 64]);
            let _ = open_labels(&key, &sealed[..]);
        }
        let rows = &ROWS[..cut.min(ROWS.len())];
        let _ = open_labels(&key, &encrypt(&identity, &labels(LABELS, &[rows, &bytes].concat()))[..]);
    }

    #[test]
    fn any_ciphertext_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (key, _) = key();
        prop_assert!(open_inputs(&key, &bytes[..], &mut [0; 64]).is_err());
        let headed = [b"age-encryption.org/v1\n", &bytes[..]].concat();
        prop_assert!(open_labels(&key, &headed[..]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_damage_to_media_ends_in_a_report(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let damage = |folder: &Folder, file: &str| {
            let mut bytes = std::fs::read(folder.media(file)).unwrap();
            for (place, mask) in &flips {
                let place = place.index(bytes.len());
                bytes[place] ^= mask;
            }
            std::fs::write(folder.media(file), bytes).unwrap();
        };
        let pictures = Folder::new();
        for (index, kind) in ["png", "jpg", "bmp", "tiff", "webp"].iter().enumerate() {
            pictures.gray(&format!("a.{kind}"), 17, 19, |x, y| (x * 9 + y * 5) as u8);
            std::fs::rename(pictures.media(&format!("a.{kind}")), pictures.media(&format!("{index}.png"))).unwrap();
            damage(&pictures, &format!("{index}.png"));
        }
        let sounds = Folder::of_sounds();
        damage(&sounds, "0.wav");
        for problem in [pictures.problems(), sounds.problems()].concat() {
            prop_assert!(!problem.remedy.is_empty());
        }
    }
}
