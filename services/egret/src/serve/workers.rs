//! What both kinds of workers are made of: the one inside `egret serve`, and `egret worker`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use egret_datasets::PoolIdentity;
use egret_worker::{ControlPlane, TierPolicy, WorkerConfig};

use crate::config::{
    Token,
    jail::{self, Isolation},
};

const GIB: u64 = 1 << 30;

/// How a worker is set up, wherever it runs.
pub(crate) struct Setup {
    /// The server.
    pub control_plane: ControlPlane,
    pub token: Token,
    pub identity: PoolIdentity,
    pub cache_dir: PathBuf,
    pub cache_gib_max: u64,
    pub isolation: Isolation,
    /// Submissions evaluated at once.
    pub slots: u32,
    /// Further ones, that are checked.
    pub check_slots: u32,
    /// In the server's logs.
    pub name: String,
}

impl Setup {
    /// For `egret_worker::run`. Fails where the runner or the runtime is not installed.
    pub fn settle(self) -> Result<WorkerConfig> {
        let site = jail::site(self.isolation)?;
        if site.tier != TierPolicy::RequireA {
            tracing::warn!(tier = ?site.tier, "models run with less isolation than there is, as configured");
        }
        std::fs::create_dir_all(&self.cache_dir).with_context(|| self.cache_dir.display().to_string())?;
        let config =
            WorkerConfig::new(self.control_plane, self.token.reveal(), self.identity, self.cache_dir, site);
        Ok(WorkerConfig {
            cache_bytes_max: self.cache_gib_max.saturating_mul(GIB),
            slots: self.slots as usize,
            check_slots: self.check_slots as usize,
            name: self.name,
            ..config
        })
    }
}
