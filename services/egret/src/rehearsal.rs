//! Models run on this machine as a worker runs them: the same runner in the same jail under the same runtime.

use std::fmt::Display;

use anyhow::{Result, anyhow};
use egret_contract::Adapter;
use egret_proto::v1::CheckReport;
use egret_worker::{Bench, Contract, Material, Mishap, ORT_SHA256, OpenShard, Pins, Site};

use crate::config::jail::{self, Isolation};
use crate::{Exit, failure::Failure};

/// A place for rehearsals.
pub(crate) struct Stage {
    site: Site,
    bench: Bench,
}

impl Stage {
    /// Finds the runner and the runtime that scores are pinned to.
    pub async fn build(isolation: Isolation) -> Result<Self> {
        let site = jail::site(isolation).map_err(unavailable)?;
        let pinned = site.clone();
        let pinned = tokio::task::spawn_blocking(move || Pins::take(&pinned, ORT_SHA256));
        pinned.await?.map_err(unavailable)?;
        Ok(Self { site, bench: Bench::start(0)? })
    }

    /// Runs a model, a file as it would be submitted. The report is the one that the server's check would give of this material.
    pub async fn rehearse<I>(
        &self,
        contract: Contract,
        adapter: Adapter,
        model: Vec<u8>,
        material: Material<I>,
    ) -> Result<CheckReport>
    where
        I: Iterator<Item = Result<OpenShard, Mishap>> + Send + 'static,
    {
        let site = self.site.clone();
        let rehearsed = self
            .bench
            .run(move || egret_worker::rehearse(&site, &contract, adapter, &model, material))
            .await
            .flatten();
        rehearsed.map_err(|mishap| match mishap {
            Mishap::Jail(error) => unavailable(error).into(),
            mishap => anyhow!(mishap),
        })
    }
}

fn unavailable(why: impl Display) -> Failure {
    Failure::new(Exit::Unsound, format!("models cannot be run here: {why}")).next(
        "`egret doctor` tells what is missing; `egret check --static-only` reads a model without running it",
    )
}
