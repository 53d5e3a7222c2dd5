//! Places in the queue: what fair queueing will do with what waits now, as if nothing came after it.
//!
//! The whole pool is served once in memory by the rule that leases follow, and remembered for `forecast_ttl`; so that a thousand
//! watchers cost no more than one. Of a queue of more than `forecast_units_max` units nothing is told. Caps are left out, for what is in flight will have ended by then.
//!
//! The time is that of the units that go before, over the units that are being worked on now: as many as there are slots at work, for
//! a pool with a queue has no idle ones. What a unit takes is what it is charged by: a check as long as recent checks of the pool
//! did, a hidden unit as long as its check on the public sample says. Units that end an evaluation are left out: they come the moment a
//! hidden run is over. How long hidden units took does not enter, and where a release
//! has a fixed time nothing is told of the way there.

use std::collections::HashMap;
use std::sync::Arc;

use egret_contest::{InFlightMax, Micros, PoolId, SubmissionId};
use tokio::sync::Mutex;

use super::turns::queue_of;
use crate::db::args;
use crate::{Store, StoreError, Submission};

/// What was foreseen of each pool, and when.
#[derive(Debug, Default)]
pub(crate) struct Forecasts(Mutex<HashMap<PoolId, Arc<Forecast>>>);

#[derive(Debug)]
struct Forecast {
    at: Micros,
    places: HashMap<SubmissionId, Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    position: u32,
    eta_s: Option<u32>,
}

/// A unit, as far as a forecast needs it.
struct Foreseen {
    submission: SubmissionId,
    expected_ms: u64,
}

impl Store {
    /// Notes a submission's place in its pool's queue. No transaction may be open: this one's would wait for that one's connection.
    pub(crate) async fn place(&self, submission: &mut Submission, pool: &PoolId) -> Result<(), StoreError> {
        let forecast = self.forecast(pool).await?;
        if let Some(place) = forecast.places.get(&submission.name.submission) {
            submission.queue_position = place.position;
            submission.queue_eta_s = place.eta_s;
        }
        Ok(())
    }

    async fn forecast(&self, pool: &PoolId) -> Result<Arc<Forecast>, StoreError> {
        // Held while one is made: whoever wants the same waits for it.
        let mut known = self.forecasts().0.lock().await;
        let now = self.now().await?;
        let ttl = self.limits().forecast_ttl;
        if let Some(forecast) = known.get(pool).filter(|one| now.since(one.at) < ttl) {
            return Ok(Arc::clone(forecast));
        }
        let forecast = Arc::new(self.foresee(pool).await?);
        known.insert(pool.clone(), Arc::clone(&forecast));
        Ok(forecast)
    }

    async fn foresee(&self, pool: &PoolId) -> Result<Forecast, StoreError> {
        let units_max = self.limits().forecast_units_max;
        let mut s = self.read().await?;
        let now = s.now().await?;
        let clock = s.one("select clock_ms, check_ms from pools where pool = $1", args![pool]).await?;
        let clock_ms = clock.as_ref().map(|row| row.u64("clock_ms")).transpose()?.unwrap_or(0);
        let check_ms: Option<i64> = clock.map(|row| row.get("check_ms")).transpose()?.flatten();
        let check_ms = check_ms.and_then(|ms| u64::try_from(ms).ok());
        let rows = s
            .rows(
                "select u.competition, u.team, u.submission, u.priority, u.ready_at, u.charge_ms, u.expected_ms,
                     e.kind = 'check' as is_check, a.finish_ms as competition_finish_ms, a.clock_ms, b.finish_ms,
                     cast(0 as bigint) as competition_in_flight, cast(0 as bigint) as in_flight
                 from units u
                 join evaluations e on e.id = u.evaluation
                 join competitions k on k.id = u.competition and not k.evaluating_paused
                 left join lanes a on a.pool = u.pool and a.competition = u.competition and a.team = ''
                 left join lanes b on b.pool = u.pool and b.competition = u.competition and b.team = u.team
                 where u.pool = $1 and u.state = 'ready' and u.kind = 'shards' and u.not_before <= $2
                 order by u.competition, u.team, u.priority, u.ready_at, u.submission, u.ordinal limit $3",
                args![pool, now, u64::from(units_max) + 1],
            )
            .await?;
        let running = s
            .one(
                "select count(*) as slots, cast(coalesce(sum(expected_ms), 0) as bigint) as expected_ms
                 from units where pool = $1 and state = 'leased' and expires_at > $2",
                args![pool, now],
            )
            .await?
            .ok_or(StoreError::Corrupt("count"))?;
        let slots = running.u64("slots")?;
        drop(s);
        if rows.len() > units_max as usize {
            return Ok(Forecast { at: now, places: HashMap::new() });
        }
        let mut queue = queue_of(&rows, clock_ms, InFlightMax::default(), |row| {
            let expected_ms = row.u64("expected_ms")?;
            let is_check: bool = row.get("is_check")?;
            let expected_ms = check_ms.filter(|_| is_check).unwrap_or(expected_ms);
            Ok(Foreseen { submission: row.id("submission")?, expected_ms })
        })?;
        // What is being worked on is, on the average, half done.
        let mut before_ms = running.u64("expected_ms")? / 2;
        let (mut position, mut places) = (0u32, HashMap::new());
        while let Some(served) = queue.next().and_then(|turn| queue.serve(turn)) {
            position += 1;
            let eta_s = before_ms.checked_div(slots).map(|ms| u32::try_from(ms / 1_000).unwrap_or(u32::MAX));
            places.entry(served.unit.unit.submission).or_insert(Place { position, eta_s });
            before_ms = before_ms.saturating_add(served.unit.unit.expected_ms);
        }
        Ok(Forecast { at: now, places })
    }
}
