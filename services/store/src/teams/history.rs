//! What was done to teams and who was in them when: rows that are only ever added.

use egret_contest::{Micros, RosterEvent, TeamName, UserId};

use crate::db::args;
use crate::identity::row_id;
use crate::page::FIRST;
use crate::row::Row;
use crate::session::Session;
use crate::{Page, Paged, Store, StoreError};

/// One event of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRow {
    /// Its id, in order of time.
    pub id: String,
    /// What happened.
    pub event: RosterEvent,
    /// Whom it is about, by id and display name.
    pub about: Option<(UserId, String)>,
    /// Who did it.
    pub by: Option<(UserId, String)>,
    /// A title, a reason, another team.
    pub detail: String,
    /// When.
    pub at: Micros,
}

/// What is noted of an event beside its kind.
#[derive(Clone, Copy, Default)]
pub(crate) struct Note<'a> {
    pub about: Option<&'a UserId>,
    pub by: Option<&'a UserId>,
    pub detail: &'a str,
}

/// Writes an event down, in the transaction in which it happens.
pub(crate) async fn note(
    s: &mut Session,
    team: &TeamName,
    event: RosterEvent,
    note: Note<'_>,
    now: Micros,
) -> Result<(), StoreError> {
    s.run(
        "insert into roster_history (id, competition, team, kind, user_id, by_user, detail, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![row_id(), &team.competition, &team.team, event.as_str(), note.about, note.by, note.detail, now],
    )
    .await
    .map(drop)
}

impl Store {
    /// What happened to a team, oldest first.
    pub async fn team_history(&self, team: &TeamName, page: Page) -> Result<Paged<RosterRow>, StoreError> {
        let (at, id) = page.after_time_and_id(FIRST)?;
        let mut s = self.read().await?;
        super::read_team(&mut s, team).await?;
        let rows = s
            .rows(
                "select h.id, h.kind, h.user_id, u.display_name as user_name, h.by_user, b.display_name as by_name,
                     h.detail, h.created_at
                 from roster_history h left join users u on u.id = h.user_id left join users b on b.id = h.by_user
                 where h.competition = $1 and h.team = $2 and (h.created_at > $3 or (h.created_at = $3 and h.id > $4))
                 order by h.created_at, h.id limit $5",
                args![&team.competition, &team.team, at, id, page.limit()],
            )
            .await?;
        let rows = rows.iter().map(roster_row).collect::<Result<_, _>>()?;
        Ok(page.cut(rows, |row: &RosterRow| format!("{}:{}", row.at.0, row.id)))
    }
}

fn roster_row(row: &Row) -> Result<RosterRow, StoreError> {
    let person = |id, name| -> Result<_, StoreError> {
        let user: Option<UserId> = row.id_if_any(id)?;
        user.map(|user| Ok((user, row.text(name)?))).transpose()
    };
    Ok(RosterRow {
        id: row.text("id")?,
        event: row.word("kind", RosterEvent::parse)?,
        about: person("user_id", "user_name")?,
        by: person("by_user", "by_name")?,
        detail: row.text("detail")?,
        at: row.at("created_at")?,
    })
}
