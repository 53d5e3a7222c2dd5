//! `/`: the published competitions.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::Response;
use egret_proto::v1::Competition;

use super::{Frame, Paging, page};
use crate::failure::Failure;
use crate::format::Moment;
use crate::language::{Language, Visitor};
use crate::names::last_id;
use crate::phases::{self, PhaseRow, Stage};
use crate::site::Site;

struct Row {
    href: String,
    title: String,
    stage: &'static str,
    status: &'static str,
    phases: Vec<PhaseRow>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    rows: Vec<Row>,
    more: String,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(paging) = paging.map_err(|_| Failure::BadRequest)?;
    let list = site.competitions(paging.after).await?;
    let frame = Frame::new(visitor, visitor.language.messages().competitions);
    let rows = list.competitions.iter().map(|one| row(one, frame.now, visitor.language)).collect();
    page(visitor, &Home { frame, rows, more: list.next_page_token })
}

fn row(competition: &Competition, now: Moment, language: Language) -> Row {
    let stage = overall(competition, now);
    Row {
        href: format!("/c/{}", last_id(&competition.name)),
        title: language.pick(&competition.title, &competition.title_zh).to_owned(),
        stage: stage.class(),
        status: stage.word(language.messages()),
        phases: competition.phases.iter().map(|phase| phases::row(phase, None, now, language)).collect(),
    }
}

/// A competition is open while any phase is, and over when all are.
fn overall(competition: &Competition, now: Moment) -> Stage {
    let mut stages = competition.phases.iter().map(|phase| Stage::of(phase, now));
    if stages.clone().any(|stage| stage == Stage::Open) {
        Stage::Open
    } else if stages.any(|stage| stage == Stage::Upcoming) {
        Stage::Upcoming
    } else {
        Stage::Closed
    }
}
