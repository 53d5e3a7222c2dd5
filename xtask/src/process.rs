//! Running other programs, with errors that say which one and what it printed.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root").to_owned()
}

/// Egret's cache: `$XDG_CACHE_HOME/egret`, or `~/.cache/egret`.
pub fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(dir) if !dir.is_empty() => PathBuf::from(dir),
        _ => PathBuf::from(std::env::var_os("HOME").context("HOME is not set: where should the cache be?")?)
            .join(".cache"),
    };
    Ok(base.join("egret"))
}

/// Runs a command with its output shown; fails if it does.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", describe(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", describe(command));
    }
    Ok(())
}

/// Runs a command quietly; its output is part of the error if it fails.
pub fn run_quietly(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", describe(command)))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}\n{text}{error}", describe(command), output.status);
    }
    Ok(text)
}

/// Whether a program can be found on PATH.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// The command as a shell would show it.
pub fn describe(command: &Command) -> String {
    let args = command.get_args().map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ");
    format!("`{} {args}`", command.get_program().to_string_lossy())
}
