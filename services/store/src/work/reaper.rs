//! Attempts that came to nothing: reported by the worker, or noticed on the database's clock. And what waits.

use std::time::Duration;

use egret_contest::{EvaluationOutcome, Micros, UnitId, UnitKind, UnitState, WorkClass};

use super::fence::Unit;
use super::turns::give_back;
use super::{Backlog, Fence, Swept};
use crate::db::args;
use crate::evaluations::end_evaluation;
use crate::progress::Entry;
use crate::session::Session;
use crate::{Store, StoreError, Topic};

/// Causes are for the operator's log, and bounded.
const CAUSE_BYTES_MAX: usize = 2_000;
/// Expired leases that one pass of the reaper handles.
const SWEPT_MAX: i64 = 1_000;
/// Units that one pass makes more urgent.
const PROMOTED_MAX: i64 = 1_000;

impl Store {
    /// Our failure: the attempt is counted, and the unit is offered again or is a dead letter.
    pub async fn fail(&self, fence: &Fence, cause: &str) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        let (mut entry, unit) = Unit::lock(&mut s, &fence.unit).await?;
        unit.require_held(fence)?;
        let now = s.now().await?;
        count_attempt(&mut s, &mut entry, &unit, cause, now).await?;
        s.commit().await
    }

    /// One pass of the reaper: leases that expired on the database's clock count as failed attempts.
    pub async fn sweep_leases(&self) -> Result<Swept, StoreError> {
        let expired: Vec<UnitId> = {
            let mut s = self.read().await?;
            let now = s.now().await?;
            let rows = s
                .rows(
                    "select id from units where state = 'leased' and expires_at <= $1 order by expires_at limit $2",
                    args![now, SWEPT_MAX],
                )
                .await?;
            rows.iter().map(|row| row.id("id")).collect::<Result<_, _>>()?
        };
        let mut swept = Swept::default();
        for unit in &expired {
            match self.expire(unit).await? {
                Some(true) => swept.dead += 1,
                Some(false) => swept.returned += 1,
                None => {}
            }
        }
        Ok(swept)
    }

    /// Ends one lease if it has expired, in its own transaction; whether that was the last attempt.
    async fn expire(&self, unit: &UnitId) -> Result<Option<bool>, StoreError> {
        let mut s = self.write().await?;
        let (mut entry, unit) = Unit::lock(&mut s, unit).await?;
        let now = s.now().await?;
        // Between the list and the lock a heartbeat or a result may have come.
        if unit.state != UnitState::Leased || unit.expires_at.is_none_or(|at| at > now) {
            return Ok(None);
        }
        let dead = count_attempt(&mut s, &mut entry, &unit, "lease expired", now).await?;
        s.commit().await?;
        Ok(Some(dead))
    }

    /// Units of final phases that have waited for `final_patience` become as urgent as those of live ones, so that a queue that never
    /// empties does not starve them. Returns how many.
    pub async fn sweep_patience(&self) -> Result<u32, StoreError> {
        const { assert!(WorkClass::Final.priority() == 3, "the number in the statement and in the index") };
        let rows = {
            let mut s = self.read().await?;
            let now = s.now().await?;
            let since = Micros(now.0.saturating_sub(s.limits().final_patience.as_micros() as i64));
            s.rows(
                "select id from units where state = 'ready' and priority = 3 and ready_at <= $1 and not_before <= $1
                 order by ready_at limit $2",
                args![since, PROMOTED_MAX],
            )
            .await?
        };
        let mut promoted = 0;
        for row in &rows {
            // One at a time: in which order others lock several units does not matter then.
            let mut s = self.write().await?;
            promoted += s
                .run(
                    "update units set priority = $2 where id = $1 and state = 'ready'",
                    args![row.text("id")?, WorkClass::Live.priority()],
                )
                .await?;
            s.commit().await?;
        }
        Ok(promoted as u32)
    }

    /// What waits, by pool. Pools without open units are left out.
    pub async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        let mut s = self.read().await?;
        let now = s.now().await?;
        let rows = s
            .rows(
                "select pool, sum(ready) as ready, sum(leased) as leased, min(since) as since from (
                     select pool, case when not_before <= $1 then 1 else 0 end as ready, 0 as leased,
                         case when not_before > $1 then null when ready_at < not_before then not_before else ready_at end
                             as since
                     from units where state = 'ready'
                     union all
                     select pool, 0 as ready, 1 as leased, null as since from units where state = 'leased') w
                 group by pool order by pool",
                args![now],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Backlog {
                    pool: row.id("pool")?,
                    ready: row.u64("ready")?,
                    leased: row.u64("leased")?,
                    oldest_ready: row.at_if_any("since")?.map_or(Duration::ZERO, |since| now.since(since)),
                })
            })
            .collect()
    }
}

/// Counts a failed attempt: the unit goes to the back of its lane or, after the last one, is a dead letter and takes the
/// submission with it. Returns whether it is dead.
async fn count_attempt(
    s: &mut Session,
    entry: &mut Entry,
    unit: &Unit,
    cause: &str,
    now: Micros,
) -> Result<bool, StoreError> {
    let attempts = unit.attempts + 1;
    let dead = attempts >= s.limits().attempts_max;
    let state = if dead { UnitState::Dead } else { UnitState::Ready };
    let cause = &cause[..cause.floor_char_boundary(CAUSE_BYTES_MAX)];
    s.run(
        "update units set state = $2, attempts = $3, last_cause = $4, ready_at = $5, expires_at = null where id = $1",
        args![&unit.id, state.as_str(), attempts, cause, now],
    )
    .await?;
    tracing::warn!(unit = %unit.id, submission = %entry.id, attempts, dead, cause, "an attempt came to nothing");
    if dead && unit.kind == UnitKind::Compare {
        // The finalists have their verdicts: they go without intervals.
        end_evaluation(s, &unit.evaluation, EvaluationOutcome::Mishap, now).await?;
    } else if dead {
        entry.end_in_mishap(s, now).await?;
    }
    // The unit is there again, or has left room for others.
    s.changed(Topic::Work(entry.pool.clone()));
    give_back(s, &unit.id).await?;
    Ok(dead)
}
