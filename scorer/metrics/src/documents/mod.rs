//! Learning to rank: in which order do a query's documents please? One score per document, against grades; scikit-learn's
//! convention, in which no order among equal scores is better than another.
//!
//! The state holds a fixed-point sum per metric, whatever the number of queries: the same for any order of queries, shards and
//! merges.

mod kinds;
mod query;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    fixed::FixedSum,
    items::{ItemCount, check_kind_count, check_length},
};
use query::Query;

pub use kinds::{Gain, Kind, METRICS, parse};

/// Most documents of a query.
pub const LIST_LEN_MAX: u32 = 4000;
/// Highest grade.
pub const GRADE_MAX: u8 = 31;
/// Above every linear DCG: 4000 places weigh 392, and 31 is the highest grade.
pub const DCG_MAX: f64 = 12_150.0;
/// Most bytes of a serialised state.
pub const STATE_BYTES_MAX: usize = 614;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    sums: Sums,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sums {
    queries: ItemCount,
    /// Per metric: the sum of the queries' values.
    terms: Vec<FixedSum>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a k outside 1 to [`LIST_LEN_MAX`], or a number of metrics other than 1 to 32.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        if let Some(kind) = params.kinds.iter().find(|kind| !kind.is_valid()) {
            return Err(MetricError::Invalid(format!("{kind:?}: k must lie in 1 to {LIST_LEN_MAX}")));
        }
        let terms = vec![FixedSum::default(); params.kinds.len()];
        Ok(Self { params, sums: Sums { queries: ItemCount::default(), terms } })
    }

    /// Adds a shard of whole queries. On an error the state is unchanged.
    ///
    /// - `scores`: `[n]`, per query a finite score for each of its documents; `None` is a query without an answer.
    /// - `grades`: `[n]`, per query the grade of each document, 0 to [`GRADE_MAX`]; 1 to [`LIST_LEN_MAX`] documents.
    ///
    /// # Errors
    /// Lengths that differ, scores that are not finite, grades or numbers of documents out of range, more than
    /// [`ITEM_COUNT_MAX`](crate::ITEM_COUNT_MAX) queries in all.
    pub fn update<S: AsRef<[f64]>, G: AsRef<[u8]>>(
        &mut self,
        scores: &[Option<S>],
        grades: &[G],
    ) -> Result<(), MetricError> {
        check_length(grades.len(), scores.len())?;
        for (item, (scores, grades)) in scores.iter().zip(grades).enumerate() {
            check_query(item, scores.as_ref().map(S::as_ref), grades.as_ref())?;
        }
        self.sums.queries = self.sums.queries.plus(grades.len() as u64)?;
        let mut query = Query::new();
        for (scores, grades) in scores.iter().zip(grades) {
            // A query without an answer adds 0 to every sum.
            let Some(scores) = scores else { continue };
            query.load(scores.as_ref(), grades.as_ref());
            for (sum, kind) in self.sums.terms.iter_mut().zip(&self.params.kinds) {
                sum.add(kind.value(&query));
            }
        }
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.sums.queries = self.sums.queries.plus(other.sums.queries.get())?;
        self.sums.terms.iter_mut().zip(&other.sums.terms).for_each(|(to, from)| to.merge(*from));
        Ok(())
    }

    /// Queries added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.sums.queries.get()
    }

    /// The values, in the order of the kinds; all are defined.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        let queries = self.sums.queries.divisor()?;
        Ok(self.sums.terms.iter().map(|sum| Some(sum.to_f64() / queries)).collect())
    }

    /// A versioned serialisation of at most [`STATE_BYTES_MAX`] bytes. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &self.sums)
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let sums: Sums = bytes::unpack(STATE_VERSION, bytes)?;
        let queries = sums.queries.get() as f64;
        let possible = |(sum, kind): (&FixedSum, &Kind)| (0.0..=kind.max() * queries).contains(&sum.to_f64());
        let fits = sums.terms.len() == state.params.kinds.len()
            && sums.terms.iter().zip(&state.params.kinds).all(possible);
        if fits { Ok(Self { sums, ..state }) } else { Err(MetricError::Corrupt) }
    }
}

fn check_query(item: usize, scores: Option<&[f64]>, grades: &[u8]) -> Result<(), MetricError> {
    if !(1..=LIST_LEN_MAX as usize).contains(&grades.len()) {
        let what = format!("{} documents; allowed are 1 to {LIST_LEN_MAX}", grades.len());
        return Err(MetricError::OutOfDomain { item, what });
    }
    if let Some(grade) = grades.iter().find(|grade| **grade > GRADE_MAX) {
        return Err(MetricError::OutOfDomain {
            item,
            what: format!("grade {grade} is outside 0 to {GRADE_MAX}"),
        });
    }
    let Some(scores) = scores else { return Ok(()) };
    check_length(grades.len(), scores.len())?;
    match scores.iter().position(|score| !score.is_finite()) {
        None => Ok(()),
        Some(document) => {
            let what = format!("the score of document {document} is not finite");
            Err(MetricError::NonFinite { item, what })
        }
    }
}
