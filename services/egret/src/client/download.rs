use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use egret_proto::MESSAGE_BYTES_MAX;
use egret_proto::v1::{DownloadSampleRequest, task_service_client::TaskServiceClient};
use sha2::{Digest as _, Sha256};

use super::{Client, FileDigest};

impl Client {
    /// Downloads a task's public sample to `path`. The file appears once all bytes are there and the digest holds.
    /// `progress` hears the bytes so far and the size.
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
        let partial = path.with_added_extension("part");
        let mut file = File::create(&partial).with_context(|| partial.display().to_string())?;
        let (mut hash, mut bytes, mut size, mut expected) = (Sha256::new(), 0, 0, String::new());
        while let Some(chunk) = stream.message().await? {
            if bytes == 0 && !chunk.sha256.is_empty() {
                (size, expected) = (chunk.size_bytes, chunk.sha256);
            }
            hash.update(&chunk.data);
            file.write_all(&chunk.data).with_context(|| partial.display().to_string())?;
            bytes += chunk.data.len() as u64;
            progress(bytes, size);
        }
        let sha256 = hex::encode(hash.finalize());
        if bytes != size || sha256 != expected {
            std::fs::remove_file(&partial)?;
            bail!("the download is damaged ({bytes} of {size} bytes); run the same command again");
        }
        file.sync_all()?;
        std::fs::rename(&partial, path).with_context(|| path.display().to_string())?;
        Ok(FileDigest { sha256, bytes })
    }
}
