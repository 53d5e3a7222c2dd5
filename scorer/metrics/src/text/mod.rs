//! Metrics of one text per item: speech transcripts, text read off images.
//!
//! A pair of texts is cut into units ([`Unit`]) and compared by edit distance, once per unit that a metric asks for. The
//! state is a handful of sums per unit, at most 100 bytes each and under 1 KiB together, whatever the number of items. It
//! folds nothing unless a metric's name says so, and it knows nothing of languages.

mod distance;
mod interner;
mod metrics;
mod sums;
mod units;

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
};
pub use metrics::{METRICS, parse};
use sums::{UnitSums, over};
pub use units::Unit;

/// Most bytes of UTF-8 of one reference or hypothesis.
pub const TEXT_BYTES_MAX: usize = 64 << 10;
const STATE_VERSION: u8 = 1;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Σ edits / Σ reference units; Σ edits where there are none.
    ErrorRate(Unit),
    /// Mean over items of edits / reference units.
    MeanErrorRate(Unit),
    /// Σ edits / (Σ edits + Σ hits), over the alignments of most hits.
    MatchErrorRate(Unit),
    /// Mean over items of 1 − edits / units of the longer text.
    Similarity(Unit),
    /// Items with an edit / items.
    WrongItems(Unit),
    /// Items without an edit / items.
    RightItems(Unit),
}

impl Kind {
    fn unit(self) -> Unit {
        match self {
            Self::ErrorRate(unit)
            | Self::MeanErrorRate(unit)
            | Self::MatchErrorRate(unit)
            | Self::Similarity(unit)
            | Self::WrongItems(unit)
            | Self::RightItems(unit) => unit,
        }
    }
}

/// What to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    params: Params,
    items: ItemCount,
    /// One for each unit that a metric asks for, in the order of their first mention.
    sums: Vec<UnitSums>,
}

/// What the alignment of fewest edits and most hits does to the words of all references: H, S, D, I.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditCounts {
    /// Words that stay.
    pub hits: u64,
    /// Words replaced.
    pub substitutions: u64,
    /// Words of references without a counterpart.
    pub deletions: u64,
    /// Words of hypotheses without a counterpart.
    pub insertions: u64,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for no metric or more than 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let mut sums: Vec<UnitSums> = Vec::new();
        for kind in &params.kinds {
            let unit = kind.unit();
            let with_hits = params.kinds.contains(&Kind::MatchErrorRate(unit));
            if sums.iter().all(|s| s.unit != unit) {
                sums.push(UnitSums::new(unit, with_hits));
            }
        }
        Ok(Self { params, items: ItemCount::default(), sums })
    }

    /// Adds a shard: a transcript per reference, `None` where there is none, which counts as an empty one. On an error the
    /// state is unchanged.
    ///
    /// # Errors
    /// Lengths that differ; a text of more than [`TEXT_BYTES_MAX`] bytes; more items than a state holds.
    pub fn update<P: AsRef<str>, L: AsRef<str>>(
        &mut self,
        predictions: &[Option<P>],
        labels: &[L],
    ) -> Result<(), MetricError> {
        check_length(labels.len(), predictions.len())?;
        let items = self.items.plus(labels.len() as u64)?;
        let pairs = || predictions.iter().map(|p| p.as_ref().map_or("", AsRef::as_ref)).zip(labels);
        for (item, (hypothesis, reference)) in pairs().enumerate() {
            if let Some(what) = too_long("the reference", reference.as_ref()) {
                return Err(MetricError::OutOfDomain { item, what });
            }
            if let Some(what) = too_long("the transcript", hypothesis) {
                return Err(MetricError::AnswerOutOfDomain { item, what });
            }
        }
        self.items = items;
        for (hypothesis, reference) in pairs() {
            self.sums.iter_mut().for_each(|sums| sums.add(reference.as_ref(), hypothesis));
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

    /// The values, in the order of the parameters; `None` where a metric is undefined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let items = self.items.divisor()?;
        let value = |kind: &Kind| {
            let sums = self.sums.iter().find(|sums| sums.unit == kind.unit())?;
            match kind {
                Kind::ErrorRate(_) => Some(over(sums.edits, sums.reference)),
                Kind::MeanErrorRate(_) => Some(sums.rate.to_f64() / items),
                Kind::MatchErrorRate(_) => {
                    let all = sums.edits + sums.hits;
                    (all > 0).then(|| sums.edits as f64 / all as f64)
                }
                Kind::Similarity(_) => Some(sums.similarity.to_f64() / items),
                Kind::WrongItems(_) => Some(sums.wrong as f64 / items),
                Kind::RightItems(_) => Some((self.items.get() - sums.wrong) as f64 / items),
            }
        };
        Ok(self.params.kinds.iter().map(value).collect())
    }

    /// Numerator and denominator of the first metric: their sums over items give its value.
    pub(crate) fn fraction(&self) -> [f64; 2] {
        let Some((kind, sums)) = self.params.kinds.first().zip(self.sums.first()) else { return [0.0; 2] };
        let items = self.items.get() as f64;
        match kind {
            Kind::ErrorRate(_) => [sums.edits as f64, sums.reference as f64],
            Kind::MatchErrorRate(_) => [sums.edits as f64, (sums.edits + sums.hits) as f64],
            Kind::MeanErrorRate(_) => [sums.rate.to_f64(), items],
            Kind::Similarity(_) => [sums.similarity.to_f64(), items],
            Kind::WrongItems(_) => [sums.wrong as f64, items],
            Kind::RightItems(_) => [items - sums.wrong as f64, items],
        }
    }

    /// The edits of all words by what they are; `None` unless a metric needs them (`canon.mer` does).
    pub fn edit_counts(&self) -> Option<EditCounts> {
        let wanted = Kind::MatchErrorRate(Unit::Words);
        let sums = self.sums.iter().find(|sums| sums.unit == wanted.unit())?;
        self.params.kinds.contains(&wanted).then(|| EditCounts {
            hits: sums.hits,
            substitutions: sums.reference + sums.hypothesis - 2 * sums.hits - sums.edits,
            deletions: sums.edits + sums.hits - sums.hypothesis,
            insertions: sums.edits + sums.hits - sums.reference,
        })
    }

    /// A versioned serialisation of under 1 KiB. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(self.items, &self.sums))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let (items, sums): (ItemCount, Vec<UnitSums>) = bytes::unpack(STATE_VERSION, bytes)?;
        let fits = |(sums, empty): (&UnitSums, &UnitSums)| sums.fits(empty, items.get());
        if sums.len() != empty.sums.len() || !sums.iter().zip(&empty.sums).all(fits) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { params: empty.params, items, sums })
    }
}

fn too_long(whose: &str, text: &str) -> Option<String> {
    let bytes = text.len();
    (bytes > TEXT_BYTES_MAX).then(|| format!("{whose} has {bytes} bytes; allowed are {TEXT_BYTES_MAX}"))
}
