//! The data directory: what `init` makes, and `serve` too where nothing is.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, Result};
use egret_control::{Control, ControlConfig, PoolConfig, StoreLimits};
use egret_datasets::{ORGANIZER, PoolIdentity};

use crate::config::server::{FILE, ServeConfig};
use crate::config::{Token, write_private};
use crate::{Exit, failure::Failure};

/// The pool of the key in the data directory.
pub(crate) const POOL_DEFAULT: &str = "default";

/// A data directory, open.
pub(crate) struct DataDir {
    pub control: Control,
    /// The identity of the pool `default`, if its key is here.
    pub identity: Option<PoolIdentity>,
    /// The first operator's token, if there was no operator yet. Shown once.
    pub operator_token: Option<Token>,
}

impl DataDir {
    /// Opens the directory; makes what is missing.
    pub async fn open(config: &ServeConfig) -> Result<Self> {
        let directory = &config.data_dir;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.with_context(|| directory.display().to_string())?;
        let identity = identity(config)?;
        let pools = pools(config, identity.as_ref())?;
        let limits = StoreLimits {
            team_in_flight_max: config.team_in_flight_max,
            competition_in_flight_max: config.competition_in_flight_max,
            ..StoreLimits::default()
        };
        let config =
            ControlConfig { data_dir: directory.clone(), database_url: config.database_url(), pools, limits };
        let control = Control::open(config).await?;
        let secret = control.bootstrap().await?;
        let operator_token = secret.and_then(|secret| Token::new(secret.reveal()));
        Ok(Self { control, identity, operator_token })
    }
}

/// The right to serve a data directory, until it is dropped or the process ends. Two servers would write one upload twice.
pub(crate) fn lock(directory: &Path) -> Result<fs::File> {
    let path = directory.join("serve.lock");
    let file = fs::File::create(&path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let what = format!("another server runs on {}", directory.display());
            Err(Failure::new(Exit::Failed, what).next("stop it first, or choose another --data-dir").into())
        }
        Err(fs::TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// The pool's identity. A new one is made only where there was never anything: one that is lost is not replaced, because
/// test sets are sealed to it.
fn identity(config: &ServeConfig) -> Result<Option<PoolIdentity>> {
    let path = config.pool_key();
    if path.exists() {
        return Ok(Some(PoolIdentity::load(&path).with_context(|| path.display().to_string())?));
    }
    if !config.pools.is_empty() {
        return Ok(None);
    }
    if config.data_dir.join("blobs").exists() {
        let what = format!("{} is gone, and with it the key that test sets are sealed to", path.display());
        let next = "restore it from your backup; if it lies on other machines only, name its public key in [[pools]]";
        return Err(Failure::new(Exit::Failed, what).next(next).into());
    }
    let folder = path.parent().context("a file has a folder")?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let identity = PoolIdentity::generate();
    identity.save(&path).with_context(|| path.display().to_string())?;
    Ok(Some(identity))
}

/// The pools that test sets can be sealed to.
fn pools(config: &ServeConfig, identity: Option<&PoolIdentity>) -> Result<Vec<PoolConfig>> {
    let named = config
        .pools
        .iter()
        .map(|pool| Ok(PoolConfig { id: parse(&pool.id)?, recipient: pool.recipient.clone() }));
    let mut pools = named.collect::<Result<Vec<PoolConfig>>>()?;
    if pools.iter().any(|pool| pool.id.as_str() == ORGANIZER) {
        let next = "name the pool otherwise in [[pools]]: that is what organizers' own keys are called";
        return Err(Failure::new(Exit::Usage, "a pool is called `organizer`").next(next).into());
    }
    if let Some(identity) = identity.filter(|_| pools.is_empty()) {
        pools.push(PoolConfig { id: parse(POOL_DEFAULT)?, recipient: identity.recipient() });
    }
    Ok(pools)
}

/// An id whose type follows from where it goes.
pub(crate) fn parse<T>(id: &str) -> Result<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    id.parse().map_err(|error| Failure::new(Exit::Usage, format!("`{id}`: {error}")).into())
}

/// Writes the configuration file, if none is there.
pub(crate) fn write_config(directory: &Path, database_url: Option<&str>) -> Result<()> {
    let path = directory.join(FILE);
    if path.exists() {
        return Ok(());
    }
    let template = include_str!("egret.toml");
    // A TOML basic string, as Debug writes it for what a URL may hold.
    let chosen = database_url.map(|url| format!("database_url = {}", toml::Value::from(url)));
    let text = match chosen {
        Some(line) => template.replace("# database_url = \"postgres://egret@localhost/egret\"", &line),
        None => template.to_owned(),
    };
    write_private(&path, text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::server::ServeFlags;

    fn load(directory: &Path) -> ServeConfig {
        let data_dir = Some(directory.to_path_buf());
        ServeConfig::load(&ServeFlags { data_dir, ..ServeFlags::default() }).unwrap()
    }

    #[test]
    fn the_configuration_that_init_writes_says_the_defaults() {
        let home = tempfile::tempdir().unwrap();
        let plain = load(home.path());
        write_config(home.path(), None).unwrap();
        assert_eq!(load(home.path()), plain);
        // Every line that is commented out would be understood.
        let all: String = include_str!("egret.toml")
            .lines()
            .map(|line| {
                line.strip_prefix("# ").filter(|l| l.contains(" = ") || l.starts_with('[')).unwrap_or("")
            })
            .fold(String::new(), |text, line| text + line + "\n");
        fs::write(home.path().join(FILE), all).unwrap();
        let config = load(home.path());
        assert_eq!(config.database_url(), "postgres://egret@localhost/egret");
        assert_eq!(config.pools.len(), 1);
    }

    #[test]
    fn a_chosen_database_is_kept_and_a_file_is_never_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let url = "postgres://egret:p\"w@db/egret";
        write_config(home.path(), Some(url)).unwrap();
        write_config(home.path(), None).unwrap();
        assert_eq!(load(home.path()).database_url(), url);
    }

    #[test]
    fn no_pool_is_called_as_organizers_keys_are() {
        let home = tempfile::tempdir().unwrap();
        let recipient = PoolIdentity::generate().recipient();
        let with = |id: &str| {
            let text = format!("[[pools]]\nid = \"{id}\"\nrecipient = \"{recipient}\"\n");
            fs::write(home.path().join(FILE), text).unwrap();
            pools(&load(home.path()), None)
        };
        assert_eq!(with("gpu").unwrap().len(), 1);
        assert!(with(ORGANIZER).is_err());
    }

    #[tokio::test]
    async fn an_empty_directory_becomes_a_site_once() {
        let home = tempfile::tempdir().unwrap();
        let first = DataDir::open(&load(home.path())).await.unwrap();
        assert!(first.operator_token.is_some());
        let recipient = first.identity.unwrap().recipient();
        let second = DataDir::open(&load(home.path())).await.unwrap();
        assert!(second.operator_token.is_none());
        assert_eq!(second.identity.unwrap().recipient(), recipient);
    }

    #[test]
    fn one_server_serves_a_directory() {
        let home = tempfile::tempdir().unwrap();
        let first = lock(home.path()).unwrap();
        let error = lock(home.path()).unwrap_err();
        assert!(error.to_string().contains("another server runs"), "{error}");
        drop(first);
        assert!(lock(home.path()).is_ok());
    }

    #[tokio::test]
    async fn a_lost_key_is_not_silently_replaced() {
        let home = tempfile::tempdir().unwrap();
        drop(DataDir::open(&load(home.path())).await.unwrap());
        fs::create_dir_all(home.path().join("blobs")).unwrap();
        fs::remove_file(home.path().join("worker/pool.key")).unwrap();
        let Err(error) = DataDir::open(&load(home.path())).await else { panic!("it opened") };
        assert!(error.to_string().contains("pool.key is gone"), "{error}");
    }
}
