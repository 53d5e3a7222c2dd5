//! A fresh Egret on loopback, with the embedded defaults: SQLite, local blobs, one worker.

use std::{
    ffi::OsString,
    fs::{self, File},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{
    child::{Program, Stop},
    process::run_quietly,
};

/// What `egret serve` takes unless told otherwise: the public, the workers' and the private port.
const PORTS: [u16; 3] = [8470, 8471, 8472];
const START_MAX: Duration = Duration::from_secs(60);
const DRAIN_MAX: Duration = Duration::from_secs(30);
const TAIL_LINES: usize = 30;

/// The running site. Dropping it ends the server.
pub struct Site {
    binaries: PathBuf,
    library: PathBuf,
    home: PathBuf,
    ports: [u16; 3],
    server: Option<Program>,
}

/// Someone at a terminal, with a configuration directory of their own.
pub struct Person<'a> {
    site: &'a Site,
    config: PathBuf,
}

impl Site {
    /// Throws the last run's site away, makes a data directory and starts the server on it.
    pub fn start(stop: &Stop, binaries: &Path, library: &Path, home: &Path) -> Result<Self> {
        for old in ["data", "people"] {
            if home.join(old).exists() {
                fs::remove_dir_all(home.join(old))?;
            }
        }
        let mut site = Self {
            binaries: binaries.into(),
            library: library.into(),
            home: home.into(),
            ports: ports()?,
            server: None,
        };
        let data = home.join("data");
        // Quietly: it would show the operator's token.
        run_quietly(&mut site.person("operator").command(&["init", path(&data)?, "--save"]))?;
        site.serve(&data)?;
        if let Err(error) = site.wait_until_it_listens(stop) {
            eprintln!("{}", site.tail());
            return Err(error);
        }
        println!("egret serves at {}; its log is {}", site.url(), site.log().display());
        Ok(site)
    }

    fn serve(&mut self, data: &Path) -> Result<()> {
        let log = File::create(self.log())?;
        let [public, worker, private] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let mut serve = self.person("operator").command(&["serve", "--data-dir", path(data)?]);
        serve.args(["--listen", &public, "--worker-listen", &worker, "--private-listen", &private]);
        // A group of its own: Ctrl-C at the terminal reaches us alone, and the server is asked once, by us.
        serve.process_group(0).stdin(std::process::Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.server = Some(Program::start(&mut serve)?);
        Ok(())
    }

    fn wait_until_it_listens(&mut self, stop: &Stop) -> Result<()> {
        let (log, deadline) = (self.log(), Instant::now() + START_MAX);
        stop.wait_for(|| {
            if fs::read_to_string(&log)?.contains("listening") {
                return Ok(Some(()));
            }
            self.must_run()?;
            if Instant::now() > deadline {
                bail!("egret serve did not listen within {START_MAX:?}");
            }
            Ok(None)
        })
    }

    fn must_run(&mut self) -> Result<()> {
        match self.server.as_mut().map(Program::ended).transpose()?.flatten() {
            Some(status) => bail!("egret serve ended by itself with {status}"),
            None => Ok(()),
        }
    }

    /// Stays until somebody wants us to stop.
    pub fn stay(&mut self, stop: &Stop) -> Result<()> {
        while !stop.wanted() {
            if let Err(error) = self.must_run() {
                eprintln!("{}", self.tail());
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Asks the server to drain, and waits for its end.
    pub fn stop(mut self) -> Result<()> {
        let stopped = self.server.take().map_or(Ok(()), |server| server.terminate(DRAIN_MAX));
        if stopped.is_err() {
            eprintln!("{}", self.tail());
        }
        stopped.context("egret serve did not stop cleanly")
    }

    /// Where people find it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// The end of the server's log.
    pub fn tail(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
        format!("The end of {}:\n{last}", self.log().display())
    }

    fn log(&self) -> PathBuf {
        self.home.join("serve.log")
    }

    /// Someone by their name in the demo.
    pub fn person(&self, name: &str) -> Person<'_> {
        Person { site: self, config: self.home.join("people").join(name) }
    }
}

impl Person<'_> {
    /// `egret ARGS…` as this person. Nothing of the user's own Egret reaches it.
    fn command(&self, args: &[&str]) -> Command {
        let mut egret = Command::new(self.site.binaries.join("egret"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
            egret.env_remove(name);
        }
        egret.args(args).env("XDG_CONFIG_HOME", &self.config).env("EGRET_SERVER", self.site.url());
        egret.env("EGRET_ORT_LIB", &self.site.library).env("ORT_DISABLE_TELEMETRY", "1");
        egret
    }

    /// The command, announced the way one would type it.
    pub fn shown(&self, args: &[&str]) -> Command {
        println!("$ egret {}", args.join(" "));
        self.command(args)
    }

    /// What the command answers to programs.
    pub fn read(&self, args: &[&str]) -> Result<Value> {
        let answer = run_quietly(self.command(args).args(["--output", "json"]))?;
        serde_json::from_str(&answer).with_context(|| format!("`egret {}` printed no JSON", args.join(" ")))
    }
}

fn is_ours(variable: &OsString) -> bool {
    variable.to_string_lossy().starts_with("EGRET_")
}

/// The default ports, or free ones where those are taken.
fn ports() -> Result<[u16; 3]> {
    // Held until all are chosen, so that no two are the same.
    let mut held = Vec::new();
    for port in PORTS {
        let listener = TcpListener::bind(("127.0.0.1", port)).or_else(|_| TcpListener::bind("127.0.0.1:0"));
        held.push(listener.context("no port is free on 127.0.0.1")?);
    }
    let mut ports = PORTS;
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// A path as an argument.
pub fn path(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
