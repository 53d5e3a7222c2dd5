use super::{RANK_MAX, ranked::Ranked};
use crate::{
    ids::count,
    registry::{Direction, MetricInfo},
};

/// What is computed of all pairs of a query and a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Micro average precision, wrong pairs first among equal scores.
    Uap,
    /// The same with all pairs of one score taken together.
    UapGrouped,
    /// The greatest recall with this precision, 1 to 99 hundredths.
    RecallAtPrecision(u32),
    /// Share of true pairs that stand among the first so many of their query, 1 to [`RANK_MAX`].
    RecallAtRank(u32),
}

impl Kind {
    pub(super) fn is_valid(self) -> bool {
        match self {
            Self::Uap | Self::UapGrouped => true,
            Self::RecallAtPrecision(hundredths) => (1..=99).contains(&hundredths),
            Self::RecallAtRank(rank) => (1..=RANK_MAX).contains(&rank),
        }
    }

    /// `within`: true pairs found within its rank, if it has one. `None` without a true pair.
    pub(super) fn value(self, ranked: &Ranked<'_>, within: u64) -> Option<f64> {
        match self {
            Self::Uap => ranked.uap(),
            Self::UapGrouped => ranked.uap_grouped(),
            Self::RecallAtPrecision(hundredths) => ranked.recall_at_precision(f64::from(hundredths) / 100.0),
            Self::RecallAtRank(_) => ranked.over_true(within as f64),
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    match id {
        "uap" => return Some((Kind::Uap, "uap")),
        "uap.grouped_ties" => return Some((Kind::UapGrouped, "uap.grouped_ties")),
        _ => {}
    }
    let tail = id.strip_prefix("recall@")?;
    if let Some(rank) = tail.strip_prefix("rank") {
        return Some((Kind::RecallAtRank(count(rank, RANK_MAX)?), "recall@rank{k}"));
    }
    Some((Kind::RecallAtPrecision(count(tail.strip_prefix('p')?, 99)?), "recall@p{percent}"))
}

const fn entry(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
    ties_and_missing: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing,
    }
}

const ISC: &str = "facebookresearch/isc2021";
const WRONG_FIRST: &str = "Wrong pairs come first among equal scores. A query without an answer has an empty list. Undefined \
                           without a true pair.";
const TOGETHER: &str = "Pairs of one score are accepted together. A query without an answer has an empty list. Undefined \
                        without a true pair.";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 4] = [
    entry(
        "uap",
        "Micro average precision",
        "(Σ over right pairs, in descending order of score over all queries, of right so far / pairs so far) / true pairs",
        ISC,
        WRONG_FIRST,
    ),
    entry(
        "uap.grouped_ties",
        "Micro average precision, ties together",
        "Σ over distinct scores of (step in recall)·precision, over all queries, without interpolation",
        "facebookresearch/vsc2022",
        TOGETHER,
    ),
    entry(
        "recall@p{percent}",
        "Recall at a precision",
        "largest recall of a threshold whose precision is so many percent or more, 0 if none is",
        ISC,
        TOGETHER,
    ),
    entry(
        "recall@rank{k}",
        "Recall at a rank",
        "true pairs of rank k or better / true pairs; rank = pairs of the query with the same score or a higher one",
        ISC,
        "Equal scores share the worst rank. A query without an answer has an empty list. Undefined without a true pair.",
    ),
];
