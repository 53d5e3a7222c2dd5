//! A leaderboard as everyone may read it: released values only. Its order is total: the ranking value, then the further columns, then
//! the earlier acceptance, then the submission's id. A final's finalists with equal ranking values go, before the rest, by the
//! intervals that the comparison left them.

use std::collections::HashMap;

use crate::{
    BoardName, Certificate, MetricRef, MetricValue, Micros, Prizes, RankInterval, SubmissionId, TeamKind,
    TeamName,
};

/// A whole snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// Its name.
    pub name: BoardName,
    /// Grows with every change; 0 is the empty board.
    pub revision: u64,
    /// When it last changed; `None` for the empty board.
    pub updated_at: Option<Micros>,
    /// Its columns; the first one ranks.
    pub metrics: Vec<MetricRef>,
    /// The task's certificates.
    pub certificates: Vec<Certificate>,
    /// Best first.
    pub entries: Vec<BoardEntry>,
    /// Since when it stands still for the public.
    pub frozen_since: Option<Micros>,
    /// When it became final.
    pub finalized_at: Option<Micros>,
    /// Of finals: what its places are worth.
    pub prizes: Option<Prizes>,
    /// Of the prizes, once they are given: what nobody gets.
    pub prize_kept: Option<u64>,
}

/// A team's best release.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardEntry {
    /// 1 is best; 0: shown, but not ranked. Every ranked entry has its own rank, unless the rule of a final's prizes shares it.
    pub rank: u32,
    /// Whether it competes.
    pub kind: TeamKind,
    /// The jury sees it, the public does not.
    pub disqualified: bool,
    /// What stands there.
    pub submission: SubmissionId,
    /// The team.
    pub team: TeamName,
    /// Its title.
    pub team_title: String,
    /// Released values, in the task's order.
    pub metrics: Vec<MetricValue>,
    /// When the submission was accepted.
    pub accepted_at: Micros,
    /// Submissions of the team in this phase that were released.
    pub submission_count: u32,
    /// The hardest certificate that its ranking value earns.
    pub certificate: Option<String>,
    /// Of finals: the least and the greatest rank that its model may deserve, with 95 % for all teams at once.
    pub rank_interval: Option<RankInterval>,
    /// Of finals: what it gets, in the unit of the prizes.
    pub prize: u64,
    /// Of finals: its team's rank on the public board of the phase that is nominated from.
    pub previous_rank: Option<u32>,
}

impl BoardEntry {
    /// Whether it competes, and is still in.
    pub fn competes(&self) -> bool {
        self.kind == TeamKind::Regular && !self.disqualified
    }
}

impl Board {
    /// Ranks the entries in their order: each its own, who does not compete 0.
    pub fn number(&mut self) {
        let mut rank = 0;
        for entry in &mut self.entries {
            rank += u32::from(entry.competes());
            entry.rank = if entry.competes() { rank } else { 0 };
        }
    }

    /// The last word of a final: ranks, their intervals, and prizes. `intervals` are those that the comparison of the finalists left,
    /// if there was one; without them the order decides. All rows must be there, best first, who was disqualified too.
    ///
    /// An interval counts finalists. Where one does not compete any more, or somebody competes who was not compared, it becomes that of
    /// the places at which those stand now whom it counts: nobody's interval gets wider because somebody left, and neighbours whom
    /// no interval joined stay apart.
    pub fn settle(&mut self, intervals: &[(SubmissionId, RankInterval)]) {
        let found: HashMap<_, _> = intervals.iter().map(|(id, interval)| (id, *interval)).collect();
        for entry in &mut self.entries {
            entry.rank_interval = found.get(&entry.submission).copied();
        }
        let value = |entry: &BoardEntry| entry.metrics.first().and_then(|metric| metric.value);
        for equals in self.entries.chunk_by_mut(|a, b| value(a) == value(b)) {
            let unknown = (u32::MAX, u32::MAX);
            equals.sort_by_key(|e| e.rank_interval.map_or(unknown, |found| (found.first, found.last)));
        }
        self.number();
        let finalists = self.entries.iter().filter(|entry| entry.rank_interval.is_some());
        let places: Vec<u32> = finalists.map(|entry| entry.rank).collect();
        for entry in &mut self.entries {
            let interval = entry.rank_interval.filter(|_| entry.rank > 0);
            entry.rank_interval = interval.map(|interval| interval.at(&places, entry.rank));
        }
        self.award();
    }

    /// Shares ranks and prizes among the ranked. Who was not compared is taken to stand where the order says.
    fn award(&mut self) {
        let Some(prizes) = &self.prizes else { return };
        let ranked = self.entries.iter_mut().filter(|entry| entry.rank > 0);
        let mut ranked: Vec<&mut BoardEntry> = ranked.collect();
        let interval = |entry: &&mut BoardEntry| {
            let alone = RankInterval { first: entry.rank, last: entry.rank };
            entry.rank_interval.unwrap_or(alone)
        };
        let intervals: Vec<RankInterval> = ranked.iter().map(interval).collect();
        let found = prizes.award(&intervals);
        for (entry, award) in ranked.iter_mut().zip(&found.awards) {
            (entry.rank, entry.prize) = (award.rank, award.amount);
        }
        self.prize_kept = Some(found.kept);
    }
}

/// A release that improved a team's ranking value.
#[derive(Clone, Debug, PartialEq)]
pub struct ScorePoint {
    /// The team.
    pub team: TeamName,
    /// When it was released.
    pub at: Micros,
    /// The released value of the ranking metric.
    pub value: f64,
}

#[cfg(test)]
mod tests;
