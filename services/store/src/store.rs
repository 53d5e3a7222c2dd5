//! Opening, and what is common to all operations.

use std::time::Duration;

use egret_contest::Micros;

use crate::{StoreError, Topic, Watch};

/// Where the database is, and the limits that the store enforces.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite://PATH` (created if missing) or `postgres://…`.
    pub database_url: String,
    /// Limits.
    pub limits: StoreLimits,
}

/// Limits that the store enforces, each with its unit in its name or type.
#[derive(Clone, Copy, Debug)]
pub struct StoreLimits {
    /// Shards in one unit of a hidden evaluation.
    pub unit_shards_max: u32,
    /// Attempts at a unit before it is a dead letter.
    pub attempts_max: u32,
    /// How long a lease lasts without a heartbeat.
    pub lease_ttl: Duration,
    /// How long an incomplete upload is kept after its last progress.
    pub upload_ttl: Duration,
    /// How long an invite is good.
    pub invite_ttl: Duration,
}

impl Default for StoreLimits {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Self {
            unit_shards_max: 8,
            attempts_max: 3,
            lease_ttl: Duration::from_secs(30),
            upload_ttl: DAY,
            invite_ttl: 7 * DAY,
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {}

impl Store {
    /// Opens the database and brings its schema up to date.
    pub async fn open(_config: StoreConfig) -> Result<Self, StoreError> {
        todo!()
    }

    /// The database's clock.
    pub async fn now(&self) -> Result<Micros, StoreError> {
        todo!()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        todo!()
    }

    /// The limits it enforces.
    pub fn limits(&self) -> StoreLimits {
        todo!()
    }

    /// Watches one topic from now on.
    pub fn watch(&self, _topic: Topic) -> Watch {
        todo!()
    }

    /// Moves this store's view of the database clock forward, for tests that would otherwise sleep.
    #[doc(hidden)]
    pub fn shift_clock(&self, _by: Duration) {
        todo!()
    }
}
