//! Phases that live on nominations: teams name submissions of another phase while it is open; when it closes these become submissions of
//! its own, each evaluated once, on a split that nothing has touched before.

use egret_contest::{
    Adapter, BlobRef, ChargedTo, CheckReport, CompetitionId, Micros, Nominations, Phase, PhaseId, Refusal,
    Sha256Hex, SubmissionId, SubmissionName, SubmissionState, TaskName, TeamId, TeamName, UserId,
};

use crate::admission::{NewRow, insert_submission, live_test_set, pass_gate, require_active};
use crate::competitions::{read_competition, read_phase};
use crate::db::args;
use crate::identity::random_id;
use crate::ledger::begin_hidden;
use crate::phases::lock_phase;
use crate::progress::Entry;
use crate::quotas::Charge;
use crate::row::to_json;
use crate::session::Session;
use crate::tasks::read_task;
use crate::{Store, StoreError};

/// Who stands for a team in a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nominees {
    /// Named by the team; or its best released one, if there is one.
    pub submissions: Vec<SubmissionName>,
    /// Whether the team has named them.
    pub chosen: bool,
    /// How many it may name.
    pub count_max: u32,
    /// The first moment at which they cannot be changed any more.
    pub closes_at: Micros,
}

impl Store {
    /// Names the submissions that stand for a team; naming none leaves it to the best released one.
    pub async fn nominate(
        &self,
        task: &TaskName,
        id: &PhaseId,
        team: &TeamName,
        submissions: &[SubmissionName],
    ) -> Result<Nominees, StoreError> {
        let mut s = self.write().await?;
        require_active(&mut s, team).await?;
        let phase = lock_phase(&mut s, &task.competition, id).await?;
        let rule = nominations(&phase)?;
        let now = s.now().await?;
        if !phase.is_open(&task.task, &team.team, now) || phase.marks.closed_at.is_some() {
            let closes_at = phase.closes_at(&task.task, Some(&team.team));
            let (ended, next) = if now < phase.window.start {
                (None, Some((phase.id.clone(), phase.window.start)))
            } else {
                (Some((phase.id.clone(), closes_at)), None)
            };
            return Err(Refusal::PhaseClosed { ended, next }.into());
        }
        let spec = read_task(&mut s, task).await?.spec;
        pass_gate(&mut s, &spec, task, team, &phase).await?;
        if submissions.len() > rule.count_max as usize {
            return Err(StoreError::Invalid(format!(
                "at most {} submissions can be nominated",
                rule.count_max
            )));
        }
        s.run(
            "delete from nominations where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&task.competition, &task.task, id, &team.team],
        )
        .await?;
        for name in submissions {
            require_nominable(&mut s, task, rule, team, name).await?;
            s.run(
                "insert into nominations (competition, task, phase, team, submission, created_at)
                 values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                args![&task.competition, &task.task, id, &team.team, &name.submission, now],
            )
            .await?;
        }
        let nominees = read_nominees(&mut s, task, &phase, rule, &team.team).await?;
        s.commit().await?;
        Ok(nominees)
    }

    /// Who stands for a team now.
    pub async fn nominees(
        &self,
        task: &TaskName,
        id: &PhaseId,
        team: &TeamName,
    ) -> Result<Nominees, StoreError> {
        let mut s = self.read().await?;
        let phase = read_phase(&mut s, &task.competition, id).await?;
        let rule = nominations(&phase)?;
        read_nominees(&mut s, task, &phase, rule, &team.team).await
    }

    /// Takes up the nominations of phases that are over. Returns how many submissions that made.
    pub async fn sweep_nominations(&self) -> Result<u32, StoreError> {
        let waiting: Vec<(CompetitionId, PhaseId)> = {
            let mut s = self.read().await?;
            let now = s.now().await?;
            let rows = s
                .rows(
                    "select p.competition, p.id from phases p join competitions c on c.id = p.competition
                     where p.closed_at is null and p.ends_at <= $1 and c.state = 'published'
                       and p.rules like '%\"nominations\":{%'",
                    args![now],
                )
                .await?;
            rows.iter()
                .map(|row| Ok((row.id("competition")?, row.id("id")?)))
                .collect::<Result<_, StoreError>>()?
        };
        let mut made = 0;
        for (competition, phase) in &waiting {
            made += self.close_nominations(competition, phase).await?;
        }
        Ok(made)
    }

    async fn close_nominations(&self, competition: &CompetitionId, id: &PhaseId) -> Result<u32, StoreError> {
        let mut s = self.write().await?;
        let phase = lock_phase(&mut s, competition, id).await?;
        let now = s.now().await?;
        let tasks = read_competition(&mut s, competition).await?.tasks;
        if phase.marks.closed_at.is_some() || tasks.iter().any(|task| now < phase.closes_at(&task.task, None))
        {
            return Ok(0);
        }
        let mut made = 0;
        if let Some(rule) = &phase.rules.nominations {
            for task in &tasks {
                made += take_up(&mut s, task, &phase, rule, now).await?;
            }
        }
        s.run(
            "update phases set closed_at = $3 where competition = $1 and id = $2",
            args![competition, id, now],
        )
        .await?;
        s.commit().await?;
        Ok(made)
    }
}

fn nominations(phase: &Phase) -> Result<&Nominations, StoreError> {
    let rule = phase.rules.nominations.as_ref();
    rule.ok_or_else(|| {
        Refusal::WrongState { what: "the phase", state: "not one that takes nominations" }.into()
    })
}

/// Only a released submission of the team, to this task, in the phase that is nominated from.
async fn require_nominable(
    s: &mut Session,
    task: &TaskName,
    rule: &Nominations,
    team: &TeamName,
    name: &SubmissionName,
) -> Result<(), StoreError> {
    let row = s
        .one(
            "select state from submissions
             where id = $1 and competition = $2 and task = $3 and team = $4 and phase = $5",
            args![&name.submission, &task.competition, &task.task, &team.team, &rule.from],
        )
        .await?
        .ok_or(StoreError::NotFound(
            "submission of this team to this task in the phase that is nominated from",
        ))?;
    let state = row.word("state", SubmissionState::parse)?;
    if state == SubmissionState::Released {
        return Ok(());
    }
    Err(Refusal::WrongState { what: "the submission", state: state.as_str() }.into())
}

async fn read_nominees(
    s: &mut Session,
    task: &TaskName,
    phase: &Phase,
    rule: &Nominations,
    team: &TeamId,
) -> Result<Nominees, StoreError> {
    let chosen = s
        .rows(
            "select submission from nominations
             where competition = $1 and task = $2 and phase = $3 and team = $4 order by created_at, submission",
            args![&task.competition, &task.task, &phase.id, team],
        )
        .await?;
    let is_chosen = !chosen.is_empty();
    let rows = if is_chosen {
        chosen
    } else {
        s.rows(
            "select submission from board_rows where competition = $1 and task = $2 and phase = $3 and team = $4",
            args![&task.competition, &task.task, &rule.from, team],
        )
        .await?
    };
    Ok(Nominees {
        submissions: rows
            .iter()
            .map(|row| {
                Ok(SubmissionName::new(task.competition.clone(), task.task.clone(), row.id("submission")?))
            })
            .collect::<Result<_, StoreError>>()?,
        chosen: is_chosen,
        count_max: rule.count_max,
        closes_at: phase.closes_at(&task.task, Some(team)),
    })
}

/// Makes submissions of the phase of what was nominated for a task, in the order in which the nominees were accepted.
async fn take_up(
    s: &mut Session,
    task: &TaskName,
    phase: &Phase,
    rule: &Nominations,
    now: Micros,
) -> Result<u32, StoreError> {
    let spec = read_task(s, task).await?.spec;
    let teams = s
        .rows(
            "select t.id from teams t where t.competition = $1 and t.status = 'active' and exists (
                 select 1 from submissions u where u.competition = $1 and u.task = $2 and u.phase = $3 and u.team = t.id)
             order by t.id",
            args![&task.competition, &task.task, &rule.from],
        )
        .await?;
    let mut finalists = Vec::new();
    for row in &teams {
        let team = TeamName::new(task.competition.clone(), row.id("id")?);
        match pass_gate(s, &spec, task, &team, phase).await {
            Ok(()) => {}
            Err(StoreError::Refused(Refusal::GateClosed { .. })) => continue,
            Err(error) => return Err(error),
        }
        let nominees = read_nominees(s, task, phase, rule, &team.team).await?;
        for name in nominees.submissions {
            finalists.push(read_finalist(s, &name.submission).await?);
        }
    }
    if finalists.is_empty() {
        return Ok(0);
    }
    finalists.sort_by(|a, b| (a.accepted_at, &a.from).cmp(&(b.accepted_at, &b.from)));
    let (test_set, pool) = live_test_set(s, task, phase.split).await?;
    for finalist in &finalists {
        let mut entry = Entry {
            id: random_id()?,
            task: task.clone(),
            phase: phase.id.clone(),
            team: finalist.team.clone(),
            version: test_set.version,
            pool: pool.clone(),
            split: phase.split,
            state: SubmissionState::Queued,
            charge: Charge { to: ChargedTo::Nothing, day: Micros(0) },
            artifact: finalist.artifact.clone(),
            accepted_at: finalist.accepted_at,
        };
        let row = NewRow {
            user: &finalist.user,
            model: &finalist.model.sha256,
            adapter: &finalist.adapter,
            note: &finalist.note,
            nominated_from: Some(&finalist.from),
        };
        insert_submission(s, &entry, &row).await?;
        s.run(
            "update submissions set check_report = $2, updated_at = $3 where id = $1",
            args![&entry.id, to_json(&finalist.check)?, now],
        )
        .await?;
        begin_hidden(s, &mut entry, phase, &spec, now).await?;
    }
    Ok(finalists.len() as u32)
}

/// What a nominee hands on to the submission that it becomes.
struct Finalist {
    from: SubmissionId,
    team: TeamId,
    user: UserId,
    model: BlobRef,
    adapter: Adapter,
    note: String,
    artifact: Sha256Hex,
    check: CheckReport,
    accepted_at: Micros,
}

async fn read_finalist(s: &mut Session, id: &SubmissionId) -> Result<Finalist, StoreError> {
    let row = s
        .one(
            "select s.team, s.user_id, s.model_sha256, b.bytes, s.adapter, s.note, s.artifact_sha256, s.check_report,
                 s.accepted_at
             from submissions s join blobs b on b.sha256 = s.model_sha256 where s.id = $1",
            args![id],
        )
        .await?
        .ok_or(StoreError::Corrupt("nominations"))?;
    Ok(Finalist {
        from: id.clone(),
        team: row.id("team")?,
        user: row.id("user_id")?,
        model: BlobRef { sha256: row.id("model_sha256")?, bytes: row.u64("bytes")? },
        adapter: row.json("adapter")?,
        note: row.text("note")?,
        artifact: row.id("artifact_sha256")?,
        check: row.json("check_report")?,
        accepted_at: row.at("accepted_at")?,
    })
}
