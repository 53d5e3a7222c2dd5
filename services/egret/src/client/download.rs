use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use egret_proto::MESSAGE_BYTES_MAX;
use egret_proto::v1::{
    BlobRef, DownloadSampleRequest, DownloadShardRequest, task_service_client::TaskServiceClient,
    test_set_service_client::TestSetServiceClient,
};
use sha2::{Digest as _, Sha256};

use super::{Client, FileDigest};

impl Client {
    /// Downloads a task's public sample to `path`. The file appears once all bytes are there and the digest holds; where it is
    /// there already, as the server has it, nothing is transferred. `progress` hears the bytes so far and the size.
    pub async fn download_sample(
        &self,
        task: &str,
        path: &Path,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<FileDigest> {
        let mut service =
            TaskServiceClient::new(self.service.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX);
        let mut stream =
            service.download_sample(DownloadSampleRequest { name: task.to_owned() }).await?.into_inner();
        // The first chunk says what all of it is.
        let mut next = stream.message().await?;
        let wanted =
            next.as_ref().map(|first| FileDigest { sha256: first.sha256.clone(), bytes: first.size_bytes });
        let wanted = wanted.context("the server sent no sample")?;
        if FileDigest::of(path, |_| {}).is_ok_and(|there| there == wanted) {
            return Ok(wanted);
        }
        let partial = path.with_added_extension("part");
        let mut file = File::create(&partial).with_context(|| partial.display().to_string())?;
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        while let Some(chunk) = next {
            hash.update(&chunk.data);
            file.write_all(&chunk.data).with_context(|| partial.display().to_string())?;
            bytes += chunk.data.len() as u64;
            progress(bytes, wanted.bytes);
            next = stream.message().await?;
        }
        let found = FileDigest { sha256: hex::encode(hash.finalize()), bytes };
        if found != wanted {
            std::fs::remove_file(&partial)?;
            bail!("the download is damaged ({bytes} of {} bytes); run the same command again", wanted.bytes);
        }
        file.sync_all()?;
        std::fs::rename(&partial, path).with_context(|| path.display().to_string())?;
        Ok(found)
    }

    /// Downloads a sealed part of a test set's shard into memory; its digest is that of `part`. Of more bytes than the part has,
    /// none are taken.
    pub async fn download_shard(&self, test_set: &str, part: &BlobRef) -> Result<Vec<u8>> {
        let mut service =
            TestSetServiceClient::new(self.service.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX);
        let request = DownloadShardRequest { name: test_set.to_owned(), sha256: part.sha256.clone() };
        let mut stream = service.download_shard(request).await?.into_inner();
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.message().await? {
            bytes.extend(chunk.data);
            if bytes.len() as u64 > part.size_bytes {
                break;
            }
        }
        if bytes.len() as u64 != part.size_bytes || hex::encode(Sha256::digest(&bytes)) != part.sha256 {
            bail!("the server has other bytes than were uploaded: their SHA-256 is not {}", part.sha256);
        }
        Ok(bytes)
    }
}
