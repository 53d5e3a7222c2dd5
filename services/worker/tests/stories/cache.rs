//! The cache keeps to its bound, forgets what was used longest ago, and trusts nothing because it is there.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use egret_worker::{BlobId, Cache, Mishap};

/// A cache that counts its fetches.
struct Fetched {
    cache: Cache,
    count: AtomicU32,
}

impl Fetched {
    fn open(dir: &Path, bytes_max: u64) -> Self {
        Self { cache: Cache::open(dir, bytes_max).unwrap(), count: AtomicU32::new(0) }
    }

    /// Reads `bytes` by their name; true if they had to be fetched.
    async fn read(&self, bytes: &[u8]) -> bool {
        let before = self.count.load(Ordering::SeqCst);
        let fetch = || async {
            self.count.fetch_add(1, Ordering::SeqCst);
            Ok(bytes.to_vec())
        };
        assert_eq!(self.cache.read(BlobId::of(bytes), fetch).await.unwrap(), bytes);
        self.count.load(Ordering::SeqCst) > before
    }
}

#[tokio::test]
async fn a_blob_is_fetched_once_also_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Fetched::open(dir.path(), 1000);
    assert!(cache.read(b"one").await);
    assert!(!cache.read(b"one").await);
    drop(cache);
    assert!(!Fetched::open(dir.path(), 1000).read(b"one").await);
}

#[tokio::test]
async fn the_least_recently_used_goes_first_and_the_bound_holds() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Fetched::open(dir.path(), 300);
    let (a, b, c, d) = ([1; 100], [2; 100], [3; 100], [4; 100]);
    for blob in [&a, &b, &c] {
        assert!(cache.read(blob).await);
    }
    assert!(!cache.read(&a).await, "used now, so b is the oldest");
    assert!(cache.read(&d).await);
    assert_eq!(cache.cache.used_bytes(), 300);
    for kept in [&a, &c, &d] {
        assert!(!cache.read(kept).await);
    }
    assert!(cache.read(&b).await, "b made room for d");
    assert_eq!(cache.cache.used_bytes(), 300);
}

#[tokio::test]
async fn a_smaller_bound_after_a_restart_is_kept_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Fetched::open(dir.path(), 300);
    for blob in [[1; 100], [2; 100], [3; 100]] {
        cache.read(&blob).await;
    }
    drop(cache);
    assert_eq!(Fetched::open(dir.path(), 150).cache.used_bytes(), 100);
}

#[tokio::test]
async fn damaged_and_missing_files_are_fetched_again() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Fetched::open(dir.path(), 1000);
    let (blob, path) = (b"sealed bytes", dir.path().join(BlobId::of(b"sealed bytes").digest.to_string()));
    let damages: [fn(&Path); 3] = [
        |path| fs::write(path, b"sealed bytez").unwrap(),
        |path| fs::write(path, b"sealed").unwrap(),
        |path| fs::remove_file(path).unwrap(),
    ];
    cache.read(blob).await;
    for damage in damages {
        damage(&path);
        assert!(cache.read(blob).await);
        assert_eq!(fs::read(&path).unwrap(), blob);
        assert_eq!(cache.cache.used_bytes(), blob.len() as u64);
    }
}

#[tokio::test]
async fn leftovers_of_a_killed_worker_are_dropped() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("partial-3"), b"half a blo").unwrap();
    let cache = Fetched::open(dir.path(), 1000);
    assert!(!dir.path().join("partial-3").exists());
    assert_eq!(cache.cache.used_bytes(), 0);
}

#[tokio::test]
async fn a_blob_larger_than_the_cache_is_refused_before_it_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path(), 10).unwrap();
    let read = cache.read(BlobId::of(&[0; 11]), || async { panic!("must not be fetched") }).await;
    assert!(matches!(read, Err(Mishap::CacheTooSmall { cache_bytes_max: 10, .. })), "{read:?}");
}

#[test]
fn two_workers_do_not_share_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Cache::open(dir.path(), 10).unwrap();
    let refused = Cache::open(dir.path(), 10).err().unwrap().to_string();
    assert!(refused.contains("another worker"), "{refused}");
}
