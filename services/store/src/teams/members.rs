//! Who leaves a team, and who speaks for it.

use egret_contest::{Micros, Refusal, RosterEvent, TeamName, UserId};

use super::history::{Note, note};
use super::{Team, hold_team, read_team, read_team_of};
use crate::db::args;
use crate::session::Session;
use crate::{Store, StoreError};

impl Store {
    /// A member leaves. The captain names another one first (refused `CaptainStays`), unless nobody else is left: the team stays,
    /// and whoever joins it next is its captain.
    pub async fn leave_team(&self, team: &TeamName, user: &UserId) -> Result<Team, StoreError> {
        self.part(team, user, user, RosterEvent::Left).await
    }

    /// Takes a member out of a team; the captain is taken out only where nobody else is left.
    pub async fn remove_member(
        &self,
        team: &TeamName,
        user: &UserId,
        by: &UserId,
    ) -> Result<Team, StoreError> {
        self.part(team, user, by, RosterEvent::Removed).await
    }

    /// Makes another member the captain. Making the captain captain changes nothing.
    pub async fn transfer_captain(
        &self,
        team: &TeamName,
        user: &UserId,
        by: &UserId,
    ) -> Result<Team, StoreError> {
        let mut s = self.write().await?;
        let held = hold_team(&mut s, team).await?;
        require_member(&mut s, team, user).await?;
        if held.captain.as_ref() != Some(user) {
            let now = s.now().await?;
            make_captain(&mut s, team, user, by, now).await?;
        }
        let team = read_team(&mut s, team).await?;
        s.commit().await?;
        Ok(team)
    }

    async fn part(
        &self,
        team: &TeamName,
        user: &UserId,
        by: &UserId,
        event: RosterEvent,
    ) -> Result<Team, StoreError> {
        let mut s = self.write().await?;
        let held = hold_team(&mut s, team).await?;
        require_member(&mut s, team, user).await?;
        if held.captain.as_ref() == Some(user) {
            if count_members(&mut s, team).await? > 1 {
                return Err(Refusal::CaptainStays.into());
            }
            set_captain(&mut s, team, None).await?;
        }
        s.run(
            "delete from team_members where competition = $1 and user_id = $2",
            args![&team.competition, user],
        )
        .await?;
        let now = s.now().await?;
        note(&mut s, team, event, Note { about: Some(user), by: Some(by), detail: "" }, now).await?;
        let team = read_team(&mut s, team).await?;
        s.commit().await?;
        Ok(team)
    }
}

async fn require_member(s: &mut Session, team: &TeamName, user: &UserId) -> Result<(), StoreError> {
    let is_in = read_team_of(s, &team.competition, user).await?.as_ref() == Some(team);
    if is_in { Ok(()) } else { Err(StoreError::NotFound("member of this team")) }
}

async fn count_members(s: &mut Session, team: &TeamName) -> Result<u32, StoreError> {
    s.one(
        "select count(*) as members from team_members where competition = $1 and team = $2",
        args![&team.competition, &team.team],
    )
    .await?
    .ok_or(StoreError::Corrupt("count"))?
    .u32("members")
}

/// Makes a member the captain, and notes it; the team must be held.
pub(crate) async fn make_captain(
    s: &mut Session,
    team: &TeamName,
    user: &UserId,
    by: &UserId,
    now: Micros,
) -> Result<(), StoreError> {
    set_captain(s, team, Some(user)).await?;
    note(s, team, RosterEvent::Captain, Note { about: Some(user), by: Some(by), detail: "" }, now).await
}

async fn set_captain(s: &mut Session, team: &TeamName, user: Option<&UserId>) -> Result<(), StoreError> {
    s.run(
        "update teams set captain = $3 where competition = $1 and id = $2",
        args![&team.competition, &team.team, user],
    )
    .await
    .map(drop)
}
