use super::ngrams::{Interner, in_common, ngrams};

/// The words of a text: runs of a–z and 0–9 in lower case.
fn words(text: &str, interner: &mut Interner) -> Vec<u32> {
    let lower = text.to_lowercase();
    let runs = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
    interner.numbers(runs.filter(|run| !run.is_empty()))
}

/// F1 of the reference that gives the highest, 0 to 1: of n-grams, or of the longest common subsequence for no order.
pub(super) fn rouge(order: Option<u8>, hypothesis: &str, references: &[String]) -> f64 {
    let mut interner = Interner::default();
    let found = words(hypothesis, &mut interner);
    let of_reference = |reference: &String| {
        let truth = words(reference, &mut interner);
        let (common, found_count, true_count) = match order {
            Some(order) => {
                let order = usize::from(order);
                let (found, truth) = (ngrams(&found, order, 32), ngrams(&truth, order, 32));
                let common = in_common(&found, std::slice::from_ref(&truth));
                (common, found.len(), truth.len())
            }
            None => (longest_common(&found, &truth), found.len(), truth.len()),
        };
        if common == 0 {
            return 0.0;
        }
        let (precision, recall) = (common as f64 / found_count as f64, common as f64 / true_count as f64);
        2.0 * precision * recall / (precision + recall)
    };
    references.iter().map(of_reference).fold(0.0, f64::max)
}

/// The length of the longest common subsequence, row by row.
fn longest_common(a: &[u32], b: &[u32]) -> u64 {
    let mut row = vec![0_u64; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (place, y) in b.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if x == y { diagonal + 1 } else { above.max(row[place]) };
            diagonal = above;
        }
    }
    row[b.len()]
}
