use crate::{DIM_MAX, SearchError, in_range};

/// Longest row of a dot product, in the unit of the embedding: below it no f32 sum of products can overflow.
pub const NORM_MAX: f64 = (1_u64 << 63) as f64;

/// How two embeddings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Similarity {
    /// The cosine of their angle, −1 to 1.
    Cosine,
    /// The sum of the products of their elements.
    Dot,
}

/// Appends a prepared row to `to` and returns its length; appends nothing and returns `None` if the row is no answer.
pub(crate) fn prepare(similarity: Similarity, row: &[f32], to: &mut Vec<f32>) -> Option<f64> {
    let norm = norm(row);
    if !norm.is_finite() || norm == 0.0 {
        return None;
    }
    match similarity {
        Similarity::Cosine => {
            let start = to.len();
            to.extend(row.iter().map(|x| (f64::from(*x) / norm) as f32));
            Some(self::norm(&to[start..]))
        }
        Similarity::Dot if norm <= NORM_MAX => {
            to.extend_from_slice(row);
            Some(norm)
        }
        Similarity::Dot => None,
    }
}

fn norm(row: &[f32]) -> f64 {
    score(row, row).sqrt()
}

/// Σ aᵢ·bᵢ in f64, in the order of the index.
pub(crate) fn score(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + f64::from(*a) * f64::from(*b))
}

/// The number of rows of `dim` elements in `values`.
pub(crate) fn row_count(values: &[f32], dim: usize) -> Result<usize, SearchError> {
    if values.len().is_multiple_of(dim) {
        Ok(values.len() / dim)
    } else {
        Err(SearchError::NotRows { found: values.len(), dim })
    }
}

/// The scores of pairs of rows: f64, not rounded to f32; `None` where a row is no answer.
///
/// - `embeddings`: `[n, dim]`, row-major; `dim` is 1 to [`DIM_MAX`].
/// - `pairs`: indices of rows, each below n.
///
/// # Errors
/// `dim` out of range, values that are not whole rows, a pair that names no row.
pub fn pair_scores(
    embeddings: &[f32],
    dim: usize,
    similarity: Similarity,
    pairs: &[(u32, u32)],
) -> Result<Vec<Option<f64>>, SearchError> {
    in_range("dim", dim, DIM_MAX)?;
    let rows = row_count(embeddings, dim)?;
    for (pair, &(a, b)) in pairs.iter().enumerate() {
        if let Some(&row) = [a, b].iter().find(|row| **row as usize >= rows) {
            return Err(SearchError::NoSuchRow { pair, row, rows });
        }
    }
    let (mut prepared, mut places) = (Vec::with_capacity(embeddings.len()), Vec::with_capacity(rows));
    for row in embeddings.chunks_exact(dim) {
        let start = prepared.len();
        places.push(prepare(similarity, row, &mut prepared).map(|_| start));
    }
    let row = |index: u32| places[index as usize].map(|start| &prepared[start..start + dim]);
    Ok(pairs.iter().map(|&(a, b)| Some(score(row(a)?, row(b)?))).collect())
}
