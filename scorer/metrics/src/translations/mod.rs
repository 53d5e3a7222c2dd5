//! Translations and summaries: texts compared with one or more references, by n-grams and by edits.
//!
//! BLEU, chrF and TER are of all items together: their counts are summed and divided once. ROUGE is a mean over items. The state is a
//! few sums per metric, under 300 bytes each, whatever the number of items.

mod edits;
mod kinds;
mod ngrams;
mod rouge;
mod tokens;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    fixed::FixedSum,
    items::{ItemCount, check_kind_count, check_length},
};
use ngrams::{BLEU_ORDER, add_bleu, add_chrf, bleu, chrf, chrf_len};

pub use kinds::{Kind, METRICS, parse};
pub use tokens::Tokens;

/// Most bytes of UTF-8 of one text.
pub const TEXT_BYTES_MAX: usize = 16 << 10;
/// Most references of one item.
pub const REFERENCE_COUNT_MAX: usize = 16;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// In the order of the values; 1 to 32. No n-grams of ROUGE are longer than four words, none of chrF longer than two.
    pub kinds: Vec<Kind>,
}

/// What a metric is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Sums {
    /// Counts of n-grams.
    Counts(Vec<u64>),
    /// Edits, and reference words, the mean of the references of each item.
    Edits(u64, FixedSum),
    /// A number of 0 to 1 per item.
    Shares(FixedSum),
}

/// What BLEU is made of, over all items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BleuCounts {
    /// Tokens of the translations.
    pub found: u64,
    /// Tokens of the references nearest in length.
    pub truth: u64,
    /// n-grams of 1 to 4 tokens that a reference has, each as often as there at most.
    pub in_common: [u64; BLEU_ORDER],
    /// n-grams of 1 to 4 tokens of the translations.
    pub all: [u64; BLEU_ORDER],
}

impl BleuCounts {
    /// exp(1 − truth / found) where the translations are shorter, else 1; 0 of nothing.
    pub fn brevity_penalty(&self) -> f64 {
        match (self.found, self.truth) {
            (found, truth) if found >= truth => 1.0,
            (0, _) => 0.0,
            (found, truth) => libm::exp(1.0 - truth as f64 / found as f64),
        }
    }
}

impl Sums {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Bleu(_) => Self::Counts(vec![0; 2 + 2 * BLEU_ORDER]),
            Kind::Chrf(word_order) => Self::Counts(vec![0; chrf_len(word_order)]),
            Kind::Ter => Self::Edits(0, FixedSum::default()),
            Kind::RougeN(_) | Kind::RougeL => Self::Shares(FixedSum::default()),
        }
    }

    fn add(&mut self, kind: Kind, text: &str, references: &[String]) {
        match (self, kind) {
            (Self::Counts(sums), Kind::Bleu(tokens)) => add_bleu(tokens, text, references, sums),
            (Self::Counts(sums), Kind::Chrf(word_order)) => add_chrf(word_order, text, references, sums),
            (Self::Edits(edits, words), _) => {
                let (more, length) = edits::edits(text, references);
                *edits += more;
                words.add(length as f64 / references.len() as f64);
            }
            (Self::Shares(sum), Kind::RougeN(order)) => sum.add(rouge::rouge(Some(order), text, references)),
            (Self::Shares(sum), _) => sum.add(rouge::rouge(None, text, references)),
            (Self::Counts(_), _) => {}
        }
    }

    fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Counts(to), Self::Counts(from)) => {
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            }
            (Self::Edits(edits, words), Self::Edits(more, length)) => {
                *edits += more;
                words.merge(*length);
            }
            (Self::Shares(to), Self::Shares(from)) => to.merge(*from),
            _ => {}
        }
    }

    fn value(&self, kind: Kind, items: f64) -> f64 {
        match self {
            Self::Counts(sums) if matches!(kind, Kind::Bleu(_)) => bleu(sums),
            Self::Counts(sums) => chrf(sums),
            Self::Edits(edits, words) => match (*edits as f64, words.to_f64()) {
                (edits, words) if words > 0.0 => 100.0 * edits / words,
                (edits, _) => {
                    if edits > 0.0 {
                        100.0
                    } else {
                        0.0
                    }
                }
            },
            Self::Shares(sum) => sum.to_f64() / items,
        }
    }

    /// Whether numbers that came from outside are sums of such a kind over so many items.
    fn is_possible(&self, kind: Kind, items: u64) -> bool {
        // A token has a byte or more; BLEU's Chinese and punctuation apart from others gives no more tokens than characters.
        let most = items * TEXT_BYTES_MAX as u64;
        let within = |sum: &FixedSum, most: f64| (0.0..=most).contains(&sum.to_f64());
        match (self, Self::new(kind)) {
            (Self::Counts(sums), Self::Counts(empty)) => {
                let common_places: Vec<(usize, usize)> = match kind {
                    Kind::Bleu(_) => (0..BLEU_ORDER).map(|n| (2 + n, 2 + BLEU_ORDER + n)).collect(),
                    _ => (0..empty.len() / 3)
                        .flat_map(|n| [(3 * n + 2, 3 * n), (3 * n + 2, 3 * n + 1)])
                        .collect(),
                };
                sums.len() == empty.len()
                    && sums.iter().all(|count| *count <= most)
                    && common_places.iter().all(|(common, of)| sums[*common] <= sums[*of])
            }
            (Self::Edits(edits, words), Self::Edits(..)) => *edits <= 2 * most && within(words, most as f64),
            (Self::Shares(sum), Self::Shares(_)) => within(sum, items as f64),
            _ => false,
        }
    }
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    params: Params,
    items: ItemCount,
    /// In the order of the kinds.
    sums: Vec<Sums>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for no metric or more than 32, and for n-grams out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let is_valid = |kind: &Kind| match kind {
            Kind::RougeN(order) => (1..=4).contains(order),
            Kind::Chrf(word_order) => *word_order <= 2,
            Kind::Bleu(_) | Kind::Ter | Kind::RougeL => true,
        };
        if let Some(kind) = params.kinds.iter().find(|kind| !is_valid(kind)) {
            return Err(MetricError::Invalid(format!("{kind:?}: n-grams of no such length")));
        }
        let sums = params.kinds.iter().map(|kind| Sums::new(*kind)).collect();
        Ok(Self { params, items: ItemCount::default(), sums })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `texts`: `[n]`; `None`, where there is no translation, counts as an empty one.
    /// - `references`: `[n]`, of each item 1 to [`REFERENCE_COUNT_MAX`].
    ///
    /// # Errors
    /// Lengths that differ; a text of more than [`TEXT_BYTES_MAX`] bytes; no reference or too many; more items than a state
    /// holds.
    pub fn update<T: AsRef<str>, R: AsRef<[String]>>(
        &mut self,
        texts: &[Option<T>],
        references: &[R],
    ) -> Result<(), MetricError> {
        check_length(references.len(), texts.len())?;
        let items = self.items.plus(references.len() as u64)?;
        let pairs = || texts.iter().map(|text| text.as_ref().map_or("", AsRef::as_ref)).zip(references);
        for (item, (text, references)) in pairs().enumerate() {
            check_item(item, text, references.as_ref())?;
        }
        self.items = items;
        for (text, references) in pairs() {
            for (kind, sums) in self.params.kinds.iter().zip(&mut self.sums) {
                sums.add(*kind, text, references.as_ref());
            }
        }
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    ///
    /// # Errors
    /// [`MetricError::Incompatible`] for other parameters; more items than a state holds.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.items = self.items.plus(other.items.get())?;
        self.sums.iter_mut().zip(&other.sums).for_each(|(to, from)| to.merge(from));
        Ok(())
    }

    /// Items added so far.
    pub fn item_count(&self) -> u64 {
        self.items.get()
    }

    /// The values, in the order of the kinds; all are defined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let items = self.items.divisor()?;
        let each = self.params.kinds.iter().zip(&self.sums);
        Ok(each.map(|(kind, sums)| Some(sums.value(*kind, items))).collect())
    }

    /// What BLEU over such tokens is made of; `None` unless it is among the metrics.
    pub fn bleu_counts(&self, tokens: Tokens) -> Option<BleuCounts> {
        let place = self.params.kinds.iter().position(|kind| *kind == Kind::Bleu(tokens))?;
        let Sums::Counts(sums) = &self.sums[place] else { return None };
        let four = |from: usize| std::array::from_fn(|n| sums[from + n]);
        Some(BleuCounts { found: sums[0], truth: sums[1], in_common: four(2), all: four(2 + BLEU_ORDER) })
    }

    /// A versioned serialisation. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(self.items, &self.sums))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let (items, sums): (ItemCount, Vec<Sums>) = bytes::unpack(STATE_VERSION, bytes)?;
        let mut each = empty.params.kinds.iter().zip(&sums);
        let fits = sums.len() == empty.sums.len();
        if !fits || !each.all(|(kind, sums)| sums.is_possible(*kind, items.get())) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { items, sums, ..empty })
    }
}

fn check_item(item: usize, text: &str, references: &[String]) -> Result<(), MetricError> {
    let too_long = |bytes: usize| format!("a text of {bytes} bytes; allowed are {TEXT_BYTES_MAX}");
    if text.len() > TEXT_BYTES_MAX {
        return Err(MetricError::AnswerOutOfDomain { item, what: too_long(text.len()) });
    }
    if !(1..=REFERENCE_COUNT_MAX).contains(&references.len()) {
        let what = format!("{} references; allowed are 1 to {REFERENCE_COUNT_MAX}", references.len());
        return Err(MetricError::OutOfDomain { item, what });
    }
    match references.iter().find(|reference| reference.len() > TEXT_BYTES_MAX) {
        Some(reference) => Err(MetricError::OutOfDomain { item, what: too_long(reference.len()) }),
        None => Ok(()),
    }
}
