//! Captions: sentences about an item against any number of references, words already split by spaces.
//!
//! CIDEr-D weighs words by all references of a task, so the state keeps the texts; it is as large as they are.

mod kinds;
mod overlap;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    error::check_count,
    fixed::FixedSum,
    items::{ItemCount, check_kind_count, check_length},
};
use overlap::{N_MAX, Run, Words, of_run};

pub use kinds::{Kind, METRICS, parse};

/// Most bytes of one text. Comparing two takes time in the product of their words.
pub const TEXT_BYTES_MAX: usize = 10_000;
/// Most references of an item.
pub const REFERENCE_COUNT_MAX: usize = 100;
/// Most bytes of all texts of a task: 4 GiB.
pub const TEXTS_BYTES_MAX: u64 = 1 << 32;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    params: Params,
    /// Each the caption and its references, in any order.
    items: Vec<(String, Vec<String>)>,
    /// Of all texts.
    byte_count: u64,
}

/// Runs of one length over all items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Precision {
    right: u64,
    found: u64,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a number of metrics other than 1 to 32, or a BLEU of more than 4 words.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let strange = |kind: &&Kind| matches!(kind, Kind::Bleu(n) if !(1..=N_MAX).contains(n));
        if let Some(kind) = params.kinds.iter().find(strange) {
            return Err(MetricError::Invalid(format!("{kind:?}: allowed are 1 to {N_MAX} words")));
        }
        Ok(Self { params, items: Vec::new(), byte_count: 0 })
    }

    /// Adds a shard: per item a caption, or `None`, which is an empty one, and 1 to [`REFERENCE_COUNT_MAX`] references. On an
    /// error the state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ, texts longer than [`TEXT_BYTES_MAX`], other numbers of references, more items or bytes than a
    /// state holds.
    pub fn update(
        &mut self,
        captions: &[Option<String>],
        references: &[Vec<String>],
    ) -> Result<(), MetricError> {
        check_length(references.len(), captions.len())?;
        for (item, (caption, references)) in captions.iter().zip(references).enumerate() {
            if caption.as_ref().is_some_and(|caption| caption.len() > TEXT_BYTES_MAX) {
                let what = format!("the caption is longer than {TEXT_BYTES_MAX} bytes");
                return Err(MetricError::AnswerOutOfDomain { item, what });
            }
            if !are_references(references) {
                let what =
                    format!("not 1 to {REFERENCE_COUNT_MAX} references of at most {TEXT_BYTES_MAX} bytes");
                return Err(MetricError::OutOfDomain { item, what });
            }
        }
        let items = captions.iter().zip(references);
        let items =
            items.map(|(caption, references)| (caption.clone().unwrap_or_default(), references.clone()));
        self.add(&items.collect::<Vec<_>>())
    }

    fn add(&mut self, more: &[(String, Vec<String>)]) -> Result<(), MetricError> {
        ItemCount::default().plus((self.items.len() + more.len()) as u64)?;
        let byte_count = self.byte_count + text_bytes(more);
        check_count("bytes of text", byte_count, TEXTS_BYTES_MAX)?;
        self.byte_count = byte_count;
        self.items.extend_from_slice(more);
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more items or bytes than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.add(&other.items)
    }

    /// Items added so far, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.items.len() as u64
    }

    /// The values, in the order of the kinds; none is undefined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.items.is_empty() {
            return Err(MetricError::Empty);
        }
        let texts = self.items.iter().flat_map(|(caption, references)| references.iter().chain([caption]));
        let words = Words::new(texts.map(String::as_str));
        let value = |kind: &Kind| match kind {
            Kind::CiderD => self.cider_d(&words),
            Kind::RougeL => self.mean(overlap::rouge_l),
            Kind::Bleu(n) => self.bleu(&words, *n),
        };
        Ok(self.params.kinds.iter().map(|kind| Some(value(kind))).collect())
    }

    fn mean(&self, of: impl Fn(&str, &[String]) -> f64) -> f64 {
        let mut sum = FixedSum::default();
        self.items.iter().for_each(|(caption, references)| sum.add(of(caption, references)));
        sum.to_f64() / self.items.len() as f64
    }

    fn cider_d(&self, words: &Words<'_>) -> f64 {
        let mut held: HashMap<Run, u32> = HashMap::new();
        for (_, references) in &self.items {
            let runs = references.iter().flat_map(|reference| words.runs(reference));
            let mut runs: Vec<Run> = runs.map(|(run, _)| run).collect();
            runs.sort_unstable();
            runs.dedup();
            for run in runs {
                *held.entry(run).or_default() += 1;
            }
        }
        let items = libm::log(self.items.len() as f64);
        let idf = |run: Run| items - libm::log(f64::from(held.get(&run).copied().unwrap_or(1)));
        self.mean(|caption, references| overlap::cider_d(words, caption, references, idf))
    }

    /// BLEU over all items as the COCO captioning code has it: the closest reference length, the shorter of two.
    fn bleu(&self, words: &Words<'_>, n: usize) -> f64 {
        let mut precisions = [Precision::default(); N_MAX];
        let (mut length, mut reference_length) = (0_u64, 0_u64);
        for (caption, references) in &self.items {
            let count = |text: &str| text.split_whitespace().count() as u64;
            let own = count(caption);
            length += own;
            let closest =
                references.iter().map(|text| count(text)).min_by_key(|other| (own.abs_diff(*other), *other));
            reference_length += closest.unwrap_or(0);
            let others: Vec<_> = references.iter().map(|text| words.runs(text)).collect();
            for (run, count) in words.runs(caption) {
                let most = others.iter().filter_map(|other| of_run(other, run)).max().unwrap_or(0);
                precisions[run.len() - 1].right += u64::from(count.min(most));
                precisions[run.len() - 1].found += u64::from(count);
            }
        }
        // What the reference adds so as never to divide by nothing.
        let ratio = |part: u64, whole: u64| (part as f64 + 1e-15) / (whole as f64 + 1e-9);
        let product: f64 = precisions[..n].iter().map(|one| ratio(one.right, one.found)).product();
        let share = ratio(length, reference_length);
        let brevity = if share < 1.0 { libm::exp(1.0 - 1.0 / share) } else { 1.0 };
        libm::pow(product, 1.0 / n as f64) * brevity
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut items: Vec<_> = self.items.iter().collect();
        items.sort_unstable();
        bytes::pack(STATE_VERSION, &items)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let items: Vec<(String, Vec<String>)> = bytes::unpack(STATE_VERSION, bytes)?;
        ItemCount::default().plus(items.len() as u64)?;
        let byte_count = text_bytes(&items);
        let sound = items.is_sorted()
            && items
                .iter()
                .all(|(caption, references)| caption.len() <= TEXT_BYTES_MAX && are_references(references))
            && byte_count <= TEXTS_BYTES_MAX;
        if sound { Ok(Self { items, byte_count, ..empty }) } else { Err(MetricError::Corrupt) }
    }
}

fn are_references(references: &[String]) -> bool {
    (1..=REFERENCE_COUNT_MAX).contains(&references.len())
        && references.iter().all(|text| text.len() <= TEXT_BYTES_MAX)
}

fn text_bytes(items: &[(String, Vec<String>)]) -> u64 {
    let of = |(caption, references): &(String, Vec<String>)| {
        (caption.len() + references.iter().map(String::len).sum::<usize>()) as u64
    };
    items.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_on_both_sides() {
        let params = Params { kinds: vec![Kind::RougeL] };
        let of = |byte_count| State { byte_count, ..State::new(params.clone()).unwrap() };
        let (reference, caption) = (vec!["a".to_owned()], "b".to_owned());
        let mut state = of(TEXTS_BYTES_MAX - 2);
        state.update(&[Some(caption)], std::slice::from_ref(&reference)).unwrap();
        assert_eq!(state.byte_count, TEXTS_BYTES_MAX);
        let full = state.clone();
        assert!(state.update(&[None], &[reference]).is_err());
        assert!(state.merge(&of(0)).is_ok() && state.merge(&full).is_err());
        assert_eq!(state, full);
    }
}
