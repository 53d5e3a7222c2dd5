//! `/c/{c}/p/{p}`: the overall board of a competition in one phase.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use egret_proto::v1::{Competition, OverallEntry, OverallLeaderboard, Task};

use super::{Frame, page};
use crate::failure::Failure;
use crate::format::{Moment, moment, score};
use crate::language::{Language, Visitor};
use crate::messages::{Messages, fill};
use crate::names::{CompetitionPath, OverallPath, last_id};
use crate::phases::{self, PhaseRow};
use crate::site::Site;

/// Decimals of means and sums: enough to tell apart what a board of tasks gives.
const SCORE_DECIMALS: u32 = 4;

/// A task as a column, with its board.
struct Column {
    href: String,
    title: String,
    /// Empty: 1.
    weight: String,
}

/// A team's row.
struct Row {
    rank: u32,
    /// The team's id: what a row is known by from one reading to the next.
    team: String,
    href: String,
    title: String,
    /// What ranks: one figure, or the medals.
    figures: Vec<String>,
    /// One per task; `None`: not ranked there.
    task_ranks: Vec<Option<u32>>,
    accepted: Option<Moment>,
}

#[derive(Template)]
#[template(path = "overall.html")]
struct OverallPage {
    frame: Frame,
    competition_href: String,
    competition_title: String,
    phase: PhaseRow,
    about: &'static str,
    figures: &'static [fn(&Messages) -> &'static str],
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// Whether it may still change.
    changes: bool,
    updated: Option<Moment>,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: OverallPath,
) -> Result<Response, Failure> {
    let (competition, tasks, board) = futures::try_join!(
        site.competition(path.competition.name()),
        site.all_tasks(path.competition.name()),
        site.overall(path.name())
    )?;
    let language = visitor.language;
    let messages = language.messages();
    let phase = competition.phases.iter().find(|phase| phase.phase_id == path.phase);
    let phase = phase.ok_or(Failure::NotFound)?;
    let mut frame = Frame::new(visitor, language.pick(&competition.title, &competition.title_zh));
    let row = phases::row(phase, None, frame.now, language);
    frame.title = fill(messages.overall_of, &[("phase", &row.title)]);
    let rule = board.rule.as_ref().map_or("", |rule| rule.rule.as_str());
    let view = OverallPage {
        competition_href: path.competition.href(),
        competition_title: language.pick(&competition.title, &competition.title_zh).to_owned(),
        about: about(rule, messages),
        figures: figures(rule),
        columns: columns(&board, &tasks, &competition, &path, language),
        rows: board.entries.iter().map(|one| entry(one, &path.competition)).collect(),
        changes: phase.finalize_time.is_none(),
        updated: moment(board.update_time.as_ref()),
        phase: row,
        frame,
    };
    page(visitor, &view)
}

/// How teams are ranked.
fn about(rule: &str, messages: &Messages) -> &'static str {
    match rule {
        "mean_rank" => messages.overall_mean_rank,
        "normalised" => messages.overall_normalised,
        "medals" => messages.overall_medals,
        _ => messages.overall_other,
    }
}

/// What the figures of a row are called.
fn figures(rule: &str) -> &'static [fn(&Messages) -> &'static str] {
    match rule {
        "mean_rank" => &[|messages| messages.mean_rank],
        "medals" => &[|messages| messages.gold, |messages| messages.silver, |messages| messages.bronze],
        _ => &[|messages| messages.overall_score],
    }
}

fn columns(
    board: &OverallLeaderboard,
    tasks: &[Task],
    competition: &Competition,
    path: &OverallPath,
    language: Language,
) -> Vec<Column> {
    let weights = competition.overall.as_ref().map_or(&[][..], |overall| &overall.weights);
    let column = |name: &String| {
        let (id, task) = (last_id(name), tasks.iter().find(|task| task.name == *name));
        let weight = weights.iter().find(|weight| weight.task == id);
        Column {
            href: format!("{}/t/{id}/p/{}", path.competition.href(), path.phase),
            title: task.map_or(id, |task| language.pick(&task.title, &task.title_zh)).to_owned(),
            weight: weight.map_or_else(String::new, |weight| {
                fill(language.messages().overall_weight, &[("n", &weight.weight)])
            }),
        }
    };
    board.tasks.iter().map(column).collect()
}

fn entry(entry: &OverallEntry, competition: &CompetitionPath) -> Row {
    let medals = entry.medals.map(|medals| [medals.gold, medals.silver, medals.bronze]);
    let figures = medals.map(|medals| medals.map(|medal| score(medal, None)).to_vec());
    let one = || entry.score.iter().map(|value| score(*value, Some(SCORE_DECIMALS))).collect();
    let (team, untitled) = (last_id(&entry.team), entry.team_title.trim().is_empty());
    Row {
        rank: entry.rank,
        href: competition.team_href(team),
        title: if untitled { team } else { &entry.team_title }.to_owned(),
        team: team.to_owned(),
        figures: figures.unwrap_or_else(one),
        task_ranks: entry.task_ranks.iter().map(|rank| (*rank > 0).then_some(*rank)).collect(),
        accepted: moment(entry.accept_time.as_ref()),
    }
}
