use super::{RANK_MAX, outcomes::Outcomes};
use crate::{
    ids::{count, is_share, share},
    registry::{Direction, MetricInfo},
};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Share of mated searches whose mate has this rank or a better one, 1 to [`RANK_MAX`].
    Rank(u32),
    /// Share of mated searches whose mate is not found.
    Fnir {
        /// The share of other searches that may find somebody, in (0, 1).
        fpir: f64,
        /// The mate must have this rank or a better one, 1 to [`RANK_MAX`].
        rank: u32,
    },
}

impl Kind {
    /// The worst rank that it looks at.
    pub(super) fn rank(self) -> u32 {
        match self {
            Self::Rank(rank) | Self::Fnir { rank, .. } => rank,
        }
    }

    pub(super) fn is_valid(self) -> bool {
        let possible = match self {
            Self::Rank(_) => true,
            Self::Fnir { fpir, .. } => is_share(fpir),
        };
        possible && (1..=RANK_MAX).contains(&self.rank())
    }

    pub(super) fn value(self, outcomes: &Outcomes<'_>) -> Option<f64> {
        match self {
            Self::Rank(rank) => outcomes.found(rank),
            Self::Fnir { fpir, rank } => outcomes.fnir(fpir, rank),
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    if let Some(rank) = id.strip_prefix("rank") {
        return Some((Kind::Rank(count(rank, RANK_MAX)?), "rank{k}"));
    }
    let (fpir, rank) = id.strip_prefix("fnir@fpir")?.rsplit_once(".R")?;
    Some((Kind::Fnir { fpir: share(fpir)?, rank: count(rank, RANK_MAX)? }, "fnir@fpir{x}.R{k}"))
}

const fn entry(
    id: &'static str,
    title: &'static str,
    direction: Direction,
    formula: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference: "NIST IR 8271",
        ties_and_missing: "The mate ranks last among equal scores. A search without an answer finds nobody.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 2] = [
    entry(
        "rank{k}",
        "Rank-k identification rate",
        Direction::HigherIsBetter,
        "searches whose mate has rank k or better / searches of somebody enrolled; rank = 1 + other candidates with the mate's \
         score or a higher one; undefined if nobody searched for is enrolled",
    ),
    entry(
        "fnir@fpir{x}.R{k}",
        "False negative identification rate",
        Direction::LowerIsBetter,
        "share of searches of somebody enrolled whose mate is not both of rank k or better and of a score above t; t is the \
         lowest threshold, −∞ or the best score of a search of nobody enrolled, above which at most the share x of these \
         searches has a candidate; undefined without either kind of search",
    ),
];
