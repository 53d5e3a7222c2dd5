//! A person at a terminal: the `egret` binary with a configuration directory of their own.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::binary;

/// Someone with (or without) a token.
pub struct Actor {
    home: TempDir,
    server: String,
    authority: Option<PathBuf>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Actor {
    /// A person who knows the server's address, and the authority of its certificate, and has no token.
    pub fn new(server: &str, authority: Option<PathBuf>) -> Result<Self> {
        Ok(Self { home: tempfile::tempdir()?, server: server.to_owned(), authority })
    }

    /// `egret ARGS…`, as this person.
    pub fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = Command::new(binary("EGRET_BIN", "egret")?);
        if let Some(authority) = &self.authority {
            command.arg("--ca-file").arg(authority);
        }
        command.args(args).env("XDG_CONFIG_HOME", self.config()).env("EGRET_SERVER", &self.server);
        command.env_remove("EGRET_TOKEN").env_remove("EGRET_CA_FILE");
        Ok(command)
    }

    /// Where this person's configuration lies.
    pub fn config(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// The token this person saved.
    pub fn token(&self) -> Result<Option<String>> {
        let file = self.config().join("egret/config.toml");
        if !file.is_file() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(file)?;
        let value = text.lines().find_map(|line| line.strip_prefix("token = "));
        Ok(value.map(|value| value.trim_matches('"').to_owned()))
    }

    /// Runs to the end, whatever that is.
    pub fn run(&self, args: &[&str]) -> Result<Outcome> {
        let output = self.command(args)?.output().with_context(|| format!("egret {args:?}"))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = output.status.code().unwrap_or(-1);
        Ok(Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) })
    }

    /// Runs; must succeed. Returns standard output.
    pub fn ok(&self, args: &[&str]) -> Result<String> {
        let outcome = self.run(args)?;
        if outcome.code != 0 {
            bail!("egret {args:?} ended with {}\n{}{}", outcome.code, outcome.stdout, outcome.stderr);
        }
        Ok(outcome.stdout)
    }

    /// Runs with `--output json`; must succeed.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let mut all = args.to_vec();
        all.extend(["--output", "json"]);
        let text = self.ok(&all)?;
        serde_json::from_str(&text).with_context(|| format!("egret {args:?} printed {text:?}"))
    }

    /// Runs; must end with this exit code. Returns standard error.
    pub fn refused(&self, args: &[&str], code: i32) -> Result<String> {
        let outcome = self.run(args)?;
        if outcome.code != code {
            bail!(
                "egret {args:?} ended with {} instead of {code}\n{}{}",
                outcome.code,
                outcome.stdout,
                outcome.stderr
            );
        }
        Ok(outcome.stderr)
    }
}

/// A check's report without what the run took, which differs from run to run.
pub fn unmeasured(check: &Value) -> Value {
    let mut check = check.clone();
    if let Some(report) = check.as_object_mut() {
        report.retain(|key, _| !["wall_ms", "cpu_ms", "peak_memory_mib"].contains(&key.as_str()));
    }
    check
}
