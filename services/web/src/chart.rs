//! The best score so far of the top teams over time, as SVG: one step per improvement. Pure, but for the handler.

use std::fmt::Write as _;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use egret_proto::v1::{Leaderboard, ScorePoint};
use jiff::Timestamp;

use crate::board::{Setting, shown_title};
use crate::failure::Failure;
use crate::format::{Moment, moment};
use crate::language::{Language, Visitor};
use crate::messages::{Messages, fill};
use crate::metric_words;
use crate::names::PhasePath;
use crate::pages::render;
use crate::phases::close;
use crate::scale::{Scale, Tick, around, number_ticks, time_ticks};
use crate::site::Site;

/// Teams drawn: as many as there are colours that can be told apart.
const TEAMS_MAX: usize = 6;
/// Characters of a team's title beside its line.
const LABEL_CHARS_MAX: usize = 16;
/// Least distance of two labels, in user units.
const LABEL_GAP: f64 = 16.0;
/// The picture in user units, and the rectangle of it that lines are drawn in.
const SIZE: (f64, f64) = (720.0, 320.0);
const LEFT: f64 = 56.0;
const RIGHT: f64 = 580.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 272.0;
/// Scores beyond this are not drawn: their axis would say nothing about anybody else's.
const SCORE_ABS_MAX: f64 = 1e12;

/// One mark of an axis.
#[derive(Debug)]
struct Mark {
    at: f64,
    label: String,
}

/// One team.
#[derive(Debug)]
struct Line {
    /// 1 to [`TEAMS_MAX`]: its colour.
    series: usize,
    colour: &'static str,
    path: String,
    dots: Vec<(f64, f64)>,
    end: f64,
    label_at: f64,
    label: String,
}

/// The picture.
#[derive(Debug, Template)]
#[template(path = "chart.svg")]
pub(crate) struct Chart {
    messages: &'static Messages,
    language: Language,
    caption: String,
    direction: &'static str,
    across: Vec<Mark>,
    up: Vec<Mark>,
    lines: Vec<Line>,
    size: (f64, f64),
    left: f64,
    right: f64,
    bottom: f64,
}

/// Colours that stand out from white and from near-black alike, for readers of the picture alone; on a page the style
/// sheet has a set for each theme.
const COLOURS: [&str; TEAMS_MAX] = ["#2f7de1", "#c96a00", "#178f4a", "#a04fe0", "#d23f6e", "#0c8a94"];

/// Draws the board's top teams up to `now`, or to the phase's end once that is past.
pub(crate) fn draw(
    board: &Leaderboard,
    history: &[ScorePoint],
    setting: &Setting,
    now: Moment,
    language: Language,
) -> Chart {
    let messages = language.messages();
    let metric = board.metrics.first().map(|metric| metric_words::metric(metric, messages));
    let (title, direction) = metric.map_or_else(Default::default, |metric| (metric.title, metric.direction));
    let mut chart = Chart {
        messages,
        language,
        caption: fill(messages.chart_of, &[("metric", &title)]),
        direction,
        across: Vec::new(),
        up: Vec::new(),
        lines: Vec::new(),
        size: SIZE,
        left: LEFT,
        right: RIGHT,
        bottom: BOTTOM,
    };
    let teams: Vec<(String, Vec<(f64, f64)>)> = board
        .entries
        .iter()
        .take(TEAMS_MAX)
        .map(|entry| (label(shown_title(entry)), improvements(history, &entry.team)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let points = || teams.iter().flat_map(|(_, points)| points.iter().copied());
    let Some(first) = points().map(|(time, _)| time).reduce(f64::min) else { return chart };
    let last = points().map(|(time, _)| time).fold(first, f64::max);
    let end = close(setting.phase()).map_or(now, |end| end.min(now)).seconds();
    // At least a minute wide, so that the first score is a line and not a dot.
    let times = (first, end.max(last).max(first + 60.0));
    let low = points().map(|(_, value)| value).fold(f64::INFINITY, f64::min);
    let high = points().map(|(_, value)| value).fold(f64::NEG_INFINITY, f64::max);
    let values = around(low, high);

    let across = Scale::new(times, (LEFT, RIGHT));
    let up = Scale::new(values, (BOTTOM, TOP));
    chart.across = marks(time_ticks(times), across);
    chart.up = marks(number_ticks(values), up);
    chart.lines = teams
        .into_iter()
        .enumerate()
        .map(|(at, (label, points))| line(at, label, &points, across, up))
        .collect();
    spread(&mut chart.lines);
    chart
}

/// A team's improvements as (seconds, value), oldest first.
fn improvements(history: &[ScorePoint], team: &str) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = history
        .iter()
        .filter(|point| point.team == team && point.value.abs() <= SCORE_ABS_MAX)
        .filter_map(|point| Some((moment(point.time.as_ref())?.seconds(), point.value)))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

fn marks(ticks: Vec<Tick>, scale: Scale) -> Vec<Mark> {
    ticks.into_iter().map(|tick| Mark { at: scale.place(tick.value), label: tick.label }).collect()
}

fn line(at: usize, label: String, points: &[(f64, f64)], across: Scale, up: Scale) -> Line {
    let dots: Vec<(f64, f64)> =
        points.iter().map(|(time, value)| (across.place(*time), up.place(*value))).collect();
    let mut path = String::new();
    for (step, (x, y)) in dots.iter().enumerate() {
        // A score holds until it is improved: across first, then up.
        let written = if step == 0 { write!(path, "M{x} {y}") } else { write!(path, "H{x}V{y}") };
        written.expect("a String takes any text");
    }
    write!(path, "H{RIGHT}").expect("a String takes any text");
    let end = dots.last().map_or(BOTTOM, |(_, y)| *y);
    Line { series: at + 1, colour: COLOURS[at % TEAMS_MAX], path, dots, end, label_at: end, label }
}

/// Moves labels apart that would overlap, keeping their order and the picture's bounds.
fn spread(lines: &mut [Line]) {
    lines.sort_by(|a, b| a.end.total_cmp(&b.end));
    let mut least = TOP;
    for line in lines.iter_mut() {
        line.label_at = line.end.max(least);
        least = line.label_at + LABEL_GAP;
    }
    let mut most = BOTTOM;
    for line in lines.iter_mut().rev() {
        line.label_at = line.label_at.min(most);
        most = line.label_at - LABEL_GAP;
    }
}

/// A title short enough to stand beside its line. XML has no place for control characters.
fn label(title: &str) -> String {
    let mut chars = title.chars().filter(|c| !c.is_control());
    let mut label: String = chars.by_ref().take(LABEL_CHARS_MAX).collect();
    if chars.next().is_some() {
        label.pop();
        label.push('…');
    }
    label
}

/// `/c/{c}/t/{t}/p/{p}/chart.svg`.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: PhasePath,
) -> Result<Response, Failure> {
    let (setting, board, history) = futures::try_join!(
        Setting::load(&site, &path),
        site.board(path.board_name()),
        site.history(path.board_name())
    )?;
    let chart = draw(&board, &history, &setting, Moment(Timestamp::now()), visitor.language);
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], render(&chart)?).into_response())
}
