//! The lanes of a pool in the database: read into the contest's [`Queue`], and written back with what was served. Slots for checks alone
//! have lanes, virtual time and caps of their own.
//!
//! Turns are taken one after the other: whoever changes virtual time holds the lock of the pool's row. It is taken after every other
//! lock or, by a lease, before locks that it does not wait for; so nobody waits for it in a circle.

use std::collections::VecDeque;

use egret_contest::{
    CompetitionId, Contestants, Flow, InFlightMax, Lane, Micros, PoolId, Queue, QueueTurn, SlotKind, TeamId,
    UnitId, Waiting, WorkClass,
};

use crate::StoreError;
use crate::db::args;
use crate::row::Row;
use crate::session::Session;

/// Milliseconds that a check may be charged, whatever its worker says.
const CHECK_MS_MAX: u64 = 24 * 3_600_000;

/// Whose unit waits.
#[derive(Clone, Debug)]
pub(super) struct Ready<U> {
    pub competition: CompetitionId,
    pub team: TeamId,
    pub unit: U,
}

/// A pool's virtual time in its slots for checks alone or in the others, under a lock that lasts to the end of the transaction. The row
/// comes into being with the first lock.
pub(super) async fn lock_pool(s: &mut Session, pool: &PoolId, check_slots: bool) -> Result<u64, StoreError> {
    const SQL: &str = "select clock_ms from pools where pool = $1 and check_slots = $2";
    if let Some(row) = s.one_locked(SQL, args![pool, check_slots]).await? {
        return row.u64("clock_ms");
    }
    let insert = "insert into pools (pool, check_slots) values ($1, $2) on conflict do nothing";
    s.run(insert, args![pool, check_slots]).await?;
    let row = s.one_locked(SQL, args![pool, check_slots]).await?;
    row.ok_or(StoreError::Corrupt("pools"))?.u64("clock_ms")
}

/// The first unit that such a slot takes of every lane that has one ready. Lanes are found by skipping from one to the next in the index:
/// however many units wait, this reads as many rows as there are teams that wait, and the checks before what is taken in their stead.
pub(super) async fn read_heads(
    s: &mut Session,
    pool: &PoolId,
    slot: SlotKind,
    clock_ms: u64,
    now: Micros,
) -> Result<Queue<Ready<()>>, StoreError> {
    const { assert!(WorkClass::Check.priority() == 1, "the number in the statement") };
    let rows = s
        .rows(
            "with recursive c (competition) as (
                 select min(competition) from units where pool = $1 and state = 'ready'
                 union all
                 select (select min(u.competition) from units u
                         where u.pool = $1 and u.state = 'ready' and u.competition > c.competition)
                 from c where c.competition is not null),
             l (competition, team) as (
                 select c.competition, (select min(u.team) from units u
                         where u.pool = $1 and u.state = 'ready' and u.competition = c.competition)
                 from c join competitions k on k.id = c.competition where not k.evaluating_paused
                 union all
                 select l.competition, (select min(u.team) from units u
                         where u.pool = $1 and u.state = 'ready' and u.competition = l.competition and u.team > l.team)
                 from l where l.team is not null),
             f (competition, team, in_flight) as (
                 select competition, team, count(*) from units
                 where pool = $1 and state = 'leased' and case when priority = 1 then $3 else $4 end
                 group by competition, team),
             g (competition, in_flight) as (
                 select competition, cast(sum(in_flight) as bigint) from f group by competition)
             select l.competition, l.team, u.priority, u.ready_at, u.charge_ms,
                 a.finish_ms as competition_finish_ms, a.clock_ms, b.finish_ms,
                 coalesce(g.in_flight, 0) as competition_in_flight, coalesce(f.in_flight, 0) as in_flight
             from l
             join units u on u.id = (
                 select h.id from units h
                 where h.pool = $1 and h.competition = l.competition and h.team = l.team and h.state = 'ready'
                   and h.not_before <= $2 and case when h.priority = 1 then $3 else $4 end
                 order by h.priority, h.ready_at, h.submission, h.ordinal limit 1)
             left join f on f.competition = l.competition and f.team = l.team
             left join g on g.competition = l.competition
             left join lanes a on a.pool = $1 and a.check_slots = $5 and a.competition = l.competition and a.team = ''
             left join lanes b on b.pool = $1 and b.check_slots = $5 and b.competition = l.competition and b.team = l.team
             where l.team is not null
             order by l.competition, l.team",
            args![
                pool,
                now,
                slot.takes(WorkClass::Check),
                slot.takes(WorkClass::Live),
                slot == SlotKind::Checks
            ],
        )
        .await?;
    let limits = s.limits();
    let in_flight_max =
        InFlightMax { team: limits.team_in_flight_max, competition: limits.competition_in_flight_max };
    queue_of(&rows, clock_ms, in_flight_max, |_| Ok(()))
}

/// Rows in the order of competition, team and lane, as a queue. The columns are those of [`read_heads`].
pub(super) fn queue_of<U>(
    rows: &[Row],
    clock_ms: u64,
    in_flight_max: InFlightMax,
    unit: impl Fn(&Row) -> Result<U, StoreError>,
) -> Result<Queue<Ready<U>>, StoreError> {
    let mut queue = Queue { clock_ms, in_flight_max, competitions: Vec::new() };
    let mut last: Option<(CompetitionId, TeamId)> = None;
    for row in rows {
        let ready = Ready { competition: row.id("competition")?, team: row.id("team")?, unit: unit(row)? };
        let (same_competition, same_team) = last.as_ref().map_or((false, false), |(competition, team)| {
            (*competition == ready.competition, *competition == ready.competition && *team == ready.team)
        });
        if !same_competition {
            let flow = Flow {
                finish_ms: or_zero(row, "competition_finish_ms")?,
                in_flight: row.u32("competition_in_flight")?,
            };
            let clock_ms = or_zero(row, "clock_ms")?;
            queue.competitions.push(Contestants { flow, clock_ms, lanes: Vec::new() });
        }
        let lanes = queue.competitions.last_mut().map(|one| &mut one.lanes);
        let lanes = lanes.ok_or(StoreError::Corrupt("lanes"))?;
        if !same_team {
            let flow = Flow { finish_ms: or_zero(row, "finish_ms")?, in_flight: row.u32("in_flight")? };
            lanes.push(Lane { flow, waiting: VecDeque::new() });
        }
        last = Some((ready.competition.clone(), ready.team.clone()));
        let waiting = waiting_of_row(row, ready)?;
        lanes.last_mut().ok_or(StoreError::Corrupt("lanes"))?.waiting.push_back(waiting);
    }
    Ok(queue)
}

/// A lane that has never been served has no row yet.
fn or_zero(row: &Row, column: &'static str) -> Result<u64, StoreError> {
    let value: Option<i64> = row.get(column)?;
    u64::try_from(value.unwrap_or(0)).map_err(|_| StoreError::Corrupt(column))
}

pub(super) fn waiting_of_row<U>(row: &Row, unit: U) -> Result<Waiting<U>, StoreError> {
    Ok(Waiting {
        unit,
        class: WorkClass::of_priority(row.u32("priority")?).ok_or(StoreError::Corrupt("priority"))?,
        since: row.at("ready_at")?,
        charge_ms: row.u64("charge_ms")?,
    })
}

/// Writes down where a lane stands that was served, and when if it was with a check; the pool must be locked.
pub(super) async fn write_turn<U>(
    s: &mut Session,
    pool: &PoolId,
    check_slots: bool,
    queue: &Queue<U>,
    turn: QueueTurn,
    of: &Ready<()>,
    check_at: Option<Micros>,
) -> Result<(), StoreError> {
    let one = &queue.competitions[turn.competition];
    s.run(
        "insert into lanes (pool, check_slots, competition, team, finish_ms, clock_ms)
         values ($1, $2, $3, '', $5, $6), ($1, $2, $3, $4, $7, 0)
         on conflict (pool, check_slots, competition, team)
         do update set finish_ms = excluded.finish_ms, clock_ms = excluded.clock_ms",
        args![
            pool,
            check_slots,
            &of.competition,
            &of.team,
            one.flow.finish_ms,
            one.clock_ms,
            one.lanes[turn.lane].flow.finish_ms
        ],
    )
    .await?;
    s.run(
        "update pools set clock_ms = $3, check_at = coalesce($4, check_at) where pool = $1 and check_slots = $2",
        args![pool, check_slots, queue.clock_ms, check_at],
    )
    .await
    .map(drop)
}

/// A lane was charged for a unit that came back unfinished, which was not its doing: it has it back. Locks the pool.
pub(super) async fn give_back(s: &mut Session, unit: &UnitId) -> Result<(), StoreError> {
    let charged = Charged::read(s, unit).await?;
    lock_pool(s, &charged.pool, charged.check_slot).await?;
    charged.correct(s, -(charged.charge_ms as i64)).await
}

/// A check is done: its lane is charged what it took instead of what was expected, and the pool remembers. What hidden units took is
/// left alone: places in the queue would tell it. Locks the pool.
pub(super) async fn settle_check(s: &mut Session, unit: &UnitId, wall_ms: u64) -> Result<(), StoreError> {
    let took_ms = wall_ms.clamp(egret_contest::CHARGE_MS_MIN, CHECK_MS_MAX) as i64;
    let charged = Charged::read(s, unit).await?;
    lock_pool(s, &charged.pool, charged.check_slot).await?;
    let pace = charged.charge_ms / charged.expected_ms.max(1);
    charged.correct(s, (took_ms - charged.expected_ms as i64) * pace as i64).await?;
    s.run(
        "update pools set check_ms = coalesce(check_ms + ($3 - check_ms) / 8, $3) where pool = $1 and check_slots = $2",
        args![&charged.pool, charged.check_slot, took_ms],
    )
    .await
    .map(drop)
}

/// What a unit was charged at its latest lease, to whom, and where.
struct Charged {
    pool: PoolId,
    check_slot: bool,
    competition: CompetitionId,
    team: TeamId,
    expected_ms: u64,
    charge_ms: u64,
}

impl Charged {
    async fn read(s: &mut Session, unit: &UnitId) -> Result<Self, StoreError> {
        let row = s
            .one(
                "select pool, check_slot, competition, team, expected_ms, charge_ms from units where id = $1",
                args![unit],
            )
            .await?
            .ok_or(StoreError::Corrupt("units"))?;
        Ok(Self {
            pool: row.id("pool")?,
            check_slot: row.get("check_slot")?,
            competition: row.id("competition")?,
            team: row.id("team")?,
            expected_ms: row.u64("expected_ms")?,
            charge_ms: row.u64("charge_ms")?,
        })
    }

    async fn correct(&self, s: &mut Session, by_ms: i64) -> Result<(), StoreError> {
        s.run(
            "update lanes set finish_ms = case when finish_ms + $5 < 0 then 0 else finish_ms + $5 end
             where pool = $1 and check_slots = $2 and competition = $3 and team in ('', $4)",
            args![&self.pool, self.check_slot, &self.competition, &self.team, by_ms],
        )
        .await
        .map(drop)
    }
}
