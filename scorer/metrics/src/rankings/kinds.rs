use super::{
    LIST_LEN_MAX,
    ranking::{Ranking, ratio},
};
use crate::registry::{Direction, MetricInfo};

/// What is computed, per query and then as a mean over queries. `k` is 1 to [`LIST_LEN_MAX`] items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Average precision at k, divided by min(relevant, k); all queries.
    MapAt(u32),
    /// Relevant items among the first k / relevant items; all queries.
    RecallAt(u32),
    /// 1 if a relevant item is among the first k; all queries.
    HitAt(u32),
    /// 1 / rank of the first relevant item; all queries.
    Mrr,
    /// 1 if a relevant item is among the first k; queries with a relevant item.
    Cmc(u32),
    /// Relevant items / rank of the last of them; queries with a relevant item.
    Minp,
    /// Average precision, divided by all relevant items; judged queries.
    Map,
    /// Normalised discounted cumulative gain of the whole list; judged queries.
    Ndcg,
    /// The same of the first k; judged queries.
    NdcgCut(u32),
    /// 1 / rank of the first relevant item; judged queries.
    RecipRank,
    /// Relevant items among the first k / k; judged queries.
    Precision(u32),
    /// Relevant items among the first k / relevant items; judged queries.
    Recall(u32),
    /// Precision at as many items as are relevant; judged queries.
    RPrecision,
    /// Binary preference; judged queries.
    Bpref,
    /// 1 if a relevant item is among the first k; judged queries.
    Success(u32),
}

impl Kind {
    /// The cut, in items.
    pub(super) fn k(self) -> Option<u32> {
        match self {
            Self::MapAt(k)
            | Self::RecallAt(k)
            | Self::HitAt(k)
            | Self::Cmc(k)
            | Self::NdcgCut(k)
            | Self::Precision(k)
            | Self::Recall(k)
            | Self::Success(k) => Some(k),
            _ => None,
        }
    }

    /// A query's value, 0 to 1; `None` if the query does not count for this metric.
    pub(super) fn term(self, ranking: &Ranking) -> Option<f64> {
        let (k, relevant) = (self.k().map_or(usize::MAX, |k| k as usize), ranking.relevant());
        let counts = match self {
            Self::MapAt(_) | Self::RecallAt(_) | Self::HitAt(_) | Self::Mrr => true,
            Self::Cmc(_) | Self::Minp => relevant > 0,
            _ => ranking.is_judged(),
        };
        counts.then(|| match self {
            Self::MapAt(_) => ranking.average_precision(k, relevant.min(k)),
            Self::Map => ranking.average_precision(k, relevant),
            Self::RecallAt(_) | Self::Recall(_) => ratio(ranking.hit_count(k), relevant),
            Self::HitAt(_) | Self::Cmc(_) | Self::Success(_) => ratio(ranking.hit_count(k).min(1), 1),
            Self::Mrr | Self::RecipRank => ranking.reciprocal_rank(),
            Self::Minp => ranking.inverse_negative_penalty(),
            Self::Ndcg | Self::NdcgCut(_) => ranking.ndcg(k),
            Self::Precision(_) => ratio(ranking.hit_count(k), k),
            Self::RPrecision => ratio(ranking.hit_count(relevant), relevant),
            Self::Bpref => ranking.bpref(),
        })
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let exact = match id {
        "mrr" => Some((Kind::Mrr, "mrr")),
        "minp" => Some((Kind::Minp, "minp")),
        "map" => Some((Kind::Map, "map")),
        "ndcg" => Some((Kind::Ndcg, "ndcg")),
        "recip_rank" => Some((Kind::RecipRank, "recip_rank")),
        "Rprec" => Some((Kind::RPrecision, "Rprec")),
        "bpref" => Some((Kind::Bpref, "bpref")),
        _ => None,
    };
    exact.or_else(|| parse_family(id))
}

fn parse_family(id: &str) -> Option<(Kind, &'static str)> {
    let (head, tail) = id.rsplit_once(['@', '_'])?;
    let k: u32 = tail.parse().ok()?;
    if !(1..=LIST_LEN_MAX).contains(&k) || tail != k.to_string() {
        return None;
    }
    Some(match (head, id.as_bytes()[head.len()]) {
        ("map", b'@') => (Kind::MapAt(k), "map@{k}"),
        ("recall", b'@') => (Kind::RecallAt(k), "recall@{k}"),
        ("hit", b'@') => (Kind::HitAt(k), "hit@{k}"),
        ("cmc", b'@') => (Kind::Cmc(k), "cmc@{k}"),
        ("ndcg_cut", b'_') => (Kind::NdcgCut(k), "ndcg_cut_{k}"),
        ("P", b'_') => (Kind::Precision(k), "P_{k}"),
        ("recall", b'_') => (Kind::Recall(k), "recall_{k}"),
        ("success", b'_') => (Kind::Success(k), "success_{k}"),
        _ => return None,
    })
}

/// A macro, because parts of a sentence can only be joined at compile time from literals.
macro_rules! rules {
    ($which:literal) => {
        concat!(
            "Ties: the lower gallery index first. An item listed again earns nothing. A query without an answer has an empty \
             list. ",
            $which
        )
    };
}
const ALL: &str = rules!("A query without a relevant item counts 0.");
const MATCHED: &str = rules!("A query without a relevant item is skipped.");
const JUDGED: &str =
    rules!("A query whose judgements are all irrelevant counts 0; one without a judgement is skipped.");

const ML_METRICS: &str = "ml_metrics";
const MARKET: &str = "Market-1501 protocol";
const TREC: &str = "trec_eval 9, but for its order of ties (document names descending)";

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

/// The entries of this suite.
pub static METRICS: [MetricInfo; 15] = [
    entry(
        "map@{k}",
        "Mean average precision at k",
        "mean of (Σ over relevant items among the first k of the precision at their rank) / min(relevant, k)",
        ML_METRICS,
        ALL,
    ),
    entry(
        "recall@{k}",
        "Recall at k",
        "mean of relevant items among the first k / relevant items",
        ML_METRICS,
        ALL,
    ),
    entry(
        "hit@{k}",
        "Hit rate at k",
        "queries with a relevant item among the first k / queries",
        ML_METRICS,
        ALL,
    ),
    entry(
        "mrr",
        "Mean reciprocal rank",
        "mean of 1 / rank of the first relevant item, 0 if none is listed",
        ML_METRICS,
        ALL,
    ),
    entry(
        "cmc@{k}",
        "Cumulative match at k",
        "queries with a relevant item among the first k / queries with a relevant item",
        MARKET,
        MATCHED,
    ),
    entry(
        "minp",
        "Mean inverse negative penalty",
        "mean of relevant items / rank of the last of them, 0 unless all are listed",
        "Ye et al. 2021",
        MATCHED,
    ),
    entry(
        "map",
        "Mean average precision",
        "mean of (Σ over relevant items listed of the precision at their rank) / relevant items",
        "trec_eval 9, Market-1501 protocol",
        JUDGED,
    ),
    entry(
        "ndcg",
        "nDCG",
        "mean of Σ grade / log₂(rank + 1) over the list / the same of the ideal list",
        TREC,
        JUDGED,
    ),
    entry("ndcg_cut_{k}", "nDCG at k", "nDCG with both lists cut at k", TREC, JUDGED),
    entry(
        "recip_rank",
        "Reciprocal rank",
        "mean of 1 / rank of the first relevant item, 0 if none is listed",
        TREC,
        JUDGED,
    ),
    entry("P_{k}", "Precision at k", "mean of relevant items among the first k / k", TREC, JUDGED),
    entry(
        "recall_{k}",
        "Recall at k",
        "mean of relevant items among the first k / relevant items",
        TREC,
        JUDGED,
    ),
    entry(
        "Rprec",
        "R-precision",
        "mean of relevant items among the first R / R, where R items are relevant",
        TREC,
        JUDGED,
    ),
    entry(
        "bpref",
        "Binary preference",
        "mean over relevant items of 1 − min(irrelevant ones before it, R) / min(irrelevant ones, R), 0 if it is not listed",
        TREC,
        JUDGED,
    ),
    entry(
        "success_{k}",
        "Success at k",
        "queries with a relevant item among the first k / judged queries",
        TREC,
        JUDGED,
    ),
];
