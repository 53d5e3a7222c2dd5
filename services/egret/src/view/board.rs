use std::{cmp::Ordering, fmt::Write as _};

use egret_proto::v1::{Leaderboard, LeaderboardEntry};

use super::{Rows, score};
use crate::moment;

/// A board with its metrics as columns, the ranking one first.
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
        let head = [rank(entry), title.clone()].into_iter();
        let tail = [entry.submission_count.to_string(), moment::show(entry.accept_time)];
        let certificate = certified.then(|| entry.certificate.clone());
        rows.row(head.chain(scores).chain(certificate).chain(tail));
    }
    rows.or("The board is empty.")
}

/// A rank; of finals with the ranks that its model may deserve, and how far it has moved: `2 (1–4) ▲3`.
fn rank(entry: &LeaderboardEntry) -> String {
    let mut text = entry.rank.to_string();
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
            ("3".into(), "3".into(), "0".into())
        );
    }
}
