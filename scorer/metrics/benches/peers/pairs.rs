//! Verification: equal error rate, four detection costs and the rate at a false accept rate.

use std::{ops::Range, path::Path};

use egret_metrics::pairs::{Params, State, parse};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const IDS: [&str; 6] =
    ["eer.interp", "min_dcf@0.01", "min_dcf@0.05", "min_dcf@0.001", "min_dcf@0.1", "tar@far0.001.strict"];

/// Scores and truth of all trials.
pub struct Trials {
    scores: Vec<Option<f64>>,
    targets: Vec<bool>,
}

impl Trials {
    pub fn read(folder: &Path) -> Result<Self> {
        let scores = read::f64s(folder, "pairs-scores.f64")?.into_iter().map(Some).collect();
        Ok(Self { scores, targets: read::flags(folder, "pairs-targets.u8")? })
    }

    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// The state of some of the trials.
    pub fn state(&self, trials: Range<usize>) -> Result<State> {
        let kinds = IDS.iter().filter_map(|id| parse(id)).map(|(kind, _)| kind).collect();
        let mut state = State::new(Params { kinds })?;
        state.update(&self.scores[trials.clone()], &self.targets[trials])?;
        Ok(state)
    }
}

fn measured(trials: Trials) -> Measurement {
    Box::new(move || Measured::of(&IDS, || Ok(trials.state(0..trials.len())?.values()?)))
}

/// Scores that an f32 holds.
pub fn narrow(folder: &Path) -> Result<Measurement> {
    let Trials { scores, targets } = Trials::read(folder)?;
    let narrowed = |score: Option<f64>| score.map(|score| f64::from(score as f32));
    Ok(measured(Trials { scores: scores.into_iter().map(narrowed).collect(), targets }))
}

/// Scores that only an f64 holds.
pub fn wide(folder: &Path) -> Result<Measurement> {
    Ok(measured(Trials::read(folder)?))
}
