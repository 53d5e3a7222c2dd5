//! What `egret serve` needs: `egret.toml`, `EGRET_SERVE_*`, flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use egret_control::StoreLimits;
use figment::{
    Figment,
    providers::{Format as _, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

use super::jail::Isolation;
use crate::{Exit, failure::Failure};

/// The configuration's name in a data directory.
pub(crate) const FILE: &str = "egret.toml";
const DATA_DIR_DEFAULT: &str = "egret-data";

/// What `serve` can be told on its command line and in the environment.
#[derive(Args, Clone, Debug, Default, Serialize)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServeFlags {
    /// The configuration file [default: egret.toml in the data directory]
    #[arg(long, value_name = "FILE", env = "EGRET_SERVE_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Database, blobs and the pool's key live here [default: the folder of --config, or egret-data]
    #[arg(long, value_name = "DIR", env = "EGRET_SERVE_DATA_DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// gRPC and the pages [default: 127.0.0.1:8470]
    #[arg(long, value_name = "ADDRESS", env = "EGRET_SERVE_LISTEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// The workers' port [default: 127.0.0.1:8471]
    #[arg(long, value_name = "ADDRESS", env = "EGRET_SERVE_WORKER_LISTEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_listen: Option<SocketAddr>,
    /// /metrics and /healthz; keep it private [default: 127.0.0.1:8472]
    #[arg(long, value_name = "ADDRESS", env = "EGRET_SERVE_PRIVATE_LISTEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_listen: Option<SocketAddr>,
    /// `postgres://…` or `sqlite://PATH` [default: egret.db in the data directory]
    #[arg(long, value_name = "URL", env = "EGRET_SERVE_DATABASE_URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// Certificate chain (PEM): the public and the workers' port then speak TLS
    #[arg(long, value_name = "FILE", env = "EGRET_SERVE_TLS_CERTIFICATE", requires = "tls_key")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", env = "EGRET_SERVE_TLS_KEY", requires = "tls_certificate")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Submissions evaluated at once in this process; 0: workers run elsewhere [default: 1]
    #[arg(long, value_name = "COUNT", env = "EGRET_SERVE_WORKERS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<u32>,
    /// Further ones that run checks alone; with any, `workers` run none. With 0 a check waits for hidden runs, and so tells how
    /// long they took [default: 0]
    #[arg(long, value_name = "COUNT", env = "EGRET_SERVE_CHECK_SLOTS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_slots: Option<u32>,
    /// The least isolation of models: `full`, `no-namespaces`, or `external:NAME` of an outer boundary [default: full]
    #[arg(long, value_name = "LEVEL", env = "EGRET_SERVE_ISOLATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// Bound on the embedded worker's cache, in GiB [default: 20]
    #[arg(long, value_name = "GIB", env = "EGRET_SERVE_CACHE_GIB_MAX")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_gib_max: Option<u64>,
    /// Units of one team that a worker pool runs at once; 0: no limit [default: 32]
    #[arg(long, value_name = "COUNT", env = "EGRET_SERVE_TEAM_IN_FLIGHT_MAX")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_in_flight_max: Option<u32>,
    /// Units of one competition that a worker pool runs at once; 0: no limit [default: 256]
    #[arg(long, value_name = "COUNT", env = "EGRET_SERVE_COMPETITION_IN_FLIGHT_MAX")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub competition_in_flight_max: Option<u32>,
}

/// A worker pool whose key lies on other machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pool {
    /// Its id.
    pub id: String,
    /// Its public key, `age1…`.
    pub recipient: String,
}

/// All of it, settled.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServeConfig {
    /// See [`ServeFlags`], field by field.
    pub data_dir: PathBuf,
    pub listen: SocketAddr,
    pub worker_listen: SocketAddr,
    pub private_listen: SocketAddr,
    pub database_url: Option<String>,
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub workers: u32,
    pub check_slots: u32,
    pub isolation: Isolation,
    pub cache_gib_max: u64,
    pub team_in_flight_max: u32,
    pub competition_in_flight_max: u32,
    /// Empty: the pool `default`, whose key is in the data directory.
    #[serde(default)]
    pub pools: Vec<Pool>,
}

#[derive(Serialize)]
struct Defaults {
    data_dir: PathBuf,
    listen: SocketAddr,
    worker_listen: SocketAddr,
    private_listen: SocketAddr,
    workers: u32,
    check_slots: u32,
    isolation: Isolation,
    cache_gib_max: u64,
    team_in_flight_max: u32,
    competition_in_flight_max: u32,
}

impl ServeConfig {
    /// Defaults, then the file, then `flags`, which clap has filled from the environment where they were not given.
    pub fn load(flags: &ServeFlags) -> Result<Self> {
        let file = match (&flags.config, &flags.data_dir) {
            (Some(file), _) => file.clone(),
            (None, data_dir) => data_dir.clone().unwrap_or_else(|| DATA_DIR_DEFAULT.into()).join(FILE),
        };
        let wrong = |what: String| Failure::new(Exit::Usage, format!("{}: {what}", file.display()));
        if flags.config.is_some() && !file.is_file() {
            return Err(wrong("there is no such file".into()).next("`egret init DIR` writes one").into());
        }
        let data_dir = file.parent().map_or_else(|| DATA_DIR_DEFAULT.into(), Path::to_path_buf);
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let limits = StoreLimits::default();
        let defaults = Defaults {
            data_dir: if data_dir.as_os_str().is_empty() { ".".into() } else { data_dir },
            listen: local(8470),
            worker_listen: local(8471),
            private_listen: local(8472),
            workers: 1,
            check_slots: 0,
            isolation: Isolation::default(),
            cache_gib_max: 20,
            team_in_flight_max: limits.team_in_flight_max,
            competition_in_flight_max: limits.competition_in_flight_max,
        };
        let layers = Figment::from(Serialized::defaults(defaults));
        let layers = if file.is_file() { layers.merge(Toml::file_exact(&file)) } else { layers };
        let config: Self = layers.merge(Serialized::defaults(flags)).extract().map_err(|error| {
            wrong(error.to_string()).next("correct the file, the flag or the EGRET_SERVE_ variable")
        })?;
        if config.tls_certificate.is_some() != config.tls_key.is_some() {
            return Err(wrong("tls_certificate and tls_key go together".into())
                .next("give both or none")
                .into());
        }
        Ok(config)
    }

    /// The database, SQLite in the data directory unless told otherwise.
    pub fn database_url(&self) -> String {
        let embedded = || format!("sqlite://{}", self.data_dir.join("egret.db").display());
        self.database_url.clone().unwrap_or_else(embedded)
    }

    /// Where the identity of the pool `default` lies.
    pub fn pool_key(&self) -> PathBuf {
        self.data_dir.join("worker").join("pool.key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_beat_the_file_beats_the_defaults() {
        let home = tempfile::tempdir().unwrap();
        let data_dir = Some(home.path().to_path_buf());
        let flags = ServeFlags { data_dir, ..ServeFlags::default() };
        let plain = ServeConfig::load(&flags).unwrap();
        assert_eq!((plain.workers, plain.check_slots, plain.listen.port()), (1, 0, 8470));
        assert_eq!((plain.team_in_flight_max, plain.competition_in_flight_max), (32, 256));
        assert_eq!(plain.database_url(), format!("sqlite://{}/egret.db", home.path().display()));

        let file = home.path().join(FILE);
        std::fs::write(
            &file,
            "workers = 3\ncheck_slots = 2\nlisten = \"0.0.0.0:80\"\nisolation = \"external:gvisor\"\nteam_in_flight_max = 4",
        )
        .unwrap();
        assert_eq!(ServeConfig::load(&flags).unwrap().check_slots, 2);
        let flags = ServeFlags { workers: Some(0), check_slots: Some(4), ..flags };
        let config = ServeConfig::load(&flags).unwrap();
        assert_eq!(config.check_slots, 4);
        assert_eq!((config.workers, config.listen.port(), config.team_in_flight_max), (0, 80, 4));
        assert_eq!(config.isolation, Isolation::External("gvisor".into()));

        let named = ServeFlags { config: Some(file), ..ServeFlags::default() };
        assert_eq!(ServeConfig::load(&named).unwrap().data_dir, home.path());
    }

    #[test]
    fn a_wrong_file_is_a_usage_error() {
        let home = tempfile::tempdir().unwrap();
        for (text, word) in [
            ("worker = 3", "worker"),
            ("workers = -1", "workers"),
            ("check_slots = -1", "check_slots"),
            ("tls_key = \"k\"", "together"),
        ] {
            std::fs::write(home.path().join(FILE), text).unwrap();
            let flags = ServeFlags { data_dir: Some(home.path().to_path_buf()), ..ServeFlags::default() };
            let failure = Failure::of(&ServeConfig::load(&flags).unwrap_err()).unwrap();
            assert_eq!(failure.exit, Exit::Usage, "{text}");
            assert!(failure.what.contains(word), "{}", failure.what);
        }
    }
}
