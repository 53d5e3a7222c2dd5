//! The static site: pages without scripts, complete in themselves, that link to each other by relative paths. The templates
//! escape every text.

use anyhow::{Context as _, Result};
use askama::Template;
use egret_proto::v1::{Leaderboard, LeaderboardEntry, OverallEntry, OverallLeaderboard};
use prost_types::Timestamp;

use super::gather::{Public, TaskBoard, last_id};
use crate::{moment, view};

const MILLIBITS_PER_BYTE: u64 = 8_000;
/// The column of the ranks that finalists may have.
const INTERVALS: &str = "Rank interval";

/// A link within the site.
struct Link {
    href: String,
    title: String,
}

/// A task with its boards, one per phase.
struct TaskRow {
    title: String,
    title_zh: String,
    boards: Vec<Link>,
}

/// A phase in words.
struct PhaseRow {
    id: String,
    start: String,
    end: String,
}

#[derive(Template)]
#[template(path = "export/index.html")]
struct Index<'a> {
    title: &'a str,
    title_zh: &'a str,
    description: Vec<&'a str>,
    phases: Vec<PhaseRow>,
    overall: Vec<Link>,
    tasks: Vec<TaskRow>,
    ledger: Vec<LedgerRow<'a>>,
    teams: Vec<(&'a str, &'a str)>,
}

/// What has left a split.
struct LedgerRow<'a> {
    task: &'a str,
    split: &'a str,
    items: u64,
    /// Rounded up.
    bytes: u64,
}

/// A table with a heading; the pages of both kinds of boards.
#[derive(Template)]
#[template(path = "export/board.html")]
struct Board<'a> {
    /// The way to the index: `../` for each folder.
    up: &'a str,
    competition: &'a str,
    title: String,
    subtitle: String,
    columns: Vec<String>,
    /// The text of each cell; the second is the team.
    rows: Vec<Vec<String>>,
    updated: String,
    revision: u64,
    /// Frozen, or final; empty: neither.
    standing: String,
    /// What has to be said of a final; empty, or lines.
    notes: String,
    /// The files beside the page.
    files: Vec<Link>,
}

/// The page to begin with.
pub(super) fn index(public: &Public) -> Result<Vec<u8>> {
    let competition = &public.competition;
    let page = Index {
        title: &competition.title,
        title_zh: &competition.title_zh,
        description: paragraphs(&competition.description),
        phases: competition
            .phases
            .iter()
            .map(|phase| PhaseRow {
                id: phase.phase_id.clone(),
                start: utc(phase.start_time),
                end: utc(phase.end_time),
            })
            .collect(),
        overall: public
            .overall
            .iter()
            .map(|(phase, _)| Link { href: format!("overall/{phase}.html"), title: phase.clone() })
            .collect(),
        tasks: public
            .tasks
            .iter()
            .map(|task| TaskRow {
                title: task.title.clone(),
                title_zh: task.title_zh.clone(),
                boards: boards_of(public, last_id(&task.name)),
            })
            .collect(),
        ledger: ledger(public),
        teams: public.teams.iter().map(|team| (last_id(&team.name), team.title.as_str())).collect(),
    };
    rendered(&page)
}

fn ledger(public: &Public) -> Vec<LedgerRow<'_>> {
    let rows = public.ledgers.iter().flat_map(|ledger| {
        ledger.splits.iter().map(|split| LedgerRow {
            task: last_id(&ledger.name),
            split: &split.split,
            items: split.item_count,
            bytes: split.spent_millibits.div_ceil(MILLIBITS_PER_BYTE),
        })
    });
    rows.collect()
}

fn boards_of(public: &Public, task: &str) -> Vec<Link> {
    let boards = public.boards.iter().filter(|board| board.task == task);
    let link = |board: &TaskBoard| Link {
        href: format!("boards/{task}/{}.html", board.phase),
        title: board.phase.clone(),
    };
    boards.map(link).collect()
}

/// The page of a task's board.
pub(super) fn board(public: &Public, shown: &TaskBoard) -> Result<Vec<u8>> {
    let task = public.tasks.iter().find(|task| last_id(&task.name) == shown.task);
    let board = &shown.board;
    let metrics = board.metrics.iter().map(|metric| titled(&metric.title, &metric.id));
    let columns = ["Rank".to_owned(), "Team".to_owned()].into_iter().chain(metrics);
    let compared = board.entries.iter().any(|entry| entry.rank_low > 0);
    let moved = board.entries.iter().any(|entry| entry.previous_rank > 0);
    let prizes = view::board::given(board).map(|(prizes, _)| prizes);
    let of_finals = [
        compared.then(|| INTERVALS.to_owned()),
        moved.then(|| "Moved".to_owned()),
        prizes.map(|prizes| format!("Prize, {}", prizes.unit)),
    ];
    let columns = columns.chain(of_finals.into_iter().flatten());
    let columns = columns.chain(["Certificate", "Submissions", "Accepted (UTC)"].map(str::to_owned));
    let row = |entry: &LeaderboardEntry| {
        let value = |id: &str| entry.metrics.iter().find(|metric| metric.id == id)?.value;
        let values = board.metrics.iter().map(|metric| view::score(value(&metric.id)));
        let competes = entry.kind.is_empty() || entry.kind == "regular";
        let kind = if competes { String::new() } else { format!(" ({})", entry.kind) };
        let head = [rank(entry.rank), titled(&entry.team_title, last_id(&entry.team)) + &kind];
        let of_finals = [
            compared.then(|| view::board::interval(entry)),
            moved.then(|| view::board::moved(entry).unwrap_or_default()),
            prizes.map(|_| view::board::amount(entry.prize)),
        ];
        let tail = [entry.certificate.clone(), entry.submission_count.to_string(), utc(entry.accept_time)];
        head.into_iter().chain(values).chain(of_finals.into_iter().flatten()).chain(tail).collect()
    };
    let (task_id, phase) = (&shown.task, &shown.phase);
    let files = [
        (format!("{phase}.csv"), "CSV"),
        (format!("{phase}.json"), "JSON"),
        (format!("../../history/{task_id}/{phase}.csv"), "history, CSV"),
        (format!("../../history/{task_id}/{phase}.json"), "history, JSON"),
    ];
    rendered(&Board {
        up: "../../",
        competition: &public.competition.title,
        title: task.map_or_else(|| task_id.clone(), |task| titled(&task.title, task_id)),
        subtitle: format!("phase {phase}"),
        columns: columns.collect(),
        rows: board.entries.iter().map(row).collect(),
        updated: utc(board.update_time),
        revision: board.revision,
        standing: standing(board),
        notes: view::board::footer(board, INTERVALS),
        files: links(files),
    })
}

/// The page of an overall board.
pub(super) fn overall(public: &Public, phase: &str, board: &OverallLeaderboard) -> Result<Vec<u8>> {
    let task = |name: &String| {
        let task = public.tasks.iter().find(|task| task.name == *name);
        titled(task.map_or("", |task| &task.title), last_id(name))
    };
    let figures = view::overall::figure_names(board).iter().map(|name| (*name).to_owned());
    let columns = ["Rank".to_owned(), "Team".to_owned()].into_iter().chain(figures);
    let columns = columns.chain(board.tasks.iter().map(task)).chain(["Accepted (UTC)".to_owned()]);
    let row = |entry: &OverallEntry| {
        let figures =
            view::overall::figures(entry).into_iter().map(|(_, figure)| view::overall::shown(figure));
        let ranks = entry.task_ranks.iter().map(|task_rank| rank(*task_rank));
        let head = [rank(entry.rank), titled(&entry.team_title, last_id(&entry.team))];
        head.into_iter().chain(figures).chain(ranks).chain([utc(entry.accept_time)]).collect()
    };
    let rule = board.rule.as_ref().map_or("", |rule| &rule.rule).replace('_', " ");
    rendered(&Board {
        up: "../",
        competition: &public.competition.title,
        title: "Overall board".to_owned(),
        subtitle: format!("phase {phase}, by {rule}"),
        columns: columns.collect(),
        rows: board.entries.iter().map(row).collect(),
        updated: utc(board.update_time),
        revision: board.revision,
        standing: String::new(),
        notes: String::new(),
        files: links([(format!("{phase}.csv"), "CSV"), (format!("{phase}.json"), "JSON")]),
    })
}

/// Whether it stands still, or for good.
fn standing(board: &Leaderboard) -> String {
    match (board.finalize_time, board.frozen_time) {
        (Some(at), _) => format!("Final since {} UTC.", utc(Some(at))),
        (None, Some(at)) => {
            format!("Frozen since {} UTC: what was released later is not on it.", utc(Some(at)))
        }
        (None, None) => String::new(),
    }
}

fn rendered(page: &impl Template) -> Result<Vec<u8>> {
    Ok(page.render().context("a page of the export")?.into_bytes())
}

fn links<const N: usize>(files: [(String, &str); N]) -> Vec<Link> {
    files.into_iter().map(|(href, title)| Link { href, title: title.to_owned() }).collect()
}

/// A title, or the id of what has none.
fn titled(title: &str, id: &str) -> String {
    if title.trim().is_empty() { id } else { title }.to_owned()
}

/// 0 is shown, but not ranked.
fn rank(rank: u32) -> String {
    if rank > 0 { rank.to_string() } else { "–".to_owned() }
}

/// To the second it is in.
fn utc(wire: Option<Timestamp>) -> String {
    let whole = wire.map(|wire| Timestamp { nanos: 0, ..wire });
    moment::of(whole).map_or_else(|| "–".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// Blank lines part them.
fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect()
}
