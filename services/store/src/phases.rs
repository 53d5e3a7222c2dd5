//! What organizers do to phases while a contest runs. Every change is a row with who, when and why; the times of a phase are reckoned
//! from its first ones and those rows.

use std::time::Duration;

use egret_contest::{
    BoardName, Competition, CompetitionId, Micros, Phase, PhaseId, PhaseMarks, Refusal, Split, SubmissionId,
    TaskName, TeamId, UserId, Window,
};

use crate::competitions::{read_competition, read_phase};
use crate::db::args;
use crate::identity::row_id;
use crate::progress::Entry;
use crate::releases::show;
use crate::request::Claim;
use crate::session::Session;
use crate::work::read_spec;
use crate::{Request, Store, StoreError, Topic};

/// Changes that are listed.
const CHANGES_SHOWN: u32 = 1_000;

/// Who changes something, and why.
#[derive(Clone, Debug)]
pub struct Note {
    /// Who.
    pub by: UserId,
    /// Shown to everybody who sees the competition.
    pub reason: String,
}

/// A change of a competition's control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseChange {
    /// The phase; `None`: the whole competition.
    pub phase: Option<PhaseId>,
    /// `pause submitting`, `resume submitting`, `pause evaluating`, `resume evaluating`, `extend`, `remove`, `thaw`, `finalize`, `reveal`.
    pub kind: String,
    /// The team that was extended; `None`: all.
    pub team: Option<TeamId>,
    /// The interval that was removed.
    pub removed: Option<Window>,
    /// By how much it was extended.
    pub extra: Option<Duration>,
    /// Who and why.
    pub by: UserId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Micros,
}

/// What is said of a phase once.
#[derive(Clone, Copy)]
enum Mark {
    Thaw,
    Finalize,
    Reveal { decimals: u32 },
}

/// A change to write down.
#[derive(Default)]
struct Change<'a> {
    kind: &'static str,
    phase: Option<&'a PhaseId>,
    team: Option<&'a TeamId>,
    removed: Option<Window>,
    extra_us: Option<i64>,
}

impl Store {
    /// Pauses or resumes submitting and evaluating; what is `None` stays as it is.
    pub async fn set_paused(
        &self,
        competition: &CompetitionId,
        submitting: Option<bool>,
        evaluating: Option<bool>,
        note: &Note,
    ) -> Result<Competition, StoreError> {
        let mut s = self.write().await?;
        let before = read_competition(&mut s, competition).await?;
        if let Some(paused) = submitting.filter(|paused| *paused != before.submitting_paused) {
            s.run("update competitions set submitting_paused = $2 where id = $1", args![competition, paused])
                .await?;
            let kind = if paused { "pause submitting" } else { "resume submitting" };
            write_change(&mut s, competition, Change { kind, ..Change::default() }, note).await?;
        }
        if let Some(paused) = evaluating.filter(|paused| *paused != before.evaluating_paused) {
            s.run("update competitions set evaluating_paused = $2 where id = $1", args![competition, paused])
                .await?;
            let kind = if paused { "pause evaluating" } else { "resume evaluating" };
            write_change(&mut s, competition, Change { kind, ..Change::default() }, note).await?;
            wake_workers(&mut s, competition).await?;
        }
        let after = read_competition(&mut s, competition).await?;
        s.commit().await?;
        Ok(after)
    }

    /// Moves a phase's end, for all teams or one.
    pub async fn extend_phase(
        &self,
        request: &Request,
        competition: &CompetitionId,
        id: &PhaseId,
        team: Option<&TeamId>,
        extra: Duration,
        note: &Note,
    ) -> Result<Competition, StoreError> {
        const METHOD: &str = "extend_phase";
        let mut s = self.write().await?;
        if let Claim::Done(_) = request.claim(&mut s, METHOD).await? {
            return read_competition(&mut s, competition).await;
        }
        let phase = lock_phase(&mut s, competition, id).await?;
        require_open_end(&phase)?;
        if let Some(team) = team {
            s.one("select id from teams where competition = $1 and id = $2", args![competition, team])
                .await?
                .ok_or(StoreError::NotFound("team"))?;
        }
        let extra_us = i64::try_from(extra.as_micros()).unwrap_or(i64::MAX);
        let change =
            Change { kind: "extend", phase: Some(id), team, extra_us: Some(extra_us), removed: None };
        write_change(&mut s, competition, change, note).await?;
        hold_private_units(&mut s, competition, id).await?;
        request.settle(&mut s, METHOD, id).await?;
        let after = read_competition(&mut s, competition).await?;
        s.commit().await?;
        Ok(after)
    }

    /// Takes an interval that is over out of a phase: contest time stood still in it.
    pub async fn remove_interval(
        &self,
        request: &Request,
        competition: &CompetitionId,
        id: &PhaseId,
        removed: Window,
        note: &Note,
    ) -> Result<Competition, StoreError> {
        const METHOD: &str = "remove_interval";
        let mut s = self.write().await?;
        if let Claim::Done(_) = request.claim(&mut s, METHOD).await? {
            return read_competition(&mut s, competition).await;
        }
        let phase = lock_phase(&mut s, competition, id).await?;
        require_open_end(&phase)?;
        let now = s.now().await?;
        let invalid = |text: &str| Err(StoreError::Invalid(text.to_owned()));
        if removed.start >= removed.end {
            return invalid("the interval must start before it ends");
        }
        if removed.end > now {
            return invalid("the interval must be over: what is to come is moved by an extension");
        }
        if removed.start < phase.window.start || removed.start >= phase.clock_time(phase.window.end) {
            return invalid("the interval must start in the phase");
        }
        if phase.changes.removed.iter().any(|other| other.overlaps(&removed)) {
            return invalid("the interval overlaps one that was removed before");
        }
        let change = Change { kind: "remove", phase: Some(id), removed: Some(removed), ..Change::default() };
        write_change(&mut s, competition, change, note).await?;
        hold_private_units(&mut s, competition, id).await?;
        request.settle(&mut s, METHOD, id).await?;
        let after = read_competition(&mut s, competition).await?;
        s.commit().await?;
        Ok(after)
    }

    /// The public boards of a frozen phase move again. Thawing twice changes nothing; what is not frozen is refused (`WrongState`).
    pub async fn thaw_phase(
        &self,
        competition: &CompetitionId,
        id: &PhaseId,
        note: &Note,
    ) -> Result<Competition, StoreError> {
        self.mark_phase(competition, id, Mark::Thaw, note).await
    }

    /// The last word on a phase. Refused (`NotFinal`) before it is over and everything in it is evaluated.
    pub async fn finalize_phase(
        &self,
        competition: &CompetitionId,
        id: &PhaseId,
        note: &Note,
    ) -> Result<Competition, StoreError> {
        self.mark_phase(competition, id, Mark::Finalize, note).await
    }

    /// Shows exact scores of a finalized phase to their teams, charged to their accounts. Revealing twice changes nothing.
    pub async fn reveal_phase(
        &self,
        competition: &CompetitionId,
        id: &PhaseId,
        decimals: u32,
        note: &Note,
    ) -> Result<Competition, StoreError> {
        self.mark_phase(competition, id, Mark::Reveal { decimals }, note).await
    }

    /// Marks a phase, with what follows from that; a second time changes nothing.
    async fn mark_phase(
        &self,
        competition: &CompetitionId,
        id: &PhaseId,
        mark: Mark,
        note: &Note,
    ) -> Result<Competition, StoreError> {
        let mut s = self.write().await?;
        let phase = lock_phase(&mut s, competition, id).await?;
        let before = read_competition(&mut s, competition).await?;
        let PhaseMarks { thawed_at, finalized_at, revealed_at, .. } = phase.marks;
        let (kind, done, sql) = match mark {
            Mark::Thaw => (
                "thaw",
                thawed_at.or(finalized_at),
                "update phases set thawed_at = $3 where competition = $1 and id = $2",
            ),
            Mark::Finalize => (
                "finalize",
                finalized_at,
                "update phases set finalized_at = $3 where competition = $1 and id = $2",
            ),
            Mark::Reveal { .. } => (
                "reveal",
                revealed_at,
                "update phases set revealed_at = $3 where competition = $1 and id = $2",
            ),
        };
        if done.is_some() {
            return Ok(before);
        }
        let now = s.now().await?;
        match mark {
            Mark::Thaw => require_frozen(&before, &phase, now)?,
            Mark::Finalize => {
                require_over(&mut s, &before, &phase, now).await?;
                show_waiting(&mut s, competition, id, now).await?;
            }
            Mark::Reveal { decimals } => {
                require_finalized(&phase)?;
                crate::restricted::reveal(&mut s, competition, id, decimals, now).await?;
            }
        }
        s.run(sql, args![competition, id, now]).await?;
        write_change(&mut s, competition, Change { kind, phase: Some(id), ..Change::default() }, note)
            .await?;
        if !matches!(mark, Mark::Reveal { .. }) {
            boards_changed(&mut s, &before, id);
        }
        let after = read_competition(&mut s, competition).await?;
        s.commit().await?;
        Ok(after)
    }

    /// What was changed of a competition's control, newest first.
    pub async fn phase_changes(&self, competition: &CompetitionId) -> Result<Vec<PhaseChange>, StoreError> {
        let rows = self
            .read()
            .await?
            .rows(
                "select phase, kind, team, from_at, until_at, extra_us, reason, by_user, created_at from phase_changes
                 where competition = $1 order by created_at desc, id desc limit $2",
                args![competition, CHANGES_SHOWN],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let removed = row.at_if_any("from_at")?.zip(row.at_if_any("until_at")?);
                let extra: Option<i64> = row.get("extra_us")?;
                Ok(PhaseChange {
                    phase: row.id_if_any("phase")?,
                    kind: row.text("kind")?,
                    team: row.id_if_any("team")?,
                    removed: removed.map(|(start, end)| Window { start, end }),
                    extra: extra.and_then(|us| u64::try_from(us).ok()).map(Duration::from_micros),
                    by: row.id("by_user")?,
                    reason: row.text("reason")?,
                    at: row.at("created_at")?,
                })
            })
            .collect()
    }
}

/// A phase, under a lock that lasts to the end of the transaction: its changes take turns.
pub(crate) async fn lock_phase(
    s: &mut Session,
    competition: &CompetitionId,
    id: &PhaseId,
) -> Result<Phase, StoreError> {
    s.one_locked("select id from phases where competition = $1 and id = $2", args![competition, id])
        .await?
        .ok_or(StoreError::NotFound("phase"))?;
    read_phase(s, competition, id).await
}

fn require_open_end(phase: &Phase) -> Result<(), StoreError> {
    let state = match phase.marks {
        marks if marks.finalized_at.is_some() => "finalized",
        marks if marks.closed_at.is_some() => "closed: its nominations are being evaluated",
        _ => return Ok(()),
    };
    Err(Refusal::WrongState { what: "the phase", state }.into())
}

fn require_frozen(competition: &Competition, phase: &Phase, now: Micros) -> Result<(), StoreError> {
    if competition.tasks.iter().any(|task| phase.frozen_since(&task.task, now).is_some()) {
        return Ok(());
    }
    Err(Refusal::WrongState { what: "the phase", state: "not frozen" }.into())
}

fn require_finalized(phase: &Phase) -> Result<(), StoreError> {
    if phase.marks.finalized_at.is_some() {
        return Ok(());
    }
    Err(Refusal::WrongState { what: "the phase", state: "not finalized" }.into())
}

async fn require_over(
    s: &mut Session,
    competition: &Competition,
    phase: &Phase,
    now: Micros,
) -> Result<(), StoreError> {
    let not_yet = |why: String| Err(Refusal::NotFinal(why).into());
    let ends = competition.tasks.iter().map(|task| phase.closes_at(&task.task, None)).max();
    let ends = ends.unwrap_or_else(|| phase.ends_for_all());
    if now < ends {
        return not_yet(format!("it ends at {}", ends.timestamp()));
    }
    if phase.rules.nominations.is_some() && phase.marks.closed_at.is_none() {
        return not_yet("its nominations are not taken up yet".to_owned());
    }
    let open = s
        .one(
            "select count(*) as open from submissions u
             where u.competition = $1 and u.phase = $2 and u.state in ('checking', 'queued', 'evaluating')
               and not exists (select 1 from releases r where r.submission = u.id)",
            args![&competition.name.competition, &phase.id],
        )
        .await?
        .ok_or(StoreError::Corrupt("count"))?
        .u64("open")?;
    if open > 0 {
        return not_yet(format!("{open} of its submissions are not evaluated yet"));
    }
    let comparing = s
        .one(
            "select 1 as one from evaluations e join submissions u on u.id = e.submission
             where u.competition = $1 and u.phase = $2 and e.kind = 'compare' and e.ended_at is null limit 1",
            args![&competition.name.competition, &phase.id],
        )
        .await?;
    if comparing.is_some() { not_yet("its finalists are being compared".to_owned()) } else { Ok(()) }
}

/// Shows what waited for the phase's last word, in the order of acceptance.
async fn show_waiting(
    s: &mut Session,
    competition: &CompetitionId,
    id: &PhaseId,
    now: Micros,
) -> Result<(), StoreError> {
    let waiting = s
        .rows(
            "select r.submission from releases r join submissions u on u.id = r.submission
             where r.competition = $1 and r.phase = $2 and r.released_at is null
               and u.state in ('queued', 'evaluating')
             order by u.accepted_at, r.submission",
            args![competition, id],
        )
        .await?;
    for row in &waiting {
        let submission: SubmissionId = row.id("submission")?;
        let mut entry = Entry::lock(s, &submission).await?;
        let spec = read_spec(s, &entry).await?;
        show(s, &mut entry, &spec, now).await?;
    }
    Ok(())
}

async fn write_change(
    s: &mut Session,
    competition: &CompetitionId,
    change: Change<'_>,
    note: &Note,
) -> Result<(), StoreError> {
    let now = s.now().await?;
    s.run(
        "insert into phase_changes (id, competition, phase, kind, team, from_at, until_at, extra_us, reason, by_user, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            row_id(),
            competition,
            change.phase,
            change.kind,
            change.team,
            change.removed.map(|removed| removed.start),
            change.removed.map(|removed| removed.end),
            change.extra_us,
            note.reason.as_str(),
            &note.by,
            now,
        ],
    )
    .await
    .map(drop)
}

/// The private split is not touched while its phase takes submissions: units that wait for its end wait for the new one.
async fn hold_private_units(
    s: &mut Session,
    competition: &CompetitionId,
    id: &PhaseId,
) -> Result<(), StoreError> {
    let phase = read_phase(s, competition, id).await?;
    if phase.split != Split::Private {
        return Ok(());
    }
    for task in read_competition(s, competition).await?.tasks {
        s.run(
            "update units set not_before = $4 where state = 'ready' and not_before < $4 and evaluation in (
                 select e.id from evaluations e join submissions u on u.id = e.submission
                 where u.competition = $1 and u.task = $2 and u.phase = $3 and e.kind = 'hidden')",
            args![competition, &task.task, id, phase.closes_at(&task.task, None)],
        )
        .await?;
    }
    Ok(())
}

async fn wake_workers(s: &mut Session, competition: &CompetitionId) -> Result<(), StoreError> {
    let pools = s
        .rows(
            "select distinct pool from units where competition = $1 and state = 'ready'",
            args![competition],
        )
        .await?;
    for row in &pools {
        let pool = row.id("pool")?;
        s.changed(Topic::Work(pool));
    }
    Ok(())
}

fn boards_changed(s: &mut Session, competition: &Competition, phase: &PhaseId) {
    for TaskName { competition, task } in &competition.tasks {
        s.changed(Topic::Board(BoardName::new(competition.clone(), task.clone(), phase.clone())));
    }
}
