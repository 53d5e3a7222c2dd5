//! `/c/{c}`: one competition, its tasks and its phases.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::Response;

use super::{Frame, Paging, page};
use crate::failure::Failure;
use crate::format::paragraphs;
use crate::language::Visitor;
use crate::messages::fill;
use crate::metric_words::{self, MetricWords};
use crate::names::{CompetitionPath, last_id};
use crate::phases::{self, PhaseRow};
use crate::site::Site;

struct TaskRow {
    href: String,
    title: String,
    metric: Option<MetricWords>,
    summary: String,
}

/// The overall board of a phase.
struct OverallLink {
    href: String,
    title: String,
}

#[derive(Template)]
#[template(path = "competition.html")]
struct CompetitionPage {
    frame: Frame,
    description: Vec<String>,
    tasks: Vec<TaskRow>,
    more: String,
    phases: Vec<PhaseRow>,
    /// Empty where the competition has no such boards.
    overall: Vec<OverallLink>,
    zone: String,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: CompetitionPath,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(paging) = paging.map_err(|_| Failure::BadRequest)?;
    let (competition, tasks) =
        futures::try_join!(site.competition(path.name()), site.tasks(path.name(), paging.after))?;
    let language = visitor.language;
    let messages = language.messages();
    let frame = Frame::new(visitor, language.pick(&competition.title, &competition.title_zh));
    let rows = tasks.tasks.iter().map(|task| TaskRow {
        href: format!("/c/{}/t/{}", path.competition, last_id(&task.name)),
        title: language.pick(&task.title, &task.title_zh).to_owned(),
        metric: task.columns.first().map(|metric| metric_words::metric(metric, messages)),
        // The first paragraph is what a reader needs to choose a task.
        summary: paragraphs(language.pick(&task.description, &task.description_zh))
            .into_iter()
            .next()
            .unwrap_or_default(),
    });
    let phases: Vec<PhaseRow> =
        competition.phases.iter().map(|phase| phases::row(phase, frame.now, language)).collect();
    let overall = phases.iter().filter(|_| competition.overall.is_some());
    let overall = overall
        .map(|phase| OverallLink { href: path.overall_href(&phase.id), title: phase.title.clone() })
        .collect();
    let view = CompetitionPage {
        description: paragraphs(language.pick(&competition.description, &competition.description_zh)),
        tasks: rows.collect(),
        more: tasks.next_page_token,
        phases,
        overall,
        zone: fill(messages.quota_zone, &[("zone", &competition.time_zone)]),
        frame,
    };
    page(visitor, &view)
}
