use std::collections::HashMap;

/// Numbers slices in the order of their first appearance.
pub(super) fn interner<'a>() -> impl FnMut(&[&'a [u8]]) -> Vec<u32> {
    let mut numbers = Numbers::default();
    move |slices| slices.iter().map(|slice| numbers.of(slice)).collect()
}

/// Slots of the table of few slices.
const SLOTS: usize = 256;
/// So few slices are found in a table of a hash that takes no time; more might be chosen so as to share slots, and go to a map
/// that chance protects.
const FEW: usize = SLOTS / 4;

/// The distinct slices so far.
struct Numbers<'a> {
    /// One more than a slice's number; 0 is free.
    slots: [u8; SLOTS],
    few: Vec<&'a [u8]>,
    many: HashMap<&'a [u8], u32>,
}

impl Default for Numbers<'_> {
    fn default() -> Self {
        Self { slots: [0; SLOTS], few: Vec::new(), many: HashMap::new() }
    }
}

impl<'a> Numbers<'a> {
    fn of(&mut self, slice: &'a [u8]) -> u32 {
        let mut slot = hash(slice) as usize % SLOTS;
        while self.slots[slot] > 0 {
            let number = self.slots[slot] - 1;
            if self.few[usize::from(number)] == slice {
                return u32::from(number);
            }
            slot = (slot + 1) % SLOTS;
        }
        if self.few.len() < FEW {
            self.few.push(slice);
            self.slots[slot] = self.few.len() as u8;
            return self.few.len() as u32 - 1;
        }
        let next = (FEW + self.many.len()) as u32;
        *self.many.entry(slice).or_insert(next)
    }
}

/// Of a slice of any length by its ends.
fn hash(slice: &[u8]) -> u64 {
    let ends = match slice {
        [first, .., last] => u64::from(*first) << 8 | u64::from(*last),
        [one] => u64::from(*one),
        [] => 0,
    };
    let middle = slice.get(slice.len() / 2).map_or(0, |byte| u64::from(*byte));
    (ends << 16 | middle << 8 | slice.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Numbers on both sides of what the table holds, and slices of one hash.
        #[test]
        fn equal_slices_alone_have_equal_numbers(
            units in prop::collection::vec("[a-c]{0,2}|x[a-f]{3}x", 0..200),
        ) {
            let slices: Vec<&[u8]> = units.iter().map(String::as_bytes).collect();
            let numbers = interner()(&slices);
            let mut distinct: Vec<&[u8]> = Vec::new();
            for (slice, number) in slices.iter().zip(numbers) {
                let next = distinct.len();
                let want = distinct.iter().position(|known| known == slice).unwrap_or(next);
                if want == next {
                    distinct.push(slice);
                }
                prop_assert_eq!(number as usize, want);
            }
        }
    }
}
