//! How often what is said is true, on contests of which the truth is known.

use egret_metrics::{Direction, comparison::rank};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use sha2::{Digest, Sha256};

use super::right;

const CONTEST_COUNT: u32 = 200;
const ITEM_COUNT: usize = 150;
const REPLICATE_COUNT: u32 = 200;

/// Contests of models of these true accuracies, right about the same items more often than by chance; how many of them say of any
/// pair the wrong thing: that one beats another that is as good or better.
fn wrong_count(accuracies: &[f64]) -> u32 {
    let mut random = SmallRng::seed_from_u64(8);
    let wrong = (0..CONTEST_COUNT).filter(|contest| {
        let hardness: Vec<f64> = (0..ITEM_COUNT).map(|_| random.random_range(0.0..1.0)).collect();
        let mut model = |accuracy: &f64| -> Vec<bool> {
            let own =
                |hard: &f64| if random.random_bool(0.5) { *hard } else { random.random_range(0.0..1.0) };
            hardness.iter().map(own).map(|hard| hard < *accuracy).collect()
        };
        let models: Vec<Vec<bool>> = accuracies.iter().map(&mut model).collect();
        let seed = Sha256::digest(contest.to_le_bytes()).into();
        let ranking = rank(Direction::HigherIsBetter, &right(&seed, REPLICATE_COUNT, &models)).unwrap();
        let out_of = |(place, standing): (usize, &Option<egret_metrics::comparison::Standing>)| {
            let better = accuracies.iter().filter(|other| **other > accuracies[place]).count() as u32;
            let worse = accuracies.iter().filter(|other| **other < accuracies[place]).count() as u32;
            let standing = standing.unwrap();
            standing.rank_low > 1 + better || standing.rank_high < accuracies.len() as u32 - worse
        };
        ranking.standings.iter().enumerate().any(out_of)
    });
    wrong.count() as u32
}

/// Five of a hundred are expected, ten of two hundred; the chance of more than 19 is below 1 in 300.
#[test]
fn models_as_good_as_each_other_seldom_beat_each_other() {
    let wrong = wrong_count(&[0.7; 5]);
    assert!((1..20).contains(&wrong), "{wrong} of {CONTEST_COUNT}");
}

#[test]
fn true_ranks_lie_within_what_is_said() {
    let wrong = wrong_count(&[0.9, 0.72, 0.7, 0.7, 0.5]);
    assert!(wrong < 20, "{wrong} of {CONTEST_COUNT}");
}
