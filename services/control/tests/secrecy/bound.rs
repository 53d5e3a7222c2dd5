//! The theorem that a ledger stands for: of n labels that are as good as thrown coins, a team that may tell apart at most 2^B states gets k
//! or more right with probability at most 2^B · P(Bin(n, ½) ≥ k).

/// The chance that is taken to be none.
const CHANCE: f64 = 1e-6;

/// P(Bin(n, ½) ≥ k).
fn tail(n: usize, k: usize) -> f64 {
    let mut choose = (1..=n).fold(1.0, |product: f64, _| product / 2.0);
    let mut sum = 0.0;
    for right in (0..=n).rev() {
        if right < k {
            break;
        }
        sum += choose;
        choose *= right as f64 / (n - right + 1) as f64;
    }
    sum
}

/// The least number of right labels that a team of so many bits does not reach.
pub fn out_of_reach(n: usize, bits: f64) -> usize {
    (0..=n).find(|&k| bits.exp2() * tail(n, k) <= CHANCE).expect("the set is too small for so many bits")
}

/// How many labels were guessed right.
pub fn right(guess: &[bool], labels: &[bool]) -> usize {
    guess.iter().zip(labels).filter(|(a, b)| a == b).count()
}

#[test]
fn the_tail_is_the_binomial_one() {
    assert!((tail(10, 5) - 638.0 / 1_024.0).abs() < 1e-12);
    assert!((tail(4, 4) - 1.0 / 16.0).abs() < 1e-12 && (tail(7, 0) - 1.0).abs() < 1e-12);
    assert_eq!(out_of_reach(198, 32.0), 156);
    // Without any bits: only luck.
    assert_eq!(out_of_reach(20, 0.0), 20);
}
