/// What is computed. AP is the average precision of a ranked list without interpolation; tied scores are one threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Mean AP over the classes that occur.
    MapPresent,
    /// Mean AP over all classes; 0 for a class that does not occur.
    MapAll,
    /// Mean AP over classes weighted by their items.
    MapWeighted,
    /// AP of all pairs of item and class.
    MapMicro,
    /// Mean area under the ROC curve over the classes where it is defined.
    AucPresent,
    /// Area under the ROC curve of all pairs of item and class.
    AucMicro,
    /// √2·Φ⁻¹ of [`Kind::AucPresent`]; infinite where that is 0 or 1.
    DPrime,
    /// Label-ranking average precision.
    Lrap,
    /// The same with items weighted by their labels.
    Lwlrap,
    /// Mean depth of the lowest label.
    Coverage,
    /// Mean share of disordered pairs of a label and another class.
    RankingLoss,
    /// F1 of all pairs of item and class.
    F1Micro,
    /// Mean F1 over all classes.
    F1Macro,
    /// Mean F1 over classes weighted by their items.
    F1Weighted,
    /// Mean F1 over items.
    F1Items,
    /// Share of wrong pairs of item and class.
    Hamming,
    /// Share of items without a wrong class.
    SubsetAccuracy,
    /// Mean Jaccard index over items.
    JaccardItems,
    /// Global average precision of the k highest classes of each item; 1 to [`CLASS_COUNT_MAX`](super::CLASS_COUNT_MAX).
    Gap(u32),
    /// Share of items whose highest class is a label.
    HitAtOne,
}

impl Kind {
    /// Whether it needs every score, class by class.
    pub(crate) fn ranks_classes(self) -> bool {
        use Kind::{AucMicro, AucPresent, DPrime, MapAll, MapMicro, MapPresent, MapWeighted};
        matches!(self, MapPresent | MapAll | MapWeighted | MapMicro | AucPresent | AucMicro | DPrime)
    }

    /// Whether it needs the classes of each item in order.
    pub(super) fn ranks_rows(self) -> bool {
        use Kind::{Coverage, Gap, HitAtOne, Lrap, Lwlrap, RankingLoss};
        matches!(self, Lrap | Lwlrap | Coverage | RankingLoss | Gap(_) | HitAtOne)
    }

    /// Whether the value of many items is the mean of each one's, for lwlrap weighted by its labels.
    pub(crate) fn is_mean_over_items(self) -> bool {
        use Kind::{
            Coverage, F1Items, Hamming, HitAtOne, JaccardItems, Lrap, Lwlrap, RankingLoss, SubsetAccuracy,
        };
        matches!(
            self,
            Lrap | Lwlrap
                | Coverage
                | RankingLoss
                | F1Items
                | Hamming
                | SubsetAccuracy
                | JaccardItems
                | HitAtOne
        )
    }
}
