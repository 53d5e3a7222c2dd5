//! Waiting for work. Of the workers that wait for the same, one is first in line: it looks, and waits for news; the others wait for its
//! place. So a unit that comes is looked at by one of them and not by a crowd, and who is idle costs next to nothing however many
//! they are.
//!
//! Nothing is stranded: who has a unit leaves its place to the next one, who looks at once; so does who waited long enough, or is
//! gone. The first in line hears of what happens in this process, and looks now and then at what does not make itself heard. A worker
//! that has a unit and dies is no matter of the line's: its lease ends.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use egret_contest::{PoolId, SlotKind};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Lease, LeaseRequest};
use crate::{Store, StoreError, Topic};

/// How often the first in line looks without having been told of work: other servers bring some, and some becomes due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Those behind it look so often in the life of a lease whether they have one already, by an earlier call of the same wish.
const LOOKS_PER_LEASE: u32 = 3;

/// Whoever holds it is first; it is handed on in the order of asking.
type Line = Arc<tokio::sync::Mutex<()>>;

/// Of each pool one for each kind of slot.
#[derive(Debug, Default)]
pub(crate) struct Lines(Mutex<HashMap<(PoolId, SlotKind), Line>>);

impl Lines {
    fn of(&self, request: &LeaseRequest) -> Line {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lines.entry((request.pool.clone(), request.slot)).or_default())
    }
}

impl Store {
    /// [`Store::lease`] which waits for a unit, `wait` at most and no longer than until `closing`. Who does not wait does not stand
    /// in line either.
    pub async fn wait_for_lease(
        &self,
        request: &LeaseRequest,
        wait: Duration,
        closing: impl Future<Output = ()>,
    ) -> Result<Option<Lease>, StoreError> {
        if wait.is_zero() {
            return self.lease(request).await;
        }
        let until = Instant::now() + wait;
        let mut closing = pin!(closing);
        let line = self.lines().of(request);
        let mut place = pin!(line.lock());
        let _first = loop {
            if self.is_granted(request).await? {
                return self.lease(request).await;
            }
            let pause = until.min(Instant::now() + self.limits().lease_ttl / LOOKS_PER_LEASE);
            tokio::select! {
                biased;
                first = &mut place => break first,
                () = &mut closing => return Ok(None),
                () = sleep_until(pause) => if pause == until { return Ok(None) },
            }
        };
        // Listen, then look, then wait: work that comes in between is not missed.
        let mut news = self.watch(Topic::Work(request.pool.clone()));
        loop {
            if let Some(lease) = self.lease(request).await? {
                return Ok(Some(lease));
            }
            let pause = until.min(Instant::now() + LOOK_EVERY);
            tokio::select! {
                () = &mut closing => return Ok(None),
                told = timeout_at(pause, news.changed()) => if told.is_err() && pause == until { return Ok(None) },
            }
        }
    }
}
