//! Classes: from predicted indices, and from a score per class.

use std::{ops::Range, path::Path};

use egret_metrics::{AnswerKind, ClassesParams, ClassesPredictions, ClassesState, Metric, find, suite};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const CLASS_COUNT: u32 = 1000;
const SCORED: [&str; 3] = ["top1.lowest_index", "top5.lowest_index", "log_loss"];

fn params(ids: &[&str]) -> Result<ClassesParams> {
    let named = |id: &&str| find(AnswerKind::Classes, id).ok_or_else(|| format!("no metric is called {id}"));
    let metrics = ids.iter().map(named).collect::<std::result::Result<Vec<Metric>, _>>()?;
    Ok(ClassesParams { class_count: CLASS_COUNT, metrics })
}

/// Every family of metrics of predicted indices, with the parameters that are asked for most.
fn hard_ids() -> Vec<String> {
    let suite = suite("classification").expect("a suite of classes");
    let hard = suite.metrics.iter().filter(|info| !info.needs_scores);
    hard.map(|info| info.id.replace("{beta}", "1").replace("{average}", "macro")).collect()
}

/// True and predicted classes of all items.
pub struct Items {
    labels: Vec<u32>,
    predicted: Vec<Option<u32>>,
}

impl Items {
    pub fn read(folder: &Path) -> Result<Self> {
        let predicted = read::u32s(folder, "classes-predicted.u32")?.into_iter().map(Some).collect();
        Ok(Self { labels: read::u32s(folder, "classes-labels.u32")?, predicted })
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// The state of some of the items.
    pub fn state(&self, items: Range<usize>) -> Result<ClassesState> {
        let ids = hard_ids();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut state = ClassesState::new(params(&ids)?)?;
        state.update(ClassesPredictions::Indices(&self.predicted[items.clone()]), &self.labels[items])?;
        Ok(state)
    }
}

pub fn hard(folder: &Path) -> Result<Measurement> {
    let items = Items::read(folder)?;
    let ids = hard_ids();
    Ok(Box::new(move || {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        Measured::of(&ids, || Ok(items.state(0..items.len())?.values()?))
    }))
}

pub fn scores(folder: &Path) -> Result<Measurement> {
    let scores = read::f32s(folder, "top-scores.f32")?;
    let labels = read::u32s(folder, "top-labels.u32")?;
    let params = params(&SCORED)?;
    Ok(Box::new(move || {
        Measured::of(&SCORED, || {
            let mut state = ClassesState::new(params.clone())?;
            state.update(ClassesPredictions::Scores(&scores), &labels)?;
            Ok(state.values()?)
        })
    }))
}
