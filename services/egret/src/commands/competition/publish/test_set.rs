use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use egret_datasets::{ORGANIZER, Package, TaskManifest};
use egret_proto::v1::{
    ActivateTestSetRequest, CreateTestSetRequest, GetTestSetRequest, Task, TestSet, test_set::State,
    upload::Purpose,
};

use super::sealed::Shelf;
use super::{content, found};
use crate::client::{Client, FileDigest, Outgoing, request_id};
use crate::commands::competition::{check::Bar, problems};
use crate::names::CompetitionName;
use crate::progress;

/// A server and its pools.
pub(super) struct Place {
    pub server: String,
    /// (name, age recipient).
    pub pools: Vec<(String, String)>,
    /// The organizer's own recipient: with its identity a test set can be verified, and given to further pools.
    pub organizer: String,
}

/// What became of a task's test set.
pub(super) struct Published {
    pub task: String,
    pub test_set: String,
    /// The root of its commitment.
    pub root: String,
    /// False: it was there, with this very content.
    pub changed: bool,
}

type Files = Vec<(PathBuf, FileDigest)>;

impl Place {
    /// Brings a task's test set to the server and makes it live.
    pub async fn publish(
        &self,
        client: &Client,
        package: &Package,
        manifest: &TaskManifest,
        task: &Task,
    ) -> Result<Published> {
        let content = self.content(package, manifest).await?;
        let shelf = Arc::new(Shelf::of(&content)?);
        let said = |there: TestSet, changed| Published {
            task: task.name.clone(),
            test_set: there.name,
            root: there.card.unwrap_or_default().root,
            changed,
        };
        if let Some(name) = shelf.receipt() {
            if let Some(there) = found(client.get_test_set(GetTestSetRequest { name: name.clone() }).await)? {
                let live = there.state() == State::Live;
                activate(client, &there).await?;
                return Ok(said(there, !live));
            }
            shelf.forget()?;
        }
        let (test_set, files) = match shelf.sealed() {
            Some(sealed) => sealed,
            None => self.seal(package, manifest, &shelf).await?,
        };
        let competition =
            CompetitionName::of(&task.name).context("the server named a task outside of competitions")?;
        upload(client, &files, competition.full(), &manifest.id).await?;
        let request_id = request_id(&[b"test set", task.name.as_bytes(), content.as_bytes()]);
        let request =
            CreateTestSetRequest { parent: task.name.clone(), test_set: Some(test_set), request_id };
        let created = client.create_test_set(request).await?;
        activate(client, &created).await?;
        shelf.finish(&created.name)?;
        Ok(said(created, true))
    }

    /// Whom a test set is sealed to.
    fn recipients(&self) -> Vec<(String, String)> {
        let own = (format!("pools/{ORGANIZER}"), self.organizer.clone());
        self.pools.iter().cloned().chain([own]).collect()
    }

    async fn content(&self, package: &Package, task: &TaskManifest) -> Result<String> {
        let (package, task, server, pools) =
            (package.clone(), task.clone(), self.server.clone(), self.pools.clone());
        let bar = progress::items(format!("{}: read", task.id));
        let digest = tokio::task::spawn_blocking(move || {
            let digest = content::digest(&package, &task, &server, &pools, &bar);
            bar.finish_and_clear();
            digest
        });
        digest.await.context("reading stopped")?.context("reading the package")
    }

    async fn seal(
        &self,
        package: &Package,
        task: &TaskManifest,
        shelf: &Arc<Shelf>,
    ) -> Result<(TestSet, Files)> {
        let bar = Bar(progress::items(format!("{}: seal", task.id)));
        let (package, task, pools, shelf) =
            (package.clone(), task.clone(), self.recipients(), Arc::clone(shelf));
        let sealed = tokio::task::spawn_blocking(move || {
            let sealed = egret_datasets::seal(&package.dir, &task, &pools, shelf.folder(), &bar);
            sealed
                .map_err(|found| anyhow::Error::from(problems::failure(&found)))
                .and_then(|set| shelf.keep(&set))
        });
        sealed.await.context("sealing stopped")?
    }
}

async fn activate(client: &Client, test_set: &TestSet) -> Result<()> {
    if test_set.state() != State::Live {
        client.activate_test_set(ActivateTestSetRequest { name: test_set.name.clone() }).await?;
    }
    Ok(())
}

/// One after the other, under one bar that counts bytes.
async fn upload(client: &Client, files: &Files, competition: &str, task: &str) -> Result<()> {
    let bar = progress::bytes(format!("{task}: upload"), files.iter().map(|(_, digest)| digest.bytes).sum());
    let before = Arc::new(AtomicU64::new(0));
    for (path, digest) in files {
        let (heard, base) = (bar.clone(), Arc::clone(&before));
        let (path, digest, parent) = (path.clone(), digest.clone(), competition.to_owned());
        let file = Outgoing { path, digest, purpose: Purpose::TestSet, parent };
        let sent = move |bytes| heard.set_position(base.load(Ordering::Relaxed) + bytes);
        client.upload(&file, sent).await.with_context(|| format!("the sealed shards of {task}"))?;
        before.fetch_add(file.digest.bytes, Ordering::Relaxed);
    }
    bar.finish_and_clear();
    Ok(())
}
