//! CSV: comma, UTF-8, RFC 4180 quotes, text always in quotes.
//!
//! Titles come from strangers, and a spreadsheet runs a cell that looks like a formula. So a text whose first character besides
//! spaces is `=`, `+`, `-` or `@`, in ASCII or in the wide forms of Chinese keyboards, gets an apostrophe before it, which spreadsheets
//! take for "this is text"; so does one that begins with a tab or a line break. Quotes keep `;` and tabs inside from beginning a cell
//! where those are separators. Numbers are written here and stay numbers: a score of -0.5 is no formula.

use anyhow::Result;
use csv::{QuoteStyle, Writer, WriterBuilder};
use egret_proto::v1::{
    Competition, Leaderboard, Ledger, OverallLeaderboard, ScorePoint, Task, Team, metric_ref::Direction,
};
use prost_types::Timestamp;

use super::gather::last_id;
use crate::{moment, view};

/// A cell.
enum Cell<'a> {
    Text(&'a str),
    Count(u64),
    Number(Option<f64>),
    Time(Option<Timestamp>),
}

use Cell::{Count, Number, Text, Time};

impl Cell<'_> {
    fn written(&self) -> String {
        match self {
            Text(text) => harmless(text),
            Count(count) => count.to_string(),
            Number(value) => {
                value.filter(|value| value.is_finite()).map_or_else(String::new, |v| v.to_string())
            }
            Time(at) => moment::of(*at).map_or_else(String::new, |at| at.to_string()),
        }
    }
}

/// A text as no spreadsheet takes it for a formula.
fn harmless(text: &str) -> String {
    let formula = |c: char| ['=', '+', '-', '@', '＝', '＋', '－', '＠'].contains(&c);
    let control = text.starts_with(char::is_control);
    let first = text.trim_start().chars().next();
    if control || first.is_some_and(formula) { format!("'{text}") } else { text.to_owned() }
}

/// 0 is shown, but not ranked.
fn rank(rank: u32) -> Cell<'static> {
    if rank > 0 { Count(rank.into()) } else { Text("") }
}

/// A table being written.
struct Table(Writer<Vec<u8>>);

impl Table {
    fn new(columns: &[&str]) -> Result<Self> {
        let writer = WriterBuilder::new().quote_style(QuoteStyle::NonNumeric).from_writer(Vec::new());
        let mut table = Self(writer);
        table.row(columns.iter().copied().map(Text))?;
        Ok(table)
    }

    fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> Result<()> {
        Ok(self.0.write_record(cells.into_iter().map(|cell| cell.written()))?)
    }

    fn end(self) -> Result<Vec<u8>> {
        Ok(self.0.into_inner()?)
    }
}

/// The phases.
pub(super) fn phases(competition: &Competition) -> Result<Vec<u8>> {
    let windows = ["phase", "kind", "start", "end", "close", "split"];
    let quotas = ["per_day_max", "total_max", "concurrent_max", "failed_checks_max"];
    let boards = ["release", "timing", "board", "freeze", "thawed", "finalized", "revealed"];
    let mut table = Table::new(&[&windows[..], &quotas, &boards].concat())?;
    for phase in &competition.phases {
        let quota = phase.quota.unwrap_or_default();
        let release = phase.release.clone().unwrap_or_default();
        table.row([
            Text(&phase.phase_id),
            Text(phase.kind().as_str_name()),
            Time(phase.start_time),
            Time(phase.end_time),
            Time(phase.close_time),
            Text(phase.split().as_str_name()),
            Count(quota.per_day_max.into()),
            Count(quota.total_max.into()),
            Count(quota.concurrent_max.into()),
            Count(quota.failed_checks_max.into()),
            Text(&release.policy),
            Text(&release.timing),
            Text(&phase.board),
            Time(phase.freeze_time),
            Time(phase.thaw_time),
            Time(phase.finalize_time),
            Time(phase.reveal_time),
        ])?;
    }
    table.end()
}

/// The tasks.
pub(super) fn tasks(tasks: &[Task]) -> Result<Vec<u8>> {
    let columns =
        ["task", "title", "title_zh", "ranks_by", "better", "sample", "public", "private", "licence", "root"];
    let mut table = Table::new(&columns)?;
    for task in tasks {
        let ranking = task.columns.first();
        let better = match ranking.map(egret_proto::v1::MetricRef::direction) {
            Some(Direction::HigherIsBetter) => "higher",
            Some(Direction::LowerIsBetter) => "lower",
            _ => "",
        };
        let items = |split: &str| {
            let count = task.split_counts.iter().find(|count| count.split == split);
            Count(count.map_or(0, |count| count.item_count))
        };
        table.row([
            Text(last_id(&task.name)),
            Text(&task.title),
            Text(&task.title_zh),
            Text(ranking.map_or("", |metric| &metric.id)),
            Text(better),
            items("sample"),
            items("public"),
            items("private"),
            Text(task.card.as_ref().map_or("", |card| &card.licence)),
            Text(task.card.as_ref().map_or("", |card| &card.root)),
        ])?;
    }
    table.end()
}

/// The teams.
pub(super) fn teams(teams: &[Team]) -> Result<Vec<u8>> {
    let mut table = Table::new(&["team", "title", "created"])?;
    for team in teams {
        table.row([Text(last_id(&team.name)), Text(&team.title), Time(team.create_time)])?;
    }
    table.end()
}

/// What has left each hidden split.
pub(super) fn ledger(ledgers: &[Ledger]) -> Result<Vec<u8>> {
    let mut table = Table::new(&["task", "split", "items", "spent_millibits", "teams"])?;
    for ledger in ledgers {
        for split in &ledger.splits {
            table.row([
                Text(last_id(&ledger.name)),
                Text(&split.split),
                Count(split.item_count),
                Count(split.spent_millibits),
                Count(split.team_count.into()),
            ])?;
        }
    }
    table.end()
}

/// A board, its metrics by their ids. A final's has more columns: from and to which rank the model may deserve, the rank before, and
/// once prizes are given, what it gets.
pub(super) fn board(board: &Leaderboard) -> Result<Vec<u8>> {
    let metrics: Vec<&str> = board.metrics.iter().map(|metric| metric.id.as_str()).collect();
    let compared = board.entries.iter().any(|entry| entry.rank_low > 0);
    let moved = board.entries.iter().any(|entry| entry.previous_rank > 0);
    let prizes = view::board::given(board).map(|(prizes, _)| prizes);
    let columns = [
        &["rank", "team", "title", "kind", "certificate"][..],
        &metrics,
        if compared { &["rank_low", "rank_high"] } else { &[] },
        if moved { &["previous_rank"] } else { &[] },
        if prizes.is_some() { &["prize", "prize_unit"] } else { &[] },
        &["submissions", "accepted"],
    ];
    let mut table = Table::new(&columns.concat())?;
    for entry in &board.entries {
        let mut cells = vec![
            rank(entry.rank),
            Text(last_id(&entry.team)),
            Text(&entry.team_title),
            Text(&entry.kind),
            Text(&entry.certificate),
        ];
        let value = |id: &&str| entry.metrics.iter().find(|metric| metric.id == *id)?.value;
        cells.extend(metrics.iter().map(|id| Number(value(id))));
        cells.extend([entry.rank_low, entry.rank_high].map(rank).into_iter().filter(|_| compared));
        cells.extend(moved.then(|| rank(entry.previous_rank)));
        cells.extend(prizes.iter().flat_map(|prizes| [Count(entry.prize), Text(&prizes.unit)]));
        cells.extend([Count(entry.submission_count.into()), Time(entry.accept_time)]);
        table.row(cells)?;
    }
    table.end()
}

/// The improvements behind a board.
pub(super) fn history(points: &[ScorePoint]) -> Result<Vec<u8>> {
    let mut table = Table::new(&["team", "time", "value"])?;
    for point in points {
        table.row([Text(last_id(&point.team)), Time(point.time), Number(Some(point.value))])?;
    }
    table.end()
}

/// An overall board, the rank in each task by the task's id.
pub(super) fn overall(board: &OverallLeaderboard) -> Result<Vec<u8>> {
    let tasks: Vec<&str> = board.tasks.iter().map(|task| last_id(task)).collect();
    let figures = view::overall::figure_names(board);
    let columns = [&["rank", "team", "title"][..], figures, &tasks, &["accepted"]];
    let mut table = Table::new(&columns.concat())?;
    for entry in &board.entries {
        let head = [Count(entry.rank.into()), Text(last_id(&entry.team)), Text(&entry.team_title)];
        let figures = view::overall::figures(entry).into_iter().map(|(_, figure)| Number(Some(figure)));
        let ranks = entry.task_ranks.iter().map(|task_rank| rank(*task_rank));
        table.row(head.into_iter().chain(figures).chain(ranks).chain([Time(entry.accept_time)]))?;
    }
    table.end()
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{LeaderboardEntry, MetricRef, MetricValue, Prizes};

    use super::*;

    #[test]
    fn nothing_that_people_write_is_a_formula() {
        for bad in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            " =1",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1",
            "－1",
            "\u{3000}＠x",
            "\u{1}x",
        ] {
            assert_eq!(harmless(bad), format!("'{bad}"));
        }
        for good in ["", "Egrets", "海鸥", "a=b", "1-2", "'=1", " x"] {
            assert_eq!(harmless(good), good);
        }
    }

    #[test]
    fn numbers_stay_numbers_and_texts_are_quoted() {
        let metric = |id: &str| MetricRef { id: id.into(), ..MetricRef::default() };
        let value = |id: &str, value| MetricValue { id: id.into(), value };
        let entry = LeaderboardEntry {
            rank: 1,
            team: "competitions/c/teams/gulls".into(),
            team_title: "=cmd|'/c calc'!A1,\"x\";y".into(),
            metrics: vec![value("log_loss", None), value("si_sdr", Some(-0.5))],
            accept_time: Some(Timestamp { seconds: 0, nanos: 500_000_000 }),
            submission_count: 2,
            ..LeaderboardEntry::default()
        };
        let made = board(&Leaderboard {
            metrics: vec![metric("si_sdr"), metric("log_loss"), metric("+x")],
            entries: vec![entry],
            ..Leaderboard::default()
        });
        assert_eq!(
            String::from_utf8(made.unwrap()).unwrap(),
            "\"rank\",\"team\",\"title\",\"kind\",\"certificate\",\"si_sdr\",\"log_loss\",\"'+x\",\"submissions\",\"accepted\"\n\
             1,\"gulls\",\"'=cmd|'/c calc'!A1,\"\"x\"\";y\",\"\",\"\",-0.5,\"\",\"\",2,\"1970-01-01T00:00:00.5Z\"\n"
        );
    }

    #[test]
    fn a_final_has_its_own_columns() {
        let entry = |rank, (rank_low, rank_high), previous_rank, prize| LeaderboardEntry {
            rank,
            rank_low,
            rank_high,
            previous_rank,
            prize,
            ..LeaderboardEntry::default()
        };
        let prizes = Prizes { unit: "CNY".into(), places: vec![9], ..Prizes::default() };
        let last = Leaderboard {
            entries: vec![entry(1, (1, 2), 3, 9), entry(0, (0, 0), 0, 0)],
            prizes: Some(prizes),
            ..Leaderboard::default()
        };
        let lines = |board: &Leaderboard| String::from_utf8(super::board(board).unwrap()).unwrap();
        assert_eq!(
            lines(&last).lines().next().unwrap(),
            "\"rank\",\"team\",\"title\",\"kind\",\"certificate\",\"rank_low\",\"rank_high\",\"previous_rank\",\"submissions\",\"accepted\"",
            "nothing is given yet"
        );
        let text = lines(&Leaderboard { prize_kept: Some(0), ..last });
        let rows: Vec<&str> = text.lines().collect();
        assert!(
            rows[0].ends_with("\"previous_rank\",\"prize\",\"prize_unit\",\"submissions\",\"accepted\""),
            "{text}"
        );
        assert_eq!(rows[1], "1,\"\",\"\",\"\",\"\",1,2,3,9,\"CNY\",0,\"\"");
        assert_eq!(rows[2], "\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",0,\"CNY\",0,\"\"");
    }
}
