//! Finalists against each other: all replicates of all models, and their ranks with intervals.

use std::path::Path;

use egret_metrics::{
    ClassesPredictions, Direction, Outcomes, Scoring, Shape, Shard,
    comparison::{Draw, Replicates, Resampler, Sample, rank},
    find,
};

use crate::{
    Result,
    measure::{Measured, Measurement, timed},
    read,
};

const MODEL_COUNT: usize = 20;
const SEED: [u8; 32] = [7; 32];

/// The outcomes of models that are right, or not, about each item, an item being a group of its own.
fn samples(folder: &Path) -> Result<Vec<Sample>> {
    let right = read::flags(folder, "finals-right.u8")?;
    let shape = Shape::Classes { class_count: 2, reject: None };
    let scoring = Scoring { shape, metrics: vec![find(shape.kind(), "accuracy").ok_or("no accuracy")?] };
    let item_count = right.len() / MODEL_COUNT;
    let (groups, labels): (Vec<u64>, Vec<u32>) = (0..item_count as u64).map(|item| (item, 1)).unzip();
    let sample = |right: &[bool]| {
        let answers: Vec<Option<u32>> = right.iter().map(|right| Some(u32::from(*right))).collect();
        let mut outcomes = Outcomes::new(&scoring).ok_or("no outcomes")?;
        outcomes.add(Shard::Classes(ClassesPredictions::Indices(&answers), &labels), &groups)?;
        let mut sample = Sample::new(&scoring)?;
        sample.add(&outcomes)?;
        Ok(sample)
    };
    right.chunks_exact(item_count).map(sample).collect()
}

/// With so many replicates.
pub fn compared(folder: &Path, replicate_count: u32) -> Result<Measurement> {
    let samples = samples(folder)?;
    Ok(Box::new(move || {
        let (seconds, ranking) = timed(|| {
            let draw = Draw::new(&SEED, replicate_count, &samples[0])?;
            let models = samples.iter().map(|sample| {
                let resampler = Resampler::new(&draw, sample.clone())?;
                Ok(Replicates {
                    value: resampler.value(),
                    replicates: resampler.replicates(0..replicate_count),
                })
            });
            Ok::<_, Box<dyn std::error::Error>>(rank(
                Direction::HigherIsBetter,
                &models.collect::<Result<Vec<_>>>()?,
            )?)
        });
        let ranking = ranking?;
        let mut values = vec![("critical".to_owned(), ranking.critical)];
        for (model, standing) in ranking.standings.iter().enumerate() {
            let standing = standing.ok_or("every model ranks")?;
            values.push((format!("low {model}"), standing.rank_low.into()));
            values.push((format!("high {model}"), standing.rank_high.into()));
        }
        Ok(Measured { seconds, values, beside: Vec::new() })
    }))
}
