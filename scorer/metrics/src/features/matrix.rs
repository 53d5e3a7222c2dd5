//! Symmetric matrices of f64: a square root of one, and the trace of the root of a product. Plain sums in a fixed order, so
//! the same bits everywhere.

/// A lower triangular L, row-major, with L·Lᵀ = `matrix`, which is positive semidefinite but for rounding (Cholesky).
/// Directions that have no more than rounding left are 0.
pub(super) fn cholesky(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut root = vec![0.0; n * n];
    for j in 0..n {
        let (above, rest) = root.split_at_mut((j + 1) * n);
        let row = &mut above[j * n..];
        let pivot = matrix[j * n + j] - dot(&row[..j], &row[..j]);
        if pivot <= n as f64 * f64::EPSILON * matrix[j * n + j] {
            continue;
        }
        let pivot = pivot.sqrt();
        row[j] = pivot;
        for (i, lower) in rest.chunks_exact_mut(n).enumerate() {
            lower[j] = (matrix[(j + 1 + i) * n + j] - dot(&lower[..j], &row[..j])) / pivot;
        }
    }
    root
}

/// Lᵀ·S·L for a lower triangular L and a symmetric S.
pub(super) fn congruent(root: &[f64], matrix: &[f64], n: usize) -> Vec<f64> {
    // L and S·L, both transposed: entries are dot products of rows, which end or begin where those of L do.
    let mut across = vec![0.0; n * n];
    for (i, row) in root.chunks_exact(n).enumerate() {
        row[..=i].iter().enumerate().for_each(|(j, value)| across[j * n + i] = *value);
    }
    let mut half = vec![0.0; n * n];
    in_blocks(n, |i, j| half[j * n + i] = dot(&matrix[i * n + j..][..n - j], &across[j * n + j..][..n - j]));
    let mut product = vec![0.0; n * n];
    in_blocks(n, |i, j| {
        product[i * n + j] = dot(&across[i * n + i..][..n - i], &half[j * n + i..][..n - i]);
    });
    product
}

/// Calls for every row and column, those near each other one after another, so that their rows stay at hand.
fn in_blocks(n: usize, mut entry: impl FnMut(usize, usize)) {
    const SIDE: usize = 16;
    for first_row in (0..n).step_by(SIDE) {
        for first_column in (0..n).step_by(SIDE) {
            for i in first_row..n.min(first_row + SIDE) {
                for j in first_column..n.min(first_column + SIDE) {
                    entry(i, j);
                }
            }
        }
    }
}

/// Σ a·b, in eight sums that do not wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// Σ of the square roots of the eigenvalues of a symmetric matrix, those below 0 taken as 0. Householder's reduction to three
/// diagonals, then implicit QL steps without vectors (Golub and Van Loan, chapter 8). `None` if these do not converge.
#[allow(clippy::many_single_char_names)] // as the book has them
pub(super) fn root_trace(mut matrix: Vec<f64>, n: usize) -> Option<f64> {
    let (mut diagonal, mut beside) = tridiagonal(&mut matrix, n);
    let rotations_max = 60;
    for l in 0..n {
        let mut rounds = 0;
        loop {
            let small = |m: usize| {
                let size = diagonal[m].abs() + diagonal[m + 1].abs();
                beside[m].abs() <= f64::EPSILON * size
            };
            let m = (l..n - 1).find(|m| small(*m)).unwrap_or(n - 1);
            if m == l {
                break;
            }
            rounds += 1;
            if rounds > rotations_max {
                return None;
            }
            let g = (diagonal[l + 1] - diagonal[l]) / (2.0 * beside[l]);
            let r = (g * g + 1.0).sqrt();
            let mut g = diagonal[m] - diagonal[l] + beside[l] / (g + if g < 0.0 { -r } else { r });
            let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
            let mut is_cut = false;
            for i in (l..m).rev() {
                let (f, b) = (sine * beside[i], cosine * beside[i]);
                let r = (f * f + g * g).sqrt();
                beside[i + 1] = r;
                if r == 0.0 {
                    diagonal[i + 1] -= shift;
                    beside[m] = 0.0;
                    is_cut = true;
                    break;
                }
                (sine, cosine) = (f / r, g / r);
                g = diagonal[i + 1] - shift;
                let r = (diagonal[i] - g) * sine + 2.0 * cosine * b;
                shift = sine * r;
                diagonal[i + 1] = g + shift;
                g = cosine * r - b;
            }
            if !is_cut {
                diagonal[l] -= shift;
                beside[l] = g;
                beside[m] = 0.0;
            }
        }
    }
    diagonal.sort_unstable_by(f64::total_cmp);
    Some(diagonal.iter().map(|value| value.max(0.0).sqrt()).sum())
}

/// The diagonal and, from 0, the entries below it of a matrix of three diagonals that is similar to this symmetric one.
fn tridiagonal(matrix: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; n];
    for k in 0..n.saturating_sub(2) {
        // The reflection that leaves one entry of what is below the diagonal in column k.
        let mut v: Vec<f64> = (k + 1..n).map(|i| matrix[i * n + k]).collect();
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let first = if v[0] > 0.0 { -norm } else { norm };
        beside[k] = first;
        v[0] -= first;
        let square: f64 = v.iter().map(|x| x * x).sum();
        if square == 0.0 {
            continue;
        }
        let size = v.len();
        let at = |i: usize| (k + 1 + i) * n + k + 1;
        let mut p: Vec<f64> = (0..size).map(|i| 2.0 / square * dot(&matrix[at(i)..][..size], &v)).collect();
        let share = dot(&p, &v) / square;
        p.iter_mut().zip(&v).for_each(|(p, v)| *p -= share * v);
        for i in 0..size {
            let row = &mut matrix[at(i)..][..size];
            row.iter_mut().enumerate().for_each(|(j, to)| *to -= v[i] * p[j] + p[i] * v[j]);
        }
    }
    if n >= 2 {
        beside[n - 2] = matrix[(n - 1) * n + n - 2];
    }
    ((0..n).map(|i| matrix[i * n + i]).collect(), beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_known_matrices() {
        // Eigenvalues 1 and 3; 4, 1 and 1; 0 and 25.
        let trace = |matrix: &[f64], n| root_trace(matrix.to_vec(), n).unwrap();
        assert!((trace(&[2.0, 1.0, 1.0, 2.0], 2) - (1.0 + 3.0_f64.sqrt())).abs() < 1e-14);
        assert!((trace(&[2.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 2.0], 3) - 4.0).abs() < 1e-14);
        assert!((trace(&[9.0, 12.0, 12.0, 16.0], 2) - 5.0).abs() < 1e-7);
        assert_eq!((trace(&[9.0], 1), trace(&[0.0; 9], 3)), (3.0, 0.0));
        let root = cholesky(&[9.0, 12.0, 12.0, 16.0], 2);
        assert_eq!(root, [3.0, 0.0, 4.0, 0.0]);
        assert_eq!(congruent(&root, &[1.0, 0.0, 0.0, 1.0], 2), [25.0, 0.0, 0.0, 0.0]);
    }
}
