use serde::{Deserialize, Serialize};

/// What is computed of one class per item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClassesKind {
    /// Right / all.
    Accuracy,
    /// Mean recall of the classes present.
    BalancedAccuracy,
    /// tp / (tp + fp).
    Precision(Average),
    /// tp / (tp + fn).
    Recall(Average),
    /// The weighted harmonic mean of both.
    FBeta(f64, Average),
    /// tp / (tp + fp + fn), macro.
    Jaccard,
    /// Matthews correlation.
    Mcc,
    /// Cohen's kappa.
    Kappa(KappaWeights),
    /// The true class is among the k highest.
    TopK(u32, TieRule),
    /// Mean −ln p, clipped at this epsilon.
    LogLoss(f64),
    /// Multi-class Brier score.
    Brier,
    /// Expected calibration error over 15 bins.
    Ece15,
    /// Area under the ROC curve.
    RocAuc(Against),
}

/// Which areas under the ROC curve are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// Of each class against all others.
    All,
    /// The same, weighted by support.
    AllWeighted,
    /// Of each class against each other.
    Each,
}

/// How per-class values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// From the summed counts.
    Micro,
    /// Plain mean over `0..class_count`, undefined counts 0.
    Macro,
    /// Mean weighted by support.
    Weighted,
    /// Plain mean over the classes where it is defined.
    MacroSkipUndefined,
}

impl Average {
    /// For a title.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Macro => "macro",
            Self::Weighted => "weighted",
            Self::MacroSkipUndefined => "macro over the classes that occur",
        }
    }
}

/// Disagreement weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KappaWeights {
    /// All disagreements alike.
    None,
    /// |i − j|.
    Linear,
    /// (i − j)².
    Quadratic,
}

/// Who wins among equal scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TieRule {
    /// The lower class index, as argmax does.
    LowestIndex,
    /// The higher class index, as scikit-learn does.
    Sklearn,
    /// The true class loses every tie.
    Pessimistic,
    /// The true class wins every tie.
    Optimistic,
}

/// Splits an id into what it computes and the registry id of its family.
pub fn parse(id: &str) -> Option<(ClassesKind, &'static str)> {
    let exact = match id {
        "accuracy" => Some((ClassesKind::Accuracy, "accuracy")),
        "balanced_accuracy" => Some((ClassesKind::BalancedAccuracy, "balanced_accuracy")),
        "jaccard.macro" => Some((ClassesKind::Jaccard, "jaccard.macro")),
        "mcc" => Some((ClassesKind::Mcc, "mcc")),
        "kappa" => Some((ClassesKind::Kappa(KappaWeights::None), "kappa")),
        "kappa.linear" => Some((ClassesKind::Kappa(KappaWeights::Linear), "kappa.linear")),
        "qwk" => Some((ClassesKind::Kappa(KappaWeights::Quadratic), "qwk")),
        "log_loss" => Some((ClassesKind::LogLoss(f64::EPSILON), "log_loss")),
        "log_loss.eps1e-15" => Some((ClassesKind::LogLoss(1e-15), "log_loss.eps1e-15")),
        "brier.multiclass" => Some((ClassesKind::Brier, "brier.multiclass")),
        "ece15" => Some((ClassesKind::Ece15, "ece15")),
        "roc_auc.ovr.macro" => Some((ClassesKind::RocAuc(Against::All), "roc_auc.{against}")),
        "roc_auc.ovr.weighted" => Some((ClassesKind::RocAuc(Against::AllWeighted), "roc_auc.{against}")),
        "roc_auc.ovo.macro" => Some((ClassesKind::RocAuc(Against::Each), "roc_auc.{against}")),
        "f1.macro_skip_undefined" => {
            Some((ClassesKind::FBeta(1.0, Average::MacroSkipUndefined), "f{beta}.{average}"))
        }
        _ => None,
    };
    exact.or_else(|| parse_family(id))
}

fn parse_family(id: &str) -> Option<(ClassesKind, &'static str)> {
    let (head, tail) = id.rsplit_once('.')?;
    if let Some(k) = head.strip_prefix("top") {
        return Some((ClassesKind::TopK(parse_k(k)?, parse_tie_rule(tail)?), "top{k}.{tie_rule}"));
    }
    let average = match tail {
        "micro" => Average::Micro,
        "macro" => Average::Macro,
        "weighted" => Average::Weighted,
        _ => return None,
    };
    match head {
        "precision" => Some((ClassesKind::Precision(average), "precision.{average}")),
        "recall" => Some((ClassesKind::Recall(average), "recall.{average}")),
        _ => Some((ClassesKind::FBeta(parse_beta(head.strip_prefix('f')?)?, average), "f{beta}.{average}")),
    }
}

fn parse_k(text: &str) -> Option<u32> {
    let k: u32 = text.parse().ok()?;
    ((1..=crate::CLASS_COUNT_MAX).contains(&k) && text == k.to_string()).then_some(k)
}

fn parse_beta(text: &str) -> Option<f64> {
    let beta: f64 = text.parse().ok()?;
    ((0.1..=10.0).contains(&beta) && text == beta.to_string()).then_some(beta)
}

fn parse_tie_rule(text: &str) -> Option<TieRule> {
    Some(match text {
        "lowest_index" => TieRule::LowestIndex,
        "sklearn" => TieRule::Sklearn,
        "pessimistic" => TieRule::Pessimistic,
        "optimistic" => TieRule::Optimistic,
        _ => return None,
    })
}
