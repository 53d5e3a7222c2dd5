//! The paired Poisson bootstrap: what is drawn, what is reckoned of it, and who ranks where.

mod agreement;
mod bits;
mod bounds;
mod coverage;
mod ranking;
mod resampling;

use egret_metrics::{
    ClassesPredictions, Outcomes, Scoring, Shape, Shard,
    comparison::{Draw, Replicates, Resampler, Sample},
    find,
};
use sha2::{Digest, Sha256};

const SEED: [u8; 32] = [7; 32];

fn scoring(shape: Shape, id: &str) -> Scoring {
    Scoring { shape, metrics: vec![find(shape.kind(), id).unwrap_or_else(|| panic!("no metric {id}"))] }
}

fn sample(scoring: &Scoring, shards: &[(Shard<'_>, &[u64])]) -> Sample {
    let mut sample = Sample::new(scoring).unwrap();
    for (shard, groups) in shards {
        let mut outcomes = Outcomes::new(scoring).unwrap();
        outcomes.add(*shard, groups).unwrap();
        sample.add(&outcomes).unwrap();
    }
    sample
}

/// The replicates of one model.
fn replicates(draw: &Draw, sample: Sample) -> Replicates {
    let resampler = Resampler::new(draw, sample).unwrap();
    let replicates = resampler.replicates(0..draw.replicate_count());
    Replicates { value: resampler.value(), replicates }
}

const TWO: Shape = Shape::Classes { class_count: 2, reject: None };

/// A model that is right, or not, about each item, an item being a group of its own.
fn right(seed: &[u8; 32], replicate_count: u32, models: &[Vec<bool>]) -> Vec<Replicates> {
    let scoring = scoring(TWO, "accuracy");
    let groups: Vec<u64> = (0..models[0].len() as u64).collect();
    let samples = models.iter().map(|right| {
        let answers: Vec<Option<u32>> = right.iter().map(|right| Some(u32::from(*right))).collect();
        let labels = vec![1; right.len()];
        sample(&scoring, &[(Shard::Classes(ClassesPredictions::Indices(&answers), &labels), &groups)])
    });
    let samples: Vec<Sample> = samples.collect();
    let draw = Draw::new(seed, replicate_count, &samples[0]).unwrap();
    samples.into_iter().map(|sample| replicates(&draw, sample)).collect()
}

/// The standard deviation of a difference over the replicates.
fn paired_error(a: &Replicates, b: &Replicates) -> f64 {
    let differences: Vec<f64> =
        a.replicates.iter().zip(&b.replicates).map(|(a, b)| a.unwrap() - b.unwrap()).collect();
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    (differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
}

/// How often a group is drawn, from the words of the documentation and nothing of the crate.
fn weight(seed: &[u8; 32], group: u64, replicate: u64) -> usize {
    let hash = Sha256::digest([&seed[..], &group.to_le_bytes()].concat());
    let mut key = [0; 8];
    key.copy_from_slice(&hash[..8]);
    let modulus = 1_u128 << 64;
    let mut x =
        (u128::from(u64::from_le_bytes(key)) + u128::from(replicate + 1) * 0x9E37_79B9_7F4A_7C15) % modulus;
    for (shift, factor) in [(30, 0xBF58_476D_1CE4_E5B9), (27, 0x94D0_49BB_1331_11EB)] {
        x = ((x ^ (x >> shift)) * factor) % modulus;
    }
    let uniform = ((x ^ (x >> 31)) >> 32) as f64;
    // Of a number of 32 bits and a step that is rounded to a whole one, f64 is exact enough.
    let (mut steps, mut term, mut sum) = (0, (-1.0_f64).exp(), 0.0);
    for k in 1..=12 {
        sum += term;
        term /= f64::from(k);
        steps += usize::from((sum * 2_f64.powi(32)).round() <= uniform);
    }
    steps
}
