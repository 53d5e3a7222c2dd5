//! What a worker starts runners with, and how much isolation its operator insists on.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, Result};
use egret_worker::{Site, TierPolicy};
use serde::{Deserialize, Serialize};

use super::cache_home;

/// Under the cache directory; `cargo xtask setup` puts it there.
const ORT_LIB: &str = "onnxruntime-1.31.1/libonnxruntime.so.1.31.1";

/// The least isolation an operator accepts. There is no silent way down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Isolation {
    /// Every layer.
    #[default]
    Full,
    /// All but namespaces.
    NoNamespaces,
    /// Inside an outer boundary, which is named.
    External(String),
}

impl From<Isolation> for TierPolicy {
    fn from(isolation: Isolation) -> Self {
        match isolation {
            Isolation::Full => Self::RequireA,
            Isolation::NoNamespaces => Self::AllowB,
            Isolation::External(boundary) => Self::External(boundary),
        }
    }
}

impl FromStr for Isolation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("external:")) {
            ("full", _) => Ok(Self::Full),
            ("no-namespaces", _) => Ok(Self::NoNamespaces),
            (_, Some(boundary)) if !boundary.is_empty() => Ok(Self::External(boundary.to_owned())),
            _ => Err(format!("`{text}` is not full, no-namespaces or external:NAME")),
        }
    }
}

impl TryFrom<String> for Isolation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Isolation> for String {
    fn from(isolation: Isolation) -> Self {
        isolation.to_string()
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::NoNamespaces => f.write_str("no-namespaces"),
            Self::External(boundary) => write!(f, "external:{boundary}"),
        }
    }
}

/// What runners are started with here. Fails where the runner or the runtime is not installed.
pub(crate) fn site(isolation: Isolation) -> Result<Site> {
    Ok(Site { runner: runner()?, ort_lib: ort_lib()?, tier: isolation.into() })
}

/// `EGRET_RUNNER`, or the one beside this executable.
fn runner() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("EGRET_RUNNER") {
        return Ok(path.into());
    }
    let beside =
        std::env::current_exe().context("where this executable lies")?.with_file_name("egret-runner");
    if beside.is_file() {
        return Ok(beside);
    }
    anyhow::bail!("{} is not there; install egret-runner beside egret, or set EGRET_RUNNER", beside.display())
}

/// `EGRET_ORT_LIB`, or the one that the set-up put into the cache.
fn ort_lib() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("EGRET_ORT_LIB") {
        return Ok(path.into());
    }
    let cached = cache_home()?.join(ORT_LIB);
    if cached.is_file() {
        return Ok(cached);
    }
    anyhow::bail!(
        "ONNX Runtime is not at {}; run `cargo xtask setup`, or set EGRET_ORT_LIB",
        cached.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isolation_is_read_as_it_is_written() {
        for text in ["full", "no-namespaces", "external:kata"] {
            assert_eq!(text.parse::<Isolation>().unwrap().to_string(), text);
        }
        for text in ["", "none", "external:"] {
            assert!(text.parse::<Isolation>().unwrap_err().contains("no-namespaces"));
        }
    }
}
