use super::{
    cover::{Cover, Spans, overlap, spans},
    data::{Excerpt, Found},
};
use crate::keys::key_of;

/// What a score adds to the covered lengths: shared with the truth and in all, in the query, and the same in the reference.
pub(super) type Gain = [i128; 4];

/// One query's excerpts, reference after reference. Kept from query to query, so that its lists are allocated once.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    found: Vec<(u32, u64, Spans)>,
    truth: Vec<(u32, Spans)>,
    covered: [Cover; 2],
    counted: [Cover; 2],
    is_counted: Vec<bool>,
}

impl Pairs {
    /// Takes the next query.
    pub(super) fn load(&mut self, found: &[Found], truth: &[Excerpt]) {
        self.found.clear();
        let of_found = |found: &Found| (found.excerpt.reference, key_of(found.score), spans(&found.excerpt));
        self.found.extend(found.iter().map(of_found));
        // Surest first.
        self.found.sort_unstable_by_key(|(reference, key, _)| (*reference, !key));
        self.truth.clear();
        self.truth.extend(truth.iter().map(|gold| (gold.reference, spans(gold))));
        self.truth.sort_unstable_by_key(|(reference, _)| *reference);
    }

    /// Hands on every named reference: the highest score there, and whether the query has a copy of it.
    pub(super) fn named(&self, mut take: impl FnMut(u64, bool)) {
        for of_pair in self.found.chunk_by(|a, b| a.0 == b.0) {
            let (reference, key, _) = of_pair[0];
            take(key, !of(&self.truth, reference).is_empty());
        }
    }

    /// How many references the query has copies of, and the lengths that these cover in it and in them.
    pub(super) fn true_lengths(&mut self) -> (u64, [i128; 2]) {
        let (mut count, mut lengths) = (0, [0; 2]);
        for of_pair in self.truth.chunk_by(|a, b| a.0 == b.0) {
            count += 1;
            for (axis, cover) in self.counted.iter_mut().enumerate() {
                cover.clear();
                for (_, spans) in of_pair {
                    cover.add(spans[axis]);
                }
                lengths[axis] += cover.length();
            }
        }
        (count, lengths)
    }

    /// Hands on what every distinct score of every reference adds to the lengths.
    pub(super) fn gains(&mut self, mut take: impl FnMut(u64, Gain)) {
        let Self { found, truth, covered, counted, is_counted } = self;
        for of_pair in found.chunk_by(|a, b| a.0 == b.0) {
            let truth = of(truth, of_pair[0].0);
            covered.iter_mut().chain(counted.iter_mut()).for_each(Cover::clear);
            is_counted.clear();
            is_counted.resize(truth.len(), false);
            let mut last = [0; 4];
            for of_score in of_pair.chunk_by(|a, b| a.1 == b.1) {
                for (_, _, spans) in of_score {
                    covered.iter_mut().zip(spans).for_each(|(cover, span)| cover.add(*span));
                    // A true excerpt counts on both axes once something found overlaps it on both.
                    for ((_, gold), is_counted) in truth.iter().zip(is_counted.iter_mut()) {
                        if !*is_counted && overlap(gold, spans) {
                            *is_counted = true;
                            counted.iter_mut().zip(gold).for_each(|(cover, span)| cover.add(*span));
                        }
                    }
                }
                let [query, reference] = &*covered;
                let now = [
                    query.shared(&counted[0]),
                    query.length(),
                    reference.shared(&counted[1]),
                    reference.length(),
                ];
                let gain = std::array::from_fn(|i| now[i] - last[i]);
                if gain != [0; 4] {
                    take(of_score[0].1, gain);
                }
                last = now;
            }
        }
    }
}

/// The true excerpts of one reference.
fn of(truth: &[(u32, Spans)], reference: u32) -> &[(u32, Spans)] {
    let start = truth.partition_point(|(other, _)| *other < reference);
    let end = truth.partition_point(|(other, _)| *other <= reference);
    &truth[start..end]
}
