//! Invites: single-use codes by which people join a team.

use std::time::Duration;

use egret_contest::{InviteId, InviteName, Micros, Refusal, RosterEvent, TeamName, UserId};

use super::history::{Note, note};
use super::{Team, add_member, hold_team, read_team};
use crate::db::args;
use crate::identity::{Grant, random_id};
use crate::tokens::{NewToken, make_token};
use crate::{Secret, Store, StoreError, Token};

/// Open invites of a team.
const INVITES_MAX: i64 = 100;

/// A single-use way into a team.
#[derive(Clone, Debug)]
pub struct Invite {
    /// By which it is revoked.
    pub name: InviteName,
    /// Shown this once.
    pub code: Secret,
    /// When it ends by itself.
    pub expires_at: Micros,
}

/// An invite that nobody has used yet; its code is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvite {
    /// By which it is revoked.
    pub name: InviteName,
    /// Who made it, by display name.
    pub by: String,
    /// When it was made.
    pub created_at: Micros,
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
    /// Makes an invite to a team. At most 100 are open at once.
    pub async fn create_invite(&self, team: &TeamName, by: &UserId) -> Result<Invite, StoreError> {
        let mut s = self.write().await?;
        hold_team(&mut s, team).await?.require_unmerged()?;
        let now = s.now().await?;
        let open = s
            .one(
                "select count(*) as open from invites
                 where competition = $1 and team = $2 and used_by is null and revoked_at is null and expires_at > $3",
                args![&team.competition, &team.team, now],
            )
            .await?
            .ok_or(StoreError::Corrupt("count"))?;
        if open.int("open")? >= INVITES_MAX {
            let problem = format!("a team has at most {INVITES_MAX} open invites; revoke some");
            return Err(StoreError::Invalid(problem));
        }
        let id: InviteId = random_id()?;
        let invite = Invite {
            name: InviteName::new(team.competition.clone(), team.team.clone(), id.clone()),
            code: Secret::random(),
            expires_at: now.after(s.limits().invite_ttl),
        };
        s.run(
            "insert into invites (code_sha256, id, competition, team, created_by, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            args![
                Secret::hash(invite.code.reveal()),
                &id,
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

    /// The invites of a team that can still be used, oldest first.
    pub async fn open_invites(&self, team: &TeamName) -> Result<Vec<OpenInvite>, StoreError> {
        let mut s = self.read().await?;
        read_team(&mut s, team).await?;
        let now = s.now().await?;
        let rows = s
            .rows(
                "select i.id, u.display_name, i.created_at, i.expires_at from invites i join users u on u.id = i.created_by
                 where i.competition = $1 and i.team = $2 and i.used_by is null and i.revoked_at is null
                   and i.expires_at > $3
                 order by i.created_at, i.id",
                args![&team.competition, &team.team, now],
            )
            .await?;
        let invite = |row: &crate::row::Row| {
            Ok(OpenInvite {
                name: InviteName::new(team.competition.clone(), team.team.clone(), row.id("id")?),
                by: row.text("display_name")?,
                created_at: row.at("created_at")?,
                expires_at: row.at("expires_at")?,
            })
        };
        rows.iter().map(invite).collect()
    }

    /// Ends an invite; ending it again changes nothing. A used one is refused (`WrongState`): remove who came by it.
    pub async fn revoke_invite(&self, name: &InviteName) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        let row = s
            .one_locked(
                "select used_by from invites where id = $1 and competition = $2 and team = $3",
                args![&name.invite, &name.competition, &name.team],
            )
            .await?
            .ok_or(StoreError::NotFound("invite"))?;
        if row.get::<Option<String>>("used_by")?.is_some() {
            return Err(Refusal::WrongState { what: "the invite", state: "used" }.into());
        }
        let now = s.now().await?;
        s.run(
            "update invites set revoked_at = $2 where id = $1 and revoked_at is null",
            args![&name.invite, now],
        )
        .await?;
        s.commit().await
    }

    /// Joins by invite code. Refused: `BadInvite`, `AlreadyInTeam`, `TeamNotActive` for a team that is merged. A refused invite is
    /// not used up. The first in a team without a captain becomes it.
    pub async fn join_team(&self, code: &str, joiner: Joiner) -> Result<Joined, StoreError> {
        let mut s = self.write().await?;
        let hash = Secret::hash(code);
        let row = s
            .one("select competition, team from invites where code_sha256 = $1", args![&hash[..]])
            .await?
            .ok_or(Refusal::BadInvite)?;
        // The team is held before the invite is: a merge ends invites in that order.
        let team = TeamName::new(row.id("competition")?, row.id("team")?);
        let held = hold_team(&mut s, &team).await?;
        let row = s
            .one_locked(
                "select expires_at, used_by, revoked_at from invites where code_sha256 = $1",
                args![&hash[..]],
            )
            .await?
            .ok_or(Refusal::BadInvite)?;
        let now = s.now().await?;
        let is_used =
            row.get::<Option<String>>("used_by")?.is_some() || row.at_if_any("revoked_at")?.is_some();
        if is_used || row.at("expires_at")? <= now {
            return Err(Refusal::BadInvite.into());
        }
        held.require_unmerged()?;
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
        let joined = Note { about: Some(&user), by: Some(&user), detail: "" };
        note(&mut s, &team, RosterEvent::Joined, joined, now).await?;
        if held.captain.is_none() {
            super::members::make_captain(&mut s, &team, &user, &user, now).await?;
        }
        s.run("update invites set used_by = $2 where code_sha256 = $1", args![hash, &user]).await?;
        let team = read_team(&mut s, &team).await?;
        s.commit().await?;
        Ok(Joined { team, user, token })
    }
}
