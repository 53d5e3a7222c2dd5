//! Sorting whole numbers digit by digit: for the millions of keys of a state several times as fast as by comparing.

/// A number as digits of [`DIGIT_BITS`].
pub(crate) trait Digits: Copy + Ord + Default {
    /// How many low bits hold all differences between the two.
    fn bits_from(self, other: Self) -> u32;
    /// The digit that starts at that bit.
    fn digit(self, bit: u32) -> usize;
}

macro_rules! digits {
    ($number:ty) => {
        impl Digits for $number {
            fn bits_from(self, other: Self) -> u32 {
                <$number>::BITS - (self ^ other).leading_zeros()
            }

            fn digit(self, bit: u32) -> usize {
                (self >> bit) as usize % DIGIT_COUNT
            }
        }
    };
}
digits!(u32);
digits!(u64);

/// A key and what stands beside it, which ascends among equal keys from the start: their order stays as it is.
impl Digits for (u64, u32) {
    fn bits_from(self, other: Self) -> u32 {
        self.0.bits_from(other.0)
    }

    fn digit(self, bit: u32) -> usize {
        self.0.digit(bit)
    }
}

const DIGIT_BITS: u32 = 8;
const DIGIT_COUNT: usize = 1 << DIGIT_BITS;
/// Digits that are looked at, from the highest bit in which keys differ: all of a u32. Of longer numbers the rest decides seldom.
const PASS_COUNT_MAX: u32 = 6;
/// Up to so many keys, comparing is as fast.
const COMPARED_COUNT_MAX: usize = 1 << 10;

/// The keys of some lists as one, ascending. Holds two such lists meanwhile.
pub(crate) fn sorted<T: Digits>(lists: &[&[T]]) -> Vec<T> {
    let key_count = lists.iter().map(|list| list.len()).sum();
    let Some(&sample) = lists.iter().copied().flatten().next() else { return Vec::new() };
    if key_count <= COMPARED_COUNT_MAX || u32::try_from(key_count).is_err() {
        let mut keys = lists.concat();
        keys.sort_unstable();
        return keys;
    }
    let each = || lists.iter().copied().flatten();
    let bits = each().map(|key| key.bits_from(sample)).max().unwrap_or(0);
    let pass_count = bits.div_ceil(DIGIT_BITS).min(PASS_COUNT_MAX);
    let lowest = bits.saturating_sub(pass_count * DIGIT_BITS);
    let places: Vec<u32> = (0..pass_count).map(|pass| lowest + pass * DIGIT_BITS).collect();
    let mut counts = vec![[0_u32; DIGIT_COUNT]; places.len()];
    for list in lists {
        for key in *list {
            for (place, counts) in places.iter().zip(&mut counts) {
                counts[key.digit(*place)] += 1;
            }
        }
    }
    let (mut sorted, mut other) = (Vec::new(), Vec::new());
    for (place, counts) in places.into_iter().zip(&counts) {
        // A digit that all have in common, as the low ones of coarse scores, moves nothing.
        if counts[sample.digit(place)] as usize == key_count {
            continue;
        }
        other.resize(key_count, T::default());
        let from: &[&[T]] = if sorted.is_empty() { lists } else { &[&sorted[..]] };
        scatter(from, &mut other, place, counts);
        std::mem::swap(&mut sorted, &mut other);
    }
    if sorted.is_empty() {
        sorted = lists.concat();
    }
    if lowest > 0 && !insert(&mut sorted) {
        sorted.sort_unstable();
    }
    sorted
}

/// Moves each key to where its digit puts it, keys of one digit in the order they had.
fn scatter<T: Digits>(from: &[&[T]], to: &mut [T], place: u32, counts: &[u32; DIGIT_COUNT]) {
    let mut next = [0_u32; DIGIT_COUNT];
    let mut first = 0;
    for (next, count) in next.iter_mut().zip(counts) {
        *next = first;
        first += count;
    }
    for list in from {
        for key in *list {
            let next = &mut next[key.digit(place)];
            to[*next as usize] = *key;
            *next += 1;
        }
    }
}

/// Sorts keys of which few stand far from their place; `false` if that is more than one move per key.
fn insert<T: Ord + Copy>(keys: &mut [T]) -> bool {
    let mut moves_left = keys.len();
    for end in 1..keys.len() {
        let key = keys[end];
        let mut place = end;
        while place > 0 && keys[place - 1] > key {
            if moves_left == 0 {
                keys[place] = key;
                return false;
            }
            keys[place] = keys[place - 1];
            (place, moves_left) = (place - 1, moves_left - 1);
        }
        keys[place] = key;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    fn check<T: Digits + std::fmt::Debug>(keys: Vec<T>) {
        let (first, second) = keys.split_at(keys.len() / 3);
        let got = sorted(&[first, &[], second]);
        let mut want = keys;
        want.sort_unstable();
        assert_eq!(got, want);
    }

    #[test]
    fn the_order_is_that_of_comparing() {
        let mut rng = SmallRng::seed_from_u64(3);
        for count in [0, 1, COMPARED_COUNT_MAX, COMPARED_COUNT_MAX + 1, 20_000] {
            check::<u64>((0..count).map(|_| rng.random()).collect());
            check::<u32>((0..count).map(|_| rng.random()).collect());
            check::<u64>((0..count).map(|_| rng.random::<u64>() & 0xFF00_FF00).collect());
            // Keys that only the bits below the passes tell apart, few of them and many.
            check::<u64>(
                (0..count).map(|_| ((rng.random::<u64>() % 3) << 63) | (rng.random::<u64>() % 5)).collect(),
            );
            check::<u64>((0..count as u64).map(|i| ((i / 3) << 48) | (rng.random::<u64>() % 5)).collect());
            check::<u32>(vec![7; count]);
            check::<(u64, u32)>((0..count as u32).map(|i| (rng.random::<u64>(), i)).collect());
            check::<(u64, u32)>((0..count as u32).map(|i| (rng.random::<u64>() % 300, i)).collect());
        }
    }
}
