//! A virtual environment in the cache, keyed by the digest of what is in it.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result};
use sha2::{Digest, Sha256};

use crate::{
    debian,
    process::{cache, root, run_quietly},
};

/// The interpreter of the environment with everything in `xtask/python/requirements.txt`.
pub fn ensure() -> Result<PathBuf> {
    ensure_with("requirements.txt")
}

/// The interpreter of the environment of another requirements file beside it.
pub fn ensure_with(file: &str) -> Result<PathBuf> {
    let requirements = root().join("xtask/python").join(file);
    let text = fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let key = &hex::encode(Sha256::digest(text))[..12];
    let home = cache()?.join(format!("python-{key}"));
    let (interpreter, complete) = (home.join("bin/python"), home.join(".complete"));
    if complete.is_file() {
        return Ok(interpreter);
    }
    println!("Making a Python environment from {file} (once)");
    let make = || run_quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
    if let Err(error) = make() {
        debian::install("Python's venv module is not complete", &["python3-venv"]).context(error)?;
        make()?;
    }
    let mut pip = Command::new(&interpreter);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary=:all:",
        "--requirement",
    ]);
    run_quietly(pip.arg(&requirements))
        .context("cannot install the Python packages; Python 3.11 or newer is needed")?;
    fs::write(complete, "")?;
    Ok(interpreter)
}
