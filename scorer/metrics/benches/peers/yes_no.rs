//! Yes or no: area under the ROC curve, average precision, log loss and Brier score in one pass.

use std::path::Path;

use egret_metrics::binary::{Params, Scores, State, parse};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const IDS: [&str; 4] = ["roc_auc", "average_precision", "log_loss", "brier"];

/// Scores and labels of all items.
pub struct Items {
    scores: Vec<f32>,
    pub labels: Vec<bool>,
}

impl Items {
    pub fn read(folder: &Path) -> Result<Self> {
        let scores = read::f32s(folder, "binary-scores.f32")?;
        Ok(Self { scores, labels: read::flags(folder, "binary-labels.u8")? })
    }

    /// The state of some of the items.
    pub fn state(&self, items: std::ops::Range<usize>) -> Result<State> {
        let kinds = IDS.iter().filter_map(|id| parse(id)).map(|(kind, _)| kind).collect();
        let mut state = State::new(Params { kinds })?;
        state.update(Scores::F32(&self.scores[items.clone()]), &self.labels[items])?;
        Ok(state)
    }
}

pub fn all_four(folder: &Path) -> Result<Measurement> {
    let items = Items::read(folder)?;
    Ok(Box::new(move || Measured::of(&IDS, || Ok(items.state(0..items.labels.len())?.values()?))))
}
