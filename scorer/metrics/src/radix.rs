//! Sorting whole numbers byte by byte: for the millions of keys of a state several times as fast as by comparing.

/// A number as its bytes, the lowest first.
pub(crate) trait Digits: Copy + Ord + Default {
    /// How many.
    const COUNT: usize;
    /// The byte at that place.
    fn digit(self, place: usize) -> u8;
}

macro_rules! digits {
    ($number:ty) => {
        impl Digits for $number {
            const COUNT: usize = size_of::<$number>();

            fn digit(self, place: usize) -> u8 {
                (self >> (8 * place)) as u8
            }
        }
    };
}
digits!(u32);
digits!(u64);

/// Below so many keys, comparing is as fast.
const COMPARED_COUNT_MAX: usize = 1 << 10;

/// Sorts in ascending order. Holds a second list of the same length meanwhile.
pub(crate) fn sort<T: Digits>(keys: &mut Vec<T>) {
    if keys.len() <= COMPARED_COUNT_MAX || u32::try_from(keys.len()).is_err() {
        keys.sort_unstable();
        return;
    }
    let mut counts = vec![[0_u32; 256]; T::COUNT];
    for key in &*keys {
        for (place, counts) in counts.iter_mut().enumerate() {
            counts[usize::from(key.digit(place))] += 1;
        }
    }
    let mut sorted = Vec::new();
    for (place, counts) in counts.iter().enumerate() {
        // A byte that all have in common, as the low ones of coarse scores, moves nothing.
        if counts[usize::from(keys[0].digit(place))] as usize == keys.len() {
            continue;
        }
        sorted.resize(keys.len(), T::default());
        scatter(keys, &mut sorted, place, counts);
        std::mem::swap(keys, &mut sorted);
    }
}

/// Moves each key to where its byte at `place` puts it, keys of one byte in the order they had.
fn scatter<T: Digits>(from: &[T], to: &mut [T], place: usize, counts: &[u32; 256]) {
    let mut next = [0_u32; 256];
    let mut first = 0;
    for (next, count) in next.iter_mut().zip(counts) {
        *next = first;
        first += count;
    }
    for key in from {
        let next = &mut next[usize::from(key.digit(place))];
        to[*next as usize] = *key;
        *next += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    fn check<T: Digits + std::fmt::Debug>(keys: Vec<T>) {
        let (mut got, mut want) = (keys.clone(), keys);
        sort(&mut got);
        want.sort_unstable();
        assert_eq!(got, want);
    }

    #[test]
    fn the_order_is_that_of_comparing() {
        let mut rng = SmallRng::seed_from_u64(3);
        for count in [0, 1, COMPARED_COUNT_MAX, COMPARED_COUNT_MAX + 1, 5000] {
            check::<u64>((0..count).map(|_| rng.random()).collect());
            check::<u32>((0..count).map(|_| rng.random()).collect());
            check::<u64>((0..count).map(|_| rng.random::<u64>() & 0xFF00_FF00).collect());
            check::<u32>(vec![7; count]);
        }
    }
}
