//! A leaderboard as a table: the page's, and the fragment that replaces it while it is live.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Html;
use egret_proto::v1::{Competition, Leaderboard, LeaderboardEntry, Phase};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::format::{Moment, count, moment, score};
use crate::language::{Language, Visitor};
use crate::messages::Messages;
use crate::metric_words::{self, MetricWords};
use crate::names::{PhasePath, last_id};
use crate::pages::render;
use crate::phases::Stage;
use crate::site::Site;

/// A team's row.
#[derive(Debug)]
pub(crate) struct Row {
    rank: u32,
    /// The team's id: what a row is known by from one revision to the next.
    team: String,
    title: String,
    /// What its score earns; empty: nothing.
    certificate: String,
    /// One text per metric, `None` where it is undefined.
    values: Vec<Option<String>>,
    submissions: String,
    accepted: Option<Moment>,
}

/// The fragment.
#[derive(Debug, Template)]
#[template(path = "board.html")]
pub(crate) struct Board {
    messages: &'static Messages,
    revision: u64,
    updated: Option<Moment>,
    metrics: Vec<MetricWords>,
    rows: Vec<Row>,
    /// What to say where there is no row.
    empty: &'static str,
    /// What to run then, unless it is too late.
    command: Option<String>,
}

/// What a board needs to be shown besides itself: the phase's rounding and window.
#[derive(Debug)]
pub(crate) struct Setting {
    phase: Phase,
}

impl Setting {
    /// The setting of a phase of a competition.
    pub fn of(competition: &Competition, phase_id: &str) -> Result<Self, Failure> {
        let phase = competition.phases.iter().find(|phase| phase.phase_id == phase_id);
        Ok(Self { phase: phase.ok_or(Failure::NotFound)?.clone() })
    }

    /// The setting as the server has it.
    pub async fn load(site: &Site, path: &PhasePath) -> Result<Self, Failure> {
        Self::of(&site.competition(path.task.competition_name()).await?, &path.phase)
    }

    /// The phase.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The decimals that scores were rounded to.
    pub fn decimals(&self) -> Option<u32> {
        self.phase.release.as_ref().map(|release| release.decimals)
    }

    /// The board as a table.
    pub fn view(&self, path: &PhasePath, board: &Leaderboard, language: Language) -> Board {
        let messages = language.messages();
        let stage = Stage::of(&self.phase, Moment(Timestamp::now()));
        let command =
            format!("egret submit model.onnx --task {}/{} --watch", path.task.competition, path.task.task);
        Board {
            messages,
            revision: board.revision,
            updated: moment(board.update_time.as_ref()),
            metrics: board.metrics.iter().map(|metric| metric_words::metric(metric, messages)).collect(),
            rows: board.entries.iter().map(|entry| self.row(board, entry)).collect(),
            empty: match stage {
                Stage::Upcoming => messages.empty_upcoming,
                Stage::Open => messages.empty_open,
                Stage::Closed => messages.empty_closed,
            },
            command: (stage != Stage::Closed).then_some(command),
        }
    }

    fn row(&self, board: &Leaderboard, entry: &LeaderboardEntry) -> Row {
        // By id, not by place: an entry need not carry every metric of the board.
        let value = |id: &str| entry.metrics.iter().find(|metric| metric.id == id)?.value;
        let values =
            board.metrics.iter().map(|metric| value(&metric.id).map(|value| score(value, self.decimals())));
        Row {
            rank: entry.rank,
            team: last_id(&entry.team).to_owned(),
            title: shown_title(entry).to_owned(),
            certificate: entry.certificate.clone(),
            values: values.collect(),
            submissions: count(u64::from(entry.submission_count)),
            accepted: moment(entry.accept_time.as_ref()),
        }
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
