//! Real media and real models whose scores are known from plain onnxruntime: Egret must find the same.
//!
//! The data lie in `../shared/data` beside the repository, with their licences, and are read in place. Where the folder is
//! absent the tests say `SKIPPED` on standard output. Every set is published as a task and every model submitted through the
//! real path; the figure of all items is put together from that of the sample and that of the hidden items.

mod real_data {
    pub mod known;
    pub mod sets;
}

use anyhow::Result;
use real_data::known::{KNOWN_MODELS, Known, scores_are_the_known_ones};
use real_data::sets;

macro_rules! sets {
    ($($name:ident: $set:expr;)*) => {
        $(#[test]
        fn $name() -> Result<()> {
            scores_are_the_known_ones(&$set)
        })*

        /// Every set that is tested here.
        const SETS: &[&sets::Set] = &[$(&$set),*];
    };
}

sets! {
    digits: sets::MNIST;
    signed_digits: sets::SIGN_DIGITS;
    persons: sets::PERSONS;
    objects: sets::OBJECTS;
    plates: sets::PLATES;
    spoken_digits: sets::SPOKEN_DIGITS;
    yes_and_no: sets::YES_NO;
    bank_questions: sets::BANK_QUESTIONS;
    opinions: sets::OPINIONS;
    fights: sets::FIGHTS;
}

/// A model that somebody adds to the data is not forgotten here.
#[test]
fn every_model_of_the_data_is_submitted() -> Result<()> {
    let Some(data) = real_data::known::data()? else { return Ok(()) };
    let list: serde_json::Value = serde_json::from_slice(&std::fs::read(data.join("models.json"))?)?;
    for model in list.as_array().into_iter().flatten() {
        let file = model["file"].as_str().unwrap_or_default().trim_start_matches("models/");
        let submitted = SETS.iter().any(|set| set.known.iter().any(|known: &Known| known.model == file));
        assert!(submitted || KNOWN_MODELS.contains(&file), "{file} is submitted by no test");
    }
    Ok(())
}
