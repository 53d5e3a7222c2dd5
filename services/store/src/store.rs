//! Opening, and what is common to all operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use egret_contest::{Micros, UNIT_SHARDS_MAX};

use crate::changes::Changes;
use crate::db::Db;
use crate::session::Session;
use crate::work::{Forecasts, Lines};
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
    /// Units of a team in a competition that a pool runs at once; 0: no limit. Where checks have slots of their own, these run as many
    /// again, and so with a competition's.
    pub team_in_flight_max: u32,
    /// Units of a competition that a pool runs at once; 0: no limit.
    pub competition_in_flight_max: u32,
    /// After this time a unit of a final phase is as urgent as one of a live phase.
    pub final_patience: Duration,
    /// How old places in the queue may be when they are told.
    pub forecast_ttl: Duration,
    /// Units that may wait in a pool where places are told.
    pub forecast_units_max: u32,
    /// How long an incomplete upload is kept after its last progress.
    pub upload_ttl: Duration,
    /// How long an invite is good.
    pub invite_ttl: Duration,
}

impl Default for StoreLimits {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Self {
            unit_shards_max: UNIT_SHARDS_MAX,
            attempts_max: 3,
            lease_ttl: Duration::from_secs(30),
            // Small pools are never left idle by them, and no team or competition takes a large one whole.
            team_in_flight_max: 32,
            competition_in_flight_max: 256,
            final_patience: Duration::from_secs(600),
            forecast_ttl: Duration::from_secs(2),
            forecast_units_max: 20_000,
            upload_ttl: DAY,
            invite_ttl: 7 * DAY,
        }
    }
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    db: Db,
    limits: StoreLimits,
    changes: Changes,
    forecasts: Forecasts,
    lines: Lines,
    /// Tests move time; nothing else writes this.
    clock_shift: AtomicI64,
    /// Transactions begun that will write, and looks for work: what waiting workers cost.
    #[cfg(test)]
    begun: [std::sync::atomic::AtomicUsize; 2],
    /// The test of the fence takes it away, to show what it is for.
    #[cfg(test)]
    unfenced: std::sync::atomic::AtomicBool,
}

impl Store {
    /// Opens the database and brings its schema up to date.
    pub async fn open(config: StoreConfig) -> Result<Self, StoreError> {
        let shared = Shared {
            db: Db::open(&config.database_url).await?,
            limits: config.limits,
            changes: Changes::default(),
            forecasts: Forecasts::default(),
            lines: Lines::default(),
            clock_shift: AtomicI64::new(0),
            #[cfg(test)]
            begun: Default::default(),
            #[cfg(test)]
            unfenced: std::sync::atomic::AtomicBool::new(false),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Closes all connections, once they are idle. For a clean end; correctness does not need it.
    pub async fn close(&self) {
        self.shared.db.close().await;
    }

    /// The database's clock.
    pub async fn now(&self) -> Result<Micros, StoreError> {
        self.read().await?.now().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.now().await.map(drop)
    }

    /// The limits it enforces.
    pub fn limits(&self) -> StoreLimits {
        self.shared.limits
    }

    /// Watches one topic from now on.
    pub fn watch(&self, topic: Topic) -> Watch {
        self.shared.changes.watch(topic)
    }

    /// Moves this store's view of the database clock forward, for tests that would otherwise sleep.
    #[doc(hidden)]
    pub fn shift_clock(&self, by: Duration) {
        self.shared.clock_shift.fetch_add(by.as_micros() as i64, Ordering::SeqCst);
    }

    #[cfg(test)]
    pub(crate) fn remove_fence(&self) {
        self.shared.unfenced.store(true, Ordering::SeqCst);
    }

    /// Begins a transaction that reads one snapshot.
    pub(crate) async fn read(&self) -> Result<Session, StoreError> {
        Ok(Session::new(self.shared.db.read().await?, self.clone()))
    }

    /// Begins a transaction that will write.
    pub(crate) async fn write(&self) -> Result<Session, StoreError> {
        #[cfg(test)]
        self.shared.begun[0].fetch_add(1, Ordering::SeqCst);
        Ok(Session::new(self.shared.db.write().await?, self.clone()))
    }

    /// Begins a short transaction that looks whether there is work.
    pub(crate) async fn look(&self) -> Result<Session, StoreError> {
        #[cfg(test)]
        self.shared.begun[1].fetch_add(1, Ordering::SeqCst);
        Ok(Session::new(self.shared.db.look().await?, self.clone()))
    }

    /// How many transactions that will write, and how many looks for work, have begun.
    #[cfg(test)]
    pub(crate) fn begun(&self) -> [usize; 2] {
        self.shared.begun.each_ref().map(|count| count.load(Ordering::SeqCst))
    }

    pub(crate) fn forecasts(&self) -> &Forecasts {
        &self.shared.forecasts
    }

    pub(crate) fn lines(&self) -> &Lines {
        &self.shared.lines
    }

    pub(crate) fn clock_shift_us(&self) -> i64 {
        self.shared.clock_shift.load(Ordering::SeqCst)
    }

    pub(crate) fn publish(&self, changed: &[Topic]) {
        self.shared.changes.publish(changed);
    }

    #[cfg(test)]
    pub(crate) fn is_unfenced(&self) -> bool {
        self.shared.unfenced.load(Ordering::SeqCst)
    }
}
