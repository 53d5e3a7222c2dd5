//! `/c/{c}/t/{t}` and `/c/{c}/t/{t}/p/{p}`: one task, with the board and the chart of one phase.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use egret_proto::v1::{Competition, Phase};

use super::{Frame, page, render};
use crate::board::Setting;
use crate::chart;
use crate::failure::Failure;
use crate::format::{count, paragraphs};
use crate::language::Visitor;
use crate::messages::{Messages, fill};
use crate::metric_words::{self, MetricWords};
use crate::names::{PhasePath, TaskPath};
use crate::phases::{self, PhaseRow};
use crate::site::Site;
use crate::words;

/// Items of one split.
struct Part {
    name: &'static str,
    items: String,
}

/// A metric, and its page if it has one.
struct Named {
    words: MetricWords,
    href: String,
}

/// The phase that is shown, with its rendered board and chart.
struct Shown {
    row: PhaseRow,
    href: String,
    heading: String,
    board: String,
    chart: String,
}

#[derive(Template)]
#[template(path = "task.html")]
struct TaskPage {
    frame: Frame,
    competition_href: String,
    competition_title: String,
    href: String,
    description: Vec<String>,
    input: String,
    answer: String,
    class_names: Vec<String>,
    metrics: Vec<Named>,
    limits: Vec<String>,
    parts: Vec<Part>,
    has_sample: bool,
    /// Empty: nothing is said.
    licence: String,
    /// The root of the commitment; empty before there is one.
    root: String,
    paused: Vec<&'static str>,
    /// How much has left the test set; empty before there is one.
    released: String,
    phases: Vec<PhaseRow>,
    zone: String,
    shown: Option<Shown>,
}

/// The page with the phase that matters now.
pub(crate) async fn show_current(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: TaskPath,
) -> Result<Response, Failure> {
    show(&site, visitor, path, None).await
}

/// The page with a chosen phase.
pub(crate) async fn show_phase(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: PhasePath,
) -> Result<Response, Failure> {
    show(&site, visitor, path.task, Some(path.phase)).await
}

async fn show(
    site: &Site,
    visitor: Visitor,
    path: TaskPath,
    chosen: Option<String>,
) -> Result<Response, Failure> {
    let (competition, task, ledger) = futures::try_join!(
        site.competition(path.competition_name()),
        site.task(path.name()),
        site.ledger(path.name())
    )?;
    let own: Vec<Phase> = competition.phases.iter().map(|phase| phases::of_task(phase, &path.task)).collect();
    let language = visitor.language;
    let messages = language.messages();
    let frame = Frame::new(visitor, language.pick(&task.title, &task.title_zh));
    let current = || phases::current(&own, frame.now).map(|phase| phase.phase_id.clone());
    let shown = match chosen.or_else(current) {
        Some(phase) => Some(shown(site, &competition, path.clone().phase(phase), &frame).await?),
        None => None,
    };
    let (answer, class_names) = words::answer(task.answer.as_ref(), messages);
    let named = task.columns.iter().map(|metric| Named {
        words: metric_words::metric(metric, messages),
        href: metric_words::href(task.answer.as_ref(), metric),
    });
    let view = TaskPage {
        competition_href: format!("/c/{}", path.competition),
        competition_title: language.pick(&competition.title, &competition.title_zh).to_owned(),
        href: path.href(),
        description: paragraphs(language.pick(&task.description, &task.description_zh)),
        input: words::input(task.input.as_ref(), messages),
        answer,
        class_names: class_names.to_vec(),
        metrics: named.collect(),
        limits: words::limits(task.limits, messages),
        parts: task
            .split_counts
            .iter()
            .map(|part| Part { name: split_name(&part.split, messages), items: count(part.item_count) })
            .collect(),
        has_sample: !task.test_set.is_empty(),
        licence: task.card.as_ref().map_or_else(String::new, |card| card.licence.clone()),
        root: task.card.as_ref().map_or_else(String::new, |card| card.root.clone()),
        paused: super::competition::paused(&competition, messages),
        released: ledger.as_ref().map(|ledger| super::ledger::sum(ledger, messages)).unwrap_or_default(),
        phases: own.iter().map(|phase| phases::row(phase, ledger.as_ref(), frame.now, language)).collect(),
        zone: fill(messages.quota_zone, &[("zone", &competition.time_zone)]),
        shown,
        frame,
    };
    page(visitor, &view)
}

async fn shown(
    site: &Site,
    competition: &Competition,
    path: PhasePath,
    frame: &Frame,
) -> Result<Shown, Failure> {
    let setting = Setting::of(competition, &path)?;
    let (board, history) =
        futures::try_join!(site.board(path.board_name()), site.history(path.board_name()))?;
    let row = phases::row(setting.phase(), None, frame.now, frame.language);
    Ok(Shown {
        href: path.href(),
        heading: fill(frame.messages.board_of, &[("phase", &row.title)]),
        board: render(&setting.view(&path, &board, frame.language))?,
        chart: render(&chart::draw(&board, &history, &setting, frame.now, frame.language))?,
        row,
    })
}

pub(super) fn split_name(split: &str, messages: &Messages) -> &'static str {
    match split.to_ascii_lowercase().as_str() {
        "sample" => messages.split_sample,
        "public" => messages.split_public,
        "private" => messages.split_private,
        _ => messages.split_other,
    }
}
