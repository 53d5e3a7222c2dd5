//! Copy detection: average precision over the pairs of all queries.

use std::{ops::Range, path::Path};

use egret_metrics::copies::{Params, State, parse};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const IDS: [&str; 1] = ["uap"];
/// References that each answer names, and that each query copies.
const NAMED: usize = 100;
const TRUE: usize = 2;

/// Answers and truth of all queries.
pub struct Queries {
    answers: Vec<Option<Vec<(u32, f64)>>>,
    truth: Vec<Vec<u32>>,
}

impl Queries {
    pub fn read(folder: &Path) -> Result<Self> {
        let (named, scores) =
            (read::u32s(folder, "copies-named.u32")?, read::f64s(folder, "copies-scores.f64")?);
        let pairs: Vec<(u32, f64)> = named.into_iter().zip(scores).collect();
        let answers = pairs.chunks(NAMED).map(|answer| Some(answer.to_vec())).collect();
        let truth = read::u32s(folder, "copies-truth.u32")?;
        Ok(Self { answers, truth: truth.chunks(TRUE).map(<[u32]>::to_vec).collect() })
    }

    pub fn len(&self) -> usize {
        self.truth.len()
    }

    /// The state of some of the queries.
    pub fn state(&self, queries: Range<usize>) -> Result<State> {
        let kinds = IDS.iter().filter_map(|id| parse(id)).map(|(kind, _)| kind).collect();
        let mut state = State::new(Params { kinds })?;
        state.update(&self.answers[queries.clone()], &self.truth[queries])?;
        Ok(state)
    }
}

pub fn micro_precision(folder: &Path) -> Result<Measurement> {
    let queries = Queries::read(folder)?;
    Ok(Box::new(move || Measured::of(&IDS, || Ok(queries.state(0..queries.len())?.values()?))))
}
