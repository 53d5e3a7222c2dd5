use super::pair::Gain;
use crate::{
    copies::ranked::Ranked,
    registry::{Direction, MetricInfo},
};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Average precision over lengths of time.
    SegmentAp,
    /// Micro average precision of the pairs of query and reference.
    PairUap,
}

impl Kind {
    /// `None` without a true excerpt.
    pub(super) fn value(self, gains: &[(u64, Gain)], lengths: [i128; 2], pairs: &Ranked<'_>) -> Option<f64> {
        match self {
            Self::SegmentAp => lengths.iter().all(|length| *length > 0).then(|| segment_ap(gains, lengths)),
            Self::PairUap => pairs.uap_grouped(),
        }
    }
}

/// `gains` ascend in the score.
fn segment_ap(gains: &[(u64, Gain)], lengths: [i128; 2]) -> f64 {
    let mut covered = [0_i128; 4];
    let (mut recall, mut area) = (0.0, 0.0);
    for (_, gain) in gains.iter().rev() {
        covered.iter_mut().zip(gain).for_each(|(to, from)| *to += from);
        let [in_query, all_query, in_reference, all_reference] = covered.map(|length| length as f64);
        let next = (in_query / lengths[0] as f64 * (in_reference / lengths[1] as f64)).sqrt();
        if next > recall {
            // Something is shared on both axes, hence covered.
            area += (in_query / all_query * (in_reference / all_reference)).sqrt() * (next - recall);
        }
        recall = next;
    }
    area
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    match id {
        "segment_ap" => Some((Kind::SegmentAp, "segment_ap")),
        "pair_uap.grouped_ties" => Some((Kind::PairUap, "pair_uap.grouped_ties")),
        _ => None,
    }
}

const fn entry(id: &'static str, title: &'static str, formula: &'static str) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference: "facebookresearch/vsc2022",
        ties_and_missing: "Excerpts of one score are accepted together. A query without an answer has no excerpts. Undefined \
                           without a true excerpt.",
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 2] = [
    entry(
        "segment_ap",
        "Segment average precision",
        "Σ over distinct scores of (step in recall)·precision over all pairs of query and reference; recall and precision are \
         geometric means, over the two time axes, of time shared / true time and time shared / time found; of overlapping \
         excerpts of a pair the union counts, and true ones count as shared once something found overlaps them on both axes",
    ),
    entry(
        "pair_uap.grouped_ties",
        "Micro average precision of pairs",
        "Σ over distinct scores of (step in recall)·precision of the pairs of query and reference, each with its highest score",
    ),
];
