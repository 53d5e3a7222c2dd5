//! Places in the queue: what fair queueing will do with what waits now, as if nothing came after it.
//!
//! The whole pool is served once in memory by the rule that leases follow, and remembered for `forecast_ttl`; so that a thousand
//! watchers cost no more than one. Of a queue of more than `forecast_units_max` units nothing is told. Caps are left out, for what is in
//! flight will have ended by then. Where checks have slots of their own they are a queue of their own: the place of a check says nothing
//! of hidden units then.
//!
//! The time is that of the units that go before, over the units that are being worked on now: as many as there are slots at work, for
//! a pool with a queue has no idle ones. What a unit takes is what it is charged by: a check as long as recent checks of the pool
//! did, a hidden unit as long as its check on the public sample says. Units that end an evaluation are left out: they come the moment a
//! hidden run is over. How long hidden units took does not enter, and where a release
//! has a fixed time nothing is told of the way there.

use std::collections::HashMap;
use std::sync::Arc;

use egret_contest::{InFlightMax, Micros, PoolId, SlotKind, SubmissionId, WorkClass};
use tokio::sync::Mutex;

use super::turns::queue_of;
use crate::db::args;
use crate::row::Row;
use crate::session::Session;
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
        let mut places = HashMap::new();
        for section in sections(&mut s, pool, now).await? {
            let waiting = section.waiting(&mut s, pool, now, units_max).await?;
            if waiting.len() <= units_max as usize {
                section.serve(&waiting, &mut places)?;
            }
        }
        Ok(Forecast { at: now, places })
    }
}

/// Slots of a pool that serve one queue.
struct Section {
    slot: SlotKind,
    clock_ms: u64,
    /// What a check takes here, if any was done, and when one was last leased.
    check_ms: Option<u64>,
    check_at: Option<Micros>,
    /// How many are at work, and what it all is expected to take.
    slots: u64,
    running_ms: u64,
}

/// All of a pool or, where the latest check that was leased went to a slot for checks alone, those slots and the others.
async fn sections(s: &mut Session, pool: &PoolId, now: Micros) -> Result<Vec<Section>, StoreError> {
    let checks = Section::read(s, pool, SlotKind::Checks, now).await?;
    let others = Section::read(s, pool, SlotKind::AllButChecks, now).await?;
    if checks.check_at > others.check_at {
        return Ok(vec![checks, others]);
    }
    let (slots, running_ms) = (checks.slots + others.slots, checks.running_ms + others.running_ms);
    Ok(vec![Section { slot: SlotKind::Any, slots, running_ms, ..others }])
}

impl Section {
    async fn read(s: &mut Session, pool: &PoolId, slot: SlotKind, now: Micros) -> Result<Self, StoreError> {
        let check_slots = slot == SlotKind::Checks;
        let running = s
            .one(
                "select count(*) as slots, cast(coalesce(sum(expected_ms), 0) as bigint) as expected_ms
                 from units where pool = $1 and check_slot = $2 and state = 'leased' and expires_at > $3",
                args![pool, check_slots, now],
            )
            .await?
            .ok_or(StoreError::Corrupt("count"))?;
        let sql = "select clock_ms, check_ms, check_at from pools where pool = $1 and check_slots = $2";
        let known = s.one(sql, args![pool, check_slots]).await?;
        let known = known.as_ref();
        let check_ms: Option<i64> = known.map(|row| row.get("check_ms")).transpose()?.flatten();
        Ok(Self {
            slot,
            clock_ms: known.map(|row| row.u64("clock_ms")).transpose()?.unwrap_or(0),
            check_ms: check_ms.and_then(|ms| u64::try_from(ms).ok()),
            check_at: known.map(|row| row.at_if_any("check_at")).transpose()?.flatten(),
            slots: running.u64("slots")?,
            running_ms: running.u64("expected_ms")?,
        })
    }

    /// The units that wait for these slots, of each lane in its order; one more than `count_max` if they are more.
    async fn waiting(
        &self,
        s: &mut Session,
        pool: &PoolId,
        now: Micros,
        count_max: u32,
    ) -> Result<Vec<Row>, StoreError> {
        const { assert!(WorkClass::Check.priority() == 1, "the number in the statement") };
        s.rows(
            "select u.competition, u.team, u.submission, u.priority, u.ready_at, u.charge_ms, u.expected_ms,
                 a.finish_ms as competition_finish_ms, a.clock_ms, b.finish_ms,
                 cast(0 as bigint) as competition_in_flight, cast(0 as bigint) as in_flight
             from units u
             join competitions k on k.id = u.competition and not k.evaluating_paused
             left join lanes a on a.pool = u.pool and a.check_slots = $5 and a.competition = u.competition and a.team = ''
             left join lanes b on b.pool = u.pool and b.check_slots = $5 and b.competition = u.competition
                 and b.team = u.team
             where u.pool = $1 and u.state = 'ready' and u.kind = 'shards' and u.not_before <= $2
                 and case when u.priority = 1 then $3 else $4 end
             order by u.competition, u.team, u.priority, u.ready_at, u.submission, u.ordinal limit $6",
            args![
                pool,
                now,
                self.slot.takes(WorkClass::Check),
                self.slot.takes(WorkClass::Live),
                self.slot == SlotKind::Checks,
                u64::from(count_max) + 1
            ],
        )
        .await
    }

    /// Serves them all, and notes the place of each submission.
    fn serve(&self, waiting: &[Row], places: &mut HashMap<SubmissionId, Place>) -> Result<(), StoreError> {
        let mut queue = queue_of(waiting, self.clock_ms, InFlightMax::default(), |row| {
            let is_check = row.u32("priority")? == WorkClass::Check.priority();
            let expected_ms = row.u64("expected_ms")?;
            let expected_ms = self.check_ms.filter(|_| is_check).unwrap_or(expected_ms);
            Ok(Foreseen { submission: row.id("submission")?, expected_ms })
        })?;
        // What is being worked on is, on the average, half done.
        let mut before_ms = self.running_ms / 2;
        let mut position = 0u32;
        while let Some(served) = queue.next().and_then(|turn| queue.serve(turn)) {
            position += 1;
            let eta_s =
                before_ms.checked_div(self.slots).map(|ms| u32::try_from(ms / 1_000).unwrap_or(u32::MAX));
            places.entry(served.unit.unit.submission).or_insert(Place { position, eta_s });
            before_ms = before_ms.saturating_add(served.unit.unit.expected_ms);
        }
        Ok(())
    }
}
