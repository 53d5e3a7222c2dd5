//! `/c/{c}/teams`: the teams of a competition.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::Response;
use egret_proto::v1::{Team, team};

use super::{Frame, Paging, page};
use crate::failure::Failure;
use crate::format::{Moment, moment};
use crate::language::Visitor;
use crate::messages::{Messages, fill};
use crate::names::{CompetitionPath, last_id};
use crate::site::Site;

/// What a team is to its competition, in words; each empty where there is nothing to say.
pub(crate) struct Standing {
    /// Why it may not act.
    pub status: &'static str,
    /// Why it does not rank.
    pub kind: &'static str,
}

impl Standing {
    /// The standing of a team.
    pub fn of(team: &Team, messages: &Messages) -> Self {
        Self {
            status: match team.status() {
                team::Status::Unspecified | team::Status::Active => "",
                team::Status::Pending => messages.team_pending,
                team::Status::Disqualified => messages.team_disqualified,
                team::Status::Merged => messages.team_merged,
            },
            kind: match team.kind() {
                team::Kind::Unspecified | team::Kind::Regular => "",
                team::Kind::Baseline => messages.team_baseline,
                team::Kind::Guest => messages.team_guest,
            },
        }
    }
}

/// A team's title, or its id where it has none.
pub(crate) fn shown_title(team: &Team) -> &str {
    if team.title.trim().is_empty() { last_id(&team.name) } else { &team.title }
}

struct TeamRow {
    href: String,
    title: String,
    standing: Standing,
    founded: Option<Moment>,
}

#[derive(Template)]
#[template(path = "teams.html")]
struct TeamsPage {
    frame: Frame,
    competition_href: String,
    competition_title: String,
    teams: Vec<TeamRow>,
    more: String,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: CompetitionPath,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(paging) = paging.map_err(|_| Failure::BadRequest)?;
    let (competition, teams) =
        futures::try_join!(site.competition(path.name()), site.teams(path.name(), paging.after))?;
    let messages = visitor.language.messages();
    let title = visitor.language.pick(&competition.title, &competition.title_zh).to_owned();
    let rows = teams.teams.iter().map(|team| TeamRow {
        href: path.team_href(last_id(&team.name)),
        title: shown_title(team).to_owned(),
        standing: Standing::of(team, messages),
        founded: moment(team.create_time.as_ref()),
    });
    let view = TeamsPage {
        frame: Frame::new(visitor, &fill(messages.teams_of, &[("competition", &title)])),
        competition_href: path.href(),
        competition_title: title,
        teams: rows.collect(),
        more: teams.next_page_token,
    };
    page(visitor, &view)
}
