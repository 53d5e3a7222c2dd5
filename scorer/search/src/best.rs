use std::{cmp::Reverse, collections::BinaryHeap};

use crate::filter;

/// The best gallery items of one query so far.
pub(crate) struct Best {
    /// Length of the prepared query; `None`: it is no answer and finds nothing.
    norm: Option<f64>,
    /// At most k items, the worst on top.
    items: BinaryHeap<Reverse<Packed>>,
}

/// A score and an id whose order as a number is the order of the ranking: the key of the score above, the id inverted.
type Packed = u64;

const SIGN: u32 = 1 << 31;

fn pack(id: u32, score: f32) -> Packed {
    // −0.0 + 0.0 is 0.0.
    let bits = (score + 0.0).to_bits();
    let key = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    u64::from(key) << 32 | u64::from(!id)
}

fn unpack(item: Packed) -> (u32, f32) {
    let key = (item >> 32) as u32;
    (!(item as u32), f32::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN }))
}

impl Best {
    /// Holds memory for `k` items from the start.
    pub(crate) fn new(norm: Option<f64>, k: usize) -> Self {
        Self { norm, items: BinaryHeap::with_capacity(k) }
    }

    /// Pairs whose f32 product is below this cannot be among the `k` best. `norm_max`: of the gallery items in question.
    pub(crate) fn floor(&self, k: usize, norm_max: f64, dim: usize) -> f32 {
        match (self.norm, self.items.peek()) {
            (None, _) => f32::INFINITY,
            (Some(norm), Some(Reverse(worst))) if self.items.len() == k => {
                filter::floor(unpack(*worst).1, norm * norm_max, dim)
            }
            _ => f32::NEG_INFINITY,
        }
    }

    /// Takes an item in if it is among the `k` best; says whether it was.
    pub(crate) fn offer(&mut self, k: usize, id: u32, score: f32) -> bool {
        let item = pack(id, score);
        if self.items.len() < k {
            self.items.push(Reverse(item));
            return true;
        }
        match self.items.peek_mut() {
            Some(mut worst) if item > worst.0 => {
                *worst = Reverse(item);
                true
            }
            _ => false,
        }
    }

    /// Best first.
    pub(crate) fn into_list(self) -> Vec<(u32, f32)> {
        // Ascending in the reverse: best first.
        self.items.into_sorted_vec().into_iter().map(|Reverse(item)| unpack(item)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_items_order_by_score_then_by_the_lower_id() {
        let ranked = [
            (7, f32::MAX),
            (0, 1.0),
            (1, 1.0),
            (5, f32::from_bits(1)),
            (2, 0.0),
            (3, -0.0),
            (9, -1.0),
            (4, f32::MIN),
        ];
        assert!(ranked.windows(2).all(|pair| pack(pair[0].0, pair[0].1) > pack(pair[1].0, pair[1].1)));
        for (id, score) in ranked {
            assert_eq!(unpack(pack(id, score)), (id, score));
        }
        assert_eq!(unpack(pack(3, -0.0)).1.to_bits(), 0);
    }
}
