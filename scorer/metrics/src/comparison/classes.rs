use super::sample::Item;
use crate::{ClassesKind, MetricError, classes::Counts};

/// The predicted and the true class of each item.
pub(super) struct Confusion {
    kind: ClassesKind,
    class_count: u32,
    /// The place of the group, the label, the prediction.
    items: Vec<(u32, u32, Option<u32>)>,
}

impl Confusion {
    /// # Errors
    /// [`MetricError::Corrupt`] for what is no class.
    pub fn of<'a>(
        kind: ClassesKind,
        class_count: u32,
        items: impl Iterator<Item = (u32, &'a Item)>,
    ) -> Result<Self, MetricError> {
        let class = |number: f64| {
            let class = number as u32;
            let is_class = f64::from(class).total_cmp(&number).is_eq() && class < class_count;
            if is_class { Ok(class) } else { Err(MetricError::Corrupt) }
        };
        let item = |(place, item): (u32, &Item)| {
            let [predicted, label] = item.numbers;
            let predicted = if predicted.total_cmp(&-1.0).is_eq() { None } else { Some(class(predicted)?) };
            Ok((place, class(label)?, predicted))
        };
        Ok(Self { kind, class_count, items: items.map(item).collect::<Result<_, MetricError>>()? })
    }

    pub fn value(&self, weights: &[u8]) -> Option<f64> {
        let mut counts = Counts::new(self.class_count);
        let times = |place: u32| u64::from(weights[place as usize]);
        counts.add_times(self.items.iter().map(|(place, label, class)| (*label, *class, times(*place))));
        counts.value(self.kind)
    }
}
