//! Verification: equal error rate, four detection costs and the rate at a false accept rate.

use std::{ops::Range, path::Path};

use egret_metrics::pairs::{Params, Scores, State, parse};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const IDS: [&str; 6] =
    ["eer.interp", "min_dcf@0.01", "min_dcf@0.05", "min_dcf@0.001", "min_dcf@0.1", "tar@far0.001.strict"];

/// Scores, f32 or f64, and truth of all trials.
pub struct Trials<T> {
    scores: Vec<T>,
    targets: Vec<bool>,
    of: fn(&[T]) -> Scores<'_>,
}

impl Trials<f64> {
    pub fn read(folder: &Path) -> Result<Self> {
        let (scores, targets) =
            (read::f64s(folder, "pairs-scores.f64")?, read::flags(folder, "pairs-targets.u8")?);
        Ok(Self { scores, targets, of: |scores| Scores::F64(scores) })
    }
}

impl<T> Trials<T> {
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// The state of some of the trials.
    pub fn state(&self, trials: Range<usize>) -> Result<State> {
        let kinds = IDS.iter().filter_map(|id| parse(id)).map(|(kind, _)| kind).collect();
        let mut state = State::new(Params { kinds })?;
        state.update((self.of)(&self.scores[trials.clone()]), &self.targets[trials])?;
        Ok(state)
    }
}

fn measured<T: 'static>(trials: Trials<T>) -> Measurement {
    Box::new(move || Measured::of(&IDS, || Ok(trials.state(0..trials.len())?.values()?)))
}

/// Scores as models give them.
pub fn narrow(folder: &Path) -> Result<Measurement> {
    let Trials { scores, targets, .. } = Trials::read(folder)?;
    let scores: Vec<f32> = scores.into_iter().map(|score| score as f32).collect();
    Ok(measured(Trials { scores, targets, of: |scores| Scores::F32(scores) }))
}

/// Scores that only an f64 holds.
pub fn wide(folder: &Path) -> Result<Measurement> {
    Ok(measured(Trials::read(folder)?))
}
