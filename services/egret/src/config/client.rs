//! What the verbs of people need: the server's address and a token.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use figment::{
    Figment,
    providers::{Format as _, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

use super::{Token, config_home, write_private};
use crate::{Exit, failure::Failure};

/// Where `egret serve` listens unless told otherwise.
pub(crate) const SERVER_DEFAULT: &str = "http://127.0.0.1:8470";

/// Flags of every verb that talks to a server.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionFlags {
    /// The server's address [env: EGRET_SERVER] [default: http://127.0.0.1:8470]
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// A file that holds the token [env: EGRET_TOKEN holds the token itself]
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Certificate authority (PEM) of an https server, beside the system's own [env: EGRET_CA_FILE]
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

/// Server and token, from `config.toml`, environment and flags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClientConfig {
    /// The server's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The token; `None`: a spectator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// Certificate authority of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl ClientConfig {
    /// Reads this user's configuration under this process's environment and `flags`.
    pub fn load(flags: &ConnectionFlags) -> Result<Self> {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let environment = Self {
            server: set("EGRET_SERVER"),
            token: set("EGRET_TOKEN").as_deref().and_then(Token::new),
            ca_file: set("EGRET_CA_FILE").map(PathBuf::from),
        };
        Self::layer(&path()?, &environment, flags)
    }

    /// File, then environment, then flags.
    fn layer(file: &Path, environment: &Self, flags: &ConnectionFlags) -> Result<Self> {
        let flags = Self {
            server: flags.server.clone(),
            token: flags.token_file.as_deref().map(Token::read).transpose()?,
            ca_file: flags.ca_file.clone(),
        };
        let layers = Figment::from(Toml::file_exact(file));
        let layers = if file.is_file() { layers } else { Figment::new() };
        let merged = layers.merge(Serialized::defaults(environment)).merge(Serialized::defaults(flags));
        merged.extract().map_err(|error| {
            Failure::new(Exit::Usage, format!("{}: {error}", file.display()))
                .next("correct the file; it knows `server`, `token` and `ca_file`")
                .into()
        })
    }

    /// The server's address, the default one if none was given.
    pub fn server(&self) -> &str {
        self.server.as_deref().unwrap_or(SERVER_DEFAULT)
    }

    /// Keeps server and token for later runs; returns where.
    pub fn save(server: &str, token: &Token, ca_file: Option<&Path>) -> Result<PathBuf> {
        let path = path()?;
        let ca_file = ca_file.map(std::path::absolute).transpose()?;
        let config = Self { server: Some(server.to_owned()), token: Some(token.clone()), ca_file };
        write_private(&path, toml::to_string(&config)?).with_context(|| path.display().to_string())?;
        Ok(path)
    }
}

fn path() -> Result<PathBuf> {
    Ok(config_home()?.join("config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(directory: &Path, text: &str) -> PathBuf {
        let path = directory.join("config.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn flags_beat_environment_beats_file() {
        let home = tempfile::tempdir().unwrap();
        let path = file(home.path(), "server = \"http://file\"\ntoken = \"egret_file\"");
        let nothing = (ClientConfig::default(), ConnectionFlags::default());
        let config = ClientConfig::layer(&path, &nothing.0, &nothing.1).unwrap();
        assert_eq!((config.server(), config.token.clone()), ("http://file", Token::new("egret_file")));

        let environment = ClientConfig { server: Some("http://env".into()), ..ClientConfig::default() };
        let config = ClientConfig::layer(&path, &environment, &nothing.1).unwrap();
        assert_eq!((config.server(), config.token.clone()), ("http://env", Token::new("egret_file")));

        let token_file = home.path().join("token");
        std::fs::write(&token_file, "egret_flag\n").unwrap();
        let flags = ConnectionFlags {
            server: Some("http://flag".into()),
            token_file: Some(token_file),
            ca_file: None,
        };
        let config = ClientConfig::layer(&path, &environment, &flags).unwrap();
        assert_eq!((config.server(), config.token.clone()), ("http://flag", Token::new("egret_flag")));
    }

    #[test]
    fn without_a_file_there_are_defaults() {
        let home = tempfile::tempdir().unwrap();
        let absent = home.path().join("config.toml");
        let config =
            ClientConfig::layer(&absent, &ClientConfig::default(), &ConnectionFlags::default()).unwrap();
        assert_eq!((config.server(), config.token.clone()), (SERVER_DEFAULT, None));
    }

    #[test]
    fn an_unknown_key_is_a_usage_error_that_names_the_file() {
        let home = tempfile::tempdir().unwrap();
        let path = file(home.path(), "sever = \"http://file\"");
        let error = ClientConfig::layer(&path, &ClientConfig::default(), &ConnectionFlags::default());
        let failure = Failure::of(&error.unwrap_err()).unwrap();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.what.contains("config.toml") && failure.what.contains("sever"), "{}", failure.what);
    }
}
