//! Sealed blobs on disk, content-addressed and bounded.
//!
//! What is written here is age ciphertext, as it came: sealed at rest. Blobs are verified when they are read, not trusted
//! because they are there: a truncated or altered file is dropped and fetched again. Files are written under a temporary
//! name and renamed, so a killed worker leaves no half blob under a blob's name.

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{BlobId, Digest, Mishap};

const TEMPORARY: &str = "partial-";

/// A folder of sealed blobs, shared by all slots of one worker process.
#[derive(Clone)]
pub struct Cache(Arc<Shared>);

struct Shared {
    dir: PathBuf,
    bytes_max: u64,
    index: Mutex<Index>,
    /// Held as long as the cache lives, so that no second process counts the same folder.
    _lock: File,
}

#[derive(Default)]
struct Index {
    entries: HashMap<Digest, Entry>,
    /// Bytes of `entries` and of downloads that were promised room.
    used_bytes: u64,
    /// Advances with every use; the smallest in an entry is the least recently used.
    clock: u64,
    writes: u64,
}

struct Entry {
    size_bytes: u64,
    used_at: u64,
}

impl Cache {
    /// Opens the folder, making it if needed; drops leftovers and whatever exceeds the bound.
    pub fn open(dir: &Path, bytes_max: u64) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let lock = File::create(dir.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("{} is in use by another worker; give each worker its own folder", dir.display()),
            ),
            TryLockError::Error(error) => error,
        })?;
        let mut index = Index::default();
        for (path, digest, size_bytes) in found(dir)? {
            match digest {
                Some(digest) => index.insert(digest, size_bytes),
                None => fs::remove_file(path)?,
            }
        }
        index.used_bytes = index.entries.values().map(|entry| entry.size_bytes).sum();
        let cache =
            Self(Arc::new(Shared { dir: dir.into(), bytes_max, index: Mutex::new(index), _lock: lock }));
        cache.make_room(&mut cache.index(), 0)?;
        Ok(cache)
    }

    /// The blob's bytes, from disk if they are there and right, else from `fetch`, which must return verified bytes.
    pub async fn read<F>(&self, blob: BlobId, fetch: impl FnOnce() -> F) -> Result<Vec<u8>, Mishap>
    where
        F: Future<Output = Result<Vec<u8>, Mishap>>,
    {
        let here = self.clone();
        if let Some(bytes) = blocking(move || here.load(blob)).await?? {
            metrics::counter!("egret_worker_cache_reads_total", "found" => "true").increment(1);
            return Ok(bytes);
        }
        metrics::counter!("egret_worker_cache_reads_total", "found" => "false").increment(1);
        if blob.size_bytes > self.0.bytes_max {
            return Err(Mishap::CacheTooSmall { blob, cache_bytes_max: self.0.bytes_max });
        }
        let bytes = fetch().await?;
        let here = self.clone();
        blocking(move || here.store(blob, &bytes).map(|()| bytes)).await?.map_err(Mishap::Cache)
    }

    /// Bytes on disk now.
    pub fn used_bytes(&self) -> u64 {
        self.index().used_bytes
    }

    fn load(&self, blob: BlobId) -> Result<Option<Vec<u8>>, Mishap> {
        if !self.index().touch(blob.digest) {
            return Ok(None);
        }
        let bytes = match fs::read(self.path(blob.digest)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        if blob.names(&bytes) {
            return Ok(Some(bytes));
        }
        tracing::warn!(blob = %blob.digest, "a cached blob is damaged; it is fetched again");
        self.drop_entry(&mut self.index(), blob.digest)?;
        Ok(None)
    }

    fn store(&self, blob: BlobId, bytes: &[u8]) -> io::Result<()> {
        let temporary = {
            let mut index = self.index();
            if index.entries.contains_key(&blob.digest) {
                return Ok(());
            }
            self.make_room(&mut index, blob.size_bytes)?;
            index.used_bytes += blob.size_bytes;
            index.writes += 1;
            self.0.dir.join(format!("{TEMPORARY}{}", index.writes))
        };
        let written =
            fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, self.path(blob.digest)));
        let mut index = self.index();
        if written.is_err() || index.entries.contains_key(&blob.digest) {
            // Not written, or another slot wrote the same blob meanwhile: the room promised to us is free again.
            index.used_bytes -= blob.size_bytes;
        } else {
            index.insert(blob.digest, blob.size_bytes);
        }
        written
    }

    /// Drops the least recently used blobs until `size_bytes` more fit.
    fn make_room(&self, index: &mut Index, size_bytes: u64) -> io::Result<()> {
        while index.used_bytes + size_bytes > self.0.bytes_max {
            let Some(oldest) =
                index.entries.iter().min_by_key(|(_, entry)| entry.used_at).map(|(digest, _)| *digest)
            else {
                return Err(io::Error::new(
                    io::ErrorKind::StorageFull,
                    "downloads in progress fill the cache; raise cache_bytes_max",
                ));
            };
            self.drop_entry(index, oldest)?;
        }
        Ok(())
    }

    fn drop_entry(&self, index: &mut Index, digest: Digest) -> io::Result<()> {
        match fs::remove_file(self.path(digest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if let Some(entry) = index.entries.remove(&digest) {
            index.used_bytes -= entry.size_bytes;
        }
        Ok(())
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.0.dir.join(digest.to_string())
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.0.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn insert(&mut self, digest: Digest, size_bytes: u64) {
        self.clock += 1;
        self.entries.insert(digest, Entry { size_bytes, used_at: self.clock });
    }

    /// Marks the blob as used now; false if it is not here.
    fn touch(&mut self, digest: Digest) -> bool {
        self.clock += 1;
        let now = self.clock;
        self.entries.get_mut(&digest).map(|entry| entry.used_at = now).is_some()
    }
}

/// Files of the folder, least recently written first; leftovers of a killed worker have no digest.
fn found(dir: &Path) -> io::Result<Vec<(PathBuf, Option<Digest>, u64)>> {
    let mut files = Vec::new();
    for file in fs::read_dir(dir)? {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        let digest = Digest::parse(&name);
        if digest.is_some() || name.starts_with(TEMPORARY) {
            let meta = file.metadata()?;
            files.push((meta.modified()?, file.path(), digest, meta.len()));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path, digest, size)| (path, digest, size)).collect())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Mishap> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Mishap::Panicked)
}
