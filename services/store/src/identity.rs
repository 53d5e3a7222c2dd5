//! Who a caller is: what a token may speak for, and what its user has.

use std::time::Duration;

use egret_contest::{CompetitionId, PoolId, TeamName, TokenId, UserId};

use crate::db::args;
use crate::row::Row;
use crate::session::Session;
use crate::{Secret, Store, StoreError};

/// `last_used_at` is written at most this often: reading must not cost a write.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

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
    /// Competitions of which the user is an auditor, as far as the grant reaches.
    pub audits: Vec<CompetitionId>,
    /// Teams the user is in; empty for workers.
    pub teams: Vec<TeamName>,
    /// Those of them whose captain the user is.
    pub captains: Vec<TeamName>,
}

impl Grant {
    pub(crate) fn role(&self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Organizer(_) => "organizer",
            Self::Operator => "operator",
            Self::Worker(_) => "worker",
        }
    }

    pub(crate) fn scope(&self) -> &str {
        match self {
            Self::Member | Self::Operator => "",
            Self::Organizer(competition) => competition.as_str(),
            Self::Worker(pool) => pool.as_str(),
        }
    }

    pub(crate) fn of_row(row: &Row) -> Result<Self, StoreError> {
        Ok(match row.text("role")?.as_str() {
            "member" => Self::Member,
            "organizer" => Self::Organizer(row.id("scope")?),
            "operator" => Self::Operator,
            "worker" => Self::Worker(row.id("scope")?),
            _ => return Err(StoreError::Corrupt("role")),
        })
    }
}

impl Store {
    /// Who holds this secret; `None` if nobody does, or the token is revoked or expired.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<Principal>, StoreError> {
        let mut s = self.read().await?;
        let now = s.now().await?;
        let row = s
            .one(
                "select t.id, t.user_id, t.display_name, t.role, t.scope, t.last_used_at, u.operator
                 from tokens t left join users u on u.id = t.user_id
                 where t.secret_sha256 = $1 and t.revoked_at is null and t.expires_at > $2",
                args![Secret::hash(secret), now],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let token: TokenId = row.id("id")?;
        let grant = Grant::of_row(&row)?;
        let user: Option<UserId> = row.id_if_any("user_id")?;
        let operator = grant == Grant::Operator && row.get::<Option<bool>>("operator")?.unwrap_or(false);
        let mut offices = Offices::default();
        if let Some(user) = &user {
            offices.organizers(&mut s, user, &grant).await?;
            offices.members(&mut s, user).await?;
        }
        let Offices { organizes, audits, teams, captains } = offices;
        let touched = row.at_if_any("last_used_at")?;
        drop(s);
        if touched.is_none_or(|at| now.since(at) >= TOUCH_EVERY) {
            let mut s = self.write().await?;
            s.run("update tokens set last_used_at = $2 where id = $1", args![&token, now]).await?;
            s.commit().await?;
        }
        let display_name = row.text("display_name")?;
        let principal =
            Principal { token, user, display_name, grant, operator, organizes, audits, teams, captains };
        Ok(Some(principal))
    }

    /// Whether an operator exists; false on an empty database.
    pub async fn has_operator(&self) -> Result<bool, StoreError> {
        Ok(self.read().await?.one("select id from users where operator limit 1", args![]).await?.is_some())
    }
}

/// What a user is, and where.
#[derive(Default)]
struct Offices {
    organizes: Vec<CompetitionId>,
    audits: Vec<CompetitionId>,
    teams: Vec<TeamName>,
    captains: Vec<TeamName>,
}

impl Offices {
    async fn organizers(&mut self, s: &mut Session, user: &UserId, grant: &Grant) -> Result<(), StoreError> {
        let rows = s
            .rows(
                "select competition, auditor from organizers where user_id = $1 order by competition",
                args![user],
            )
            .await?;
        for row in &rows {
            let competition: CompetitionId = row.id("competition")?;
            let reaches = match grant {
                Grant::Operator => true,
                Grant::Organizer(one) => competition == *one,
                Grant::Member | Grant::Worker(_) => false,
            };
            if !reaches {
                continue;
            }
            if row.get("auditor")? { self.audits.push(competition) } else { self.organizes.push(competition) }
        }
        Ok(())
    }

    async fn members(&mut self, s: &mut Session, user: &UserId) -> Result<(), StoreError> {
        let rows = s
            .rows(
                "select m.competition, m.team, t.captain from team_members m
                 join teams t on t.competition = m.competition and t.id = m.team
                 where m.user_id = $1 order by m.competition",
                args![user],
            )
            .await?;
        for row in &rows {
            let team = TeamName::new(row.id("competition")?, row.id("team")?);
            if row.id_if_any::<UserId>("captain")?.as_ref() == Some(user) {
                self.captains.push(team.clone());
            }
            self.teams.push(team);
        }
        Ok(())
    }
}

/// A new id: time-ordered, so that rows of one time lie together; random enough never to meet another.
pub(crate) fn random_id<T: std::str::FromStr>() -> Result<T, StoreError> {
    row_id().parse().map_err(|_| StoreError::Corrupt("id"))
}

/// The same for a row that nothing but its table knows, and that no type names.
pub(crate) fn row_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
