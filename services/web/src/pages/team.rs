//! `/c/{c}/teams/{t}`: what everybody may know of a team: its standing, and what it takes part in. Who is in it is not shown.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use egret_proto::v1::{Entry, Task};

use super::teams::{Standing, shown_title};
use super::{Frame, page};
use crate::failure::Failure;
use crate::format::{Moment, moment};
use crate::language::{Language, Visitor};
use crate::names::{CompetitionPath, TeamPath, last_id};
use crate::site::Site;

/// A task that the team takes part in.
struct EntryRow {
    href: String,
    title: String,
    since: Option<Moment>,
}

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage {
    frame: Frame,
    competition_href: String,
    competition_title: String,
    teams_href: String,
    standing: Standing,
    /// The page of the team that it has become part of.
    merged_href: String,
    founded: Option<Moment>,
    entries: Vec<EntryRow>,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: TeamPath,
) -> Result<Response, Failure> {
    let competition = CompetitionPath { competition: path.competition.clone() };
    let (shown, tasks, team, entries) = futures::try_join!(
        site.competition(competition.name()),
        site.all_tasks(competition.name()),
        site.team(path.name()),
        site.entries(competition.name(), path.name())
    )?;
    let language = visitor.language;
    let merged = &team.merged_into;
    let view = TeamPage {
        frame: Frame::new(visitor, shown_title(&team)),
        competition_href: competition.href(),
        competition_title: language.pick(&shown.title, &shown.title_zh).to_owned(),
        teams_href: competition.teams_href(),
        standing: Standing::of(&team, language.messages()),
        merged_href: if merged.is_empty() { String::new() } else { competition.team_href(last_id(merged)) },
        founded: moment(team.create_time.as_ref()),
        entries: entries.entries.iter().map(|entry| row(&competition, &tasks, entry, language)).collect(),
    };
    page(visitor, &view)
}

fn row(competition: &CompetitionPath, tasks: &[Task], entry: &Entry, language: Language) -> EntryRow {
    let (id, task) = (last_id(&entry.task), tasks.iter().find(|task| task.name == entry.task));
    EntryRow {
        href: format!("{}/t/{id}", competition.href()),
        title: task.map_or(id, |task| language.pick(&task.title, &task.title_zh)).to_owned(),
        since: moment(entry.create_time.as_ref()),
    }
}
