//! Teams, their members, and the invites by which people join.

use std::time::Duration;

use egret_contest::{CompetitionId, Micros, TeamId, TeamName, UserId};

use crate::{Page, Paged, Request, Secret, Store, StoreError, Token};

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
}

/// A team with its members, in order of joining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its name.
    pub name: TeamName,
    /// What the board shows.
    pub title: String,
    /// When it was founded.
    pub created_at: Micros,
    /// Control shows them to members, organizers and operators only.
    pub members: Vec<Member>,
}

/// A single-use way into a team.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Shown this once.
    pub code: Secret,
    /// When it ends by itself.
    pub expires_at: Micros,
}

/// Who joins.
#[derive(Clone, Debug)]
pub enum Joiner {
    /// A user we know.
    User(UserId),
    /// Somebody new, who gets an account and a token.
    New {
        /// What they call themselves.
        display_name: String,
        /// How long their first token is good.
        token_ttl: Duration,
    },
}

/// The result of joining.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The team, with the new member in it.
    pub team: Team,
    /// The user who joined.
    pub user: UserId,
    /// The new user's first token.
    pub token: Option<(Token, Secret)>,
}

impl Store {
    /// Founds a team; `founder`, if any, becomes its first member (refused `AlreadyInTeam` if they are in another).
    pub async fn create_team(
        &self,
        _request: &Request,
        _competition: &CompetitionId,
        _new: NewTeam,
        _founder: Option<&UserId>,
    ) -> Result<Team, StoreError> {
        todo!()
    }

    /// A team.
    pub async fn get_team(&self, _name: &TeamName) -> Result<Team, StoreError> {
        todo!()
    }

    /// The teams of a competition by id.
    pub async fn list_teams(
        &self,
        _competition: &CompetitionId,
        _page: Page,
    ) -> Result<Paged<Team>, StoreError> {
        todo!()
    }

    /// Makes an invite to a team.
    pub async fn create_invite(&self, _team: &TeamName, _by: &UserId) -> Result<Invite, StoreError> {
        todo!()
    }

    /// Joins by invite code. Refused: `BadInvite`, `AlreadyInTeam`. A refused invite is not used up.
    pub async fn join_team(&self, _code: &str, _joiner: Joiner) -> Result<Joined, StoreError> {
        todo!()
    }

    /// The team of a competition that a user is in.
    pub async fn team_of(
        &self,
        _competition: &CompetitionId,
        _user: &UserId,
    ) -> Result<Option<TeamName>, StoreError> {
        todo!()
    }

    /// Whether a user is in a team.
    pub async fn is_member(&self, _team: &TeamName, _user: &UserId) -> Result<bool, StoreError> {
        todo!()
    }
}
