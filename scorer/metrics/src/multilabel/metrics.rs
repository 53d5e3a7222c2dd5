use super::{CLASS_COUNT_MAX, Kind};
use crate::{Direction, MetricInfo};

const SKLEARN: &str = "scikit-learn 1.9.1";
const CELLS: &str = "A class is predicted if its score is at least the task's threshold. For an item without an answer every \
                     class is wrong.";
const LISTS: &str = "Equal scores are one threshold. For an item without an answer its labels stand below every score, its \
                     other classes above.";
const ROWS: &str =
    "Equal scores share the worst place. An item without an answer has the worst value there is.";

const fn share(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
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
        reference: SKLEARN,
        ties_and_missing,
    }
}

const fn loss(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    ties_and_missing: &'static str,
) -> MetricInfo {
    MetricInfo { direction: Direction::LowerIsBetter, ..share(id, title, formula, ties_and_missing) }
}

/// The metrics of class sets.
pub static METRICS: [MetricInfo; 20] = [
    share(
        "map.macro_present",
        "Mean average precision",
        "mean over the classes that occur of AP = Σ (R_i − R_{i−1})·P_i, without interpolation",
        LISTS,
    ),
    share(
        "map.macro_sklearn",
        "Mean average precision, absent classes 0",
        "mean over all classes of AP = Σ (R_i − R_{i−1})·P_i; 0 for a class that no item has",
        LISTS,
    ),
    share(
        "map.weighted",
        "Average precision weighted by support",
        "mean of the classes' AP weighted by their items; 0 if no item has a class",
        LISTS,
    ),
    share(
        "map.micro",
        "Average precision of all pairs",
        "AP of all pairs of item and class in one list; 0 if no item has a class",
        LISTS,
    ),
    share(
        "roc_auc.macro_present",
        "ROC AUC",
        "mean of the area under the ROC curve over the classes that some items have and others have not",
        LISTS,
    ),
    share(
        "roc_auc.micro",
        "ROC AUC of all pairs",
        "area under the ROC curve of all pairs of item and class",
        LISTS,
    ),
    MetricInfo {
        range: (f64::NEG_INFINITY, f64::INFINITY),
        reference: "Hershey et al. 2017 (AudioSet); SciPy norm.ppf",
        ..share(
            "d_prime.mean_auc",
            "d′",
            "√2·Φ⁻¹(roc_auc.macro_present); infinite where that is 0 or 1",
            LISTS,
        )
    },
    share(
        "lrap",
        "Label-ranking average precision",
        "mean over items of the mean over labels of labels / classes with at least the label's score; 1 for an item with no \
         label or every label",
        ROWS,
    ),
    share(
        "lwlrap",
        "Label-weighted label-ranking precision",
        "lrap with each item weighted by its labels",
        ROWS,
    ),
    MetricInfo {
        range: (0.0, CLASS_COUNT_MAX as f64),
        ..loss(
            "coverage_error",
            "Coverage error",
            "mean over items of the classes with at least the score of the lowest label; 0 for an item without a label",
            ROWS,
        )
    },
    loss(
        "ranking_loss",
        "Ranking loss",
        "mean over items of the share of pairs of a label and another class in which the label's score is not higher; 0 \
         without such a pair",
        ROWS,
    ),
    share(
        "f1.micro",
        "F1, micro",
        "2·tp / (2·tp + fp + fn) of all pairs of item and class; 0 where undefined",
        CELLS,
    ),
    share(
        "f1.macro",
        "F1, macro",
        "mean over all classes of 2·tp / (2·tp + fp + fn), 0 where undefined",
        CELLS,
    ),
    share(
        "f1.weighted",
        "F1, weighted",
        "mean of the classes' F1 weighted by their items; 0 where undefined",
        CELLS,
    ),
    share(
        "f1.samples",
        "F1 per item",
        "mean over items of 2·tp / (2·tp + fp + fn), 0 for an item with neither labels nor predictions",
        CELLS,
    ),
    loss("hamming_loss", "Hamming loss", "wrong pairs of item and class / pairs", CELLS),
    share("subset_accuracy", "Subset accuracy", "items of which every class is right / items", CELLS),
    share(
        "jaccard.samples",
        "Jaccard index per item",
        "mean over items of tp / (tp + fp + fn), 0 for an item with neither labels nor predictions",
        CELLS,
    ),
    MetricInfo {
        reference: "YouTube-8M",
        ..share(
            "gap@{k}",
            "Global average precision",
            "the k highest classes of every item in one list: Σ over its labels of the precision at their place / labels of \
             all items",
            "Among equal scores wrong classes come first. For an item without an answer its labels stand below every score, \
             its other classes above.",
        )
    },
    MetricInfo {
        reference: "YouTube-8M",
        ..share(
            "hit@1",
            "Hit@1",
            "items whose highest class is a label / items",
            "The lowest class index wins a tie of scores. An item without an answer is no hit.",
        )
    },
];

/// What an id computes and the id of its registry entry; `None` if no metric of class sets has that id.
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    if let Some(k) = id.strip_prefix("gap@") {
        return Some((Kind::Gap(parse_k(k)?), "gap@{k}"));
    }
    let info = METRICS.iter().find(|info| info.id == id)?;
    let kind = match id {
        "map.macro_present" => Kind::MapPresent,
        "map.macro_sklearn" => Kind::MapAll,
        "map.weighted" => Kind::MapWeighted,
        "map.micro" => Kind::MapMicro,
        "roc_auc.macro_present" => Kind::AucPresent,
        "roc_auc.micro" => Kind::AucMicro,
        "d_prime.mean_auc" => Kind::DPrime,
        "lrap" => Kind::Lrap,
        "lwlrap" => Kind::Lwlrap,
        "coverage_error" => Kind::Coverage,
        "ranking_loss" => Kind::RankingLoss,
        "f1.micro" => Kind::F1Micro,
        "f1.macro" => Kind::F1Macro,
        "f1.weighted" => Kind::F1Weighted,
        "f1.samples" => Kind::F1Items,
        "hamming_loss" => Kind::Hamming,
        "subset_accuracy" => Kind::SubsetAccuracy,
        "jaccard.samples" => Kind::JaccardItems,
        "hit@1" => Kind::HitAtOne,
        _ => return None,
    };
    Some((kind, info.id))
}

fn parse_k(text: &str) -> Option<u32> {
    let k: u32 = text.parse().ok()?;
    ((1..=CLASS_COUNT_MAX).contains(&k) && text == k.to_string()).then_some(k)
}
