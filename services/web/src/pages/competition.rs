//! `/c/{c}`: one competition, its tasks and its phases.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::Response;
use egret_proto::v1::{Competition, EntryCount, PhaseChange};

use super::{Frame, Paging, page};
use crate::failure::Failure;
use crate::format::{Moment, moment, paragraphs};
use crate::language::Visitor;
use crate::messages::{Messages, fill};
use crate::metric_words::{self, MetricWords};
use crate::names::{CompetitionPath, last_id};
use crate::phases::{self, PhaseRow};
use crate::site::Site;

struct TaskRow {
    href: String,
    title: String,
    metric: Option<MetricWords>,
    /// How many teams take part; empty: none does.
    entries: String,
    summary: String,
}

/// The overall board of a phase.
struct OverallLink {
    href: String,
    title: String,
}

/// What the organizer has changed.
struct Change {
    time: Option<Moment>,
    /// Empty: it is about the whole competition.
    phase: String,
    what: String,
    detail: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "competition.html")]
struct CompetitionPage {
    frame: Frame,
    paused: Vec<&'static str>,
    changes: Vec<Change>,
    description: Vec<String>,
    tasks: Vec<TaskRow>,
    more: String,
    phases: Vec<PhaseRow>,
    teams_href: String,
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
    let (competition, tasks, changes, entries) = futures::try_join!(
        site.competition(path.name()),
        site.tasks(path.name(), paging.after),
        site.changes(path.name()),
        site.entries(path.name(), String::new())
    )?;
    let language = visitor.language;
    let messages = language.messages();
    let frame = Frame::new(visitor, language.pick(&competition.title, &competition.title_zh));
    let rows = tasks.tasks.iter().map(|task| TaskRow {
        href: format!("/c/{}/t/{}", path.competition, last_id(&task.name)),
        title: language.pick(&task.title, &task.title_zh).to_owned(),
        metric: task.columns.first().map(|metric| metric_words::metric(metric, messages)),
        entries: entered(&entries.counts, &task.name, messages),
        // The first paragraph is what a reader needs to choose a task.
        summary: paragraphs(language.pick(&task.description, &task.description_zh))
            .into_iter()
            .next()
            .unwrap_or_default(),
    });
    let phases: Vec<PhaseRow> =
        competition.phases.iter().map(|phase| phases::row(phase, None, frame.now, language)).collect();
    let overall = phases.iter().filter(|_| competition.overall.is_some());
    let overall = overall
        .map(|phase| OverallLink { href: path.overall_href(&phase.id), title: phase.title.clone() })
        .collect();
    let view = CompetitionPage {
        paused: paused(&competition, messages),
        changes: changes.iter().map(|one| change(one, &competition, messages)).collect(),
        description: paragraphs(language.pick(&competition.description, &competition.description_zh)),
        tasks: rows.collect(),
        more: tasks.next_page_token,
        teams_href: path.teams_href(),
        phases,
        overall,
        zone: fill(messages.quota_zone, &[("zone", &competition.time_zone)]),
        frame,
    };
    page(visitor, &view)
}

/// What is paused, a sentence each.
pub(crate) fn paused(competition: &Competition, messages: &Messages) -> Vec<&'static str> {
    let submitting = competition.submitting_paused.then_some(messages.paused_submitting);
    let evaluating = competition.evaluating_paused.then_some(messages.paused_evaluating);
    submitting.into_iter().chain(evaluating).collect()
}

/// A change in words. Who made it is the organizers' own matter, and in their list.
fn change(change: &PhaseChange, competition: &Competition, messages: &Messages) -> Change {
    let what = match change.kind.as_str() {
        "pause submitting" => messages.change_pause_submitting,
        "resume submitting" => messages.change_resume_submitting,
        "pause evaluating" => messages.change_pause_evaluating,
        "resume evaluating" => messages.change_resume_evaluating,
        "extend" => messages.change_extend,
        "remove" => messages.change_remove,
        "thaw" => messages.change_thaw,
        "finalize" => messages.change_finalize,
        "reveal" => messages.change_reveal,
        other => other,
    };
    let phase = competition.phases.iter().find(|phase| phase.phase_id == change.phase_id);
    Change {
        time: moment(change.time.as_ref()),
        phase: phase.map_or_else(|| change.phase_id.clone(), |phase| phases::title(phase, messages)),
        what: what.to_owned(),
        // Of the whole competition there is none to tell: it names itself.
        detail: if change.phase_id.is_empty() { String::new() } else { change.detail.clone() },
        reason: change.reason.clone(),
    }
}

/// How many teams take part in a task.
fn entered(counts: &[EntryCount], task: &str, messages: &Messages) -> String {
    let count = counts.iter().find(|count| count.task == task).map_or(0, |count| count.entry_count);
    if count == 0 { String::new() } else { fill(messages.entry_count, &[("n", &count)]) }
}
