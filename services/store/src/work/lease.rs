//! Leasing: finding who is next, and handing the unit out once.

use egret_contest::{
    BlobRef, BoardName, EvaluationKind, EvaluationName, Micros, Split, SubmissionId, SubmissionState,
    TestSetName, UnitId, UnitKind,
};
use rand::Rng;

use super::{Fence, FinalizeWork, Lease, LeaseRequest, ShardWork, Work};
use crate::comparison::read_compare_work;
use crate::db::args;
use crate::progress::Entry;
use crate::row::Row;
use crate::session::Session;
use crate::test_sets::read_shards;
use crate::{Store, StoreError};

/// Lanes that are tried in one go.
const LANES_TRIED: i64 = 16;
/// Passes while every unit that is ready is locked by somebody else at that moment.
const PASSES_MAX: usize = 8;

enum Pass {
    Leased(Box<Lease>),
    NothingReady,
    AllLocked,
}

impl Store {
    /// Leases the next unit of a pool, if there is one. The lease is committed before this returns: a reply that is lost is
    /// had again by the same `request_id`.
    pub async fn lease(&self, request: &LeaseRequest) -> Result<Option<Lease>, StoreError> {
        for _ in 0..PASSES_MAX {
            match self.lease_once(request).await {
                Ok(Pass::Leased(lease)) => return Ok(Some(*lease)),
                Ok(Pass::NothingReady) => return Ok(None),
                // The same wish came twice at once and the other one got it first: it is there now.
                Err(StoreError::AlreadyExists(_)) | Ok(Pass::AllLocked) => tokio::task::yield_now().await,
                Err(e) => return Err(e),
            }
        }
        Ok(None)
    }

    async fn lease_once(&self, request: &LeaseRequest) -> Result<Pass, StoreError> {
        let mut s = self.write().await?;
        let now = s.now().await?;
        let expires_at = now.after(s.limits().lease_ttl);
        if let Some(unit) = leased_before(&mut s, request).await? {
            s.run("update units set expires_at = $2 where id = $1", args![&unit, expires_at]).await?;
            let lease = read_lease(&mut s, &unit).await?;
            s.commit().await?;
            return Ok(Pass::Leased(Box::new(lease)));
        }
        let lanes = lanes_in_order(&mut s, request, now).await?;
        if lanes.is_empty() {
            return Ok(Pass::NothingReady);
        }
        for lane in &lanes {
            let Some(unit) = next_in_lane(&mut s, request, lane, now).await? else { continue };
            take(&mut s, request, &unit.id, expires_at).await?;
            note_served(&mut s, request, lane).await?;
            if unit.submission_state == SubmissionState::Queued && unit.kind != UnitKind::Compare {
                // The first lease of a hidden evaluation moves the submission on.
                let mut entry = Entry::lock(&mut s, &unit.submission).await?;
                entry.advance(&mut s, SubmissionState::Evaluating, now).await?;
            }
            let lease = read_lease(&mut s, &unit.id).await?;
            s.commit().await?;
            return Ok(Pass::Leased(Box::new(lease)));
        }
        Ok(Pass::AllLocked)
    }
}

/// The unit that this very wish has leased and still holds.
async fn leased_before(s: &mut Session, request: &LeaseRequest) -> Result<Option<UnitId>, StoreError> {
    if request.request_id.is_empty() {
        return Ok(None);
    }
    let row = s
        .one_locked(
            "select id from units where holder = $1 and request = $2 and state = 'leased'",
            args![&request.holder, request.request_id.as_str()],
        )
        .await?;
    row.map(|row| row.id("id")).transpose()
}

/// A team's line in a pool.
struct Lane {
    competition: String,
    team: String,
}

/// The lanes that have something ready, whose turn it is first.
async fn lanes_in_order(
    s: &mut Session,
    request: &LeaseRequest,
    now: Micros,
) -> Result<Vec<Lane>, StoreError> {
    let rows = s
        .rows(
            "select w.competition, w.team from (
                 select competition, team,
                     min(case when state = 'ready' and not_before <= $2 then priority end) as urgency,
                     sum(case when state = 'leased' then 1 else 0 end) as busy
                 from units where pool = $1 and state in ('ready', 'leased') group by competition, team) w
             left join lanes l on l.pool = $1 and l.competition = w.competition and l.team = w.team
             where w.urgency is not null
             order by w.urgency, w.busy, coalesce(l.served, 0), w.competition, w.team limit $3",
            args![&request.pool, now, LANES_TRIED],
        )
        .await?;
    rows.iter()
        .map(|row| Ok(Lane { competition: row.text("competition")?, team: row.text("team")? }))
        .collect()
}

/// A unit that is ready and locked.
struct Next {
    id: UnitId,
    kind: UnitKind,
    submission: SubmissionId,
    submission_state: SubmissionState,
}

/// The lane's next unit that nobody has locked. The submission is locked with it, because leasing may move it on; skipping
/// over locks instead of waiting for them is what keeps the order of locks out of question here.
async fn next_in_lane(
    s: &mut Session,
    request: &LeaseRequest,
    lane: &Lane,
    now: Micros,
) -> Result<Option<Next>, StoreError> {
    let row = s
        .one_unlocked(
            "select u.id, u.kind, u.submission, s.state from units u join submissions s on s.id = u.submission
             where u.pool = $1 and u.competition = $2 and u.team = $3 and u.state = 'ready' and u.not_before <= $4
             order by u.priority, u.ready_at, u.submission, u.ordinal limit 1",
            args![&request.pool, lane.competition.as_str(), lane.team.as_str(), now],
        )
        .await?;
    row.map(|row| {
        Ok(Next {
            id: row.id("id")?,
            kind: row.word("kind", UnitKind::parse)?,
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
        "update units set state = 'leased', epoch = epoch + 1, nonce = $2, holder = $3, worker = $4, request = $5,
             expires_at = $6
         where id = $1",
        args![unit, &nonce[..], &request.holder, request.worker.as_str(), request_id, expires_at],
    )
    .await
}

async fn note_served(s: &mut Session, request: &LeaseRequest, lane: &Lane) -> Result<(), StoreError> {
    s.run(
        "insert into lanes (pool, competition, team, served)
         values ($1, $2, $3, (select coalesce(max(served), 0) + 1 from lanes where pool = $1))
         on conflict (pool, competition, team) do update set served = excluded.served",
        args![&request.pool, lane.competition.as_str(), lane.team.as_str()],
    )
    .await
    .map(drop)
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
