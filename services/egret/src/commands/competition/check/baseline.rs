//! A model run on a whole task before anything is published: the task is sealed to a key that is gone afterwards, and evaluated split
//! by split by the worker's own code, so that memory stays flat and the scores are those of the contest.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use egret_contract::Adapter;
use egret_datasets::{
    DataKey, LocalBlob, Package, PoolIdentity, SealedShard, SealedTestSet, Split, TaskManifest, open_inputs,
    open_labels,
};
use egret_proto::v1::CheckReport;
use egret_worker::{Contract, Material, Mishap, OpenShard};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Bar;
use crate::commands::competition::problems;
use crate::config::{cache_home, jail::Isolation};
use crate::output::to_json;
use crate::rehearsal::Stage;
use crate::{Exit, failure::Failure, progress, view};

/// What became of a model on each split.
pub(super) struct Baseline {
    task: String,
    model: PathBuf,
    splits: Vec<(Split, CheckReport)>,
}

/// Runs a model on every split of a task.
pub(super) async fn run(
    package: &Package,
    task: &TaskManifest,
    model: &Path,
    adapter: Adapter,
    isolation: Isolation,
) -> Result<Baseline> {
    let bytes = fs::read(model).map_err(|error| {
        Failure::new(Exit::Usage, format!("{}: {error}", model.display())).next("name an ONNX model")
    })?;
    // Before anything is sealed: whether models can be run here at all.
    let stage = Stage::build(isolation).await?;
    let (dir, manifest) = (package.dir.clone(), task.clone());
    let sealed = tokio::task::spawn_blocking(move || Sealed::make(&dir, &manifest));
    let sealed = sealed.await.context("sealing stopped")??;
    let contract = Contract {
        input: task.input.clone(),
        answer: task.public_answer(),
        metrics: task.metrics.clone(),
        grading: task.grading.clone(),
        limits: task.limits,
    };
    let mut splits = Vec::new();
    for split in Split::ALL {
        let shards = sealed.of(split);
        if shards.is_empty() {
            continue;
        }
        let spinner = progress::spinner(format!("{}: {split}", task.id));
        let rehearse = |hidden: bool| {
            let sizes: Vec<_> =
                shards.iter().map(|shard| (shard.item_count, shard.inputs_plain_bytes)).collect();
            let material = Material::open(&sizes, sealed.opened(shards.clone()));
            let material = if hidden { material.hidden() } else { material };
            stage.rehearse(contract.clone(), adapter.clone(), bytes.clone(), material)
        };
        let mut report = rehearse(split.is_hidden()).await?;
        if !report.passed && split.is_hidden() {
            // Workers do not say why, since it may quote what is hidden; to its organizer nothing is.
            let explained = rehearse(false).await?;
            (report.detail, report.remedy) = (explained.detail, explained.remedy);
        }
        spinner.finish_and_clear();
        splits.push((split, report));
    }
    Ok(Baseline { task: task.id.clone(), model: model.to_owned(), splits })
}

/// A task that only this process can open.
struct Sealed {
    set: SealedTestSet,
    key: Arc<DataKey>,
    /// The shards lie in it while this lives.
    _folder: TempDir,
}

impl Sealed {
    fn make(dir: &Path, task: &TaskManifest) -> Result<Self> {
        let home = cache_home()?;
        fs::create_dir_all(&home).with_context(|| home.display().to_string())?;
        let folder = tempfile::Builder::new().prefix("rehearsal-").tempdir_in(&home)?;
        let identity = PoolIdentity::generate();
        let pools = [("rehearsal".to_owned(), identity.recipient())];
        let bar = Bar(progress::items(format!("{}: seal", task.id)));
        let set = egret_datasets::seal(dir, task, &pools, folder.path(), &bar)
            .map_err(|found| problems::failure(&found))?;
        let (_, key) = set.keys.first().context("a sealed set has a key")?;
        let key = Arc::new(DataKey::unwrap(&identity, key)?);
        Ok(Self { set, key, _folder: folder })
    }

    fn of(&self, split: Split) -> Vec<SealedShard> {
        self.set.shards.iter().filter(|shard| shard.split == split).cloned().collect()
    }

    /// One after the other, each opened when it is asked for.
    fn opened(&self, shards: Vec<SealedShard>) -> impl Iterator<Item = Result<OpenShard, Mishap>> + use<> {
        let key = Arc::clone(&self.key);
        shards.into_iter().map(move |shard| open(&key, &shard))
    }
}

fn open(key: &DataKey, shard: &SealedShard) -> Result<OpenShard, Mishap> {
    const GONE: Mishap = Mishap::TestSet("what was sealed a moment ago was changed or removed");
    let mut inputs = vec![0; shard.inputs_plain_bytes as usize];
    let file = |blob: &LocalBlob| File::open(&blob.path).map_err(|_| GONE);
    open_inputs(key, file(&shard.inputs)?, &mut inputs).map_err(|_| GONE)?;
    let labels = open_labels(key, file(&shard.labels)?).map_err(|_| GONE)?;
    Ok(OpenShard { inputs, labels })
}

impl Baseline {
    pub fn passed(&self) -> bool {
        self.splits.iter().all(|(_, report)| report.passed)
    }

    pub fn json(&self) -> Value {
        let splits = self.splits.iter().map(
            |(split, report)| json!({ "split": split.as_str(), "check": to_json("CheckReport", report) }),
        );
        let splits: Vec<Value> = splits.collect();
        json!({ "task": self.task, "model": self.model, "splits": splits })
    }

    pub fn text(&self) -> String {
        let mut rows = view::Rows::new(["split", ">items", ">seconds", ">memory", "result"]);
        for (split, report) in &self.splits {
            let result = if report.passed {
                view::scores(&report.metrics)
            } else {
                format!("{}: {}; {}", report.fault, report.detail, report.remedy)
            };
            rows.row([
                split.as_str().to_owned(),
                report.item_count.to_string(),
                format!("{:.2}", report.wall_ms as f64 / 1000.0),
                format!("{} MiB", report.peak_memory_mib),
                result,
            ]);
        }
        let adapter = self.splits.first().map_or("", |(_, report)| report.adapter_summary.as_str());
        let rows = rows.or("No items.");
        format!("{}: {}\n{adapter}\n{rows}", self.task, self.model.display())
    }
}
