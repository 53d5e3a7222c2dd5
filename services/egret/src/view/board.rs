use std::{cmp::Ordering, fmt::Write as _};

use egret_proto::v1::{Leaderboard, LeaderboardEntry, Prizes};

use super::{Rows, phase::told, score};
use crate::{moment, numbers};

/// A board with its metrics as columns, the ranking one first. Who does not rank has no number.
pub(crate) fn show(board: &Leaderboard) -> String {
    let metrics: Vec<String> = board.metrics.iter().map(|metric| format!(">{}", metric.id)).collect();
    let columns = [">rank", "team"].into_iter().chain(metrics.iter().map(String::as_str));
    let certified = !board.certificates.is_empty();
    let certificate = certified.then_some("certificate");
    let prize = given(board).map(|(prizes, _)| format!(">prize, {}", prizes.unit));
    let tail = prize.as_deref().into_iter().chain([">submissions", "accepted"]);
    let mut rows = Rows::new(columns.chain(certificate).chain(tail));
    for entry in &board.entries {
        let value =
            |id: &str| entry.metrics.iter().find(|metric| metric.id == id).and_then(|metric| metric.value);
        let scores = board.metrics.iter().map(|metric| score(value(&metric.id)));
        let title = if entry.team_title.is_empty() { &entry.team } else { &entry.team_title };
        let head = [rank(entry), format!("{title}{}", apart(entry))].into_iter();
        let tail = [entry.submission_count.to_string(), moment::show(entry.accept_time)];
        let certificate = certified.then(|| entry.certificate.clone());
        let prize = prize.is_some().then(|| amount(entry.prize));
        rows.row(head.chain(scores).chain(certificate).chain(prize).chain(tail));
    }
    rows.or("The board is empty.")
}

/// What a reader has to know of a final's board besides its rows; empty, or lines. `place` is where its intervals stand.
pub(crate) fn footer(board: &Leaderboard, place: &str) -> String {
    let mut lines = String::new();
    if board.entries.iter().any(|entry| entry.rank_low > 0) {
        let meaning = "with 95 % for all teams at once, the rank that a model deserves lies there";
        let _ = writeln!(lines, "{place}: {meaning}.");
    }
    if let Some(prizes) = &board.prizes {
        let _ = writeln!(lines, "Prizes: {}.", told(prizes));
    }
    if let Some((prizes, kept)) = given(board).filter(|(_, kept)| *kept > 0) {
        let kept = numbers::count(kept);
        let _ = writeln!(
            lines,
            "Kept: {kept} {}, which cannot be divided, or for places where nobody stands.",
            prizes.unit
        );
    }
    lines
}

/// The prizes and what is kept of them, once they are given.
pub(crate) fn given(board: &Leaderboard) -> Option<(&Prizes, u64)> {
    let prizes = board.prizes.as_ref().filter(|prizes| !prizes.places.is_empty());
    prizes.zip(board.prize_kept)
}

/// A prize; `-` where there is none.
pub(crate) fn amount(prize: u64) -> String {
    if prize == 0 { "-".to_owned() } else { numbers::count(prize) }
}

/// A rank; of finals with the ranks that its model may deserve, and how far it has moved: `2 (1–4) ▲3`.
fn rank(entry: &LeaderboardEntry) -> String {
    let mut text = if entry.rank == 0 { "–".to_owned() } else { entry.rank.to_string() };
    if entry.rank_low > 0 {
        let _ = write!(text, " ({})", interval(entry));
    }
    if let Some(moved) = moved(entry) {
        let _ = write!(text, " {moved}");
    }
    text
}

/// The ranks that a finalist's model may deserve: `1–4`; empty where there are none.
pub(crate) fn interval(entry: &LeaderboardEntry) -> String {
    if entry.rank_low == 0 { String::new() } else { format!("{}–{}", entry.rank_low, entry.rank_high) }
}

/// How far a finalist has moved: `▲3`, `▼1`; `None` if it has not, or was not ranked before.
pub(crate) fn moved(entry: &LeaderboardEntry) -> Option<String> {
    let (rank, before) = (entry.rank, entry.previous_rank);
    match before.cmp(&rank) {
        _ if rank == 0 || before == 0 => None,
        Ordering::Greater => Some(format!("▲{}", before - rank)),
        Ordering::Less => Some(format!("▼{}", rank - before)),
        Ordering::Equal => None,
    }
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
    fn prizes_are_told_once_they_are_given() {
        let entry = |rank, prize| LeaderboardEntry { rank, prize, ..LeaderboardEntry::default() };
        let prizes = Prizes { rule: "by_order".into(), unit: "CNY".into(), places: vec![90_000, 1_000] };
        let declared =
            Leaderboard { prizes: Some(prizes), entries: vec![entry(1, 0)], ..Leaderboard::default() };
        assert!(!show(&declared).contains("PRIZE"), "{}", show(&declared));
        let told =
            "Prizes: 90,000 and 1,000 CNY; each place has its own rank and prize, whatever the intervals.\n";
        assert_eq!(footer(&declared, ""), told);
        let entries = vec![entry(1, 90_000), entry(0, 0)];
        let given = Leaderboard { prize_kept: Some(1_000), entries, ..declared };
        let text = show(&given);
        assert!(text.starts_with("RANK  TEAM  PRIZE, CNY  SUBMISSIONS  ACCEPTED\n"), "{text}");
        assert!(
            text.contains("   1            90,000            0") && text.contains("   –                 -"),
            "{text}"
        );
        let kept = "Kept: 1,000 CNY, which cannot be divided, or for places where nobody stands.\n";
        assert_eq!(footer(&given, ""), format!("{told}{kept}"));
        let all = Leaderboard { prize_kept: Some(0), ..given };
        assert_eq!(footer(&all, ""), told);
        let compared = LeaderboardEntry { rank_low: 1, rank_high: 2, ..entry(1, 0) };
        let compared = Leaderboard { entries: vec![compared], ..Leaderboard::default() };
        assert!(footer(&compared, "In parentheses").starts_with("In parentheses: with 95 % for all teams"));
        assert_eq!(footer(&Leaderboard::default(), ""), "");
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
