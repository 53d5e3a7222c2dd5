//! The fence: which unit a caller holds, whether it still does, and what it may do with that.

use egret_contest::{
    BlobRef, EvaluationId, EvaluationKind, Micros, PoolId, Sha256Hex, UnitId, UnitKind, UnitState,
};

use super::turns::give_back;
use super::{Fence, Heartbeat};
use crate::db::args;
use crate::progress::Entry;
use crate::session::Session;
use crate::{Store, StoreError, Topic};

/// A unit's row, as far as decisions need it.
pub(crate) struct Unit {
    pub id: UnitId,
    pub evaluation: EvaluationId,
    pub kind: UnitKind,
    pub sole: bool,
    pub state: UnitState,
    pub attempts: u32,
    pub expires_at: Option<Micros>,
    pub evaluation_kind: EvaluationKind,
    epoch: u64,
    nonce: Option<Vec<u8>>,
    /// The test of the fence took it away, to show what it is for.
    #[cfg(test)]
    unfenced: bool,
}

impl Unit {
    /// Locks the submission, then the unit: in this order everywhere, so that two results of one evaluation take turns.
    pub async fn lock(s: &mut Session, id: &UnitId) -> Result<(Entry, Self), StoreError> {
        let row = s.one("select submission from units where id = $1", args![id]).await?;
        let entry = Entry::lock(s, &row.ok_or(StoreError::LeaseLost)?.id("submission")?).await?;
        let row = s
            .one_locked(
                "select u.evaluation, u.kind, u.sole, u.state, u.attempts, u.epoch, u.nonce, u.expires_at,
                     e.kind as evaluation_kind
                 from units u join evaluations e on e.id = u.evaluation where u.id = $1",
                args![id],
            )
            .await?
            .ok_or(StoreError::LeaseLost)?;
        let unit = Self {
            id: id.clone(),
            evaluation: row.id("evaluation")?,
            kind: row.word("kind", UnitKind::parse)?,
            sole: row.get("sole")?,
            state: row.word("state", UnitState::parse)?,
            attempts: row.u32("attempts")?,
            expires_at: row.at_if_any("expires_at")?,
            evaluation_kind: row.word("evaluation_kind", EvaluationKind::parse)?,
            epoch: row.u64("epoch")?,
            nonce: row.get("nonce")?,
            #[cfg(test)]
            unfenced: s.is_unfenced(),
        };
        Ok((entry, unit))
    }

    /// Whether the fence is that of the unit's latest lease, current or not.
    pub fn matches(&self, fence: &Fence) -> bool {
        self.epoch == fence.epoch && self.nonce.as_ref() == Some(&fence.nonce)
    }

    /// Refuses whoever does not hold the unit now.
    pub fn require_held(&self, fence: &Fence) -> Result<(), StoreError> {
        let held = self.matches(fence) && self.state == UnitState::Leased;
        #[cfg(test)]
        let held = held || self.unfenced;
        if held { Ok(()) } else { Err(StoreError::LeaseLost) }
    }
}

impl Store {
    /// Extends a lease. `LeaseLost` if another one has the unit.
    pub async fn heartbeat(&self, fence: &Fence) -> Result<Heartbeat, StoreError> {
        let mut s = self.write().await?;
        let now = s.now().await?;
        let expires_at = now.after(s.limits().lease_ttl);
        let extended = s
            .run(
                "update units set expires_at = $4 where id = $1 and epoch = $2 and nonce = $3 and state = 'leased'",
                args![&fence.unit, fence.epoch, &fence.nonce[..], expires_at],
            )
            .await?;
        if extended == 1 {
            s.commit().await?;
            return Ok(Heartbeat { expires_at, cancelled: false });
        }
        let dead = s
            .one(
                "select id from units where id = $1 and epoch = $2 and nonce = $3 and state = 'dead'",
                args![&fence.unit, fence.epoch, &fence.nonce[..]],
            )
            .await?;
        dead.map(|_| Heartbeat { expires_at: now, cancelled: true }).ok_or(StoreError::LeaseLost)
    }

    /// Gives the unit back untried; it keeps its place in line.
    pub async fn release(&self, fence: &Fence) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        let released = s
            .run(
                "update units set state = 'ready', expires_at = null
                 where id = $1 and epoch = $2 and nonce = $3 and state = 'leased'",
                args![&fence.unit, fence.epoch, &fence.nonce[..]],
            )
            .await?;
        if released == 0 {
            return Err(StoreError::LeaseLost);
        }
        let pool: PoolId = s
            .one("select pool from units where id = $1", args![&fence.unit])
            .await?
            .ok_or(StoreError::Corrupt("units"))?
            .id("pool")?;
        s.changed(Topic::Work(pool));
        give_back(&mut s, &fence.unit).await?;
        s.commit().await
    }

    /// A blob that the current lease of a pool may read (its model, inputs and labels); `NotFound` otherwise. `LeaseLost`.
    pub async fn leased_blob(
        &self,
        pool: &PoolId,
        fence: &Fence,
        sha256: &Sha256Hex,
    ) -> Result<BlobRef, StoreError> {
        let mut s = self.read().await?;
        let row = s
            .one(
                "select b.bytes,
                     (s.model_sha256 = $4 or exists (
                         select 1 from shards h
                         where h.competition = s.competition and h.task = s.task and h.version = s.version
                           and h.split = e.split and h.idx >= u.first_shard and h.idx < u.first_shard + u.shard_count
                           and (h.inputs_sha256 = $4 or h.labels_sha256 = $4))) as may_read
                 from units u
                 join evaluations e on e.id = u.evaluation
                 join submissions s on s.id = u.submission
                 left join blobs b on b.sha256 = $4
                 where u.id = $1 and u.epoch = $2 and u.nonce = $3 and u.state = 'leased' and u.kind = 'shards'
                   and u.pool = $5",
                args![&fence.unit, fence.epoch, &fence.nonce[..], sha256, pool],
            )
            .await?
            .ok_or(StoreError::LeaseLost)?;
        if !row.get::<bool>("may_read")? {
            return Err(StoreError::NotFound("blob of this lease"));
        }
        Ok(BlobRef { sha256: sha256.clone(), bytes: row.u64("bytes")? })
    }
}
