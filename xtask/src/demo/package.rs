//! The digits as an organizer has them, and three trained models; kept until their phases are about to close.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};
use sha2::{Digest, Sha256};

use crate::process::{root, run_quietly};

/// The live phase lasts 30 days from the making; a day is left for looking at the page.
const USABLE: Duration = Duration::from_secs(29 * 24 * 3600);
/// What the package is made from.
const SOURCES: [&str; 4] = ["make_demo.py", "requirements.txt", "demo/competition.toml", "demo/task.toml"];

/// A folder with `competition/` and `models/`.
pub struct Package(PathBuf);

impl Package {
    /// What an organizer publishes.
    pub fn competition(&self) -> PathBuf {
        self.0.join("competition")
    }

    /// What a team submits.
    pub fn model(&self, name: &str) -> PathBuf {
        self.0.join("models").join(format!("{name}.onnx"))
    }
}

/// Makes the package in `home` unless a fresh one is there.
pub fn ensure(python: &Path, home: &Path) -> Result<Package> {
    let (folder, stamp) = (home.join("package"), home.join("package.stamp"));
    let sources = digest()?;
    if !fresh(&stamp, &sources) {
        println!("Writing 1,797 digits as PNG files and training three models");
        let _ = fs::remove_file(&stamp);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        run_quietly(Command::new(python).arg(root().join("xtask/python/make_demo.py")).arg(&folder))
            .context("the demo's package could not be made")?;
        fs::write(&stamp, sources)?;
    }
    Ok(Package(folder))
}

/// Whether the stamp is of these sources, and younger than what the phases allow.
fn fresh(stamp: &Path, sources: &str) -> bool {
    let made = fs::metadata(stamp).and_then(|file| file.modified());
    let age = made.map(|made| SystemTime::now().duration_since(made).unwrap_or(Duration::MAX));
    age.is_ok_and(|age| age < USABLE) && fs::read_to_string(stamp).is_ok_and(|of| of == sources)
}

fn digest() -> Result<String> {
    let mut all = Sha256::new();
    for source in SOURCES {
        let path = root().join("xtask/python").join(source);
        all.update(fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(hex::encode(all.finalize()))
}
