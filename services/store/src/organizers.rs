//! Who runs a competition, and who may look on: organizers, and auditors, who read what they read and write nothing.

use egret_contest::{CompetitionId, Refusal, UserId};

use crate::db::args;
use crate::session::Session;
use crate::{Store, StoreError};

/// What somebody is to a competition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Organizer,
    Auditor,
}

/// Somebody who runs a competition or looks on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organizer {
    /// The user.
    pub user: UserId,
    /// What they call themselves.
    pub display_name: String,
    /// Reads, and writes nothing.
    pub auditor: bool,
}

impl Store {
    /// Organizers and auditors of a competition by user id.
    pub async fn list_organizers(&self, competition: &CompetitionId) -> Result<Vec<Organizer>, StoreError> {
        let rows = self
            .read()
            .await?
            .rows(
                "select o.user_id, o.auditor, u.display_name from organizers o join users u on u.id = o.user_id
                 where o.competition = $1 order by o.user_id",
                args![competition],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Organizer {
                    user: row.id("user_id")?,
                    display_name: row.text("display_name")?,
                    auditor: row.get("auditor")?,
                })
            })
            .collect()
    }

    /// Makes a user an organizer or an auditor of a competition, whatever they were; tokens that they have follow. The last
    /// organizer does not become an auditor (`LastOrganizer`).
    pub async fn set_organizer(
        &self,
        competition: &CompetitionId,
        user: &UserId,
        auditor: bool,
    ) -> Result<Organizer, StoreError> {
        let mut s = self.write().await?;
        lock_competition(&mut s, competition).await?;
        let row = s.one("select display_name from users where id = $1", args![user]).await?;
        let display_name = row.ok_or(StoreError::NotFound("user"))?.text("display_name")?;
        s.run(
            "insert into organizers (competition, user_id, auditor) values ($1, $2, $3)
             on conflict (competition, user_id) do update set auditor = excluded.auditor",
            args![competition, user, auditor],
        )
        .await?;
        require_an_organizer(&mut s, competition).await?;
        s.commit().await?;
        Ok(Organizer { user: user.clone(), display_name, auditor })
    }

    /// Takes a user's office away; tokens that they have give it no more. The last organizer stays (`LastOrganizer`).
    pub async fn remove_organizer(
        &self,
        competition: &CompetitionId,
        user: &UserId,
    ) -> Result<(), StoreError> {
        let mut s = self.write().await?;
        lock_competition(&mut s, competition).await?;
        let removed = s
            .run("delete from organizers where competition = $1 and user_id = $2", args![competition, user])
            .await?;
        if removed == 0 {
            return Err(StoreError::NotFound("organizer or auditor of this competition"));
        }
        require_an_organizer(&mut s, competition).await?;
        s.commit().await
    }
}

/// Makes a user something to a competition, if they are nothing yet. Returns what they are.
pub(crate) async fn appoint(
    s: &mut Session,
    competition: &CompetitionId,
    user: &UserId,
    position: Position,
) -> Result<Position, StoreError> {
    s.run(
        "insert into organizers (competition, user_id, auditor) values ($1, $2, $3) on conflict do nothing",
        args![competition, user, position == Position::Auditor],
    )
    .await?;
    let row = s
        .one(
            "select auditor from organizers where competition = $1 and user_id = $2",
            args![competition, user],
        )
        .await?;
    let is_auditor: bool = row.ok_or(StoreError::Corrupt("organizers"))?.get("auditor")?;
    Ok(if is_auditor { Position::Auditor } else { Position::Organizer })
}

/// Changes of a competition's organizers go one at a time: two who remove each other at once must not both succeed.
async fn lock_competition(s: &mut Session, competition: &CompetitionId) -> Result<(), StoreError> {
    s.one_held("select id from competitions where id = $1", args![competition])
        .await?
        .map(drop)
        .ok_or(StoreError::NotFound("competition"))
}

async fn require_an_organizer(s: &mut Session, competition: &CompetitionId) -> Result<(), StoreError> {
    let row = s
        .one(
            "select user_id from organizers where competition = $1 and not auditor limit 1",
            args![competition],
        )
        .await?;
    row.map(drop).ok_or_else(|| Refusal::LastOrganizer.into())
}
