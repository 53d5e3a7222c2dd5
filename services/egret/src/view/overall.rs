use egret_proto::v1::{OverallEntry, OverallLeaderboard};

use super::Rows;
use crate::moment;

/// Decimals of means and sums: enough to tell apart what a board of tasks gives.
const SCORE_DECIMALS: usize = 4;

/// What ranks, by what it is called: one figure, or the medals.
pub(crate) fn figures(entry: &OverallEntry) -> Vec<(&'static str, f64)> {
    match (entry.medals, entry.score) {
        (Some(medals), _) => {
            vec![("gold", medals.gold), ("silver", medals.silver), ("bronze", medals.bronze)]
        }
        (None, Some(score)) => vec![("score", score)],
        (None, None) => Vec::new(),
    }
}

/// The names of [`figures`] on a board.
pub(crate) fn figure_names(board: &OverallLeaderboard) -> &'static [&'static str] {
    let medals = board.rule.as_ref().is_some_and(|rule| rule.rule == "medals");
    if medals { &["gold", "silver", "bronze"] } else { &["score"] }
}

/// A board with what ranks first, then the rank in each task.
pub(crate) fn show(board: &OverallLeaderboard) -> String {
    let right = |name: &str| format!(">{name}");
    let tasks = board.tasks.iter().map(|task| task.rsplit('/').next().unwrap_or_default());
    let columns: Vec<String> = figure_names(board).iter().copied().chain(tasks).map(right).collect();
    let columns = [">rank", "team"].into_iter().chain(columns.iter().map(String::as_str));
    let mut rows = Rows::new(columns.chain(["accepted"]));
    for entry in &board.entries {
        let title = if entry.team_title.is_empty() { &entry.team } else { &entry.team_title };
        let head = [entry.rank.to_string(), title.clone()].into_iter();
        let figures = figures(entry).into_iter().map(|(_, figure)| shown(figure));
        let ranks = entry.task_ranks.iter();
        let ranks = ranks.map(|rank| if *rank > 0 { rank.to_string() } else { "-".to_owned() });
        rows.row(head.chain(figures).chain(ranks).chain([moment::show(entry.accept_time)]));
    }
    rows.or("The board is empty.")
}

/// A figure with as many decimals as it needs, and no more than tell teams apart.
pub(crate) fn shown(figure: f64) -> String {
    let text = format!("{figure:.SCORE_DECIMALS$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{Medals, OverallRule};

    use super::*;

    fn board(rule: &str, entry: OverallEntry) -> OverallLeaderboard {
        OverallLeaderboard {
            rule: Some(OverallRule { rule: rule.into(), weights: vec![] }),
            tasks: vec!["competitions/c/tasks/digits".into(), "competitions/c/tasks/voices".into()],
            entries: vec![entry],
            ..OverallLeaderboard::default()
        }
    }

    #[test]
    fn what_ranks_stands_before_the_ranks_in_tasks() {
        let entry = OverallEntry {
            rank: 2,
            team_title: "海鸥".into(),
            score: Some(5.0 / 3.0),
            task_ranks: vec![12, 0],
            ..OverallEntry::default()
        };
        let text = show(&board("mean_rank", entry.clone()));
        assert!(text.starts_with("RANK  TEAM   SCORE  DIGITS  VOICES  ACCEPTED\n"), "{text}");
        assert!(text.contains("   2  海鸥  1.6667      12       -  -"), "{text}");
        let medals = Medals { gold: 2.0, silver: 0.5, bronze: 10.0 };
        let text = show(&board("medals", OverallEntry { score: None, medals: Some(medals), ..entry }));
        assert!(text.starts_with("RANK  TEAM  GOLD  SILVER  BRONZE  DIGITS  VOICES  ACCEPTED\n"), "{text}");
        assert!(text.contains("   2  海鸥     2     0.5      10      12       -  -"), "{text}");
        let empty = OverallLeaderboard { entries: Vec::new(), ..board("medals", OverallEntry::default()) };
        assert_eq!(show(&empty), "The board is empty.\n");
    }
}
