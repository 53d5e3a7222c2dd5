use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use egret_contract::Adapter;
use egret_datasets::{Sample, read_sample};
use egret_proto::contract::answer_to_wire;
use egret_proto::v1::{CheckReport, Task};
use egret_worker::{Contract, Material, Mishap, OpenShard};

use super::unreadable;
use crate::config::jail::Isolation;
use crate::rehearsal::Stage;
use crate::{Exit, failure::Failure};

/// A public sample, and a place to run models on it.
pub(super) struct Trial {
    stage: Stage,
    contract: Contract,
    shards: Arc<Vec<OpenShard>>,
}

/// Opens the zip of a public sample.
pub(super) async fn open(zip: &Path) -> Result<Sample> {
    let path = zip.to_owned();
    let sample = tokio::task::spawn_blocking(move || read_sample(&path)).await.context("reading stopped")?;
    sample.map_err(|error| {
        Failure::new(Exit::Usage, format!("{}: {error}", zip.display()))
            .next("fetch it with `egret task download`")
            .into()
    })
}

/// The task as far as its sample tells.
pub(super) fn task(sample: &Sample) -> Task {
    Task {
        input: Some((&sample.input).into()),
        answer: Some(answer_to_wire(&sample.answer, &sample.input)),
        limits: Some((&sample.limits).into()),
        ..Task::default()
    }
}

impl Trial {
    pub async fn on(sample: Sample, isolation: Isolation) -> Result<Self> {
        let Sample { input, answer, metrics, grading, limits, shards } = sample;
        let shards = shards.into_iter().map(|(inputs, labels)| OpenShard { inputs, labels });
        Ok(Self {
            stage: Stage::build(isolation).await?,
            contract: Contract { input, answer, metrics, grading, limits },
            shards: Arc::new(shards.collect()),
        })
    }

    /// What the server's check would say of a file.
    pub async fn run(&self, file: &Path, adapter: Adapter) -> Result<CheckReport> {
        let model = fs::read(file).map_err(|error| unreadable(file, &error))?;
        let sizes: Vec<_> = self.shards.iter().map(OpenShard::size).collect();
        let shards = Arc::clone(&self.shards);
        let each = (0..sizes.len()).map(move |index| Ok::<_, Mishap>(shards[index].clone()));
        self.stage.rehearse(self.contract.clone(), adapter, model, Material::open(&sizes, each)).await
    }
}
