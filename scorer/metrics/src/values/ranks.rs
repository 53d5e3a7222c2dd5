//! Rank correlations. Both are functions of integers; only the last division is in f64.

use crate::{keys::key_of, radix};

/// Where the pairs stand in the order of the truth and in that of the prediction: both correlations are made of it.
pub(crate) struct Ranks {
    /// Of each pair in the order of the truth: twice its ranks there and in the prediction. Equal values share their mean rank,
    /// so that its double is a whole number.
    doubled: Vec<[u32; 2]>,
}

/// The two orders of pairs, from which the ranks of any choice of them follow without sorting again.
pub(crate) struct Orders {
    /// Keys of the values with the positions of their pairs, ascending.
    truth: Vec<(u64, u32)>,
    predicted: Vec<(u64, u32)>,
}

impl Orders {
    /// Of fewer than 2³¹ pairs of truth and prediction, in any order.
    pub(crate) fn of(pairs: &[(f64, f64)]) -> Self {
        let truth = ascending(pairs.iter().map(|(truth, _)| *truth));
        Self { truth, predicted: ascending(pairs.iter().map(|(_, predicted)| *predicted)) }
    }

    /// The ranks where the pair at each position stands so many times; fewer than 2³¹ in all.
    pub(crate) fn ranks(&self, times: impl Fn(u32) -> u32) -> Ranks {
        let mut predicted = vec![0; self.predicted.len()];
        each_doubled_rank(&self.predicted, &times, |position, rank| predicted[position as usize] = rank);
        let mut doubled = Vec::with_capacity(self.truth.len());
        each_doubled_rank(&self.truth, &times, |position, rank| {
            let ranks = [rank, predicted[position as usize]];
            doubled.extend(std::iter::repeat_n(ranks, times(position) as usize));
        });
        Ranks { doubled }
    }
}

impl Ranks {
    /// Of fewer than 2³¹ pairs of truth and prediction, in any order.
    pub(super) fn of(pairs: &[(f64, f64)]) -> Self {
        Orders::of(pairs).ranks(|_| 1)
    }

    /// Pearson's correlation of the ranks; `None` where either side is constant.
    pub(crate) fn spearman(&self) -> Option<f64> {
        let sum_of = |product: fn(&[u32; 2]) -> u64| -> i128 {
            self.doubled.iter().map(|ranks| i128::from(product(ranks))).sum()
        };
        let n = self.doubled.len() as i128;
        // Ranks are 1 to n, so their doubles sum to n·(n + 1).
        let square_of_sum = (n * (n + 1)).pow(2);
        let central = |sum: i128| n * sum - square_of_sum;
        let truth = sum_of(|[truth, _]| u64::from(*truth) * u64::from(*truth));
        let predicted = sum_of(|[_, predicted]| u64::from(*predicted) * u64::from(*predicted));
        let products = sum_of(|[truth, predicted]| u64::from(*truth) * u64::from(*predicted));
        quotient(central(products), [central(truth), central(predicted)])
    }

    /// Kendall's τ-b: (concordant − discordant) / √(pairs untied in the truth · pairs untied in the prediction); `None` where
    /// either side is constant. Knight's method (1966): discordant pairs are inversions, counted by merging.
    pub(crate) fn kendall_b(&self) -> Option<f64> {
        let all = pairs_of(self.doubled.len());
        let (mut tied_truth, mut tied_both) = (0, 0);
        let mut predicted: Vec<u32> = self.doubled.iter().map(|[_, predicted]| *predicted).collect();
        let mut rest = &mut predicted[..];
        for run in self.doubled.chunk_by(|a, b| a[0] == b[0]) {
            let (of_run, after) = rest.split_at_mut(run.len());
            // What is equal in the truth is no inversion.
            of_run.sort_unstable();
            tied_truth += pairs_of(run.len());
            tied_both += tied(of_run);
            rest = after;
        }
        let discordant = sort_counting_inversions(&mut predicted);
        let tied_predicted = tied(&predicted);
        let balance = all - tied_truth - tied_predicted + tied_both - 2 * discordant;
        quotient(balance, [all - tied_truth, all - tied_predicted])
    }
}

fn quotient(covariance: i128, variances: [i128; 2]) -> Option<f64> {
    let [a, b] = variances.map(|variance| variance as f64);
    (a > 0.0 && b > 0.0).then(|| (covariance as f64 / (a.sqrt() * b.sqrt())).clamp(-1.0, 1.0))
}

/// The keys of values, ascending, each with the position of its value.
fn ascending(values: impl Iterator<Item = f64>) -> Vec<(u64, u32)> {
    let keys: Vec<(u64, u32)> = values.map(key_of).zip(0..).collect();
    radix::sorted(&[&keys])
}

/// Twice the rank at each position of a sorted list in which each stands so many times.
fn each_doubled_rank(sorted: &[(u64, u32)], times: impl Fn(u32) -> u32, mut take: impl FnMut(u32, u32)) {
    let mut before = 0;
    for run in sorted.chunk_by(|a, b| a.0 == b.0) {
        let count: u32 = run.iter().map(|(_, position)| times(*position)).sum();
        // The mean of before + 1 ..= before + count, twice.
        for (_, position) in run {
            take(*position, 2 * before + count + 1);
        }
        before += count;
    }
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
fn sort_counting_inversions(values: &mut Vec<u32>) -> i128 {
    let count = values.len();
    let mut merged = values.clone();
    let (mut inversions, mut width) = (0, 1);
    while width < count {
        for (from, to) in values.chunks(2 * width).zip(merged.chunks_mut(2 * width)) {
            let (left, right) = from.split_at(width.min(from.len()));
            inversions += merge_counting_inversions(left, right, to);
        }
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
    i128::from(inversions)
}

/// Merges two sorted lists; returns how many of the right are less than each of the left, summed up.
fn merge_counting_inversions(left: &[u32], right: &[u32], merged: &mut [u32]) -> u64 {
    let (mut i, mut j, mut inversions) = (0, 0, 0);
    // Which side is next cannot be foretold, so it is reckoned with and not jumped on.
    while i < left.len() && j < right.len() {
        let is_left = usize::from(left[i] <= right[j]);
        merged[i + j] = left[i].min(right[j]);
        inversions += is_left as u64 * j as u64;
        i += is_left;
        j += 1 - is_left;
    }
    merged[i + j..left.len() + j].copy_from_slice(&left[i..]);
    merged[left.len() + j..].copy_from_slice(&right[j..]);
    inversions + (left.len() - i) as u64 * j as u64
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
            prop_assert_eq!(Ranks::of(&pairs).kendall_b(), plain_kendall(&pairs));
        }
    }

    proptest! {
        /// Standing so many times is being written down so many times.
        #[test]
        fn ranks_of_a_choice_are_those_of_its_pairs(
            pairs in prop::collection::vec((0_i8..8, 0_i8..8, 0_u32..4), 0..40),
        ) {
            let plain = |(a, b, _): &(i8, i8, u32)| (f64::from(*a), f64::from(*b));
            let chosen = pairs.iter().flat_map(|pair| std::iter::repeat_n(plain(pair), pair.2 as usize));
            let want = Ranks::of(&chosen.collect::<Vec<_>>());
            let all: Vec<(f64, f64)> = pairs.iter().map(plain).collect();
            let got = Orders::of(&all).ranks(|position| pairs[position as usize].2);
            prop_assert_eq!(got.spearman(), want.spearman());
            prop_assert_eq!(got.kendall_b(), want.kendall_b());
        }
    }

    #[test]
    fn ranks_of_equal_values_are_their_mean() {
        let predicted = [3.0, 1.0, 3.0, -2.0, 0.0, -0.0];
        let ranks = Ranks::of(&[0.0, 1.0, 1.0, 4.0, 5.0, 6.0].into_iter().zip(predicted).collect::<Vec<_>>());
        assert_eq!(ranks.doubled, [[2, 11], [5, 8], [5, 11], [8, 2], [10, 5], [12, 5]]);
        assert_eq!(Ranks::of(&[(1.0, 5.0), (2.0, 4.0), (3.0, 3.0)]).spearman(), Some(-1.0));
        let (none, one) = (Ranks::of(&[]), Ranks::of(&[(1.0, 1.0)]));
        assert_eq!((none.spearman(), one.spearman(), none.kendall_b()), (None, None, None));
    }
}
