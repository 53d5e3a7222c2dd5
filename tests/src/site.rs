//! An Egret of one's own: a server process, worker processes, an operator.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::{
    Actor, Api, Brightness, Process, brightness_models, port::free_port, process::binary, write_brightness,
};

/// Where the site keeps its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// The embedded default.
    Sqlite,
    /// A database of its own on the server of `EGRET_TEST_POSTGRES_URL`.
    Postgres,
}

/// How a site is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where it keeps its state.
    pub database: Database,
    /// Submissions evaluated at once inside the server; 0: workers are processes of their own.
    pub embedded_workers: u32,
    /// Further ones there that are only checked.
    pub check_slots: u32,
    /// The certificate and its key (PEM files): the ports then speak TLS, and the certificate is its own authority.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// A running site. Dropping it ends every process.
pub struct Site {
    // First, so that it ends before its files go.
    server: Option<Process>,
    setup: Setup,
    database_url: Option<String>,
    ports: [u16; 3],
    home: TempDir,
    /// Signed in with the token that `egret init` printed.
    pub operator: Actor,
}

impl Site {
    /// A site without TLS.
    pub fn start(database: Database, embedded_workers: u32) -> Result<Self> {
        Self::start_with(Setup { database, embedded_workers, check_slots: 0, tls: None })
    }

    /// Makes a data directory with `egret init` and starts `egret serve` on it.
    pub fn start_with(setup: Setup) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let ports = [free_port()?, free_port()?, free_port()?];
        let authority = setup.tls.as_ref().map(|(certificate, _)| certificate.clone());
        let operator = Actor::new(&url(&setup, ports[0]), authority)?;
        let database_url = match setup.database {
            Database::Sqlite => None,
            Database::Postgres => Some(fresh_database()?),
        };
        let mut site = Self { server: None, setup, database_url, ports, home, operator };
        let data = site.data();
        let data = data.to_str().context("a temporary path is UTF-8")?;
        let mut init = vec!["init", data, "--save"];
        let url = site.database_url.clone();
        if let Some(url) = &url {
            init.extend(["--database-url", url]);
        }
        site.operator.ok(&init)?;
        site.boot()?;
        Ok(site)
    }

    /// Starts the server (again).
    pub fn boot(&mut self) -> Result<()> {
        let mut command = self.operator.command(&["serve", "--data-dir"])?;
        let [public, worker, private] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        command.arg(self.data()).args([
            "--listen",
            &public,
            "--worker-listen",
            &worker,
            "--private-listen",
            &private,
        ]);
        command.args(["--workers", &self.setup.embedded_workers.to_string()]);
        command.args(["--check-slots", &self.setup.check_slots.to_string()]);
        if let Some((certificate, key)) = &self.setup.tls {
            command.arg("--tls-certificate").arg(certificate).arg("--tls-key").arg(key);
        }
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        command.env("EGRET_RUNNER", binary("EGRET_RUNNER", "egret-runner")?).env("EGRET_LOG", "info");
        let mut server = Process::start("serve", &mut command)?;
        server.wait_for("listening")?;
        self.server = Some(server);
        Ok(())
    }

    /// A worker process of its own, with a token the operator makes.
    pub fn worker(&self, name: &str) -> Result<Process> {
        self.worker_with(name, &[])
    }

    /// The same with further arguments.
    pub fn worker_with(&self, name: &str, args: &[&str]) -> Result<Process> {
        let made = self.operator.json(&[
            "token",
            "create",
            "--role",
            "worker",
            "--scope",
            "pools/default",
            "--name",
            name,
        ])?;
        let secret = made["secret"].as_str().context("a created token shows its secret")?;
        let mut command = self.operator.command(&["worker"])?;
        command.arg("--endpoint").arg(self.worker_url());
        command.arg("--identity").arg(self.data().join("worker/pool.key"));
        command.arg("--cache-dir").arg(self.home.path().join(format!("cache-{name}"))).args(args);
        command.env("EGRET_WORKER_TOKEN", secret);
        command.env("EGRET_RUNNER", binary("EGRET_RUNNER", "egret-runner")?).env("EGRET_LOG", "info");
        let mut worker = Process::start(name, &mut command)?;
        worker.wait_for("the jail is proved")?;
        Ok(worker)
    }

    /// The server's process.
    pub fn server(&mut self) -> &mut Process {
        self.server.as_mut().expect("the server was started")
    }

    /// `http://127.0.0.1:port` of gRPC and the pages; `https` with TLS.
    pub fn url(&self) -> String {
        url(&self.setup, self.ports[0])
    }

    /// The same of the workers' port.
    pub fn worker_url(&self) -> String {
        url(&self.setup, self.ports[1])
    }

    /// `host:port` of gRPC and the pages.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.ports[0])
    }

    /// `host:port` of the private listener.
    pub fn private(&self) -> String {
        format!("127.0.0.1:{}", self.ports[2])
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A scratch directory of the story.
    pub fn scratch(&self) -> &Path {
        self.home.path()
    }

    /// Publishes the brightness competition and writes its models; returns where they are.
    pub fn publish(&self, wanted: &Brightness) -> Result<PathBuf> {
        let package = self.home.path().join(&wanted.id);
        write_brightness(&package, wanted)?;
        self.operator.ok(&["competition", "publish", path(&package)?])?;
        let models = self.home.path().join("models");
        brightness_models(&models)?;
        Ok(models)
    }

    /// Somebody without a token.
    pub fn visitor(&self) -> Result<Actor> {
        Actor::new(&self.url(), self.setup.tls.as_ref().map(|(certificate, _)| certificate.clone()))
    }

    /// The API as this person may call it.
    pub fn api(&self, person: &Actor) -> Result<Api> {
        Api::new(&self.url(), person.token()?.as_deref())
    }

    /// A new team with one member, who is returned signed in.
    pub fn team(&self, competition: &str, id: &str, title: &str) -> Result<Actor> {
        self.operator.ok(&["team", "create", competition, "--id", id, "--title", title])?;
        let invite = self.operator.json(&["team", "invite", &format!("{competition}/{id}")])?;
        let code = invite["code"].as_str().context("an invite has a code")?;
        let member = self.visitor()?;
        member.ok(&["team", "join", code, "--name", &format!("{title} 1")])?;
        Ok(member)
    }
}

/// A path as an argument.
pub fn path(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}

fn url(setup: &Setup, port: u16) -> String {
    let scheme = if setup.tls.is_some() { "https" } else { "http" };
    format!("{scheme}://127.0.0.1:{port}")
}

/// Makes an empty database on the test server.
fn fresh_database() -> Result<String> {
    let server = std::env::var("EGRET_TEST_POSTGRES_URL").context(
        "EGRET_TEST_POSTGRES_URL is not set; `cargo xtask test` starts a private server and sets it",
    )?;
    let (base, _) = server.rsplit_once('/').context("a database URL ends in /database")?;
    let name = format!("story_{}_{}", std::process::id(), free_port()?);
    let made =
        Command::new("psql").args([&server, "-q", "-c", &format!("create database {name}")]).output()?;
    if !made.status.success() {
        bail!("cannot create a database: {}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(format!("{base}/{name}"))
}
