//! Building the binaries and finding them again.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::process::{root, run};

/// Cargo, the one that runs us.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds `egret` and `egret-runner` in the dev profile; returns the directory they are in.
pub fn binaries() -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet", "--package", "egret", "--package", "egret-runner"]))?;
    Ok(target().join("debug"))
}

/// Cargo's target directory.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
