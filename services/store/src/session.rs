//! A transaction of a store, with what it has to tell once it is committed.

use std::ops::{Deref, DerefMut};

use egret_contest::Micros;

use crate::db::Tx;
use crate::{Store, StoreError, StoreLimits, Topic};

/// A transaction; dropping it rolls back and tells nobody.
pub(crate) struct Session {
    tx: Tx,
    store: Store,
    changed: Vec<Topic>,
}

impl Session {
    pub fn new(tx: Tx, store: Store) -> Self {
        Self { tx, store, changed: Vec::new() }
    }

    /// The database's clock, now.
    pub async fn now(&mut self) -> Result<Micros, StoreError> {
        Ok(Micros(self.tx.clock().await?.0.saturating_add(self.store.clock_shift_us())))
    }

    pub fn limits(&self) -> StoreLimits {
        self.store.limits()
    }

    /// Whether the test of the fence took it away.
    #[cfg(test)]
    pub fn is_unfenced(&self) -> bool {
        self.store.is_unfenced()
    }

    /// Notes a change to tell of after the commit.
    pub fn changed(&mut self, topic: Topic) {
        self.changed.push(topic);
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await?;
        self.store.publish(&self.changed);
        Ok(())
    }
}

impl Deref for Session {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
