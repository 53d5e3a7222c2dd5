//! A key that was dropped is nowhere in this process's memory. A test binary of its own: nothing else runs beside it.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
};

use egret_datasets::PoolIdentity;

/// What is looked for is kept masked, so that the search does not find itself.
struct Needle(Vec<u8>);

const MASK: u8 = 0x5a;

impl Needle {
    fn is_at(&self, place: &[u8]) -> bool {
        place.len() == self.0.len() && place.iter().zip(&self.0).all(|(byte, masked)| byte ^ MASK == *masked)
    }
}

/// How often `needle` lies in this process's writable memory.
fn copies_of(needle: &Needle) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut found = 0;
    let mut page = vec![0; 1 << 16];
    for map in maps.lines().filter(|map| map.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw")))
    {
        let (from, to) = map.split(' ').next().unwrap().split_once('-').unwrap();
        let (mut at, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let own = page.as_ptr().addr() as u64..page.as_ptr().addr() as u64 + page.len() as u64;
        while at < to {
            let length = (to - at).min(page.len() as u64) as usize;
            memory.seek(SeekFrom::Start(at)).unwrap();
            if memory.read_exact(&mut page[..length]).is_err() {
                break; // A guard page, or one that went away.
            }
            let places = page[..length].windows(needle.0.len()).enumerate();
            // The window itself is memory too.
            let outside =
                places.filter(|(offset, place)| !own.contains(&(at + *offset as u64)) && needle.is_at(place));
            found += outside.count();
            // Windows overlap, so that no copy falls between two.
            at += if length as u64 == to - at { length } else { length - needle.0.len() } as u64;
        }
    }
    found
}

#[expect(clippy::unbuffered_bytes, reason = "a buffer would be one more copy")]
#[test]
fn a_pools_key_leaves_no_copy_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pool.key");
    let identity = PoolIdentity::generate();
    identity.save(&file).unwrap();
    drop(identity);
    // The secret line, masked byte by byte as it is read.
    let masked: Vec<u8> = File::open(&file).unwrap().bytes().map(|byte| byte.unwrap() ^ MASK).collect();
    let line = masked.split(|byte| *byte == b'\n' ^ MASK).find(|line| line.first() == Some(&(b'A' ^ MASK)));
    let needle = Needle(line.unwrap().to_vec());
    assert!(needle.0.len() > 60, "AGE-SECRET-KEY-1…");

    let identity = PoolIdentity::load(&file).unwrap();
    assert!(identity.recipient().starts_with("age1"));
    drop(identity);
    assert_eq!(copies_of(&needle), 0);

    // The search finds what is there.
    let known = fs::read(&file).unwrap();
    assert_eq!(copies_of(&needle), 1);
    drop(known);
}
