use std::collections::HashMap;

/// Longest run of words that BLEU and CIDEr-D count.
pub(super) const N_MAX: usize = 4;
/// How fast CIDEr-D falls with the difference in length.
const SIGMA: f64 = 6.0;
const WORD_BITS: u32 = 32;

/// The words of all texts, numbered from 1 in their order, so that sums in the order of runs do not depend on that of the items.
pub(super) struct Words<'a>(HashMap<&'a str, u32>);

impl<'a> Words<'a> {
    pub(super) fn new(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut numbers: HashMap<&str, u32> =
            texts.flat_map(str::split_whitespace).map(|word| (word, 0)).collect();
        let mut words: Vec<&str> = numbers.keys().copied().collect();
        words.sort_unstable();
        words.into_iter().zip(1..).for_each(|(word, number)| {
            numbers.insert(word, number);
        });
        Self(numbers)
    }

    /// How often each run of 1 to [`N_MAX`] words stands in a text, ascending.
    pub(super) fn runs(&self, text: &str) -> Vec<(Run, u32)> {
        let words: Vec<u32> =
            text.split_whitespace().map(|word| self.0.get(word).copied().unwrap_or(0)).collect();
        let mut runs: Vec<Run> = (1..=N_MAX).flat_map(|n| words.windows(n)).map(Run::new).collect();
        runs.sort_unstable();
        runs.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
    }
}

/// Numbers of up to [`N_MAX`] words, the first highest, so that runs stand in the order of their words; 0 is no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Run(u128);

impl Run {
    fn new(words: &[u32]) -> Self {
        let packed = words.iter().fold(0, |run, word| run << WORD_BITS | u128::from(*word));
        Self(packed << (WORD_BITS * (N_MAX - words.len()) as u32))
    }

    /// In words.
    pub(super) fn len(self) -> usize {
        N_MAX - (self.0.trailing_zeros() / WORD_BITS) as usize
    }
}

/// The number of a run; `None` where it is not.
pub(super) fn of_run<T: Copy>(runs: &[(Run, T)], run: Run) -> Option<T> {
    runs.binary_search_by_key(&run, |(run, _)| *run).ok().map(|place| runs[place].1)
}

/// ROUGE-L of one item (Lin 2004, β = 1.2): the best precision and the best recall over the references.
pub(super) fn rouge_l(text: &str, references: &[String]) -> f64 {
    // The reference splits at every single space, so nothing is one empty word.
    let words: Vec<&str> = text.split(' ').collect();
    let (mut precision, mut recall) = (0.0_f64, 0.0_f64);
    for reference in references {
        let other: Vec<&str> = reference.split(' ').collect();
        let common = longest_common(&words, &other) as f64;
        precision = precision.max(common / words.len() as f64);
        recall = recall.max(common / other.len() as f64);
    }
    let square = 1.2 * 1.2;
    if precision == 0.0 || recall == 0.0 {
        return 0.0;
    }
    (1.0 + square) * precision * recall / (recall + square * precision)
}

fn longest_common(a: &[&str], b: &[&str]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for word in a {
        let mut corner = 0;
        for (j, other) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if word == other { corner + 1 } else { above.max(row[j]) };
            corner = above;
        }
    }
    row[b.len()]
}

/// CIDEr-D of one item (Vedantam et al. 2015), 0 to 10. `idf` weighs a run by how few items' references hold it.
pub(super) fn cider_d(words: &Words<'_>, text: &str, references: &[String], idf: impl Fn(Run) -> f64) -> f64 {
    let weighed = |text: &str| {
        let mut vector = Vector { weights: Vec::new(), norms: [0.0; N_MAX], pair_count: 0 };
        for (run, count) in words.runs(text) {
            let weight = f64::from(count) * idf(run);
            vector.norms[run.len() - 1] += weight * weight;
            vector.pair_count += if run.len() == 2 { i64::from(count) } else { 0 };
            vector.weights.push((run, weight));
        }
        vector.norms.iter_mut().for_each(|norm| *norm = norm.sqrt());
        vector
    };
    let found = weighed(text);
    let sum: f64 = references.iter().map(|reference| found.similarity(&weighed(reference))).sum();
    10.0 * sum / references.len() as f64
}

struct Vector {
    /// Ascending.
    weights: Vec<(Run, f64)>,
    norms: [f64; N_MAX],
    /// Runs of two words: what the reference takes for the length.
    pair_count: i64,
}

impl Vector {
    fn similarity(&self, reference: &Self) -> f64 {
        let mut dots = [0.0; N_MAX];
        for (run, weight) in &self.weights {
            let other = of_run(&reference.weights, *run).unwrap_or(0.0);
            dots[run.len() - 1] += weight.min(other) * other;
        }
        let norms =
            self.norms.iter().zip(&reference.norms).map(|(a, b)| if a * b == 0.0 { 1.0 } else { a * b });
        let cosine = dots.iter().zip(norms).map(|(dot, norm)| dot / norm).sum::<f64>() / N_MAX as f64;
        let difference = (self.pair_count - reference.pair_count) as f64;
        cosine * libm::exp(-difference * difference / (2.0 * SIGMA * SIGMA))
    }
}
