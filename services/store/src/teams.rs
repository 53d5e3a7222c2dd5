//! Teams, their members, and the invites by which people join.

use std::time::Duration;

use egret_contest::{CompetitionId, Micros, Refusal, TeamId, TeamName, UserId};

use crate::db::args;
use crate::identity::Grant;
use crate::request::Claim;
use crate::session::Session;
use crate::tokens::{NewToken, make_token};
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
        s.one("select id from competitions where id = $1", args![competition])
            .await?
            .ok_or(StoreError::NotFound("competition"))?;
        let now = s.now().await?;
        s.insert(
            "team",
            "insert into teams (competition, id, title, created_at) values ($1, $2, $3, $4)",
            args![competition, &new.id, new.title, now],
        )
        .await?;
        let name = TeamName::new(competition.clone(), new.id);
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

    /// Makes an invite to a team.
    pub async fn create_invite(&self, team: &TeamName, by: &UserId) -> Result<Invite, StoreError> {
        let mut s = self.write().await?;
        require_team(&mut s, team).await?;
        let now = s.now().await?;
        let invite = Invite { code: Secret::random(), expires_at: now.after(s.limits().invite_ttl) };
        s.run(
            "insert into invites (code_sha256, competition, team, created_by, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6)",
            args![
                Secret::hash(invite.code.reveal()),
                &team.competition,
                &team.team,
                by,
                now,
                invite.expires_at,
            ],
        )
        .await?;
        s.commit().await?;
        Ok(invite)
    }

    /// Joins by invite code. Refused: `BadInvite`, `AlreadyInTeam`. A refused invite is not used up.
    pub async fn join_team(&self, code: &str, joiner: Joiner) -> Result<Joined, StoreError> {
        let mut s = self.write().await?;
        let hash = Secret::hash(code);
        let row = s
            .one_locked(
                "select competition, team, expires_at, used_by from invites where code_sha256 = $1",
                args![&hash[..]],
            )
            .await?
            .ok_or(Refusal::BadInvite)?;
        if row.get::<Option<String>>("used_by")?.is_some() || row.at("expires_at")? <= s.now().await? {
            return Err(Refusal::BadInvite.into());
        }
        let team = TeamName::new(row.id("competition")?, row.id("team")?);
        let (user, token) = match joiner {
            Joiner::User(user) => (user, None),
            Joiner::New { display_name, token_ttl } => {
                let new = NewToken { grant: Grant::Member, user: None, display_name, ttl: token_ttl };
                let (token, secret) = make_token(&mut s, new).await?;
                let user = token.user.clone().ok_or(StoreError::Corrupt("token"))?.user;
                (user, Some((token, secret)))
            }
        };
        add_member(&mut s, &team, &user).await?;
        s.run("update invites set used_by = $2 where code_sha256 = $1", args![hash, &user]).await?;
        let team = read_team(&mut s, &team).await?;
        s.commit().await?;
        Ok(Joined { team, user, token })
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

async fn require_team(s: &mut Session, team: &TeamName) -> Result<(), StoreError> {
    s.one("select id from teams where competition = $1 and id = $2", args![&team.competition, &team.team])
        .await?
        .map(drop)
        .ok_or(StoreError::NotFound("team"))
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
            "select title, created_at from teams where competition = $1 and id = $2",
            args![&name.competition, &name.team],
        )
        .await?
        .ok_or(StoreError::NotFound("team"))?;
    let members = s
        .rows(
            "select m.user_id, u.display_name from team_members m join users u on u.id = m.user_id
             where m.competition = $1 and m.team = $2 order by m.joined_at, m.user_id",
            args![&name.competition, &name.team],
        )
        .await?;
    Ok(Team {
        name: name.clone(),
        title: row.text("title")?,
        created_at: row.at("created_at")?,
        members: members
            .iter()
            .map(|row| Ok(Member { user: row.id("user_id")?, display_name: row.text("display_name")? }))
            .collect::<Result<_, StoreError>>()?,
    })
}
