//! Competitions and their phases.

use egret_contest::{
    Competition, CompetitionId, CompetitionName, CompetitionState, Overall, Phase, PhaseChanges, PhaseId,
    PhaseKind, PhaseMarks, Policy, Refusal, Split, TaskId, TaskName, TaskSpec, TeamRules, TimeZoneName,
    UserId, Window,
};

use crate::db::args;
use crate::ledger::count_items;
use crate::organizers::{Position, appoint};
use crate::page::LAST;
use crate::request::Claim;
use crate::row::{Row, to_json};
use crate::session::Session;
use crate::{Page, Paged, Request, Store, StoreError};

/// A competition to create, as a draft.
#[derive(Clone, Debug)]
pub struct NewCompetition {
    /// Its id.
    pub id: CompetitionId,
    /// Title.
    pub title: String,
    /// Title in Chinese, or empty.
    pub title_zh: String,
    /// Plain text.
    pub description: String,
    /// Plain text in Chinese, or empty.
    pub description_zh: String,
    /// Where days roll over.
    pub time_zone: TimeZoneName,
    /// Whether any signed-in user may found a team.
    pub open_registration: bool,
    /// How its overall boards are made; `None`: it has none.
    pub overall: Option<Overall>,
    /// What holds for teams beside that.
    pub team_rules: TeamRules,
    /// At least one; see [`Phase::check_all`].
    pub phases: Vec<Phase>,
}

/// Which drafts a list shows beside what is published.
#[derive(Clone, Copy, Debug)]
pub enum Drafts<'a> {
    /// None of them.
    Hidden,
    /// These.
    Of(&'a [CompetitionId]),
    /// All of them.
    All,
}

impl Store {
    /// Creates a draft; `organizer` becomes its first organizer.
    pub async fn create_competition(
        &self,
        request: &Request,
        new: NewCompetition,
        organizer: &UserId,
    ) -> Result<Competition, StoreError> {
        const METHOD: &str = "create_competition";
        Phase::check_all(&new.phases).map_err(|problem| StoreError::Invalid(problem.to_string()))?;
        let mut s = self.write().await?;
        if let Claim::Done(name) = request.claim(&mut s, METHOD).await? {
            return read_competition(&mut s, &competition_named(&name)?).await;
        }
        let now = s.now().await?;
        s.insert(
            "competition",
            "insert into competitions
                 (id, title, title_zh, description, description_zh, time_zone, state, open_registration, overall,
                  approve_teams, entries_required, merge_deadline, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            args![
                &new.id,
                new.title,
                new.title_zh,
                new.description,
                new.description_zh,
                new.time_zone.as_str(),
                CompetitionState::Draft.as_str(),
                new.open_registration,
                new.overall.as_ref().map(to_json).transpose()?,
                new.team_rules.approve_teams,
                new.team_rules.entries_required,
                new.team_rules.merge_deadline,
                now,
            ],
        )
        .await?;
        for (ordinal, phase) in (0u32..).zip(&new.phases) {
            insert_phase(&mut s, &new.id, ordinal, phase).await?;
        }
        appoint(&mut s, &new.id, organizer, Position::Organizer).await?;
        request.settle(&mut s, METHOD, CompetitionName::new(new.id.clone())).await?;
        let competition = read_competition(&mut s, &new.id).await?;
        s.commit().await?;
        Ok(competition)
    }

    /// A competition, draft or not.
    pub async fn get_competition(&self, id: &CompetitionId) -> Result<Competition, StoreError> {
        read_competition(&mut self.read().await?, id).await
    }

    /// Published competitions and the drafts asked for, newest first.
    pub async fn list_competitions(
        &self,
        drafts: Drafts<'_>,
        page: Page,
    ) -> Result<Paged<Competition>, StoreError> {
        let (at, id) = page.after_time_and_id(LAST)?;
        // The drafts asked for travel as one text, `,one,two,`: ids have no commas.
        let (all, some) = match drafts {
            Drafts::Hidden => (false, String::new()),
            Drafts::Of(ids) => {
                (false, format!(",{},", ids.iter().map(CompetitionId::as_str).collect::<Vec<_>>().join(",")))
            }
            Drafts::All => (true, String::new()),
        };
        let mut s = self.read().await?;
        let rows = s
            .rows(
                "select id, created_at from competitions
                 where (created_at < $1 or (created_at = $1 and id < $2))
                   and (state = 'published' or $3 or $4 like '%,' || id || ',%')
                 order by created_at desc, id desc limit $5",
                args![at, id, all, some, page.limit()],
            )
            .await?;
        let mut competitions = Vec::with_capacity(rows.len());
        for row in &rows {
            competitions.push(read_competition(&mut s, &row.id("id")?).await?);
        }
        Ok(page.cut(competitions, |c| format!("{}:{}", c.created_at.0, c.name.competition)))
    }

    /// Publishes a draft. Refused (`NotReady`) unless it has a task and every task has a live test set, and unless its overall
    /// rule fits the tasks; publishing twice changes nothing.
    pub async fn publish_competition(&self, id: &CompetitionId) -> Result<Competition, StoreError> {
        let mut s = self.write().await?;
        let counts = s
            .one(
                "select count(*) as tasks, count(l.version) as live from tasks t
                 left join test_sets l on l.competition = t.competition and l.task = t.id and l.state = 'live'
                 where t.competition = $1",
                args![id],
            )
            .await?
            .ok_or(StoreError::Corrupt("count"))?;
        let competition = read_competition(&mut s, id).await?;
        if counts.int("tasks")? == 0 || counts.int("tasks")? != counts.int("live")? {
            return Err(Refusal::NotReady.into());
        }
        check_ladders(&mut s, &competition).await?;
        if let Some(overall) = &competition.overall {
            check_overall(&mut s, id, overall).await?;
        }
        s.run(
            "update competitions set state = $2 where id = $1",
            args![id, CompetitionState::Published.as_str()],
        )
        .await?;
        s.commit().await?;
        Ok(Competition { state: CompetitionState::Published, ..competition })
    }
}

/// Every ladder must stand on the test set that is live: a grid finer than the standard error is refused here.
async fn check_ladders(s: &mut Session, competition: &Competition) -> Result<(), StoreError> {
    for task in &competition.tasks {
        let row = s
            .one(
                "select t.spec, l.version from tasks t
                 join test_sets l on l.competition = t.competition and l.task = t.id and l.state = 'live'
                 where t.competition = $1 and t.id = $2",
                args![&task.competition, &task.task],
            )
            .await?
            .ok_or(Refusal::NotReady)?;
        check_ladders_of(s, task, row.u32("version")?, &row.json("spec")?, &competition.phases).await?;
    }
    Ok(())
}

/// The same for one task on one version of its test set.
pub(crate) async fn check_ladders_of(
    s: &mut Session,
    task: &TaskName,
    version: u32,
    spec: &TaskSpec,
    phases: &[Phase],
) -> Result<(), StoreError> {
    for phase in phases {
        let Policy::Ladder(rule) = phase.rules.release.policy() else { continue };
        let items = count_items(s, task, version, phase.split).await?;
        rule.resolve(spec.scale, items).map_err(|problem| {
            StoreError::Invalid(format!("phase `{}`, task `{}`: {problem}", phase.id, task.task))
        })?;
    }
    Ok(())
}

fn competition_named(name: &str) -> Result<CompetitionId, StoreError> {
    Ok(CompetitionName::parse(name).map_err(|_| StoreError::Corrupt("resource"))?.competition)
}

/// A phrase for people if the overall rule does not fit the tasks.
async fn check_overall(s: &mut Session, id: &CompetitionId, overall: &Overall) -> Result<(), StoreError> {
    let rows =
        s.rows("select id, spec from tasks where competition = $1 order by ordinal", args![id]).await?;
    let bounded = |row: &Row| Ok((row.id("id")?, row.json::<TaskSpec>("spec")?.bounds().is_some()));
    let tasks = rows.iter().map(bounded).collect::<Result<Vec<(TaskId, bool)>, StoreError>>()?;
    overall
        .check(tasks.iter().map(|(task, bounded)| (task, *bounded)))
        .map_err(|problem| StoreError::Invalid(format!("the overall board: {problem}")))
}

async fn insert_phase(
    s: &mut Session,
    competition: &CompetitionId,
    ordinal: u32,
    phase: &Phase,
) -> Result<(), StoreError> {
    s.run(
        "insert into phases (competition, id, ordinal, kind, starts_at, ends_at, split, rules)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            competition,
            &phase.id,
            ordinal,
            phase.kind.as_str(),
            phase.window.start,
            phase.window.end,
            phase.split.as_str(),
            to_json(&phase.rules)?,
        ],
    )
    .await
    .map(drop)
}

/// A competition with its phases and the names of its tasks.
pub(crate) async fn read_competition(s: &mut Session, id: &CompetitionId) -> Result<Competition, StoreError> {
    let row = s
        .one(
            "select title, title_zh, description, description_zh, time_zone, state, open_registration,
                 approve_teams, entries_required, merge_deadline, submitting_paused, evaluating_paused, overall,
                 created_at
             from competitions where id = $1",
            args![id],
        )
        .await?
        .ok_or(StoreError::NotFound("competition"))?;
    let tasks = s.rows("select id from tasks where competition = $1 order by ordinal, id", args![id]).await?;
    Ok(Competition {
        name: CompetitionName::new(id.clone()),
        title: row.text("title")?,
        title_zh: row.text("title_zh")?,
        description: row.text("description")?,
        description_zh: row.text("description_zh")?,
        time_zone: row.word("time_zone", TimeZoneName::parse)?,
        state: row.word("state", CompetitionState::parse)?,
        open_registration: row.get("open_registration")?,
        team_rules: team_rules_of_row(&row)?,
        submitting_paused: row.get("submitting_paused")?,
        evaluating_paused: row.get("evaluating_paused")?,
        overall: row.json_if_any("overall")?,
        created_at: row.at("created_at")?,
        phases: read_phases(s, id).await?,
        tasks: tasks
            .iter()
            .map(|row| Ok(TaskName::new(id.clone(), row.id("id")?)))
            .collect::<Result<_, StoreError>>()?,
    })
}

pub(crate) fn team_rules_of_row(row: &Row) -> Result<TeamRules, StoreError> {
    Ok(TeamRules {
        approve_teams: row.get("approve_teams")?,
        entries_required: row.get("entries_required")?,
        merge_deadline: row.at_if_any("merge_deadline")?,
    })
}

/// The phases of a competition in the organizer's order.
pub(crate) async fn read_phases(
    s: &mut Session,
    competition: &CompetitionId,
) -> Result<Vec<Phase>, StoreError> {
    let rows = s
        .rows(
            "select id, kind, starts_at, ends_at, split, rules, thawed_at, finalized_at, revealed_at, closed_at
             from phases where competition = $1 order by ordinal",
            args![competition],
        )
        .await?;
    let mut phases = rows.iter().map(phase_of_row).collect::<Result<Vec<_>, _>>()?;
    let changes = s
        .rows(
            "select phase, team, from_at, until_at, extra_us from phase_changes
             where competition = $1 and kind in ('remove', 'extend') order by coalesce(from_at, 0), created_at, id",
            args![competition],
        )
        .await?;
    for row in &changes {
        let id: PhaseId = row.id("phase")?;
        let Some(phase) = phases.iter_mut().find(|phase| phase.id == id) else { continue };
        match (row.at_if_any("from_at")?, row.at_if_any("until_at")?) {
            (Some(start), Some(end)) => phase.changes.removed.push(Window { start, end }),
            _ => phase.changes.extensions.push((row.id_if_any("team")?, row.int("extra_us")?)),
        }
    }
    Ok(phases)
}

/// One phase of a competition.
pub(crate) async fn read_phase(
    s: &mut Session,
    competition: &CompetitionId,
    id: &PhaseId,
) -> Result<Phase, StoreError> {
    let phases = read_phases(s, competition).await?;
    phases.into_iter().find(|phase| phase.id == *id).ok_or(StoreError::NotFound("phase"))
}

fn phase_of_row(row: &Row) -> Result<Phase, StoreError> {
    Ok(Phase {
        id: row.id("id")?,
        kind: row.word("kind", PhaseKind::parse)?,
        window: Window { start: row.at("starts_at")?, end: row.at("ends_at")? },
        split: row.word("split", Split::parse)?,
        rules: row.json("rules")?,
        changes: PhaseChanges::default(),
        marks: PhaseMarks {
            thawed_at: row.at_if_any("thawed_at")?,
            finalized_at: row.at_if_any("finalized_at")?,
            revealed_at: row.at_if_any("revealed_at")?,
            closed_at: row.at_if_any("closed_at")?,
        },
    })
}
