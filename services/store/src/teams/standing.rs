//! What organizers do to a team: let it in, take it out, say whether it competes. Each shows on boards at once.
//!
//! A board's revision grows with every such act, on every board of the competition alike: a revision that grew on the team's boards
//! alone would tell, while they are frozen, where it has results that are not shown. What stands still on a frozen board is
//! what was released: a team that is taken out is hidden there too, and one that is let in again is where it was at the freeze.

use egret_contest::{
    BoardName, CompetitionId, Micros, Refusal, RosterEvent, TeamKind, TeamName, TeamStatus, UserId,
};

use super::history::{Note, note};
use super::{Team, hold_team, read_team};
use crate::boards::rebuild;
use crate::db::args;
use crate::session::Session;
use crate::{Store, StoreError, Topic};

impl Store {
    /// Lets a team in that waits for it; approving again changes nothing.
    pub async fn approve_team(&self, team: &TeamName, by: &UserId) -> Result<Team, StoreError> {
        self.judge(team, RosterEvent::Approved, "", by).await
    }

    /// Takes a team out, or does not let it in. The first reason stays until it is restored.
    pub async fn disqualify_team(
        &self,
        team: &TeamName,
        reason: &str,
        by: &UserId,
    ) -> Result<Team, StoreError> {
        self.judge(team, RosterEvent::Disqualified, reason, by).await
    }

    /// Lets a team in again that was taken out.
    pub async fn restore_team(&self, team: &TeamName, reason: &str, by: &UserId) -> Result<Team, StoreError> {
        self.judge(team, RosterEvent::Restored, reason, by).await
    }

    /// Says whether a team competes; the same again changes nothing.
    pub async fn set_team_kind(
        &self,
        team: &TeamName,
        kind: TeamKind,
        by: &UserId,
    ) -> Result<Team, StoreError> {
        let mut s = self.write().await?;
        let held = hold_team(&mut s, team).await?;
        held.require_unmerged()?;
        if held.kind != kind {
            let now = s.now().await?;
            s.run(
                "update teams set kind = $3 where competition = $1 and id = $2",
                args![&team.competition, &team.team, kind.as_str()],
            )
            .await?;
            let of_kind = Note { about: None, by: Some(by), detail: kind.as_str() };
            note(&mut s, team, RosterEvent::Kind, of_kind, now).await?;
            change_boards(&mut s, &team.competition, &[], now).await?;
        }
        let team = read_team(&mut s, team).await?;
        s.commit().await?;
        Ok(team)
    }

    async fn judge(
        &self,
        team: &TeamName,
        event: RosterEvent,
        reason: &str,
        by: &UserId,
    ) -> Result<Team, StoreError> {
        let mut s = self.write().await?;
        let status = hold_team(&mut s, team).await?.status;
        let (next, from) = match event {
            RosterEvent::Disqualified => (TeamStatus::Disqualified, None),
            RosterEvent::Restored => (TeamStatus::Active, Some(TeamStatus::Disqualified)),
            _ => (TeamStatus::Active, Some(TeamStatus::Pending)),
        };
        if status != next {
            if !status.may_become(next) || from.is_some_and(|from| status != from) {
                return Err(Refusal::WrongState { what: "the team", state: status.as_reason() }.into());
            }
            let now = s.now().await?;
            let kept = if next == TeamStatus::Disqualified { reason } else { "" };
            s.run(
                "update teams set status = $3, status_reason = $4 where competition = $1 and id = $2",
                args![&team.competition, &team.team, next.as_str(), kept],
            )
            .await?;
            note(&mut s, team, event, Note { about: None, by: Some(by), detail: reason }, now).await?;
            change_boards(&mut s, &team.competition, &[], now).await?;
        }
        let team = read_team(&mut s, team).await?;
        s.commit().await?;
        Ok(team)
    }
}

/// Shows on every board of a competition that something was done to a team: rows of those in `rebuilt` are written again, and each
/// gets a new revision.
pub(crate) async fn change_boards(
    s: &mut Session,
    competition: &CompetitionId,
    rebuilt: &[BoardName],
    now: Micros,
) -> Result<(), StoreError> {
    let rows = s
        .rows_locked(
            "select task, phase, revision from boards where competition = $1 order by task, phase",
            args![competition],
        )
        .await?;
    for board in rebuilt {
        rebuild(s, board).await?;
    }
    for row in &rows {
        let board = BoardName::new(competition.clone(), row.id("task")?, row.id("phase")?);
        let revision = row.u64("revision")? + 1;
        s.run(
            "update boards set revision = $4, updated_at = $5 where competition = $1 and task = $2 and phase = $3",
            args![competition, &board.task, &board.phase, revision, now],
        )
        .await?;
        s.run(
            "insert into board_changes (competition, task, phase, revision, changed_at) values ($1, $2, $3, $4, $5)",
            args![competition, &board.task, &board.phase, revision, now],
        )
        .await?;
        s.changed(Topic::Board(board));
    }
    Ok(())
}
