//! Configuration: files, then environment, then flags, in rising order.

pub(crate) mod client;
pub(crate) mod jail;
mod secret;
pub(crate) mod server;

pub(crate) use secret::{Token, write_private};

use anyhow::{Context as _, Result};
use std::path::PathBuf;

/// `~` of the XDG base directories: `variable`, or `fallback` below the home directory.
fn base_directory(variable: &str, fallback: &str) -> Result<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    if let Some(directory) = std::env::var_os(variable).map(PathBuf::from).and_then(absolute) {
        return Ok(directory.join("egret"));
    }
    let home =
        std::env::var_os("HOME").context("HOME is not set; set it, or XDG_CONFIG_HOME and XDG_CACHE_HOME")?;
    Ok(PathBuf::from(home).join(fallback).join("egret"))
}

/// Where this user's configuration lies.
pub(crate) fn config_home() -> Result<PathBuf> {
    base_directory("XDG_CONFIG_HOME", ".config")
}

/// Where this user's files lie that can be made again.
pub(crate) fn cache_home() -> Result<PathBuf> {
    base_directory("XDG_CACHE_HOME", ".cache")
}
