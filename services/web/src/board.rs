//! A leaderboard as a table: the page's, and the fragment that replaces it while it is live.

use std::cmp::Ordering;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use egret_proto::v1::{
    Competition, Leaderboard, LeaderboardEntry, MetricRef, Phase, Prizes, metric_ref::Direction,
};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::format::{Moment, count, moment, score};
use crate::language::{Language, Visitor};
use crate::messages::{Messages, fill};
use crate::metric_words::{self, MetricWords};
use crate::names::{PhasePath, last_id};
use crate::pages::render;
use crate::phases::{self, Stage};
use crate::site::Site;

/// A team's row.
#[derive(Debug)]
pub(crate) struct Row {
    /// 0: shown, not ranked.
    rank: u32,
    /// Why it is not ranked; empty: it is.
    apart: &'static str,
    /// The team's id: what a row is known by from one revision to the next.
    team: String,
    title: String,
    /// What its score earns; empty: nothing.
    certificate: String,
    /// One text per metric, `None` where it is undefined.
    values: Vec<Option<String>>,
    /// `1–3`; empty: none was reckoned.
    interval: String,
    /// `▲3`; empty: it has not moved, or was not ranked before.
    moved: String,
    /// Empty: none.
    prize: String,
    submissions: String,
    accepted: Option<Moment>,
}

/// The fragment.
#[derive(Debug, Template)]
#[template(path = "board.html")]
pub(crate) struct Board {
    messages: &'static Messages,
    edition: String,
    updated: Option<Moment>,
    /// Since when it stands still.
    frozen: Option<Moment>,
    /// Since when it is final.
    finalized: Option<Moment>,
    /// Where the teams' pages are.
    teams_href: String,
    metrics: Vec<MetricWords>,
    /// Whether there are columns for intervals and for what has moved, as finals have.
    has_intervals: bool,
    has_moved: bool,
    /// The heading of the column of prizes, once they are given; empty: there is none.
    prize: String,
    rows: Vec<Row>,
    /// What has to be said of these columns.
    notes: Vec<String>,
    /// What to say where there is no row.
    empty: &'static str,
    /// What to run then, unless it is too late.
    command: Option<String>,
}

/// What a board needs to be shown besides itself: the phase's rounding and window, as they are for its task.
#[derive(Debug)]
pub(crate) struct Setting {
    phase: Phase,
}

impl Setting {
    /// The setting of a task in a phase of its competition.
    pub fn of(competition: &Competition, path: &PhasePath) -> Result<Self, Failure> {
        let phase = competition.phases.iter().find(|phase| phase.phase_id == path.phase);
        Ok(Self { phase: phases::of_task(phase.ok_or(Failure::NotFound)?, &path.task.task) })
    }

    /// The setting as the server has it.
    pub async fn load(site: &Site, path: &PhasePath) -> Result<Self, Failure> {
        Self::of(&site.competition(path.task.competition_name()).await?, path)
    }

    /// The phase.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The decimals that scores were rounded to; `None` where levels are released, whose edges are exact.
    pub fn decimals(&self) -> Option<u32> {
        self.phase.release.as_ref().filter(|_| !self.is_ladder()).map(|release| release.decimals)
    }

    /// Whether levels are released, not scores.
    fn is_ladder(&self) -> bool {
        self.phase.release.as_ref().is_some_and(|release| release.policy == "ladder")
    }

    /// The metrics that a board of this phase tells: of a level, the ranking one alone.
    fn told<'a>(&self, board: &'a Leaderboard) -> &'a [MetricRef] {
        let count = if self.is_ladder() { board.metrics.len().min(1) } else { board.metrics.len() };
        &board.metrics[..count]
    }

    /// A released value. A level is told by the least good score it stands for.
    fn value(&self, metric: &MetricRef, value: f64) -> String {
        let text = score(value, self.decimals());
        match metric.direction() {
            _ if !self.is_ladder() => text,
            Direction::LowerIsBetter => format!("≤ {text}"),
            _ => format!("≥ {text}"),
        }
    }

    /// Why there is no row, and whether it makes sense to submit.
    fn empty(&self, messages: &Messages) -> (&'static str, bool) {
        let timing = self.phase.release.as_ref().map_or("", |release| release.timing.as_str());
        let waits = timing == "finalize" && self.phase.finalize_time.is_none();
        let submits = self.phase.nominations.is_none();
        match Stage::of(&self.phase, Moment(Timestamp::now())) {
            stage if self.phase.is_jurys() => (messages.empty_jury, submits && stage != Stage::Closed),
            stage if waits => (messages.empty_finalize, submits && stage != Stage::Closed),
            Stage::Upcoming => (messages.empty_upcoming, submits),
            Stage::Open => (messages.empty_open, submits),
            Stage::Closed => (messages.empty_closed, false),
        }
    }

    /// The board as a table.
    pub fn view(&self, path: &PhasePath, board: &Leaderboard, language: Language) -> Board {
        let messages = language.messages();
        let (empty, submits) = self.empty(messages);
        let given = given(board).map(|(prizes, _)| prizes);
        let command =
            format!("egret submit model.onnx --task {}/{} --watch", path.task.competition, path.task.task);
        Board {
            messages,
            edition: edition(board),
            updated: moment(board.update_time.as_ref()),
            frozen: moment(board.frozen_time.as_ref()),
            finalized: moment(board.finalize_time.as_ref()),
            teams_href: path.task.competition_path().teams_href(),
            metrics: self.told(board).iter().map(|metric| metric_words::metric(metric, messages)).collect(),
            has_intervals: has_intervals(board),
            has_moved: has_moved(board),
            prize: given.map_or_else(String::new, |prizes| fill(messages.prize, &[("unit", &prizes.unit)])),
            rows: board.entries.iter().map(|entry| self.row(board, entry, messages)).collect(),
            notes: self.notes(board, messages),
            empty,
            command: submits.then_some(command),
        }
    }

    /// What the columns of a final mean, and how its prizes are given.
    fn notes(&self, board: &Leaderboard, messages: &Messages) -> Vec<String> {
        let mut notes = Vec::new();
        if has_intervals(board) {
            notes.push(messages.rank_interval_about.to_owned());
        }
        if let Some(from) = self.phase.nominations.as_ref().filter(|_| has_moved(board)) {
            notes.push(fill(messages.moved_about, &[("phase", &from.from_phase_id)]));
        }
        notes.extend(board.prizes.iter().flat_map(|prizes| phases::prizes(prizes, messages)));
        if let Some((prizes, kept)) = given(board).filter(|(_, kept)| *kept > 0) {
            let kept: [(&str, &dyn std::fmt::Display); 2] =
                [("amount", &count(kept)), ("unit", &prizes.unit)];
            notes.push(fill(messages.prize_kept, &kept));
        }
        notes
    }

    fn row(&self, board: &Leaderboard, entry: &LeaderboardEntry, messages: &Messages) -> Row {
        // By id, not by place: an entry need not carry every metric of the board.
        let value = |id: &str| entry.metrics.iter().find(|metric| metric.id == id)?.value;
        let values =
            self.told(board).iter().map(|metric| value(&metric.id).map(|value| self.value(metric, value)));
        Row {
            rank: entry.rank,
            apart: match entry.kind.as_str() {
                "baseline" => messages.unranked_baseline,
                "guest" => messages.unranked_guest,
                _ => "",
            },
            team: last_id(&entry.team).to_owned(),
            title: shown_title(entry).to_owned(),
            certificate: entry.certificate.clone(),
            values: values.collect(),
            interval: interval(entry),
            moved: moved(entry),
            prize: if entry.prize > 0 { count(entry.prize) } else { String::new() },
            submissions: count(u64::from(entry.submission_count)),
            accepted: moment(entry.accept_time.as_ref()),
        }
    }
}

fn has_intervals(board: &Leaderboard) -> bool {
    board.entries.iter().any(|entry| entry.rank_low > 0)
}

fn has_moved(board: &Leaderboard) -> bool {
    board.entries.iter().any(|entry| entry.previous_rank > 0)
}

/// The prizes and what is kept of them, once they are given.
fn given(board: &Leaderboard) -> Option<(&Prizes, u64)> {
    let prizes = board.prizes.as_ref().filter(|prizes| !prizes.places.is_empty());
    prizes.zip(board.prize_kept)
}

/// The ranks that a finalist's model may deserve.
fn interval(entry: &LeaderboardEntry) -> String {
    match (entry.rank_low, entry.rank_high) {
        (0, _) => String::new(),
        (low, high) if low == high => low.to_string(),
        (low, high) => format!("{low}–{high}"),
    }
}

/// How far a finalist has moved.
fn moved(entry: &LeaderboardEntry) -> String {
    let (rank, before) = (entry.rank, entry.previous_rank);
    match before.cmp(&rank) {
        _ if rank == 0 || before == 0 => String::new(),
        Ordering::Greater => format!("▲{}", before - rank),
        Ordering::Less => format!("▼{}", rank - before),
        Ordering::Equal => String::new(),
    }
}

/// What a viewer knows a snapshot by: the revision, and whether it stands still, which may change without one.
pub(crate) fn edition(board: &Leaderboard) -> String {
    match (board.frozen_time, board.finalize_time) {
        (_, Some(_)) => format!("{}-final", board.revision),
        (Some(_), None) => format!("{}-frozen", board.revision),
        (None, None) => board.revision.to_string(),
    }
}

/// A team's title, or its id where it has none.
pub(crate) fn shown_title(entry: &LeaderboardEntry) -> &str {
    if entry.team_title.trim().is_empty() { last_id(&entry.team) } else { &entry.team_title }
}

/// `/c/{c}/t/{t}/p/{p}/board`.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: PhasePath,
) -> Result<Html<String>, Failure> {
    let (setting, board) = futures::try_join!(Setting::load(&site, &path), site.board(path.board_name()))?;
    Ok(Html(render(&setting.view(&path, &board, visitor.language))?))
}
