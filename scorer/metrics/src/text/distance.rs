//! Edit distance of token lists (Levenshtein: substitution, insertion and deletion cost one each).

/// What separates two token lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Difference {
    /// Fewest edits.
    pub(super) edits: u64,
    /// Most tokens that stay among the alignments of fewest edits; 0 unless asked for.
    pub(super) hits: u64,
}

/// The difference of two lists of interned tokens. The hits cost a step per pair of tokens, the edits one per 64 pairs.
pub(super) fn difference(a: &[u32], b: &[u32], with_hits: bool) -> Difference {
    if with_hits { most_hits(a, b) } else { Difference { edits: edits(a, b), hits: 0 } }
}

/// Myers' bit-parallel algorithm (1999) with Hyyrö's carries (2003), one block of 64 tokens of the shorter list at a time:
/// a block reads and rewrites the horizontal differences of the row above it, so memory is linear.
fn edits(a: &[u32], b: &[u32]) -> u64 {
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // Row 0 grows by one per token of the text.
    let mut row = vec![1_i8; text.len()];
    for block in pattern.chunks(64) {
        let masks = Masks::new(block);
        let last = 1_u64 << (block.len() - 1);
        let (mut up, mut down) = (u64::MAX, 0_u64);
        for (&token, step) in text.iter().zip(&mut row) {
            let equal = masks.get(token);
            let (enters_up, enters_down) = (u64::from(*step > 0), u64::from(*step < 0));
            let vertical = equal | down;
            let equal = equal | enters_down;
            let horizontal = ((equal & up).wrapping_add(up) ^ up) | equal;
            let right_up = down | !(horizontal | up);
            let right_down = up & horizontal;
            *step = i8::from(right_up & last != 0) - i8::from(right_down & last != 0);
            let right_up = right_up << 1 | enters_up;
            let right_down = right_down << 1 | enters_down;
            up = right_down | !(vertical | right_up);
            down = right_up & vertical;
        }
    }
    let row: i64 = row.iter().map(|&step| i64::from(step)).sum();
    (pattern.len() as i64 + row) as u64
}

/// For every token of a block of at most 64, the positions that hold it. Open addressing, at most half full.
struct Masks {
    tokens: [u32; 128],
    masks: [u64; 128],
}

impl Masks {
    fn new(block: &[u32]) -> Self {
        let mut table = Self { tokens: [0; 128], masks: [0; 128] };
        for (position, &token) in block.iter().enumerate() {
            let slot = table.slot(token);
            table.tokens[slot] = token;
            table.masks[slot] |= 1 << position;
        }
        table
    }

    fn get(&self, token: u32) -> u64 {
        self.masks[self.slot(token)]
    }

    /// The slot that holds the token, or the empty one where it belongs.
    fn slot(&self, token: u32) -> usize {
        let mut slot = (token.wrapping_mul(0x9E37_79B1) >> 25) as usize;
        while self.masks[slot] != 0 && self.tokens[slot] != token {
            slot = (slot + 1) % 128;
        }
        slot
    }
}

/// The plain recurrence over (edits, −hits) in lexicographic order, packed into one number.
fn most_hits(a: &[u32], b: &[u32]) -> Difference {
    const EDIT: i64 = 1 << 32;
    const HIT: i64 = -1;
    let mut row: Vec<i64> = (0..=b.len() as i64).map(|column| column * EDIT).collect();
    for x in a {
        let mut diagonal = row[0];
        row[0] += EDIT;
        for (column, y) in b.iter().enumerate() {
            let kept = diagonal + if x == y { HIT } else { EDIT };
            diagonal = row[column + 1];
            row[column + 1] = kept.min(diagonal + EDIT).min(row[column] + EDIT);
        }
    }
    let cost = row[b.len()];
    let edits = (cost + EDIT - 1) >> 32;
    Difference { edits: edits as u64, hits: (edits * EDIT - cost) as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_distances() {
        let tokens = |text: &str| -> Vec<u32> { text.chars().map(u32::from).collect() };
        for (a, b, want) in [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2)] {
            assert_eq!(edits(&tokens(a), &tokens(b)), want, "{a} {b}");
            assert_eq!(edits(&tokens(b), &tokens(a)), want, "{b} {a}");
        }
        // Two substitutions, or one hit, an insertion and a deletion: the latter keeps more.
        assert_eq!(most_hits(&[1, 2], &[2, 1]), Difference { edits: 2, hits: 1 });
        assert_eq!(most_hits(&[], &[]), Difference { edits: 0, hits: 0 });
    }

    proptest! {
        /// Lengths on both sides of one and of two blocks.
        #[test]
        fn bits_agree_with_the_plain_recurrence(
            a in prop::collection::vec(0_u32..6, 0..200),
            b in prop::collection::vec(0_u32..6, 0..200),
        ) {
            let plain = most_hits(&a, &b);
            prop_assert_eq!(edits(&a, &b), plain.edits);
            prop_assert!(plain.hits <= a.len().min(b.len()) as u64);
            prop_assert!(plain.edits + plain.hits >= a.len().max(b.len()) as u64);
        }

        /// Tokens that share slots of the table.
        #[test]
        fn colliding_tokens_are_told_apart(a in prop::collection::vec(any::<u32>(), 64), cut in 0_usize..64) {
            let mut distinct = a.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let mut changed = distinct.clone();
            changed.rotate_left(cut % distinct.len());
            prop_assert_eq!(edits(&distinct, &changed), most_hits(&distinct, &changed).edits);
        }
    }
}
