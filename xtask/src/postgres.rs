//! A private PostgreSQL server for tests and benchmarks: its own directory, its own port, stopped by process id.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    debian::{self, am_root},
    process::run_quietly,
};

/// Whether commits wait for the disk.
#[derive(Clone, Copy)]
pub enum Durability {
    /// As in earnest: what benchmarks measure.
    Kept,
    /// The semantics are the same, and tests measure nothing else.
    WaivedForTests,
}

/// A running server; stopped and removed on drop.
pub struct Server {
    bin: PathBuf,
    home: PathBuf,
    port: u16,
}

impl Server {
    /// Starts a server in a fresh directory, installing Debian's `postgresql` when the machine has none.
    pub fn start(durability: Durability) -> Result<Self> {
        if newest_bin().is_none() {
            debian::install("A PostgreSQL server is needed", &["postgresql"])?;
        }
        let bin = newest_bin().context("PostgreSQL is installed, but /usr/lib/postgresql holds no initdb")?;
        let home = std::env::temp_dir().join(format!("egret-postgres-{}", std::process::id()));
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        fs::create_dir_all(&home)?;
        if am_root()? {
            // PostgreSQL refuses to run as root.
            run_quietly(Command::new("chown").arg("postgres").arg(&home))?;
        }
        let server = Self { bin, home, port };
        let data = server.home.join("data");
        server.tool(
            "initdb",
            &["--username=egret", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"],
            &data,
        )?;
        let fsync = match durability {
            Durability::Kept => "on",
            Durability::WaivedForTests => "off",
        };
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync={fsync} -c max_connections=200",
            server.home.display()
        );
        let log = server.home.join("log");
        let args = ["-w", "-l", path(&log)?, "-o", &options, "start", "-D"];
        server.tool("pg_ctl", &args, &data).with_context(|| fs::read_to_string(&log).unwrap_or_default())?;
        Ok(server)
    }

    /// Where it listens; tests make databases of their own in it.
    pub fn url(&self) -> String {
        format!("postgres://egret@127.0.0.1:{}/postgres", self.port)
    }

    fn tool(&self, name: &str, args: &[&str], data: &Path) -> Result<()> {
        let program = self.bin.join(name);
        let mut command = if am_root()? {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", path(&program)?]);
            command
        } else {
            Command::new(program)
        };
        // pg_ctl's server inherits our standard streams: give it none, or whoever reads them waits for the server's end.
        let output = std::process::Stdio::null();
        let status =
            command.args(args).arg(data).current_dir("/").stdin(std::process::Stdio::null()).stdout(output);
        let status = status.stderr(std::process::Stdio::null()).status()?;
        if !status.success() {
            bail!("{name} ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.home.join("data");
        if self.tool("pg_ctl", &["-m", "immediate", "-w", "stop", "-D"], &data).is_ok() {
            let _ = fs::remove_dir_all(&self.home);
        }
    }
}

fn newest_bin() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| (entry.file_name().to_string_lossy().parse().unwrap_or(0), entry.path().join("bin")))
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
