//! How often each group is drawn in each replicate.

use sha2::{Digest, Sha256};

/// The odd constant of SplitMix64: 2⁶⁴ over the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
/// `round(2³² · P(X ≤ k))` of a Poisson variable of mean 1, for k from 0 until that is 2³²: the weight of a u32 is how many of
/// these are not above it, 0 to 12. By this table the mean weight is 1 exactly.
const POISSON: [u32; 12] = [
    0x5e2d_58d9,
    0xbc5a_b1b1,
    0xeb71_5e1e,
    0xfb23_9797,
    0xff10_25f6,
    0xffd9_0f3c,
    0xfffa_8b72,
    0xffff_540c,
    0xffff_ed1f,
    0xffff_fe21,
    0xffff_ffd5,
    0xffff_fffc,
];
/// The largest weight.
#[cfg(test)]
pub(super) const WEIGHT_MAX: u8 = POISSON.len() as u8;

/// High bits of a u32 that settle nearly every weight.
const QUICK_BITS: u32 = 12;
/// A cell in which a step of [`POISSON`] lies settles nothing.
const UNSETTLED: u8 = u8::MAX;
static QUICK: [u8; 1 << QUICK_BITS] = quick();

const fn quick() -> [u8; 1 << QUICK_BITS] {
    let mut cells = [0; 1 << QUICK_BITS];
    let mut cell = 0;
    while cell < cells.len() {
        let low = (cell as u32) << (32 - QUICK_BITS);
        let high = low | (u32::MAX >> QUICK_BITS);
        cells[cell] = if poisson(low) == poisson(high) { poisson(low) } else { UNSETTLED };
        cell += 1;
    }
    cells
}

const fn poisson(uniform: u32) -> u8 {
    let mut weight = 0;
    while weight < POISSON.len() && POISSON[weight] <= uniform {
        weight += 1;
    }
    weight as u8
}

/// The first number of a group's stream, but for one step.
pub(super) fn stream(seed: &[u8; 32], group: u64) -> u64 {
    let hash = Sha256::new_with_prefix(seed).chain_update(group.to_le_bytes()).finalize();
    u64::from_le_bytes(hash[..8].try_into().expect("a hash has 32 bytes"))
}

/// The weight of a stream's group in a replicate.
pub(super) fn weight(stream: u64, replicate: u32) -> u8 {
    let mut x = stream.wrapping_add((u64::from(replicate) + 1).wrapping_mul(STEP));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let uniform = ((x ^ (x >> 31)) >> 32) as u32;
    let weight = QUICK[(uniform >> (32 - QUICK_BITS)) as usize];
    if weight == UNSETTLED { poisson(uniform) } else { weight }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    /// The distribution function from e = Σ 1/j!, in whole numbers: 2³²·Σ_{j ≤ k} 1/j! / e, rounded.
    #[test]
    fn the_table_is_the_distribution_function_of_poisson() {
        let one: BigUint = BigUint::from(1_u32) << 200;
        let inverse_factorials: Vec<BigUint> = (1_u32..60)
            .scan(one.clone(), |term, j| {
                let now = term.clone();
                *term = &*term / j;
                Some(now)
            })
            .collect();
        let e: BigUint = inverse_factorials.iter().sum();
        for k in 0..=POISSON.len() {
            let sum: BigUint = inverse_factorials[..=k].iter().sum();
            let rounded: BigUint = ((sum << 33) / &e + 1_u32) >> 1;
            let want = POISSON.get(k).map_or(1 << 32, |entry| u64::from(*entry));
            assert_eq!(rounded, BigUint::from(want), "{k}");
        }
        let mean: u64 = POISSON.iter().map(|entry| (1 << 32) - u64::from(*entry)).sum();
        assert_eq!(mean, 1 << 32);
    }

    #[test]
    fn both_sides_of_every_step_are_told_apart() {
        let quick = |uniform: u32| match QUICK[(uniform >> (32 - QUICK_BITS)) as usize] {
            UNSETTLED => poisson(uniform),
            settled => settled,
        };
        assert_eq!((quick(0), quick(u32::MAX)), (0, WEIGHT_MAX));
        for (weight, entry) in (0..).zip(POISSON) {
            assert_eq!((quick(entry - 1), quick(entry)), (weight, weight + 1));
        }
        let unsettled = (0..).zip(QUICK).filter(|(_, weight)| *weight == UNSETTLED).map(|(cell, _)| cell);
        let mut steps = POISSON.map(|entry| entry >> (32 - QUICK_BITS)).to_vec();
        steps.dedup();
        assert_eq!(unsettled.collect::<Vec<u32>>(), steps);
    }

    /// What the script of the module's documentation says.
    #[test]
    fn weights_are_those_of_the_script() {
        let seed = std::array::from_fn(|i| i as u8);
        for (group, want) in [
            (0, [4, 2, 2, 2, 3, 2, 1, 1, 2, 0, 0, 1, 0, 2, 1, 0, 2]),
            (1, [1, 1, 2, 5, 2, 0, 0, 1, 1, 2, 1, 0, 2, 2, 1, 1, 2]),
            (u64::MAX, [1, 1, 0, 3, 0, 0, 2, 0, 0, 0, 2, 3, 0, 1, 0, 0, 3]),
        ] {
            let stream = stream(&seed, group);
            let got: Vec<u8> = (0..16).chain([9999]).map(|replicate| weight(stream, replicate)).collect();
            assert_eq!(got, want, "{group}");
        }
    }
}
