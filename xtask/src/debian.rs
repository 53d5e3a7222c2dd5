//! Debian packages, by name, only when something is missing.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{on_path, run_quietly};

/// Installs packages with apt-get, through sudo where we are not root.
pub fn install(why: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !on_path("apt-get") {
        bail!("{why}: install the equivalent of Debian's {names} by hand, then run this again");
    }
    println!("{why}: installing {names} (apt-get)");
    apt(&["update"]).with_context(|| format!("{why}: cannot refresh the package lists"))?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(packages);
    apt(&args)
        .with_context(|| format!("{why}: cannot install {names}; install them by hand, then run this again"))
}

fn apt(args: &[&str]) -> Result<()> {
    let mut command = if am_root()? { Command::new("apt-get") } else { Command::new("sudo") };
    if !am_root()? {
        command.args(["--non-interactive", "apt-get"]);
    }
    run_quietly(command.args(args).env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
}

/// Whether this process is root.
pub fn am_root() -> Result<bool> {
    Ok(run_quietly(Command::new("id").arg("-u"))?.trim() == "0")
}
