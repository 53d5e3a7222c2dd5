//! Media of every kind become the contract's bytes: exactly where nothing is to be converted, by stated rules elsewhere. What others
//! read in the same files is in `goldens`, made by `goldens/make.py`.

mod composites;
mod hostile;
mod images;
mod jpegs;
mod previews;
mod resampling;
mod scaling;
mod sounds;
mod videos;

use std::path::{Path, PathBuf};

use egret_contract::item::View;
use egret_contract::{InputContract, PartKind};
use egret_datasets::{Bench, Origin, Source, Unusable};
use tempfile::TempDir;

/// Files of one test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Source {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        Source::File(path)
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/media/goldens").join(name)
}

fn golden_samples(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(golden(name)).unwrap();
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

/// One part, imported: its origin, and its bytes as models get them.
fn import(source: Source, kind: PartKind) -> Result<(Origin, Vec<u8>), Unusable> {
    let contract = InputContract::single(kind);
    let mut item = Vec::new();
    let origins = Bench::default().import(&[source], &contract, &mut item)?;
    let payload = match contract.views(&item).unwrap()[0] {
        View::Image { pixels, .. } => pixels,
        View::Audio(samples) => samples,
        View::Video(frames) => frames,
        View::Text(text) => text.as_bytes(),
    };
    Ok((origins[0], payload.to_vec()))
}

/// What is wrong with a part.
#[track_caller]
fn refused(source: Source, kind: PartKind, problem: &str) {
    let Unusable { what, remedy, .. } = import(source, kind).unwrap_err();
    let text = format!("{what} — {remedy}");
    assert!(text.contains(problem) && !remedy.is_empty(), "no {problem:?} in {text:?}");
}

/// Whether the system has ffmpeg; says so plainly where it has not.
fn has_ffmpeg() -> bool {
    let has =
        std::process::Command::new("ffmpeg").arg("-version").output().is_ok_and(|out| out.status.success());
    if !has {
        eprintln!("SKIPPED: ffmpeg is not installed (apt-get install ffmpeg)");
    }
    has
}
