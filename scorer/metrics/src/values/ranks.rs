//! Rank correlations. Both are functions of integers; only the last division is in f64.

/// Pearson's correlation of the ranks, equal values sharing their mean rank; `None` where either side is constant.
pub(super) fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (truth, predicted): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (truth, predicted) = (doubled_ranks(&truth), doubled_ranks(&predicted));
    let dot = |a: &[u64], b: &[u64]| -> i128 {
        a.iter().zip(b).map(|(a, b)| i128::from(*a) * i128::from(*b)).sum()
    };
    let n = pairs.len() as i128;
    // Ranks are 1 to n, so their doubles sum to n·(n + 1).
    let square_of_sum = (n * (n + 1)).pow(2);
    let covariance = n * dot(&truth, &predicted) - square_of_sum;
    let variances = [&truth, &predicted].map(|ranks| n * dot(ranks, ranks) - square_of_sum);
    quotient(covariance, variances)
}

/// Kendall's τ-b: (concordant − discordant) / √(pairs untied in the truth · pairs untied in the prediction); `None` where
/// either side is constant. Knight's method (1966): discordant pairs are inversions, counted by merging.
pub(super) fn kendall_b(pairs: &[(f64, f64)]) -> Option<f64> {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable_by(|a, b| a.partial_cmp(b).expect("values are finite"));
    let all = pairs_of(pairs.len());
    let tied_both = tied(&pairs);
    let tied_truth = tied(&pairs.iter().map(|(truth, _)| *truth).collect::<Vec<_>>());
    let mut predicted: Vec<f64> = pairs.iter().map(|(_, predicted)| *predicted).collect();
    let discordant = sort_counting_inversions(&mut predicted);
    let tied_predicted = tied(&predicted);
    let balance = all - tied_truth - tied_predicted + tied_both - 2 * discordant;
    quotient(balance, [all - tied_truth, all - tied_predicted])
}

fn quotient(covariance: i128, variances: [i128; 2]) -> Option<f64> {
    let [a, b] = variances.map(|variance| variance as f64);
    (a > 0.0 && b > 0.0).then(|| (covariance as f64 / (a.sqrt() * b.sqrt())).clamp(-1.0, 1.0))
}

/// Twice the ranks, which are whole numbers.
#[expect(clippy::float_cmp, reason = "a tie is an equality")]
fn doubled_ranks(values: &[f64]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0; values.len()];
    let mut before = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        // The mean of before + 1 ..= before + len, twice.
        let doubled = (2 * before + run.len() + 1) as u64;
        for &item in run {
            ranks[item] = doubled;
        }
        before += run.len();
    }
    ranks
}

fn pairs_of(count: usize) -> i128 {
    let count = count as i128;
    count * (count - 1) / 2
}

/// Pairs of equal neighbours in a sorted list.
fn tied<T: PartialEq>(sorted: &[T]) -> i128 {
    sorted.chunk_by(|a, b| a == b).map(|run| pairs_of(run.len())).sum()
}

/// Sorts by merging, bottom up; returns how many pairs stood the wrong way round.
fn sort_counting_inversions(values: &mut Vec<f64>) -> i128 {
    let count = values.len();
    let mut merged = values.clone();
    let (mut inversions, mut width) = (0, 1);
    while width < count {
        for start in (0..count).step_by(2 * width) {
            let (middle, end) = ((start + width).min(count), (start + 2 * width).min(count));
            let (mut left, mut right) = (start, middle);
            for slot in &mut merged[start..end] {
                if right == end || left < middle && values[left] <= values[right] {
                    *slot = values[left];
                    left += 1;
                } else {
                    *slot = values[right];
                    right += 1;
                    inversions += (middle - left) as i128;
                }
            }
        }
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
    inversions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, pair by pair.
    fn plain_kendall(pairs: &[(f64, f64)]) -> Option<f64> {
        let sign = |a: f64, b: f64| i128::from(a > b) - i128::from(a < b);
        let (mut balance, mut truth, mut predicted) = (0, 0, 0);
        for (i, a) in pairs.iter().enumerate() {
            for b in &pairs[..i] {
                let (x, y) = (sign(a.0, b.0), sign(a.1, b.1));
                balance += x * y;
                truth += x.abs();
                predicted += y.abs();
            }
        }
        quotient(balance, [truth, predicted])
    }

    proptest! {
        #[test]
        fn inversions_are_discordant_pairs(pairs in prop::collection::vec((0_i8..8, 0_i8..8), 0..60)) {
            let pairs: Vec<(f64, f64)> = pairs.into_iter().map(|(a, b)| (f64::from(a), f64::from(b))).collect();
            prop_assert_eq!(kendall_b(&pairs), plain_kendall(&pairs));
        }
    }

    #[test]
    fn ranks_of_equal_values_are_their_mean() {
        assert_eq!(doubled_ranks(&[3.0, 1.0, 3.0, -2.0]), [7, 4, 7, 2]);
        assert_eq!(spearman(&[(1.0, 5.0), (2.0, 4.0), (3.0, 3.0)]), Some(-1.0));
        assert_eq!((spearman(&[]), spearman(&[(1.0, 1.0)]), kendall_b(&[])), (None, None, None));
    }
}
