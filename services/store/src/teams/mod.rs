//! Teams: founded, named, read. How people come and go is in `invites` and `members`, what organizers do to a team in
//! `standing`, how two become one in `merging` and `joining`, what it takes part in in `entries`, and what was written down in `history`.
//!
//! A team's row is held by whatever depends on its status or its members, before anything else of the team is locked: so nothing is
//! admitted for a team that is being merged.

mod entries;
mod history;
mod invites;
mod joining;
mod members;
mod merging;
mod standing;

pub use entries::{EntryCount, EntryFilter, TeamEntry};
pub use history::RosterRow;
pub use invites::{Invite, Joined, Joiner, OpenInvite};
pub use merging::MergeProposal;

pub(crate) use entries::enter_by_submitting;

use egret_contest::{
    CompetitionId, Micros, Refusal, RosterEvent, TeamId, TeamKind, TeamName, TeamRules, TeamStatus, UserId,
};

use crate::competitions::team_rules_of_row;
use crate::db::args;
use crate::request::Claim;
use crate::session::Session;
use crate::{Page, Paged, Request, Store, StoreError};
use history::{Note, note};
use standing::change_boards;

/// A team to found.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// Its id.
    pub id: TeamId,
    /// What the board shows.
    pub title: String,
}

/// A person in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: UserId,
    /// What they call themselves.
    pub display_name: String,
    /// When they came.
    pub joined_at: Micros,
}

/// For whom something is done to a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Office {
    /// Its captain, within the competition's rules for teams.
    Captain,
    /// The competition's organizer.
    Organizer,
}

/// A team with its members, in order of joining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its name.
    pub name: TeamName,
    /// What the board shows.
    pub title: String,
    /// Whether it competes.
    pub kind: TeamKind,
    /// Whether it may act.
    pub status: TeamStatus,
    /// Why it was taken out, if it was; for its members and the organizers.
    pub status_reason: String,
    /// The member who speaks for it; none while it has no members.
    pub captain: Option<UserId>,
    /// The team that it has become part of.
    pub merged_into: Option<TeamId>,
    /// When it was founded.
    pub created_at: Micros,
    /// Control shows them to members, organizers and operators only.
    pub members: Vec<Member>,
}

impl Store {
    /// Founds a team. Its captain is its `founder`, or if an organizer founds it the first who joins (refused `AlreadyInTeam` if the
    /// founder is in another). Where the competition asks for approval, it waits for it, unless an organizer founds it.
    pub async fn create_team(
        &self,
        request: &Request,
        competition: &CompetitionId,
        new: NewTeam,
        founder: Option<&UserId>,
    ) -> Result<Team, StoreError> {
        const METHOD: &str = "create_team";
        let mut s = self.write().await?;
        if let Claim::Done(name) = request.claim(&mut s, METHOD).await? {
            let name = TeamName::parse(&name).map_err(|_| StoreError::Corrupt("resource"))?;
            return read_team(&mut s, &name).await;
        }
        let rules = read_team_rules(&mut s, competition).await?;
        let waits = rules.approve_teams && founder.is_some();
        let status = if waits { TeamStatus::Pending } else { TeamStatus::Active };
        let now = s.now().await?;
        s.insert(
            "team",
            "insert into teams (competition, id, title, status, captain, created_at) values ($1, $2, $3, $4, $5, $6)",
            args![competition, &new.id, new.title.as_str(), status.as_str(), founder, now],
        )
        .await?;
        let name = TeamName::new(competition.clone(), new.id);
        let founded = Note { about: founder, by: founder, detail: &new.title };
        note(&mut s, &name, RosterEvent::Founded, founded, now).await?;
        if let Some(founder) = founder {
            add_member(&mut s, &name, founder).await?;
        }
        request.settle(&mut s, METHOD, &name).await?;
        let team = read_team(&mut s, &name).await?;
        s.commit().await?;
        Ok(team)
    }

    /// A team.
    pub async fn get_team(&self, name: &TeamName) -> Result<Team, StoreError> {
        read_team(&mut self.read().await?, name).await
    }

    /// The teams of a competition by id.
    pub async fn list_teams(
        &self,
        competition: &CompetitionId,
        page: Page,
    ) -> Result<Paged<Team>, StoreError> {
        let mut s = self.read().await?;
        let rows = s
            .rows(
                "select id from teams where competition = $1 and id > $2 order by id limit $3",
                args![competition, page.after_text(), page.limit()],
            )
            .await?;
        let mut teams = Vec::with_capacity(rows.len());
        for row in &rows {
            teams.push(read_team(&mut s, &TeamName::new(competition.clone(), row.id("id")?)).await?);
        }
        Ok(page.cut(teams, |team| team.name.team.to_string()))
    }

    /// Gives a team another title. Its captain may until the merge deadline (refused `RenamingOver`), if there is one.
    pub async fn rename_team(
        &self,
        team: &TeamName,
        title: &str,
        by: &UserId,
        office: Office,
    ) -> Result<Team, StoreError> {
        let mut s = self.write().await?;
        hold_team(&mut s, team).await?.require_unmerged()?;
        let now = s.now().await?;
        let rules = read_team_rules(&mut s, &team.competition).await?;
        if let Some(deadline) = rules.merge_deadline.filter(|&deadline| deadline <= now)
            && office == Office::Captain
        {
            return Err(Refusal::RenamingOver(deadline).into());
        }
        s.run(
            "update teams set title = $3 where competition = $1 and id = $2",
            args![&team.competition, &team.team, title],
        )
        .await?;
        let renamed = Note { about: None, by: Some(by), detail: title };
        note(&mut s, team, RosterEvent::Renamed, renamed, now).await?;
        change_boards(&mut s, &team.competition, &[], now).await?;
        let team = read_team(&mut s, team).await?;
        s.commit().await?;
        Ok(team)
    }

    /// The team of a competition that a user is in.
    pub async fn team_of(
        &self,
        competition: &CompetitionId,
        user: &UserId,
    ) -> Result<Option<TeamName>, StoreError> {
        read_team_of(&mut self.read().await?, competition, user).await
    }

    /// Whether a user is in a team.
    pub async fn is_member(&self, team: &TeamName, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.team_of(&team.competition, user).await?.as_ref() == Some(team))
    }
}

/// A team's row, held to the end of the transaction.
pub(crate) struct Held {
    pub kind: TeamKind,
    pub status: TeamStatus,
    pub captain: Option<UserId>,
}

impl Held {
    /// Refused unless it may act.
    pub fn require_active(&self) -> Result<(), StoreError> {
        match self.status {
            TeamStatus::Active => Ok(()),
            other => Err(Refusal::TeamNotActive(other.as_reason()).into()),
        }
    }

    /// Refused if it is no team of its own any more.
    pub fn require_unmerged(&self) -> Result<(), StoreError> {
        match self.status {
            TeamStatus::Merged => Err(Refusal::TeamNotActive(TeamStatus::Merged.as_reason()).into()),
            _ => Ok(()),
        }
    }
}

/// Holds a team as it is: its status, its captain and who is in it. Taken before anything else of the team is locked.
pub(crate) async fn hold_team(s: &mut Session, team: &TeamName) -> Result<Held, StoreError> {
    let row = s
        .one_held(
            "select kind, status, captain from teams where competition = $1 and id = $2",
            args![&team.competition, &team.team],
        )
        .await?
        .ok_or(StoreError::NotFound("team"))?;
    Ok(Held {
        kind: row.word("kind", TeamKind::parse)?,
        status: row.word("status", TeamStatus::parse)?,
        captain: row.id_if_any("captain")?,
    })
}

pub(crate) async fn read_team_rules(
    s: &mut Session,
    competition: &CompetitionId,
) -> Result<TeamRules, StoreError> {
    let row = s
        .one(
            "select approve_teams, entries_required, merge_deadline from competitions where id = $1",
            args![competition],
        )
        .await?;
    team_rules_of_row(&row.ok_or(StoreError::NotFound("competition"))?)
}

pub(crate) async fn read_team_of(
    s: &mut Session,
    competition: &CompetitionId,
    user: &UserId,
) -> Result<Option<TeamName>, StoreError> {
    let row = s
        .one(
            "select team from team_members where competition = $1 and user_id = $2",
            args![competition, user],
        )
        .await?;
    row.map(|row| Ok(TeamName::new(competition.clone(), row.id("team")?))).transpose()
}

/// Adds a member; the key of the table decides between two who try at once.
async fn add_member(s: &mut Session, team: &TeamName, user: &UserId) -> Result<(), StoreError> {
    let now = s.now().await?;
    let inserted = s
        .run(
            "insert into team_members (competition, team, user_id, joined_at) values ($1, $2, $3, $4)
             on conflict do nothing",
            args![&team.competition, &team.team, user, now],
        )
        .await?;
    if inserted == 0 {
        let other =
            read_team_of(s, &team.competition, user).await?.ok_or(StoreError::Corrupt("team_members"))?;
        return Err(Refusal::AlreadyInTeam { team: other.team }.into());
    }
    Ok(())
}

async fn read_team(s: &mut Session, name: &TeamName) -> Result<Team, StoreError> {
    let row = s
        .one(
            "select title, kind, status, status_reason, captain, merged_into, created_at from teams where competition = $1 and id = $2",
            args![&name.competition, &name.team],
        )
        .await?
        .ok_or(StoreError::NotFound("team"))?;
    let members = s
        .rows(
            "select m.user_id, u.display_name, m.joined_at from team_members m join users u on u.id = m.user_id
             where m.competition = $1 and m.team = $2 order by m.joined_at, m.user_id",
            args![&name.competition, &name.team],
        )
        .await?;
    Ok(Team {
        name: name.clone(),
        title: row.text("title")?,
        kind: row.word("kind", TeamKind::parse)?,
        status: row.word("status", TeamStatus::parse)?,
        status_reason: row.text("status_reason")?,
        captain: row.id_if_any("captain")?,
        merged_into: row.id_if_any("merged_into")?,
        created_at: row.at("created_at")?,
        members: members
            .iter()
            .map(|row| {
                Ok(Member {
                    user: row.id("user_id")?,
                    display_name: row.text("display_name")?,
                    joined_at: row.at("joined_at")?,
                })
            })
            .collect::<Result<_, StoreError>>()?,
    })
}
