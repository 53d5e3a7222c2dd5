//! The files that `tests/hostile/make.py` makes, and what it says of them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use egret_jail::plan::InputContract;
use serde::Deserialize;

/// Where tables, canaries and the corpus itself lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile")
}

/// One model of the corpus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it does, and the name of its file.
    pub name: String,
    pub family: String,
    pub attempts: String,
    /// Verdicts: names of `FaultCode`, or `Answers`.
    pub allowed: Vec<String>,
    contract: String,
    pub oracle: Oracle,
    #[serde(skip)]
    pub file: Vec<u8>,
}

/// What a team may learn of the one bit that such a model is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oracle {
    /// It is not about a bit.
    None,
    /// Nothing.
    Same,
    /// Whether the items of its batch have answers: some more or less that count as right.
    Item,
    /// Whether the model failed.
    Verdict,
}

/// What an item is, in the corpus's words.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Item {
    Image { width: u32, height: u32, channels: u32 },
    Audio { sample_rate_hz: u32, sample_count: u32 },
}

/// All of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    contracts: BTreeMap<String, Item>,
    pub cases: Vec<Case>,
}

impl Corpus {
    /// Makes the files anew: it takes a second, and the same bytes come out every time.
    pub fn make() -> Result<Self> {
        let python = std::env::var_os("EGRET_TEST_PYTHON")
            .context("EGRET_TEST_PYTHON is not set; `cargo xtask test` makes the environment and sets it")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile/make.py");
        let into = folder().join("corpus");
        let output = Command::new(python).arg("-B").arg(script).arg(&into).output()?;
        ensure!(output.status.success(), "make.py: {}", String::from_utf8_lossy(&output.stderr));
        let mut corpus: Self = serde_json::from_slice(&fs::read(into.join("manifest.json"))?)?;
        for case in &mut corpus.cases {
            case.file = fs::read(into.join(&case.name).with_extension("onnx"))?;
        }
        Ok(corpus)
    }

    /// What an item of its task is.
    pub fn item(&self, case: &Case) -> InputContract {
        match self.contracts[&case.contract] {
            Item::Image { width, height, channels } => InputContract::images(width, height, channels),
            Item::Audio { sample_rate_hz, sample_count } => {
                InputContract::sounds(sample_rate_hz, sample_count)
            }
        }
    }

    /// The honest ones.
    pub fn controls(&self) -> impl Iterator<Item = &Case> + Clone {
        self.cases.iter().filter(|case| case.family == "controls")
    }
}

/// Items of a task: the same every time, but for the first bit of the first sample. No other sample of an image has it.
pub fn items(item: &InputContract, count: usize, bit: bool) -> Vec<u8> {
    let bytes = count * item.item_bytes_max() as usize;
    if item.image().is_some() {
        let mut bytes: Vec<u8> = (0..bytes).map(|index| (index * 37 % 61) as u8).collect();
        bytes[0] = if bit { 0x80 } else { 0 };
        return bytes;
    }
    let sample = |index: usize| (index * 37 % 61) as f32 / 64.0 - 0.5;
    (0..bytes / 4).flat_map(|index| sample(index).to_le_bytes()).collect()
}
