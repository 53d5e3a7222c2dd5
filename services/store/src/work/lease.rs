//! Leasing: finding who is next, and handing the unit out once.
//!
//! Whoever asks looks first, in a transaction that only reads: a wish for which there is nothing costs no write and no lock, be the pool
//! empty or all of its lanes at their caps.

use egret_contest::{
    BlobRef, BoardName, EvaluationKind, EvaluationName, Micros, SlotKind, Split, SubmissionId,
    SubmissionState, TestSetName, UnitId, UnitKind, Waiting, WorkClass,
};
use rand::Rng;

use super::turns::{Ready, lock_pool, read_heads, waiting_of_row, write_turn};
use super::{Fence, FinalizeWork, Lease, LeaseRequest, ShardWork, Work};
use crate::comparison::read_compare_work;
use crate::db::{Arg, args};
use crate::progress::Entry;
use crate::row::Row;
use crate::session::Session;
use crate::test_sets::read_shards;
use crate::{Store, StoreError};

/// Lanes that are tried in one go.
const LANES_TRIED: u32 = 16;
/// Passes while what is ready is had, or locked at that moment, by somebody else.
const PASSES_MAX: usize = 8;

impl Store {
    /// Leases the next unit of a pool that the slot takes, if there is one. The lease is committed before this returns: a reply that
    /// is lost is had again by the same `request_id`.
    pub async fn lease(&self, request: &LeaseRequest) -> Result<Option<Lease>, StoreError> {
        for _ in 0..PASSES_MAX {
            if !self.has_work(request).await? {
                return Ok(None);
            }
            match self.lease_once(request).await {
                // Or the same wish came twice at once and the other one got it first: it is there now.
                Ok(None) | Err(StoreError::AlreadyExists(_)) => tokio::task::yield_now().await,
                leased => return leased,
            }
        }
        Ok(None)
    }

    /// Whether there is a lease for this wish: one that it has already, or one to be had. Nothing is locked or written.
    async fn has_work(&self, request: &LeaseRequest) -> Result<bool, StoreError> {
        let mut s = self.look().await?;
        if s.one(LEASED_BEFORE, leased_before_args(request)).await?.is_some() {
            return Ok(true);
        }
        let now = s.now().await?;
        // Virtual time says who is next, not whether anybody is.
        let queue = read_heads(&mut s, &request.pool, request.slot, 0, now).await?;
        Ok(queue.next().is_some())
    }

    /// Whether this very wish has been granted already.
    pub(super) async fn is_granted(&self, request: &LeaseRequest) -> Result<bool, StoreError> {
        let mut s = self.look().await?;
        Ok(s.one(LEASED_BEFORE, leased_before_args(request)).await?.is_some())
    }

    async fn lease_once(&self, request: &LeaseRequest) -> Result<Option<Lease>, StoreError> {
        let mut s = self.write().await?;
        let now = s.now().await?;
        let expires_at = now.after(s.limits().lease_ttl);
        if let Some(row) = s.one_locked(LEASED_BEFORE, leased_before_args(request)).await? {
            let unit = row.id("id")?;
            s.run("update units set expires_at = $2 where id = $1", args![&unit, expires_at]).await?;
            let lease = read_lease(&mut s, &unit).await?;
            s.commit().await?;
            return Ok(Some(lease));
        }
        let check_slots = request.slot == SlotKind::Checks;
        let clock_ms = lock_pool(&mut s, &request.pool, check_slots).await?;
        let mut queue = read_heads(&mut s, &request.pool, request.slot, clock_ms, now).await?;
        let mut tried = 0;
        while let Some(turn) = queue.next().filter(|_| tried < LANES_TRIED) {
            tried += 1;
            let lane = &mut queue.competitions[turn.competition].lanes[turn.lane].waiting;
            let Some(ready) = lane.front().map(|first| first.unit.clone()) else { break };
            let Some(unit) = next_in_lane(&mut s, request, &ready, now).await? else {
                queue.skip(turn);
                continue;
            };
            let check_at = Some(now).filter(|_| unit.waiting.class == WorkClass::Check);
            // Another one than was read, if that one is locked.
            *lane = [unit.waiting].into();
            queue.serve(turn);
            write_turn(&mut s, &request.pool, check_slots, &queue, turn, &ready, check_at).await?;
            take(&mut s, request, &unit.id, expires_at).await?;
            if unit.submission_state == SubmissionState::Queued && unit.kind != UnitKind::Compare {
                // The first lease of a hidden evaluation moves the submission on.
                let mut entry = Entry::lock(&mut s, &unit.submission).await?;
                entry.advance(&mut s, SubmissionState::Evaluating, now).await?;
            }
            let lease = read_lease(&mut s, &unit.id).await?;
            s.commit().await?;
            return Ok(Some(lease));
        }
        Ok(None)
    }
}

/// The unit that this very wish has leased and still holds. A wish without an id is kept as null, and never found.
const LEASED_BEFORE: &str = "select id from units where holder = $1 and request = $2 and state = 'leased'";

fn leased_before_args(request: &LeaseRequest) -> Vec<Arg> {
    args![&request.holder, request.request_id.as_str()]
}

/// A unit that is ready and locked.
struct Next {
    id: UnitId,
    kind: UnitKind,
    waiting: Waiting<Ready<()>>,
    submission: SubmissionId,
    submission_state: SubmissionState,
}

/// The lane's next unit that nobody has locked. The submission is locked with it, because leasing may move it on; skipping
/// over locks instead of waiting for them is what keeps the order of locks out of question here.
async fn next_in_lane(
    s: &mut Session,
    request: &LeaseRequest,
    lane: &Ready<()>,
    now: Micros,
) -> Result<Option<Next>, StoreError> {
    let row = s
        .one_unlocked(
            "select u.id, u.kind, u.submission, u.priority, u.ready_at, u.charge_ms, s.state
             from units u join submissions s on s.id = u.submission
             where u.pool = $1 and u.competition = $2 and u.team = $3 and u.state = 'ready' and u.not_before <= $4
                 and case when u.priority = 1 then $5 else $6 end
             order by u.priority, u.ready_at, u.submission, u.ordinal limit 1",
            args![
                &request.pool,
                &lane.competition,
                &lane.team,
                now,
                request.slot.takes(WorkClass::Check),
                request.slot.takes(WorkClass::Live)
            ],
        )
        .await?;
    row.map(|row| {
        Ok(Next {
            id: row.id("id")?,
            kind: row.word("kind", UnitKind::parse)?,
            waiting: waiting_of_row(&row, lane.clone())?,
            submission: row.id("submission")?,
            submission_state: row.word("state", SubmissionState::parse)?,
        })
    })
    .transpose()
}

async fn take(
    s: &mut Session,
    request: &LeaseRequest,
    unit: &UnitId,
    expires_at: Micros,
) -> Result<(), StoreError> {
    let mut nonce = [0u8; 16];
    rand::rng().fill_bytes(&mut nonce);
    let request_id = Some(request.request_id.as_str()).filter(|id| !id.is_empty());
    s.insert(
        "lease",
        "update units set state = 'leased', epoch = epoch + 1, nonce = $2, holder = $3, worker = $4, check_slot = $5,
             request = $6, expires_at = $7
         where id = $1",
        args![
            unit,
            &nonce[..],
            &request.holder,
            request.worker.as_str(),
            request.slot == SlotKind::Checks,
            request_id,
            expires_at
        ],
    )
    .await
}

async fn read_lease(s: &mut Session, unit: &UnitId) -> Result<Lease, StoreError> {
    let row = s
        .one(
            "select u.id, u.epoch, u.nonce, u.expires_at, u.evaluation, u.kind, u.sole, u.first_shard, u.shard_count,
                 e.kind as evaluation_kind, e.split, s.competition, s.task, s.phase, s.version, s.model_sha256,
                 b.bytes as model_bytes, s.adapter, t.spec, k.sealed_key
             from units u
             join evaluations e on e.id = u.evaluation
             join submissions s on s.id = u.submission
             join tasks t on t.competition = s.competition and t.id = s.task
             join blobs b on b.sha256 = s.model_sha256
             join wrapped_keys k on k.competition = s.competition and k.task = s.task and k.version = s.version
                 and k.pool = u.pool
             where u.id = $1",
            args![unit],
        )
        .await?
        .ok_or(StoreError::Corrupt("units"))?;
    let work = match row.word("kind", UnitKind::parse)? {
        UnitKind::Shards => Work::Shards(Box::new(read_shard_work(s, &row).await?)),
        UnitKind::Finalize => Work::Finalize(Box::new(read_finalize_work(s, &row).await?)),
        UnitKind::Compare => {
            let board = BoardName::new(row.id("competition")?, row.id("task")?, row.id("phase")?);
            let work = read_compare_work(s, &board, row.u32("version")?, row.json("spec")?).await?;
            Work::Compare(Box::new(work))
        }
    };
    Ok(Lease {
        fence: Fence { unit: row.id("id")?, epoch: row.u64("epoch")?, nonce: row.bytes("nonce")? },
        expires_at: row.at("expires_at")?,
        evaluation: EvaluationName::new(row.id("evaluation")?),
        work,
    })
}

async fn read_shard_work(s: &mut Session, row: &Row) -> Result<ShardWork, StoreError> {
    let test_set = TestSetName::new(row.id("competition")?, row.id("task")?, row.u32("version")?);
    let split = row.word("split", Split::parse)?;
    Ok(ShardWork {
        spec: row.json("spec")?,
        model: BlobRef { sha256: row.id("model_sha256")?, bytes: row.u64("model_bytes")? },
        adapter: row.json("adapter")?,
        kind: row.word("evaluation_kind", EvaluationKind::parse)?,
        split,
        shards: read_shards(s, &test_set, split, row.u32("first_shard")?, row.u32("shard_count")?).await?,
        sealed_key: row.bytes("sealed_key")?,
        sole_unit: row.get("sole")?,
    })
}

async fn read_finalize_work(s: &mut Session, row: &Row) -> Result<FinalizeWork, StoreError> {
    let states = s
        .rows(
            "select sealed_state from units where evaluation = $1 and kind = 'shards' order by ordinal",
            args![row.text("evaluation")?],
        )
        .await?;
    Ok(FinalizeWork {
        spec: row.json("spec")?,
        sealed_states: states.iter().map(|row| row.bytes("sealed_state")).collect::<Result<_, _>>()?,
    })
}
