//! Merging: a team becomes part of another one, with all it has sent, used and learnt, in one transaction.
//!
//! The two may merge if one team might have done what both have: for every task and phase their use fits one quota, and what they
//! have spent on a split of hidden data fits the budget of every ladder there. A quota or an account that one of them has not touched
//! is not in question. While both wait here nothing is admitted for either, and the submissions that move are locked, so that
//! none of them ends, is charged or is given back meanwhile.

use egret_contest::{
    BoardName, CompetitionId, Micros, Phase, PhaseId, Refusal, RosterEvent, TeamName, TeamStatus, UserId,
};

use super::history::{Note, note};
use super::joining::{join_accounts, join_nominations, join_quotas, of, phase_of};
use super::standing::change_boards;
use super::{Team, hold_team, read_team, read_team_rules};
use crate::competitions::read_phases;
use crate::db::args;
use crate::session::Session;
use crate::{Store, StoreError};

/// A team's wish to become part of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeProposal {
    /// The team that would be gone.
    pub team: TeamName,
    /// The team that would have its members.
    pub into: TeamName,
    /// When it was proposed.
    pub at: Micros,
}

impl Store {
    /// Proposes that a team become part of another one; a newer proposal replaces it. Refused: whatever a merge is refused for that
    /// does not depend on what the teams have used.
    pub async fn propose_merge(
        &self,
        team: &TeamName,
        into: &TeamName,
        by: &UserId,
    ) -> Result<MergeProposal, StoreError> {
        let mut s = self.write().await?;
        let now = hold_both(&mut s, team, into).await?;
        s.run(
            "insert into merge_proposals (competition, team, into_team, by_user, created_at) values ($1, $2, $3, $4, $5)
             on conflict (competition, team) do update set into_team = excluded.into_team, by_user = excluded.by_user,
                 created_at = excluded.created_at",
            args![&team.competition, &team.team, &into.team, by, now],
        )
        .await?;
        s.commit().await?;
        Ok(MergeProposal { team: team.clone(), into: into.clone(), at: now })
    }

    /// Takes a team's proposal back; without one nothing changes.
    pub async fn withdraw_merge(&self, team: &TeamName) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        s.run(
            "delete from merge_proposals where competition = $1 and team = $2",
            args![&team.competition, &team.team],
        )
        .await?;
        s.commit().await
    }

    /// Proposals that a team has made or may answer, oldest first.
    pub async fn merge_proposals(&self, team: &TeamName) -> Result<Vec<MergeProposal>, StoreError> {
        let mut s = self.read().await?;
        read_team(&mut s, team).await?;
        let rows = s
            .rows(
                "select team, into_team, created_at from merge_proposals
                 where competition = $1 and (team = $2 or into_team = $2) order by created_at, team",
                args![&team.competition, &team.team],
            )
            .await?;
        let named = |id| TeamName::new(team.competition.clone(), id);
        rows.iter()
            .map(|row| {
                Ok(MergeProposal {
                    team: named(row.id("team")?),
                    into: named(row.id("into_team")?),
                    at: row.at("created_at")?,
                })
            })
            .collect()
    }

    /// Accepts a proposal: `team` becomes part of `into`. `NotFound` if it was not proposed, or was taken back.
    pub async fn accept_merge(
        &self,
        team: &TeamName,
        into: &TeamName,
        by: &UserId,
    ) -> Result<Team, StoreError> {
        let mut s = self.write().await?;
        let now = hold_both(&mut s, team, into).await?;
        s.one(
            "select created_at from merge_proposals where competition = $1 and team = $2 and into_team = $3",
            args![&team.competition, &team.team, &into.team],
        )
        .await?
        .ok_or(StoreError::NotFound("proposal to merge"))?;
        let merged = merge(&mut s, team, into, by, now).await?;
        s.commit().await?;
        Ok(merged)
    }

    /// Makes `team` part of `into`, as an organizer does.
    pub async fn merge_teams(
        &self,
        team: &TeamName,
        into: &TeamName,
        by: &UserId,
    ) -> Result<Team, StoreError> {
        let mut s = self.write().await?;
        let now = hold_both(&mut s, team, into).await?;
        let merged = merge(&mut s, team, into, by, now).await?;
        s.commit().await?;
        Ok(merged)
    }
}

/// Holds both teams, in the order of their ids, if they are two active ones of a kind and merging is not over. Returns the time.
async fn hold_both(s: &mut Session, team: &TeamName, into: &TeamName) -> Result<Micros, StoreError> {
    if team.competition != into.competition || team.team == into.team {
        return Err(StoreError::Invalid("only two teams of one competition can merge".into()));
    }
    let (first, second) = if team.team < into.team { (team, into) } else { (into, team) };
    let one = hold_team(s, first).await?;
    let other = hold_team(s, second).await?;
    one.require_active()?;
    other.require_active()?;
    if one.kind != other.kind {
        return Err(StoreError::Invalid("a team that competes and one that does not cannot merge".into()));
    }
    let now = s.now().await?;
    let deadline = read_team_rules(s, &team.competition).await?.merge_deadline;
    if deadline.is_none_or(|deadline| deadline <= now) {
        return Err(Refusal::MergingOver { deadline }.into());
    }
    Ok(now)
}

/// Both teams must be held. Locks follow the order phase → submission → unit → account → quota → board.
async fn merge(
    s: &mut Session,
    team: &TeamName,
    into: &TeamName,
    by: &UserId,
    now: Micros,
) -> Result<Team, StoreError> {
    let competition = &team.competition;
    hold_phases(s, competition).await?;
    let phases = read_phases(s, competition).await?;
    let boards = boards_of(s, team).await?;
    for board in &boards {
        require_movable(&phases, board, now)?;
    }
    let key = || args![competition, &team.team, &into.team];
    s.rows_locked("select id from submissions where competition = $1 and team = $2 order by id", of(team))
        .await?;
    s.run("update submissions set team = $3 where competition = $1 and team = $2", key()).await?;
    s.rows_locked("select id from units where competition = $1 and team = $2 order by id", of(team)).await?;
    s.run("update units set team = $3 where competition = $1 and team = $2", key()).await?;
    join_accounts(s, team, into, &phases).await?;
    join_quotas(s, team, into, &phases, now).await?;
    s.run("update releases set team = $3 where competition = $1 and team = $2", key()).await?;
    join_nominations(s, team, into, &phases).await?;
    s.run("update uploads set team = $3 where competition = $1 and team = $2", key()).await?;
    s.run(
        "insert into entries (competition, task, team, by_user, created_at)
         select competition, task, $3, by_user, created_at from entries where competition = $1 and team = $2
         on conflict do nothing",
        key(),
    )
    .await?;
    s.run("delete from entries where competition = $1 and team = $2", of(team)).await?;
    move_members(s, team, into, by, now).await?;
    change_boards(s, competition, &boards, now).await?;
    read_team(s, into).await
}

/// No phase is finalized, revealed, or takes up nominations meanwhile.
async fn hold_phases(s: &mut Session, competition: &CompetitionId) -> Result<(), StoreError> {
    let rows = s.rows("select id from phases where competition = $1 order by id", args![competition]).await?;
    for row in &rows {
        let phase: PhaseId = row.id("id")?;
        s.one_held("select id from phases where competition = $1 and id = $2", args![competition, &phase])
            .await?;
    }
    Ok(())
}

/// Boards with releases of a team, shown or not, in the order in which boards are locked.
async fn boards_of(s: &mut Session, team: &TeamName) -> Result<Vec<BoardName>, StoreError> {
    let rows = s
        .rows(
            "select distinct task, phase from releases where competition = $1 and team = $2 order by task, phase",
            of(team),
        )
        .await?;
    let board = |row: &crate::row::Row| {
        Ok(BoardName::new(team.competition.clone(), row.id("task")?, row.id("phase")?))
    };
    rows.iter().map(board).collect()
}

/// Nothing moves on a board that is frozen, nor on one that is final.
fn require_movable(phases: &[Phase], board: &BoardName, now: Micros) -> Result<(), StoreError> {
    let phase = phase_of(phases, &board.phase)?;
    let state = if phase.marks.finalized_at.is_some() {
        "finalized"
    } else if phase.frozen_since(&board.task, now).is_some() {
        "frozen"
    } else {
        return Ok(());
    };
    Err(Refusal::MergeBoard { task: board.task.clone(), phase: board.phase.clone(), state }.into())
}

/// The members go over, and nothing more can come to the team that is gone.
async fn move_members(
    s: &mut Session,
    team: &TeamName,
    into: &TeamName,
    by: &UserId,
    now: Micros,
) -> Result<(), StoreError> {
    let leaving = read_team(s, team).await?.members;
    s.run(
        "update team_members set team = $3, joined_at = $4 where competition = $1 and team = $2",
        args![&team.competition, &team.team, &into.team, now],
    )
    .await?;
    s.run(
        "update teams set status = $3, merged_into = $4, captain = null where competition = $1 and id = $2",
        args![&team.competition, &team.team, TeamStatus::Merged.as_str(), &into.team],
    )
    .await?;
    s.run(
        "update invites set revoked_at = $3
         where competition = $1 and team = $2 and used_by is null and revoked_at is null",
        args![&team.competition, &team.team, now],
    )
    .await?;
    s.run(
        "delete from merge_proposals where competition = $1 and (team in ($2, $3) or into_team in ($2, $3))",
        args![&team.competition, &team.team, &into.team],
    )
    .await?;
    let gone = Note { about: None, by: Some(by), detail: into.team.as_str() };
    note(s, team, RosterEvent::Merged, gone, now).await?;
    let came = Note { about: None, by: Some(by), detail: team.team.as_str() };
    note(s, into, RosterEvent::Merged, came, now).await?;
    for member in &leaving {
        let came = Note { about: Some(&member.user), by: Some(by), detail: team.team.as_str() };
        note(s, into, RosterEvent::Merged, came, now).await?;
    }
    if read_team(s, into).await?.captain.is_none()
        && let Some(first) = leaving.first()
    {
        super::members::make_captain(s, into, &first.user, by, now).await?;
    }
    Ok(())
}
