use super::{
    Kind, State, Sums,
    ranked::{Ranked, Sorted},
};
use crate::{MetricError, mean::mean, probit::probit};

impl State {
    /// The values, in the order of the parameters; `None` where a metric is undefined. d′ may be infinite.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let items = self.sums.items.divisor()?;
        let of_class = |class: &Ranked| {
            let sorted = class.sorted();
            (sorted.average_precision(), sorted.roc_auc())
        };
        let (precisions, areas): (Vec<_>, Vec<_>) = self.sums.classes.iter().map(of_class).unzip();
        let pooled = self.params.kinds.iter().any(|kind| matches!(kind, Kind::MapMicro | Kind::AucMicro));
        let pairs = pooled.then(|| self.pairs());
        let auc = || mean(areas.iter().copied().flatten());
        let Sums { counts, rows, tops, .. } = &self.sums;
        let labels: u64 = counts.support().iter().sum();
        let cells = items * f64::from(self.params.class_count);
        let value = |kind: &Kind| match kind {
            Kind::MapPresent => mean(precisions.iter().copied().flatten()),
            Kind::MapAll => mean(precisions.iter().map(|class| class.unwrap_or(0.0))),
            Kind::MapWeighted => {
                Some(weighted(counts.support(), precisions.iter().map(|class| class.unwrap_or(0.0))))
            }
            Kind::MapMicro => Some(pairs.as_ref()?.average_precision().unwrap_or(0.0)),
            Kind::AucPresent => auc(),
            Kind::AucMicro => pairs.as_ref()?.roc_auc(),
            Kind::DPrime => auc().map(|area| std::f64::consts::SQRT_2 * probit(area)),
            Kind::Lrap => Some(rows.lrap.to_f64() / items),
            Kind::Lwlrap => (labels > 0).then(|| rows.lrap_of_labels.to_f64() / labels as f64),
            Kind::Coverage => Some(rows.coverage as f64 / items),
            Kind::RankingLoss => Some(rows.ranking_loss.to_f64() / items),
            Kind::F1Micro => Some(counts.f1_micro()),
            Kind::F1Macro => mean(counts.f1()),
            Kind::F1Weighted => Some(weighted(counts.support(), counts.f1())),
            Kind::F1Items => Some(counts.f1_of_items() / items),
            Kind::Hamming => Some(counts.wrong() as f64 / cells),
            Kind::SubsetAccuracy => Some(counts.whole() as f64 / items),
            Kind::JaccardItems => Some(counts.jaccard_of_items() / items),
            Kind::Gap(k) => {
                let (_, top) = tops.iter().find(|(known, _)| known == k)?;
                (labels > 0).then(|| top.sorted().pessimistic_precisions() / labels as f64)
            }
            Kind::HitAtOne => Some(rows.hits as f64 / items),
        };
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// All pairs of item and class in one list.
    fn pairs(&self) -> Sorted {
        let mut pairs = Ranked::default();
        self.sums.classes.iter().for_each(|class| pairs.extend(class));
        pairs.into_sorted()
    }
}

/// The mean weighted by counts; 0 where there are none.
fn weighted(counts: &[u64], values: impl Iterator<Item = f64>) -> f64 {
    let sum: f64 = counts.iter().zip(values).map(|(&count, value)| count as f64 * value).sum();
    let total: u64 = counts.iter().sum();
    if total == 0 { 0.0 } else { sum / total as f64 }
}
