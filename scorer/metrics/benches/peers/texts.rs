//! Transcripts: word and sentence errors, and what stays of the words.

use std::{fs, ops::Range, path::Path};

use egret_metrics::text::{Params, State, parse};

use crate::{
    Result,
    measure::{Measured, Measurement},
};

const IDS: [&str; 3] = ["wer", "ser", "canon.mer"];

/// Transcripts and references of all utterances.
pub struct Utterances {
    found: Vec<Option<String>>,
    truth: Vec<String>,
}

impl Utterances {
    pub fn read(folder: &Path) -> Result<Self> {
        let lines = |name: &str| -> Result<Vec<String>> {
            Ok(fs::read_to_string(folder.join(name))?.lines().map(str::to_owned).collect())
        };
        let found = lines("texts-found.txt")?.into_iter().map(Some).collect();
        Ok(Self { found, truth: lines("texts-true.txt")? })
    }

    pub fn len(&self) -> usize {
        self.truth.len()
    }

    /// The state of some of the utterances.
    pub fn state(&self, utterances: Range<usize>) -> Result<State> {
        let kinds = IDS.iter().filter_map(|id| parse(id)).map(|(kind, _)| kind).collect();
        let mut state = State::new(Params { kinds })?;
        state.update(&self.found[utterances.clone()], &self.truth[utterances])?;
        Ok(state)
    }
}

pub fn words(folder: &Path) -> Result<Measurement> {
    let utterances = Utterances::read(folder)?;
    Ok(Box::new(move || Measured::of(&IDS, || Ok(utterances.state(0..utterances.len())?.values()?))))
}
