use std::collections::BTreeMap;

/// Longest run of words that BLEU and CIDEr-D count.
pub(super) const N_MAX: usize = 4;
/// How fast CIDEr-D falls with the difference in length.
const SIGMA: f64 = 6.0;

/// How often each run of 1 to [`N_MAX`] words stands in a text.
pub(super) type Runs<'a> = BTreeMap<Vec<&'a str>, u32>;

pub(super) fn runs(text: &str) -> Runs<'_> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut runs = Runs::new();
    for run in (1..=N_MAX).flat_map(|n| words.windows(n)) {
        *runs.entry(run.to_vec()).or_default() += 1;
    }
    runs
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
pub(super) fn cider_d(text: &str, references: &[String], idf: impl Fn(&[&str]) -> f64) -> f64 {
    let weighed = |text: &str, use_vector: &mut dyn FnMut(Vector<'_>)| {
        let mut vector = Vector { weights: BTreeMap::new(), norms: [0.0; N_MAX], pair_count: 0 };
        for (run, count) in runs(text) {
            let weight = f64::from(count) * idf(&run);
            vector.norms[run.len() - 1] += weight * weight;
            vector.pair_count += if run.len() == 2 { i64::from(count) } else { 0 };
            vector.weights.insert(run, weight);
        }
        vector.norms.iter_mut().for_each(|norm| *norm = norm.sqrt());
        use_vector(vector);
    };
    let mut sum = 0.0;
    weighed(text, &mut |found| {
        for reference in references {
            weighed(reference, &mut |reference| sum += found.similarity(&reference));
        }
    });
    10.0 * sum / references.len() as f64
}

struct Vector<'a> {
    weights: BTreeMap<Vec<&'a str>, f64>,
    norms: [f64; N_MAX],
    /// Runs of two words: what the reference takes for the length.
    pair_count: i64,
}

impl Vector<'_> {
    fn similarity(&self, reference: &Vector<'_>) -> f64 {
        let mut dots = [0.0; N_MAX];
        for (run, weight) in &self.weights {
            let other = reference.weights.get(run).copied().unwrap_or(0.0);
            dots[run.len() - 1] += weight.min(other) * other;
        }
        let norms =
            self.norms.iter().zip(&reference.norms).map(|(a, b)| if a * b == 0.0 { 1.0 } else { a * b });
        let cosine = dots.iter().zip(norms).map(|(dot, norm)| dot / norm).sum::<f64>() / N_MAX as f64;
        let difference = (self.pair_count - reference.pair_count) as f64;
        cosine * libm::exp(-difference * difference / (2.0 * SIGMA * SIGMA))
    }
}
