//! Tokens: made, listed, revoked. The secret is shown once and kept as a hash.

use std::time::Duration;

use egret_contest::{CompetitionId, Micros, TokenId, TokenName, UserId, UserName};

use crate::db::args;
use crate::identity::{Grant, random_id};
use crate::organizers::{self, Position};
use crate::page::FIRST;
use crate::row::Row;
use crate::session::Session;
use crate::{Page, Paged, Secret, Store, StoreError};

/// A token; its secret is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name.
    pub name: TokenName,
    /// Whose it is; workers are nobody.
    pub user: Option<UserName>,
    /// The user's display name, or the worker's.
    pub display_name: String,
    /// What it may be used for.
    pub grant: Grant,
    /// When it was made.
    pub created_at: Micros,
    /// When it ends by itself.
    pub expires_at: Micros,
    /// When it was revoked.
    pub revoked_at: Option<Micros>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Micros>,
}

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it may be used for. An operator's or organizer's grant also makes the user one.
    pub grant: Grant,
    /// An existing user; `None` makes a new one (no user at all for workers).
    pub user: Option<UserId>,
    /// Of the new user, or of the worker.
    pub display_name: String,
    /// How long it is good.
    pub ttl: Duration,
}

impl Store {
    /// Makes a token, and its user where there is none yet. The secret is returned this once.
    /// `NotFound` if the named user or the organizer's competition does not exist.
    pub async fn create_token(&self, new: NewToken) -> Result<(Token, Secret), StoreError> {
        let mut s = self.write().await?;
        let made = make_token(&mut s, new).await?;
        s.commit().await?;
        Ok(made)
    }

    /// Makes a token of an organizer's grant for an auditor, who may only read, and makes its user one. `Invalid` for a user who
    /// organizes the competition: their token would write.
    pub async fn create_auditor_token(
        &self,
        competition: &CompetitionId,
        mut new: NewToken,
    ) -> Result<(Token, Secret), StoreError> {
        let mut s = self.write().await?;
        new.grant = Grant::Organizer(competition.clone());
        let made = make_token_at(&mut s, new, Position::Auditor).await?;
        s.commit().await?;
        Ok(made)
    }

    /// A token by id.
    pub async fn get_token(&self, token: &TokenId) -> Result<Token, StoreError> {
        read_token(&mut self.read().await?, token).await
    }

    /// Tokens of one user, or of everyone and all workers; oldest first.
    pub async fn list_tokens(&self, owner: Option<&UserId>, page: Page) -> Result<Paged<Token>, StoreError> {
        let (at, id) = page.after_time_and_id(FIRST)?;
        let rows = self
            .read()
            .await?
            .rows(
                "select id, user_id, display_name, role, scope, created_at, expires_at, revoked_at, last_used_at
                 from tokens
                 where ($1 = '' or user_id = $1) and (created_at > $2 or (created_at = $2 and id > $3))
                 order by created_at, id limit $4",
                args![owner.map_or("", UserId::as_str), at, id, page.limit()],
            )
            .await?;
        let tokens = rows.iter().map(token_of_row).collect::<Result<_, _>>()?;
        Ok(page.cut(tokens, |token: &Token| format!("{}:{}", token.created_at.0, token.name.token)))
    }

    /// Revokes a token at once; revoking it again changes nothing.
    pub async fn revoke_token(&self, token: &TokenId) -> Result<Token, StoreError> {
        let mut s = self.write().await?;
        let now = s.now().await?;
        s.run("update tokens set revoked_at = $2 where id = $1 and revoked_at is null", args![token, now])
            .await?;
        let token = read_token(&mut s, token).await?;
        s.commit().await?;
        Ok(token)
    }
}

/// Makes a token and whatever its grant needs, in the caller's transaction.
pub(crate) async fn make_token(s: &mut Session, new: NewToken) -> Result<(Token, Secret), StoreError> {
    make_token_at(s, new, Position::Organizer).await
}

/// As [`make_token`]; `position` is what an organizer's grant makes a user who is nothing yet.
async fn make_token_at(
    s: &mut Session,
    new: NewToken,
    position: Position,
) -> Result<(Token, Secret), StoreError> {
    let now = s.now().await?;
    let (user, display_name) = match (&new.grant, new.user) {
        (Grant::Worker(_), _) => (None, new.display_name),
        (_, Some(user)) => {
            let row = s.one("select display_name from users where id = $1", args![&user]).await?;
            (Some(user), row.ok_or(StoreError::NotFound("user"))?.text("display_name")?)
        }
        (_, None) => (Some(make_user(s, &new.display_name, now).await?), new.display_name),
    };
    if let Some(user) = &user {
        appoint(s, user, &new.grant, position).await?;
    }
    let id: TokenId = random_id()?;
    let secret = Secret::random();
    s.run(
        "insert into tokens (id, user_id, display_name, role, scope, secret_sha256, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            &id,
            user.as_ref(),
            display_name,
            new.grant.role(),
            new.grant.scope(),
            Secret::hash(secret.reveal()),
            now,
            now.after(new.ttl),
        ],
    )
    .await?;
    Ok((read_token(s, &id).await?, secret))
}

async fn make_user(s: &mut Session, display_name: &str, now: Micros) -> Result<UserId, StoreError> {
    let id: UserId = random_id()?;
    s.run(
        "insert into users (id, display_name, operator, created_at) values ($1, $2, $3, $4)",
        args![&id, display_name, false, now],
    )
    .await?;
    Ok(id)
}

/// Gives the user the office that a grant speaks for.
async fn appoint(
    s: &mut Session,
    user: &UserId,
    grant: &Grant,
    position: Position,
) -> Result<(), StoreError> {
    match grant {
        Grant::Operator => {
            s.run("update users set operator = $2 where id = $1", args![user, true]).await?;
        }
        Grant::Organizer(competition) => {
            s.one("select id from competitions where id = $1", args![competition])
                .await?
                .ok_or(StoreError::NotFound("competition"))?;
            let is = organizers::appoint(s, competition, user, position).await?;
            if position == Position::Auditor && is == Position::Organizer {
                let problem = "this user organizes the competition; `egret competition organizers` makes an auditor of them";
                return Err(StoreError::Invalid(problem.into()));
            }
        }
        Grant::Member | Grant::Worker(_) => {}
    }
    Ok(())
}

async fn read_token(s: &mut Session, token: &TokenId) -> Result<Token, StoreError> {
    let row = s
        .one(
            "select id, user_id, display_name, role, scope, created_at, expires_at, revoked_at, last_used_at
             from tokens where id = $1",
            args![token],
        )
        .await?;
    token_of_row(&row.ok_or(StoreError::NotFound("token"))?)
}

fn token_of_row(row: &Row) -> Result<Token, StoreError> {
    Ok(Token {
        name: TokenName::new(row.id("id")?),
        user: row.id_if_any("user_id")?.map(UserName::new),
        display_name: row.text("display_name")?,
        grant: Grant::of_row(row)?,
        created_at: row.at("created_at")?,
        expires_at: row.at("expires_at")?,
        revoked_at: row.at_if_any("revoked_at")?,
        last_used_at: row.at_if_any("last_used_at")?,
    })
}
