use super::{DCG_MAX, LIST_LEN_MAX, query::Query};
use crate::{
    ids::count,
    registry::{Direction, MetricInfo},
};

/// What a grade is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// Itself.
    Linear,
    /// 2 to its power, less 1.
    Exponential,
}

impl Gain {
    pub(super) fn of(self, grade: u8) -> f64 {
        match self {
            Self::Linear => f64::from(grade),
            Self::Exponential => ((1_u64 << grade) - 1) as f64,
        }
    }
}

/// What is computed, as a mean over queries. The place counts only among the first so many, 1 to [`LIST_LEN_MAX`], or always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Discounted cumulative gain, linear.
    Dcg(Option<u32>),
    /// The same as a share of the greatest possible.
    Ndcg(Gain, Option<u32>),
}

impl Kind {
    fn cut(self) -> Option<u32> {
        match self {
            Self::Dcg(cut) | Self::Ndcg(_, cut) => cut,
        }
    }

    pub(super) fn is_valid(self) -> bool {
        self.cut().is_none_or(|cut| (1..=LIST_LEN_MAX).contains(&cut))
    }

    /// The greatest value of a query.
    pub(super) fn max(self) -> f64 {
        match self {
            Self::Dcg(_) => DCG_MAX,
            Self::Ndcg(..) => 1.0,
        }
    }

    pub(super) fn value(self, query: &Query) -> f64 {
        let cut = self.cut().unwrap_or(LIST_LEN_MAX) as usize;
        match self {
            Self::Dcg(_) => query.dcg(Gain::Linear, cut),
            Self::Ndcg(gain, _) => {
                let ideal = query.ideal_dcg(gain, cut);
                // Rounding may put a perfect list a little above 1.
                if ideal > 0.0 { (query.dcg(gain, cut) / ideal).min(1.0) } else { 0.0 }
            }
        }
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let (head, cut) = match id.split_once('@') {
        None => (id, None),
        Some((head, cut)) => (head, Some(count(cut, LIST_LEN_MAX)?)),
    };
    Some(match (head, cut) {
        ("ndcg_tieavg", None) => (Kind::Ndcg(Gain::Linear, None), "ndcg_tieavg"),
        ("ndcg_tieavg", _) => (Kind::Ndcg(Gain::Linear, cut), "ndcg_tieavg@{k}"),
        ("ndcg_exp2_tieavg", None) => (Kind::Ndcg(Gain::Exponential, None), "ndcg_exp2_tieavg"),
        ("ndcg_exp2_tieavg", _) => (Kind::Ndcg(Gain::Exponential, cut), "ndcg_exp2_tieavg@{k}"),
        ("dcg_tieavg", None) => (Kind::Dcg(None), "dcg_tieavg"),
        ("dcg_tieavg", _) => (Kind::Dcg(cut), "dcg_tieavg@{k}"),
        _ => return None,
    })
}

const fn entry(id: &'static str, title: &'static str, max: f64, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, max),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference: "scikit-learn 1.9.1",
        ties_and_missing: "Documents of one score each have their mean gain (McSherry and Najork 2008). A query without an answer \
                           counts 0.",
    }
}

const NDCG: &str = "nDCG, ties averaged";
const EXP2: &str = "nDCG with exponential gain, ties averaged";
const DCG: &str = "DCG, ties averaged";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 6] = [
    entry(
        "ndcg_tieavg",
        NDCG,
        1.0,
        "mean over queries of DCG / DCG of the documents in the order of their grades; 0 for a query without a gain",
    ),
    entry("ndcg_tieavg@{k}", NDCG, 1.0, "ndcg_tieavg over the first k places"),
    entry("ndcg_exp2_tieavg", EXP2, 1.0, "ndcg_tieavg with the gain 2^grade − 1"),
    entry("ndcg_exp2_tieavg@{k}", EXP2, 1.0, "ndcg_exp2_tieavg over the first k places"),
    entry("dcg_tieavg", DCG, DCG_MAX, "mean over queries of Σ over places i = 1, 2 … of grade / log₂(i + 1)"),
    entry("dcg_tieavg@{k}", DCG, DCG_MAX, "dcg_tieavg over the first k places"),
];
