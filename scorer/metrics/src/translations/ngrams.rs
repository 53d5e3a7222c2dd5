use std::collections::HashMap;

use super::tokens::{Tokens, is_space, split};

/// n-grams of BLEU.
pub(super) const BLEU_ORDER: usize = 4;
/// Character n-grams of chrF.
const CHRF_ORDER: usize = 6;
/// chrF weighs recall so much more than precision, squared.
const BETA_SQUARED: f64 = 4.0;
/// What the logarithm of a precision of 0 is taken for.
const LOG_OF_ZERO: f64 = -9_999_999_999.0;

/// Numbers for texts, the same for the same.
#[derive(Default)]
pub(super) struct Interner(HashMap<String, u32>);

impl Interner {
    pub(super) fn number(&mut self, token: &str) -> u32 {
        if let Some(number) = self.0.get(token) {
            return *number;
        }
        let next = self.0.len() as u32;
        self.0.insert(token.to_owned(), next);
        next
    }

    pub(super) fn numbers<'a>(&mut self, tokens: impl Iterator<Item = &'a str>) -> Vec<u32> {
        tokens.map(|token| self.number(token)).collect()
    }
}

/// All runs of `order` units as whole numbers, ascending; a unit takes `bits`, and all of a run fit into 128.
pub(super) fn ngrams(units: &[u32], order: usize, bits: u32) -> Vec<u128> {
    let packed = |run: &[u32]| run.iter().fold(0_u128, |sum, unit| sum << bits | u128::from(*unit));
    let mut ngrams: Vec<u128> = units.windows(order).map(packed).collect();
    ngrams.sort_unstable();
    ngrams
}

/// How many of the first are in one of the others, each at most as often as there.
pub(super) fn in_common(ngrams: &[u128], others: &[Vec<u128>]) -> u64 {
    let of_run = |run: &[u128]| {
        let times = |other: &Vec<u128>| {
            other.partition_point(|o| *o <= run[0]) - other.partition_point(|o| *o < run[0])
        };
        others.iter().map(times).max().unwrap_or(0).min(run.len()) as u64
    };
    ngrams.chunk_by(|a, b| a == b).map(of_run).sum()
}

/// Adds to h, r, the n-grams in common and the n-grams of each order.
pub(super) fn add_bleu(tokens: Tokens, hypothesis: &str, references: &[String], sums: &mut [u64]) {
    let mut interner = Interner::default();
    let hypothesis = interner.numbers(split(&tokens.cut(hypothesis)));
    let references: Vec<Vec<u32>> =
        references.iter().map(|text| interner.numbers(split(&tokens.cut(text)))).collect();
    let lengths = references.iter().map(Vec::len);
    // Of the nearest lengths the shorter.
    let nearest = lengths.min_by_key(|length| (length.abs_diff(hypothesis.len()), *length)).unwrap_or(0);
    sums[0] += hypothesis.len() as u64;
    sums[1] += nearest as u64;
    for order in 1..=BLEU_ORDER {
        let found = ngrams(&hypothesis, order, 32);
        let others: Vec<_> = references.iter().map(|reference| ngrams(reference, order, 32)).collect();
        sums[1 + order] += in_common(&found, &others);
        sums[1 + BLEU_ORDER + order] += found.len() as u64;
    }
}

/// 0 to 100, with the exponential smoothing of mteval.
pub(super) fn bleu(sums: &[u64]) -> f64 {
    let (found, truth) = (sums[0] as f64, sums[1] as f64);
    let (common, all) = sums[2..].split_at(BLEU_ORDER);
    if common.iter().all(|count| *count == 0) {
        return 0.0;
    }
    let brevity = if sums[0] < sums[1] { libm::exp(1.0 - truth / found) } else { 1.0 };
    let (mut logs, mut smoothing) = (0.0, 1.0);
    let mut is_over = false;
    for (common, all) in common.iter().zip(all) {
        is_over |= *all == 0;
        logs += if is_over {
            LOG_OF_ZERO
        } else if *common == 0 {
            smoothing *= 2.0;
            libm::log(100.0 / (smoothing * *all as f64))
        } else {
            libm::log(100.0 * *common as f64 / *all as f64)
        };
    }
    brevity * libm::exp(logs / BLEU_ORDER as f64)
}

/// The units of chrF: characters without white space, and words with punctuation at one end apart.
struct ChrfUnits {
    chars: Vec<u32>,
    words: Vec<u32>,
}

impl ChrfUnits {
    fn new(text: &str, word_order: usize, interner: &mut Interner) -> Self {
        let chars = text.chars().filter(|c| !is_space(*c)).map(u32::from).collect();
        let mut words = Vec::new();
        if word_order > 0 {
            for word in split(text) {
                let (head, tail) = word_and_mark(word);
                words.push(interner.number(head));
                words.extend(tail.map(|tail| interner.number(tail)));
            }
        }
        Self { chars, words }
    }

    fn ngrams(&self, word_order: usize) -> Vec<Vec<u128>> {
        // A character has 21 bits.
        let of_chars = (1..=CHRF_ORDER).map(|order| ngrams(&self.chars, order, 21));
        of_chars.chain((1..=word_order).map(|order| ngrams(&self.words, order, 32))).collect()
    }
}

/// A punctuation mark at the end of a word apart, or else one at the start.
fn word_and_mark(word: &str) -> (&str, Option<&str>) {
    let is_mark = |c: char| c.is_ascii_punctuation();
    let mut chars = word.chars();
    let (Some(first), Some(last)) = (chars.next(), chars.next_back()) else { return (word, None) };
    let cut = match (is_mark(first), is_mark(last)) {
        (_, true) => word.len() - 1,
        (true, false) => 1,
        (false, false) => return (word, None),
    };
    let (head, tail) = word.split_at(cut);
    (head, Some(tail))
}

/// Counts of one kind of chrF: found, true, in common, per order.
pub(super) fn chrf_len(word_order: u8) -> usize {
    3 * (CHRF_ORDER + usize::from(word_order))
}

/// Adds the counts of the reference that gives the highest score, the first of equal ones.
pub(super) fn add_chrf(word_order: u8, hypothesis: &str, references: &[String], sums: &mut [u64]) {
    let word_order = usize::from(word_order);
    let mut interner = Interner::default();
    let found = ChrfUnits::new(hypothesis, word_order, &mut interner).ngrams(word_order);
    let mut best: Option<(f64, Vec<u64>)> = None;
    for reference in references {
        let truth = ChrfUnits::new(reference, word_order, &mut interner).ngrams(word_order);
        let counts = found.iter().zip(truth).flat_map(|(found, truth)| {
            let (found_count, true_count) = (found.len() as u64, truth.len() as u64);
            let common = in_common(found, std::slice::from_ref(&truth));
            // What has nothing to be compared with is not held against it.
            [if true_count == 0 { 0 } else { found_count }, true_count, common]
        });
        let counts: Vec<u64> = counts.collect();
        let score = chrf(&counts);
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, counts));
        }
    }
    if let Some((_, counts)) = best {
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
}

/// 0 to 100, over the orders that both texts have.
pub(super) fn chrf(sums: &[u64]) -> f64 {
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
    for counts in sums.chunks(3).filter(|counts| counts[0] > 0 && counts[1] > 0) {
        precision += counts[2] as f64 / counts[0] as f64;
        recall += counts[2] as f64 / counts[1] as f64;
        orders += 1.0;
    }
    if precision + recall <= 0.0 {
        return 0.0;
    }
    (precision, recall) = (precision / orders, recall / orders);
    100.0 * ((1.0 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall))
}
