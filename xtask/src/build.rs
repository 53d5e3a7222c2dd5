//! Building the binaries and finding them again.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::process::{root, run};

/// What Cargo tells the program that it runs of its package.
const OF_OUR_PACKAGE: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// Cargo, the one that runs us. It is not told of our package: build scripts that look at such variables, as that of `ring`, would run
/// again, and much after them, whenever somebody builds with and without us in turn.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| OF_OUR_PACKAGE.iter().any(|start| name.starts_with(start))) {
        command.env_remove(name);
    }
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
