//! Retrieval: for every query, a ranked list of gallery items.
//!
//! A list is put into canonical order (score descending, then gallery index ascending), loses the query's excluded items, and
//! is cut at `list_len_max`. An item that is listed again keeps its place and earns nothing. Metrics of the whole list are
//! metrics of the list so cut, as trec_eval's are of a run.
//!
//! The state holds, per metric, a fixed-point sum and a count of queries: [`STATE_BYTES_PER_METRIC_MAX`] bytes each, whatever
//! the number of queries.

mod kinds;
mod ranking;

use serde::{Deserialize, Serialize};

use crate::{MetricError, error::check_count, fixed::FixedSum};
use ranking::Ranking;

pub use kinds::{Kind, METRICS, parse};

/// Most gallery items per list.
pub const LIST_LEN_MAX: u32 = 10_000;
/// Most queries of a task.
pub const QUERY_COUNT_MAX: u64 = 1_000_000_000;
/// Most bytes of a serialised state per metric, beyond one for the version, five for the length and ten for the queries.
pub const STATE_BYTES_PER_METRIC_MAX: usize = 29;
const STATE_VERSION: u8 = 1;

/// What to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Lists are cut here, after excluded items are dropped; 1 to [`LIST_LEN_MAX`] items.
    pub list_len_max: u32,
    /// In the order of the values.
    pub kinds: Vec<Kind>,
}

/// What is true of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Gallery index and grade, in any order: 0 is judged irrelevant, more is relevant, and the gain of nDCG. Items that
    /// are not named are irrelevant too, and have no judgement.
    pub judged: Vec<(u32, u8)>,
    /// Gallery items that are dropped from the list, in any order: the query itself, or in re-identification its identity
    /// as the same camera saw it.
    pub excluded: Vec<u32>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    sums: Sums,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sums {
    query_count: u64,
    /// Per metric: the sum of the queries' values, and how many queries count.
    terms: Vec<(FixedSum, u64)>,
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a `list_len_max` outside 1 to [`LIST_LEN_MAX`], or a metric's k outside 1 to
    /// `list_len_max`.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        let list_len_max = params.list_len_max;
        if !(1..=LIST_LEN_MAX).contains(&list_len_max) {
            return Err(MetricError::Invalid(format!(
                "list_len_max is {list_len_max}; allowed are 1 to {LIST_LEN_MAX} items"
            )));
        }
        let cuts = params.kinds.iter().filter_map(|kind| kind.k());
        if let Some(k) = cuts.into_iter().find(|k| !(1..=list_len_max).contains(k)) {
            return Err(MetricError::Invalid(format!(
                "a metric looks at the first {k} items; lists hold 1 to {list_len_max}: raise list_len_max"
            )));
        }
        let terms = vec![(FixedSum::default(), 0); params.kinds.len()];
        Ok(Self { params, sums: Sums { query_count: 0, terms } })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `lists`: `[n]`, each at most `list_len_max` + excluded items, as (gallery index, score) in any order; `None` is a
    ///   query without an answer, which is an empty list.
    /// - `queries`: `[n]`.
    ///
    /// # Errors
    /// Lengths that differ, a list that is too long, a score that is not finite, an item that is judged twice or judged and
    /// excluded, more than [`QUERY_COUNT_MAX`] queries in all.
    pub fn update<L: AsRef<[(u32, f32)]>>(
        &mut self,
        lists: &[Option<L>],
        queries: &[Query],
    ) -> Result<(), MetricError> {
        if lists.len() != queries.len() {
            return Err(MetricError::LengthMismatch { expected: queries.len(), found: lists.len() });
        }
        let mut sums = self.sums.clone();
        sums.query_count += queries.len() as u64;
        check_count("queries", sums.query_count, QUERY_COUNT_MAX)?;
        for (item, (list, query)) in lists.iter().zip(queries).enumerate() {
            let list = list.as_ref().map_or(&[][..], L::as_ref);
            let ranking = Ranking::new(item, list, query, self.params.list_len_max as usize)?;
            for ((sum, count), kind) in sums.terms.iter_mut().zip(&self.params.kinds) {
                if let Some(term) = kind.term(&ranking) {
                    sum.add(term);
                    *count += 1;
                }
            }
        }
        self.sums = sums;
        Ok(())
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        let query_count = self.sums.query_count + other.sums.query_count;
        check_count("queries", query_count, QUERY_COUNT_MAX)?;
        self.sums.query_count = query_count;
        for ((sum, count), (more, more_count)) in self.sums.terms.iter_mut().zip(&other.sums.terms) {
            sum.merge(*more);
            *count += more_count;
        }
        Ok(())
    }

    /// Queries added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.sums.query_count
    }

    /// The values, in the order of the kinds. `None`: no query counts for the metric.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        if self.sums.query_count == 0 {
            return Err(MetricError::Empty);
        }
        let mean = |(sum, count): &(FixedSum, u64)| (*count > 0).then(|| sum.to_f64() / *count as f64);
        Ok(self.sums.terms.iter().map(mean).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_extend(&self.sums, vec![STATE_VERSION]).expect("plain integers always serialise")
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let empty = Self::new(params)?;
        let Some((&STATE_VERSION, body)) = bytes.split_first() else { return Err(MetricError::Corrupt) };
        let (sums, rest): (Sums, _) = postcard::take_from_bytes(body).map_err(|_| MetricError::Corrupt)?;
        let possible = |(sum, count): &(FixedSum, u64)| {
            *count <= sums.query_count && (0.0..=*count as f64).contains(&sum.to_f64())
        };
        let same_shape = sums.terms.len() == empty.sums.terms.len() && sums.query_count <= QUERY_COUNT_MAX;
        if !rest.is_empty() || !same_shape || !sums.terms.iter().all(possible) {
            return Err(MetricError::Corrupt);
        }
        Ok(Self { params: empty.params, sums })
    }
}
