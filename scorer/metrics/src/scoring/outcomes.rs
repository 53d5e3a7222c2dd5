//! Two numbers of each item, from which the ranking metric can be reckoned again over any choice of items: what paired
//! comparisons and the bootstrap between models need, and which group the item is of. 24 bytes an item; never shown to a team.

use serde::{Deserialize, Serialize};

use super::{MULTILABEL_THRESHOLD, Scoring, Shape, Shard};
use crate::{
    ClassesKind, ClassesParams, ClassesPredictions, ClassesState, Kind, Metric, MetricError, binary, bytes,
    classes,
    exact::{ExactSum, ratio},
    items::check_length,
    multilabel, pairs, rankings, text, values,
};

/// Items whose outcomes are kept, of one unit of work: 65 MB of them, which sealed are less than 64 MiB.
pub const OUTCOME_COUNT_MAX: usize = 2_700_000;
const VERSION: u8 = 2;

/// What the two numbers of an item are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutcomeForm {
    /// A numerator and a denominator: the metric is the sum of the one over the sum of the other.
    Ratio,
    /// The class that was predicted, −1 for none, and the true class.
    Classes,
    /// A score and 1 for a positive, 0 for a negative; without an answer, the score is the infinity that is wrong.
    Scores,
    /// The value that was predicted and the true one.
    Values,
}

/// As outcomes are written.
type Written = (OutcomeForm, bool, Vec<f64>, Vec<f64>, Vec<[u8; 8]>);

/// The outcomes of some items, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    scoring: Scoring,
    form: OutcomeForm,
    items: Vec<[f64; 2]>,
    /// The key of each item's group: what has one key is drawn together.
    groups: Vec<u64>,
    /// Whether there were more items than are kept.
    is_full: bool,
}

impl Metric {
    /// What the outcomes of single items are; `None` for a metric that is no function of two numbers of each item.
    #[must_use]
    pub fn outcome_form(&self) -> Option<OutcomeForm> {
        match self.kind() {
            Kind::Classes(ClassesKind::TopK(..) | ClassesKind::LogLoss(_) | ClassesKind::Brier) => {
                Some(OutcomeForm::Ratio)
            }
            Kind::Classes(
                ClassesKind::Accuracy
                | ClassesKind::BalancedAccuracy
                | ClassesKind::Precision(_)
                | ClassesKind::Recall(_)
                | ClassesKind::FBeta(..)
                | ClassesKind::Jaccard
                | ClassesKind::Mcc
                | ClassesKind::Kappa(_),
            ) => Some(OutcomeForm::Classes),
            Kind::Multilabel(kind) if kind.is_mean_over_items() => Some(OutcomeForm::Ratio),
            Kind::Text(_) | Kind::Rankings(_) => Some(OutcomeForm::Ratio),
            Kind::Binary(_) | Kind::Pairs(_) => Some(OutcomeForm::Scores),
            Kind::Values(_) => Some(OutcomeForm::Values),
            _ => None,
        }
    }
}

impl Outcomes {
    /// None yet, of the first metric; `None` if it has no outcomes of single items.
    #[must_use]
    pub fn new(scoring: &Scoring) -> Option<Self> {
        let first = scoring.metrics.first()?;
        let form = first.outcome_form()?;
        // Several numbers of an item are more than two.
        if matches!(form, OutcomeForm::Values) && scoring.shape != Shape::Values(1) {
            return None;
        }
        let scoring = Scoring { shape: scoring.shape, metrics: vec![first.clone()] };
        Some(Self { scoring, form, items: Vec::new(), groups: Vec::new(), is_full: false })
    }

    /// Adds those of a shard that the state of the same scoring took, with the key of each item's group. Beyond
    /// [`OUTCOME_COUNT_MAX`] none are kept at all.
    ///
    /// # Errors
    /// As the state's update; [`MetricError::LengthMismatch`] for another number of groups than of items;
    /// [`MetricError::Incompatible`] for a shard of other answers.
    pub fn add(&mut self, shard: Shard<'_>, groups: &[u64]) -> Result<(), MetricError> {
        if self.is_full {
            return Ok(());
        }
        let items = self.of(shard)?;
        check_length(items.len(), groups.len())?;
        self.is_full = self.items.len() + items.len() > OUTCOME_COUNT_MAX;
        if self.is_full {
            (self.items, self.groups) = (Vec::new(), Vec::new());
        } else {
            self.items.extend(items);
            self.groups.extend(groups);
        }
        Ok(())
    }

    /// What is scored, by the one metric that these are the outcomes of.
    pub(crate) fn scoring(&self) -> &Scoring {
        &self.scoring
    }

    fn metric(&self) -> &Metric {
        &self.scoring.metrics[0]
    }

    fn of(&self, shard: Shard<'_>) -> Result<Vec<[f64; 2]>, MetricError> {
        match (self.scoring.shape, self.metric().kind(), shard) {
            (Shape::Classes { class_count, .. }, Kind::Binary(_), Shard::Classes(predictions, labels)) => {
                let scores = classes::rows(predictions, class_count as usize, labels.len())?;
                let scores = scores.into_iter().map(|row| row.map(|row| f64::from(row[1])));
                Ok(scores.zip(labels).map(|(score, label)| scored(score, *label == 1)).collect())
            }
            (Shape::Classes { class_count, .. }, Kind::Classes(_), Shard::Classes(predictions, labels)) => {
                self.classes(class_count as usize, predictions, labels)
            }
            (_, Kind::Binary(_) | Kind::Pairs(_), Shard::Pairs(scores, targets)) => {
                Ok(scores.iter().zip(targets).map(|(score, target)| scored(*score, *target)).collect())
            }
            (_, Kind::Values(_), Shard::Values(predicted, answered, labels)) => {
                let pairs = predicted.iter().zip(labels).zip(answered);
                Ok(pairs.map(|((p, y), answered)| [if *answered { *p } else { f64::NAN }, *y]).collect())
            }
            (_, Kind::Multilabel(kind), Shard::Multilabel(scores, answered, labels)) => {
                let Shape::Multilabel(class_count) = self.scoring.shape else {
                    return Err(MetricError::Incompatible);
                };
                let rows = scores.chunks_exact(class_count as usize);
                let items = rows.zip(answered).zip(labels).map(|((row, answered), labels)| {
                    let (threshold, kinds) = (MULTILABEL_THRESHOLD, vec![kind]);
                    let params = multilabel::Params { class_count, threshold, kinds };
                    let mut state = multilabel::State::new(params)?;
                    let row = multilabel::Scores::F32(row);
                    state.update(row, &[*answered], std::slice::from_ref(labels))?;
                    // The mean over labels of lwlrap is one over items weighted by their labels.
                    let weight = if kind == multilabel::Kind::Lwlrap { labels.len() as f64 } else { 1.0 };
                    Ok(weighted(state.values()?[0], weight))
                });
                items.collect()
            }
            (_, Kind::Text(kind), Shard::Text(texts, labels)) => {
                let items = texts.iter().zip(labels).map(|(text, label)| {
                    let mut state = text::State::new(text::Params { kinds: vec![kind] })?;
                    state.update(std::slice::from_ref(text), std::slice::from_ref(label))?;
                    Ok(state.fraction())
                });
                items.collect()
            }
            (Shape::Rankings(list_len_max), Kind::Rankings(kind), Shard::Rankings(lists, queries)) => {
                let items = lists.iter().zip(queries).map(|(list, query)| {
                    let params = rankings::Params { list_len_max, kinds: vec![kind] };
                    let mut state = rankings::State::new(params)?;
                    state.update(std::slice::from_ref(list), std::slice::from_ref(query))?;
                    Ok(weighted(state.values()?[0], 1.0))
                });
                items.collect()
            }
            _ => Err(MetricError::Incompatible),
        }
    }

    fn classes(
        &self,
        class_count: usize,
        predictions: ClassesPredictions<'_>,
        labels: &[u32],
    ) -> Result<Vec<[f64; 2]>, MetricError> {
        if self.form == OutcomeForm::Ratio {
            let rows = classes::rows(predictions, class_count, labels.len())?;
            let cost = |(row, label): (Option<&[f32]>, &u32)| classes::term(self.metric(), row, *label);
            return Ok(rows.into_iter().zip(labels).map(|pair| weighted(cost(pair), 1.0)).collect());
        }
        let predicted: Vec<Option<u32>> = match predictions {
            ClassesPredictions::Indices(indices) => indices.to_vec(),
            scores => {
                let rows = classes::rows(scores, class_count, labels.len())?;
                rows.into_iter().map(|row| row.map(classes::argmax)).collect()
            }
        };
        let pairs = predicted.into_iter().zip(labels);
        Ok(pairs.map(|(class, label)| [class.map_or(-1.0, f64::from), f64::from(*label)]).collect())
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> OutcomeForm {
        self.form
    }

    /// Two numbers of each item, in the items' order; `None` if there were more than are kept.
    #[must_use]
    pub fn items(&self) -> Option<&[[f64; 2]]> {
        (!self.is_full).then_some(&self.items[..])
    }

    /// The key of each item's group, in the items' order; `None` if there were more than are kept.
    #[must_use]
    pub fn groups(&self) -> Option<&[u64]> {
        (!self.is_full).then_some(&self.groups[..])
    }

    /// The metric over these items: what its state says of them, but for the last bits of a [`OutcomeForm::Ratio`].
    ///
    /// # Errors
    /// [`MetricError::Empty`] for no items, or more than are kept.
    pub fn value(&self) -> Result<Option<f64>, MetricError> {
        let items = self.items().filter(|items| !items.is_empty()).ok_or(MetricError::Empty)?;
        let values = match (self.form, self.metric().kind()) {
            (OutcomeForm::Ratio, _) => {
                let sum = |of: usize| {
                    let mut sum = ExactSum::default();
                    for item in items {
                        sum.add(item[of]);
                    }
                    sum.to_integer()
                };
                let (above, below) = (sum(0), sum(1));
                return Ok((below.bits() > 0).then(|| ratio(&above, &below)));
            }
            (OutcomeForm::Classes, _) => {
                let Shape::Classes { class_count, .. } = self.scoring.shape else {
                    return Err(MetricError::Incompatible);
                };
                let params = ClassesParams { class_count, metrics: self.scoring.metrics.clone() };
                let mut state = ClassesState::new(params)?;
                let predicted: Vec<_> =
                    items.iter().map(|[class, _]| (*class >= 0.0).then_some(*class as u32)).collect();
                let labels: Vec<u32> = items.iter().map(|[_, label]| *label as u32).collect();
                state.update(ClassesPredictions::Indices(&predicted), &labels)?;
                state.values()?
            }
            (OutcomeForm::Scores, kind) => {
                // The infinity that is wrong stands for no answer.
                let score = |[score, label]: &[f64; 2]| {
                    let wrong = scored(None, is_positive(*label))[0];
                    score.total_cmp(&wrong).is_ne().then_some(*score)
                };
                let scores: Vec<_> = items.iter().map(score).collect();
                let labels: Vec<bool> = items.iter().map(|[_, label]| is_positive(*label)).collect();
                match kind {
                    Kind::Binary(kind) => {
                        let mut state = binary::State::new(binary::Params { kinds: vec![kind] })?;
                        state.update(&scores, &labels)?;
                        state.values()?
                    }
                    Kind::Pairs(kind) => {
                        let mut state = pairs::State::new(pairs::Params { kinds: vec![kind] })?;
                        state.update(&scores, &labels)?;
                        state.values()?
                    }
                    _ => return Err(MetricError::Incompatible),
                }
            }
            (OutcomeForm::Values, Kind::Values(kind)) => {
                let mut state = values::State::new(values::Params { value_count: 1, kinds: vec![kind] })?;
                let (predicted, labels): (Vec<f64>, Vec<f64>) = items.iter().map(|[p, y]| (*p, *y)).unzip();
                let answered: Vec<bool> = predicted.iter().map(|value| !value.is_nan()).collect();
                state.update(&predicted, &answered, &labels)?;
                state.values()?
            }
            _ => return Err(MetricError::Incompatible),
        };
        Ok(values[0])
    }

    /// A versioned serialisation: the numbers column by column. The scoring is not part of it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let column = |of: usize| self.items.iter().map(|item| item[of]).collect::<Vec<f64>>();
        // Keys are as good as random: as bytes each takes eight, as numbers up to ten.
        let groups: Vec<[u8; 8]> = self.groups.iter().map(|key| key.to_le_bytes()).collect();
        bytes::pack(VERSION, &(self.form, self.is_full, column(0), column(1), groups))
    }

    /// Reads outcomes back, given their scoring. A total parser: any bytes give outcomes or an error.
    ///
    /// # Errors
    /// [`MetricError::Corrupt`] for bytes that are no outcomes of this scoring.
    pub fn from_bytes(scoring: &Scoring, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(scoring).ok_or(MetricError::Corrupt)?;
        let (form, is_full, first, second, groups): Written = bytes::unpack(VERSION, bytes)?;
        let fits = first.len() == second.len()
            && first.len() == groups.len()
            && first.len() <= OUTCOME_COUNT_MAX
            && form == empty.form
            && (!is_full || first.is_empty());
        if !fits {
            return Err(MetricError::Corrupt);
        }
        let items = first.into_iter().zip(second).map(|(a, b)| [a, b]).collect();
        let groups = groups.into_iter().map(u64::from_le_bytes).collect();
        Ok(Self { items, groups, is_full, ..empty })
    }
}

/// The label is 0 or 1.
fn is_positive(label: f64) -> bool {
    label > 0.5
}

fn scored(score: Option<f64>, positive: bool) -> [f64; 2] {
    let wrong = if positive { f64::NEG_INFINITY } else { f64::INFINITY };
    [score.unwrap_or(wrong), f64::from(u8::from(positive))]
}

/// What is undefined of an item does not count.
fn weighted(value: Option<f64>, weight: f64) -> [f64; 2] {
    value.map_or([0.0, 0.0], |value| [value * weight, weight])
}
