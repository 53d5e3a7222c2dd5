//! Users, tokens and what they may speak for.

use std::time::Duration;

use egret_contest::{CompetitionId, Micros, PoolId, TeamName, TokenId, TokenName, UserId, UserName};

use crate::{Page, Paged, Secret, Store, StoreError};

/// What a token may be used for; a spectator has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// What a user may do in their teams.
    Member,
    /// Also what an organizer of this competition may do.
    Organizer(CompetitionId),
    /// Everything but a worker's calls.
    Operator,
    /// The worker calls of this pool, and nothing else.
    Worker(PoolId),
}

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

/// Who calls, as far as their token speaks for them: a token never gives more than its grant, nor more than its user has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The token used.
    pub token: TokenId,
    /// The user; `None` for workers.
    pub user: Option<UserId>,
    /// The user's display name, or the worker's.
    pub display_name: String,
    /// What the token may be used for.
    pub grant: Grant,
    /// The grant is an operator's and the user is one.
    pub operator: bool,
    /// Competitions the user organizes, as far as the grant reaches: all for an operator's, one for an organizer's.
    pub organizes: Vec<CompetitionId>,
    /// Teams the user is in; empty for workers.
    pub teams: Vec<TeamName>,
}

impl Store {
    /// Makes a token, and its user where there is none yet. The secret is returned this once.
    /// `NotFound` if the named user or the organizer's competition does not exist.
    pub async fn create_token(&self, _new: NewToken) -> Result<(Token, Secret), StoreError> {
        todo!()
    }

    /// Who holds this secret; `None` if nobody does, or the token is revoked or expired.
    pub async fn authenticate(&self, _secret: &str) -> Result<Option<Principal>, StoreError> {
        todo!()
    }

    /// A token by id.
    pub async fn get_token(&self, _token: &TokenId) -> Result<Token, StoreError> {
        todo!()
    }

    /// Tokens of one user, or of everyone and all workers; oldest first.
    pub async fn list_tokens(
        &self,
        _owner: Option<&UserId>,
        _page: Page,
    ) -> Result<Paged<Token>, StoreError> {
        todo!()
    }

    /// Revokes a token at once; revoking it again changes nothing.
    pub async fn revoke_token(&self, _token: &TokenId) -> Result<Token, StoreError> {
        todo!()
    }

    /// Whether an operator exists; false on an empty database.
    pub async fn has_operator(&self) -> Result<bool, StoreError> {
        todo!()
    }
}
