//! Exact search among embeddings: scores of pairs, and the best gallery items of every query.
//!
//! # What a score is
//! A row is prepared: for [`Similarity::Cosine`] it is divided by its length in f64 and rounded to f32; for
//! [`Similarity::Dot`] it is left as it is. The score of two prepared rows is the sum of the products of their elements, in
//! the order of the index, in f64. Products of f32 are exact in f64, so there is one rounding per addition and nothing that
//! a compiler, a thread count or a tiling could change. A search rounds that to f32 once and ranks by (score descending, id
//! ascending).
//!
//! # How a search stays exact
//! A matrix product in f32 is fast, and its last bits depend on kernel and tiling. It only says which pairs cannot be among
//! the best: its distance from the score is bounded, whatever the order of its additions ([`filter`]). Every other pair gets
//! the score above. The result is therefore a function of queries, gallery and k alone: any order and sharding of the
//! gallery, any number of threads.
//!
//! # What it holds
//! The gallery is seen once and not kept: memory is [`memory_bytes`], whatever the number of gallery items.
//!
//! A row that is zero, has an element that is not finite, or for dot products is longer than [`NORM_MAX`], is no answer: as
//! a gallery item it is never found, as a query it finds nothing, in a pair it has no score. This crate does no IO.

mod best;
mod filter;
mod rows;
mod top_k;

use thiserror::Error;

pub use rows::{NORM_MAX, Similarity, pair_scores};
pub use top_k::{TopK, memory_bytes};

/// Most elements of an embedding.
pub const DIM_MAX: usize = 65_536;
/// Most gallery items listed per query.
pub const K_MAX: usize = 16_384;
/// Most threads of a search.
pub const THREADS_MAX: usize = 256;

/// Why nothing was computed. All are errors of the caller, none depends on the values of embeddings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SearchError {
    /// A parameter is outside its range.
    #[error("{what} is {found}; allowed are 1 to {max}")]
    OutOfRange {
        /// Which parameter.
        what: &'static str,
        /// What was given.
        found: usize,
        /// The largest allowed.
        max: usize,
    },
    /// Values that are not whole rows.
    #[error("{found} values are not whole rows of {dim}")]
    NotRows {
        /// Values given.
        found: usize,
        /// Elements of a row.
        dim: usize,
    },
    /// Gallery ids would not fit into u32.
    #[error("{rows} gallery items from id {first_id} on: ids end at 4294967295")]
    TooManyIds {
        /// Id of the first.
        first_id: u32,
        /// Items given.
        rows: usize,
    },
    /// A pair names a row that is not there.
    #[error("pair {pair} names row {row}; there are {rows} rows")]
    NoSuchRow {
        /// Position of the pair, from 0.
        pair: usize,
        /// What it names.
        row: u32,
        /// Rows given.
        rows: usize,
    },
}

fn in_range(what: &'static str, found: usize, max: usize) -> Result<(), SearchError> {
    if (1..=max).contains(&found) { Ok(()) } else { Err(SearchError::OutOfRange { what, found, max }) }
}
