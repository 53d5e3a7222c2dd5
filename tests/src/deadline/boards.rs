//! Boards, made again from what workers and clients kept, beside those that the server shows.

use std::collections::{HashMap, HashSet};

use super::{
    audit::{Audit, Receipt},
    log::Stage,
    micros,
    plan::Fate,
    report::Finding,
    workers::value,
};

/// A board's row, as it can be told from outside.
#[derive(Debug, PartialEq)]
struct Row {
    team: String,
    value: f64,
    accepted_us: i64,
    released: u32,
}

impl Audit<'_> {
    /// Each board is the one that the verdicts of the log make.
    pub fn boards_are_rebuilt(&self) -> Finding {
        let mut against = Vec::new();
        for (task, board) in self.boards.iter().enumerate() {
            let rebuilt = self.rebuilt(task);
            let shown = board.entries.iter().map(|entry| Row {
                team: entry.team.clone(),
                value: entry.metrics.first().and_then(|metric| metric.value).unwrap_or(f64::NAN),
                accepted_us: micros(entry.accept_time.as_ref()),
                released: entry.submission_count,
            });
            let shown: Vec<Row> = shown.collect();
            let ranks: Vec<u32> = board.entries.iter().map(|entry| entry.rank).collect();
            if shown != rebuilt || ranks != (1..=rebuilt.len() as u32).collect::<Vec<_>>() {
                against.push(format!("{}: shown {shown:?} {ranks:?}, rebuilt {rebuilt:?}", board.name));
            }
            if rebuilt.is_empty() {
                against.push(format!("{} is empty: nothing was rehearsed", board.name));
            }
        }
        let rows: usize = self.boards.iter().map(|board| board.entries.len()).sum();
        Finding::asserted(
            "each board is the one rebuilt from the verdicts",
            format!("{} boards, {rows} rows", self.boards.len()),
            against,
        )
    }

    fn rebuilt(&self, task: usize) -> Vec<Row> {
        let receipts: HashMap<usize, Receipt<'_>> =
            self.receipts().map(|receipt| (receipt.sent.model, receipt)).collect();
        let mut released: HashMap<usize, u32> = HashMap::new();
        let mut ranked: Vec<(u32, &Receipt<'_>, usize)> = Vec::new();
        for verdict in self.log.verdicts.iter().filter(|verdict| verdict.stage == Stage::Hidden) {
            let (entry, fate) = (self.plan.entry_of(verdict.model), self.plan.models[verdict.model].fate);
            if entry.task != task {
                continue;
            }
            *released.entry(entry.team).or_default() += 1;
            if let (Fate::Scores(of), Some(receipt)) = (fate, receipts.get(&verdict.model)) {
                ranked.push((of, receipt, entry.team));
            }
        }
        ranked.sort_by(|a, b| {
            b.0.cmp(&a.0).then((a.1.accepted_us, a.1.name).cmp(&(b.1.accepted_us, b.1.name)))
        });
        let mut seen = HashSet::new();
        ranked.retain(|(_, _, team)| seen.insert(*team));
        let row = |(of, receipt, team): (u32, &Receipt<'_>, usize)| Row {
            team: self.teams[team].clone(),
            value: value(of),
            accepted_us: receipt.accepted_us,
            released: released[&team],
        };
        ranked.into_iter().map(row).collect()
    }
}
