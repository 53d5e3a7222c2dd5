//! The same bits for any sharding, any order of shards, and any number of replicates at once.

use egret_metrics::{
    ClassesPredictions, Shape, Shard,
    comparison::{Draw, Replicates, Resampler, rank},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};

use super::{SEED, replicates, sample, scoring};

const ITEM_COUNT: usize = 210;
const SHARD_COUNTS: [usize; 4] = [1, 2, 3, 7];

/// The replicates of a model whose items come in so many shards, the shards in any order.
fn in_shards(
    shape: Shape,
    id: &str,
    shard_count: usize,
    shard: impl Fn(std::ops::Range<usize>, &mut dyn FnMut(Shard<'_>)),
) -> Replicates {
    let scoring = scoring(shape, id);
    let groups: Vec<u64> = (0..ITEM_COUNT as u64).map(|item| item / 3).collect();
    let mut starts: Vec<usize> = (0..shard_count).collect();
    starts.shuffle(&mut SmallRng::seed_from_u64(shard_count as u64));
    let mut gathered = egret_metrics::comparison::Sample::new(&scoring).unwrap();
    for at in starts {
        let range = at * ITEM_COUNT / shard_count..(at + 1) * ITEM_COUNT / shard_count;
        shard(range.clone(), &mut |shard| {
            let mut outcomes = egret_metrics::Outcomes::new(&scoring).unwrap();
            outcomes.add(shard, &groups[range.clone()]).unwrap();
            gathered.add(&outcomes).unwrap();
        });
    }
    let draw = Draw::new(&SEED, 300, &gathered).unwrap();
    replicates(&draw, gathered)
}

fn bits(replicates: &Replicates) -> Vec<Option<u64>> {
    let values = replicates.replicates.iter().chain([&replicates.value]);
    values.map(|value| value.map(f64::to_bits)).collect()
}

#[test]
fn shards_change_no_bit() {
    let mut random = SmallRng::seed_from_u64(5);
    let truths: Vec<f64> = (0..ITEM_COUNT).map(|_| random.random_range(-1.0..1.0_f64)).collect();
    let predicted: Vec<f64> = truths.iter().map(|truth| truth + random.random_range(-0.9..0.9_f64)).collect();
    for id in ["mae", "rmse", "r2", "pearson", "ccc", "spearman", "kendall_b", "median_ae"] {
        let of = |shard_count| {
            in_shards(Shape::Values(1), id, shard_count, |range, take| {
                take(Shard::Values(&predicted[range.clone()], &vec![true; range.len()], &truths[range]));
            })
        };
        for shard_count in SHARD_COUNTS {
            assert_eq!(bits(&of(shard_count)), bits(&of(1)), "{id} in {shard_count} shards");
        }
    }
    let (scores, targets): (Vec<_>, Vec<_>) =
        predicted.iter().zip(&truths).map(|(p, y)| (Some(p.clamp(0.0, 1.0)), *y > 0.2)).unzip();
    for id in ["roc_auc", "eer.interp", "min_dcf@0.05", "cllr", "average_precision"] {
        let of = |shard_count| {
            in_shards(Shape::Pairs, id, shard_count, |range, take| {
                take(Shard::Pairs(&scores[range.clone()], &targets[range]));
            })
        };
        for shard_count in SHARD_COUNTS {
            assert_eq!(bits(&of(shard_count)), bits(&of(1)), "{id} in {shard_count} shards");
        }
    }
    let rows: Vec<f32> = predicted.iter().flat_map(|p| [(*p as f32).clamp(0.0, 1.0), 0.3, 0.1]).collect();
    let labels: Vec<u32> =
        truths.iter().map(|y| if *y > 0.0 { 0 } else { 1 + u32::from(*y > -0.5) }).collect();
    for id in ["accuracy", "f1.macro", "qwk", "log_loss", "brier.multiclass"] {
        let shape = Shape::Classes { class_count: 3, reject: None };
        let of = |shard_count| {
            in_shards(shape, id, shard_count, |range, take| {
                let rows = &rows[3 * range.start..3 * range.end];
                take(Shard::Classes(ClassesPredictions::Scores(rows), &labels[range]));
            })
        };
        for shard_count in SHARD_COUNTS {
            assert_eq!(bits(&of(shard_count)), bits(&of(1)), "{id} in {shard_count} shards");
        }
    }
}

/// Models are reckoned one by one, so a model's numbers are its own, whoever stands beside it.
#[test]
fn ranges_of_replicates_change_no_bit() {
    let scoring = scoring(Shape::Values(1), "pearson");
    let truths: Vec<f64> = (0..50).map(|item| f64::from(item * item % 17)).collect();
    let predicted: Vec<f64> = (0..50).map(|item| f64::from(item * 7 % 13)).collect();
    let groups: Vec<u64> = (0..50).rev().collect();
    let sample = sample(&scoring, &[(Shard::Values(&predicted, &[true; 50], &truths), &groups)]);
    let draw = Draw::new(&SEED, 250, &sample).unwrap();
    let resampler = Resampler::new(&draw, sample).unwrap();
    let whole = resampler.replicates(0..250);
    let parts = std::thread::scope(|scope| {
        let parts = [0..1, 1..100, 100..250].map(|range| scope.spawn(|| resampler.replicates(range)));
        parts.map(|part| part.join().unwrap())
    });
    assert_eq!(whole, parts.concat());
}

#[test]
fn the_order_of_models_changes_no_rank() {
    let mut random = SmallRng::seed_from_u64(2);
    let models: Vec<Vec<bool>> = (0..6)
        .map(|model| (0..400).map(|_| random.random_bool(0.5 + 0.06 * f64::from(model))).collect())
        .collect();
    let mut models = super::right(&SEED, 500, &models);
    let direction = egret_metrics::Direction::HigherIsBetter;
    let forward = rank(direction, &models).unwrap();
    models.reverse();
    let mut backward = rank(direction, &models).unwrap();
    backward.standings.reverse();
    assert_eq!(forward, backward);
}
