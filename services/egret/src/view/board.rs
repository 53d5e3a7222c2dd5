use std::{cmp::Ordering, fmt::Write as _};

use egret_proto::v1::{Leaderboard, LeaderboardEntry};

use super::{Rows, score};
use crate::moment;

/// A board with its metrics as columns, the ranking one first. Who does not rank has no number.
pub(crate) fn show(board: &Leaderboard) -> String {
    let metrics: Vec<String> = board.metrics.iter().map(|metric| format!(">{}", metric.id)).collect();
    let columns = [">rank", "team"].into_iter().chain(metrics.iter().map(String::as_str));
    let certified = !board.certificates.is_empty();
    let certificate = certified.then_some("certificate");
    let mut rows = Rows::new(columns.chain(certificate).chain([">submissions", "accepted"]));
    for entry in &board.entries {
        let value =
            |id: &str| entry.metrics.iter().find(|metric| metric.id == id).and_then(|metric| metric.value);
        let scores = board.metrics.iter().map(|metric| score(value(&metric.id)));
        let title = if entry.team_title.is_empty() { &entry.team } else { &entry.team_title };
        let head = [rank(entry), format!("{title}{}", apart(entry))].into_iter();
        let tail = [entry.submission_count.to_string(), moment::show(entry.accept_time)];
        let certificate = certified.then(|| entry.certificate.clone());
        rows.row(head.chain(scores).chain(certificate).chain(tail));
    }
    rows.or("The board is empty.")
}

/// A rank; of finals with the ranks that its model may deserve, and how far it has moved: `2 (1–4) ▲3`.
fn rank(entry: &LeaderboardEntry) -> String {
    let mut text = if entry.rank == 0 { "–".to_owned() } else { entry.rank.to_string() };
    if entry.rank_low > 0 {
        let _ = write!(text, " ({}–{})", entry.rank_low, entry.rank_high);
    }
    if entry.rank > 0 && entry.previous_rank > 0 {
        match entry.previous_rank.cmp(&entry.rank) {
            Ordering::Greater => drop(write!(text, " ▲{}", entry.previous_rank - entry.rank)),
            Ordering::Less => drop(write!(text, " ▼{}", entry.rank - entry.previous_rank)),
            Ordering::Equal => {}
        }
    }
    text
}

/// Why a team is shown without a rank.
fn apart(entry: &LeaderboardEntry) -> &'static str {
    match entry.kind.as_str() {
        _ if entry.disqualified => " (disqualified)",
        "baseline" => " (baseline)",
        "guest" => " (out of competition)",
        _ => "",
    }
}

/// What a reader has to know of a board before they read it; empty, or lines.
pub(crate) fn banner(board: &Leaderboard, jury: bool) -> String {
    let frozen = match (board.frozen_time, jury) {
        (Some(since), false) => {
            format!(
                "Frozen since {}: what was released since then is not on it.\n",
                moment::show(Some(since))
            )
        }
        (Some(since), true) => format!("For the public it is frozen since {}.\n", moment::show(Some(since))),
        (None, _) => String::new(),
    };
    let jury =
        if jury { "The jury's board: everything that was decided. It is not for the public.\n" } else { "" };
    let last = board.finalize_time.map(|at| format!("Final since {}.\n", moment::show(Some(at))));
    format!("{jury}{frozen}{}", last.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{Certificate, MetricRef, MetricValue};

    use super::*;

    #[test]
    fn metrics_are_columns_in_the_boards_order() {
        let metric = |id: &str| MetricRef { id: id.into(), ..MetricRef::default() };
        let value = |id: &str, value| MetricValue { id: id.into(), value };
        let board = Leaderboard {
            metrics: vec![metric("accuracy"), metric("log_loss")],
            entries: vec![LeaderboardEntry {
                rank: 1,
                team_title: "海鸥".into(),
                metrics: vec![value("log_loss", None), value("accuracy", Some(0.3333))],
                submission_count: 2,
                ..LeaderboardEntry::default()
            }],
            ..Leaderboard::default()
        };
        let text = show(&board);
        assert!(text.starts_with("RANK  TEAM  ACCURACY  LOG_LOSS  SUBMISSIONS  ACCEPTED\n"), "{text}");
        assert!(text.contains("   1  海鸥    0.3333         -            2  -"), "{text}");
        let mut certified = board;
        certified.certificates = vec![Certificate { name: "A".into(), threshold: 0.3 }];
        certified.entries[0].certificate = "A".into();
        let text = show(&certified);
        assert!(
            text.starts_with("RANK  TEAM  ACCURACY  LOG_LOSS  CERTIFICATE  SUBMISSIONS  ACCEPTED\n"),
            "{text}"
        );
        assert!(text.contains("   1  海鸥    0.3333         -  A                      2  -"), "{text}");
    }
    #[test]
    fn finals_say_how_sure_a_rank_is_and_what_moved() {
        let entry = |rank, rank_low, rank_high, previous_rank| {
            super::rank(&LeaderboardEntry { rank, rank_low, rank_high, previous_rank, ..<_>::default() })
        };
        assert_eq!(entry(2, 1, 4, 5), "2 (1–4) ▲3");
        assert_eq!(entry(5, 4, 5, 2), "5 (4–5) ▼3");
        assert_eq!(
            (entry(3, 0, 0, 3), entry(3, 0, 0, 0), entry(0, 0, 0, 4)),
            ("3".into(), "3".into(), "–".into())
        );
    }

    #[test]
    fn who_does_not_rank_has_no_number_and_says_why() {
        let entry = |rank, title: &str, kind: &str, disqualified| LeaderboardEntry {
            rank,
            team_title: title.into(),
            kind: kind.into(),
            disqualified,
            ..LeaderboardEntry::default()
        };
        let entries = vec![
            entry(0, "Base", "baseline", false),
            entry(1, "Gulls", "regular", false),
            entry(0, "Host", "guest", false),
            entry(0, "Terns", "regular", true),
        ];
        let text = show(&Leaderboard { entries, ..Leaderboard::default() });
        let lines: Vec<&str> =
            text.lines().map(|line| line.split("  ").map(str::trim).find(|c| c.len() > 3).unwrap()).collect();
        assert_eq!(
            lines[1..],
            ["Base (baseline)", "Gulls", "Host (out of competition)", "Terns (disqualified)"]
        );
        let ranks: Vec<char> =
            text.lines().skip(1).map(|line| line.trim_start().chars().next().unwrap()).collect();
        assert_eq!(ranks, ['–', '1', '–', '–']);
    }

    #[test]
    fn a_board_that_stands_still_says_so() {
        let at = Some(prost_types::Timestamp::default());
        let frozen = Leaderboard { frozen_time: at, ..Leaderboard::default() };
        assert!(banner(&frozen, false).starts_with("Frozen since 1970-"));
        let jury = banner(&frozen, true);
        assert!(
            jury.starts_with("The jury's board") && jury.contains("For the public it is frozen"),
            "{jury}"
        );
        let last = Leaderboard { finalize_time: at, ..Leaderboard::default() };
        assert!(banner(&last, false).starts_with("Final since 1970-"));
        assert_eq!(banner(&Leaderboard::default(), false), "");
    }
}
