//! Uploads: any size by one path, resumed, verified, and swept.

use bytes::Bytes;
use egret_contest::*;
use futures::TryStreamExt;
use sha2::Digest;

use super::harness::*;
use crate::*;

const SIZE: usize = 3_000_000;
const CHUNK: usize = 1 << 20;

async fn reserve(h: &Harness, size: usize, content: &Bytes) -> Upload {
    let olga = user(&h.store, Grant::Operator, "Olga").await;
    let now = h.store.now().await.unwrap();
    // The first reservation of a test also makes the competition that it belongs to.
    let _ = h.store.create_competition(&Request::once(), competition(now, FREE), &olga).await;
    let new = NewUpload {
        owner: olga,
        purpose: UploadPurpose::TestSet(id("games")),
        size_bytes: size as u64,
        sha256: Sha256Hex::parse(&hex::encode(sha2::Sha256::digest(content))).unwrap(),
    };
    h.store.create_upload(&Request::once(), new).await.unwrap()
}

async fn write(
    h: &Harness,
    store: &Store,
    upload: &Upload,
    range: std::ops::Range<usize>,
) -> Result<Upload, StoreError> {
    let mut writer = store.write_upload(&h.blobs, &upload.name.upload, range.start as u64).await?;
    let content = bytes(range);
    for chunk in content.chunks(CHUNK) {
        writer.write(Bytes::copy_from_slice(chunk)).await?;
    }
    writer.finish().await
}

fn staged(h: &Harness) -> usize {
    std::fs::read_dir(h.dir.path().join("staging")).unwrap().count()
}

async fn read(h: &Harness, sha256: &Sha256Hex, offset: u64) -> Result<Vec<u8>, BlobError> {
    let chunks: Vec<Bytes> = h.blobs.read(sha256, offset).await?.try_collect().await?;
    assert!(chunks.iter().all(|chunk| chunk.len() <= CHUNK));
    Ok(chunks.concat())
}

on_both! {
    async fn an_upload_resumes_after_a_broken_stream_and_a_restart(h) {
        let content = bytes(0..SIZE);
        let upload = reserve(h, SIZE, &content).await;
        let half = write(h, &h.store, &upload, 0..1_700_001).await.unwrap();
        assert_eq!((half.committed_bytes, half.state), (1_700_001, UploadState::Open));
        // A stream that dies without a word: what was not committed is written again.
        let mut writer = h.store.write_upload(&h.blobs, &upload.name.upload, 1_700_001).await.unwrap();
        writer.write(Bytes::from_static(b"these bytes were never acknowledged")).await.unwrap();
        let busy = h.store.write_upload(&h.blobs, &upload.name.upload, 1_700_001).await;
        assert!(matches!(busy, Err(StoreError::UploadBusy)));
        drop(writer);
        let restarted = h.reopened().await;
        let blobs = Blobs::open(h.dir.path().to_owned()).await.unwrap();
        let wrong = restarted.write_upload(&blobs, &upload.name.upload, 5).await;
        assert!(matches!(wrong, Err(StoreError::WrongOffset { committed_bytes: 1_700_001 })));
        let mut writer = restarted.write_upload(&blobs, &upload.name.upload, 1_700_001).await.unwrap();
        writer.write(bytes(1_700_001..SIZE)).await.unwrap();
        let complete = writer.finish().await.unwrap();
        assert_eq!(complete.state, UploadState::Complete);
        assert_eq!(read(h, &upload.sha256, 0).await.unwrap(), content);
        assert_eq!(read(h, &upload.sha256, 2_999_999).await.unwrap(), content[2_999_999..]);
        assert_eq!(read(h, &upload.sha256, SIZE as u64).await.unwrap(), b"");
        assert_eq!(staged(h), 0);
        // A retry of the last write finds it done.
        let again = h.store.write_upload(&h.blobs, &upload.name.upload, SIZE as u64).await.unwrap();
        assert_eq!(again.finish().await.unwrap(), complete);
        // And the same bytes need not travel twice.
        assert_eq!(reserve(h, SIZE, &content).await.state, UploadState::Complete);
    }
}

on_both! {
    async fn what_is_too_long_or_of_another_digest_leaves_nothing(h) {
        let long = reserve(h, SIZE, &bytes(0..SIZE)).await;
        let result = write(h, &h.store, &long, 0..SIZE + 1).await;
        assert!(matches!(result, Err(StoreError::TooLong { size_bytes }) if size_bytes == SIZE as u64));
        assert!(matches!(h.store.get_upload(&long.name.upload).await, Err(StoreError::NotFound("upload"))));
        let other = reserve(h, SIZE, &bytes(1..SIZE)).await;
        let result = write(h, &h.store, &other, 0..SIZE).await;
        assert!(matches!(result, Err(StoreError::WrongDigest { declared, .. }) if declared == other.sha256));
        assert!(matches!(h.store.get_upload(&other.name.upload).await, Err(StoreError::NotFound("upload"))));
        assert_eq!(staged(h), 0);
        assert!(matches!(read(h, &other.sha256, 0).await, Err(BlobError::NotFound)));
    }
}

on_both! {
    async fn a_short_upload_stays_open_and_can_be_cancelled(h) {
        let upload = reserve(h, SIZE, &bytes(0..SIZE)).await;
        write(h, &h.store, &upload, 0..10).await.unwrap();
        assert_eq!(staged(h), 1);
        h.store.cancel_upload(&h.blobs, &upload.name.upload).await.unwrap();
        assert_eq!(staged(h), 0);
        assert!(matches!(h.store.get_upload(&upload.name.upload).await, Err(StoreError::NotFound(_))));
        let done = reserve(h, 100, &bytes(0..100)).await;
        write(h, &h.store, &done, 0..100).await.unwrap();
        let refused = h.store.cancel_upload(&h.blobs, &done.name.upload).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::WrongState { .. }))));
    }
}

on_both! {
    async fn abandoned_uploads_are_swept_rows_and_files(h) {
        let old = reserve(h, SIZE, &bytes(0..SIZE)).await;
        write(h, &h.store, &old, 0..10).await.unwrap();
        std::fs::write(h.dir.path().join("staging/orphan"), b"no row").unwrap();
        h.store.shift_clock(LIMITS.upload_ttl / 2);
        let young = reserve(h, 200, &bytes(0..200)).await;
        write(h, &h.store, &young, 0..10).await.unwrap();
        assert_eq!(h.store.sweep_uploads(&h.blobs).await.unwrap(), 0);
        assert_eq!(staged(h), 2);
        h.store.shift_clock(LIMITS.upload_ttl / 2);
        assert_eq!(h.store.sweep_uploads(&h.blobs).await.unwrap(), 1);
        assert_eq!(staged(h), 1);
        assert!(matches!(h.store.get_upload(&old.name.upload).await, Err(StoreError::NotFound(_))));
        write(h, &h.store, &young, 10..200).await.unwrap();
        assert_eq!(read(h, &young.sha256, 0).await.unwrap(), bytes(0..200));
    }
}

on_both! {
    /// Killed after the file was put in its place and before the row said so.
    async fn a_crash_between_the_file_and_the_row_is_healed(h) {
        let upload = reserve(h, 200, &bytes(0..200)).await;
        write(h, &h.store, &upload, 0..200).await.unwrap();
        let mut s = h.store.write().await.unwrap();
        s.run("update uploads set state = 'open', committed_bytes = 10", vec![]).await.unwrap();
        s.run("delete from blobs", vec![]).await.unwrap();
        s.commit().await.unwrap();
        let resumed = h.store.write_upload(&h.blobs, &upload.name.upload, 10).await;
        assert!(matches!(resumed, Err(StoreError::WrongOffset { committed_bytes: 200 })));
        assert_eq!(h.store.get_upload(&upload.name.upload).await.unwrap().state, UploadState::Complete);
    }
}

on_both! {
    async fn reserving_is_safe_to_repeat(h) {
        let olga = user(&h.store, Grant::Operator, "Olga").await;
        let now = h.store.now().await.unwrap();
        h.store.create_competition(&Request::once(), competition(now, FREE), &olga).await.unwrap();
        let new = || NewUpload {
            owner: olga.clone(),
            purpose: UploadPurpose::TestSet(id("games")),
            size_bytes: 9,
            sha256: sha("nine"),
        };
        let upload = h.store.create_upload(&request("one"), new()).await.unwrap();
        assert_eq!(h.store.create_upload(&request("one"), new()).await.unwrap(), upload);
        assert_ne!(h.store.create_upload(&request("two"), new()).await.unwrap().name, upload.name);
        let empty = NewUpload { size_bytes: 0, ..new() };
        assert!(matches!(h.store.create_upload(&Request::once(), empty).await, Err(StoreError::Invalid(_))));
        h.store.shift_clock(3 * DAY);
        assert_eq!(h.store.sweep_requests().await.unwrap(), 0);
        h.store.shift_clock(5 * DAY);
        assert_eq!(h.store.sweep_requests().await.unwrap(), 2);
        assert_ne!(h.store.create_upload(&request("one"), new()).await.unwrap().name, upload.name);
        let nowhere = NewUpload { purpose: UploadPurpose::TestSet(id("nowhere")), ..new() };
        assert!(matches!(h.store.create_upload(&Request::once(), nowhere).await, Err(StoreError::NotFound(_))));
    }
}

on_both! {
    /// Knowing a digest is not having the bytes.
    async fn another_teams_bytes_have_to_be_shown(h) {
        let content = bytes(0..200);
        let known = reserve(h, 200, &content).await;
        write(h, &h.store, &known, 0..200).await.unwrap();
        let now = h.store.now().await.unwrap();
        let others = NewCompetition { id: id("others"), ..competition(now, FREE) };
        h.store.create_competition(&Request::once(), others, &known.owner).await.unwrap();
        let new = NewUpload {
            owner: known.owner.clone(),
            purpose: UploadPurpose::TestSet(id("others")),
            size_bytes: 200,
            sha256: known.sha256.clone(),
        };
        let upload = h.store.create_upload(&Request::once(), new).await.unwrap();
        assert_eq!((upload.state, upload.committed_bytes), (UploadState::Open, 0));
        let writer = h.store.write_upload(&h.blobs, &upload.name.upload, 0).await.unwrap();
        assert_eq!(writer.finish().await.unwrap().state, UploadState::Open);
        assert_eq!(write(h, &h.store, &upload, 0..200).await.unwrap().state, UploadState::Complete);
        assert_eq!(read(h, &known.sha256, 0).await.unwrap(), content);
    }
}
