//! `egret test-set …`: what organizers do with what they have published.

mod add_pool;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Subcommand;
use egret_datasets::{DataKey, PoolIdentity};
use egret_proto::v1::TestSet;

use crate::{Exit, cli::Context, config, failure::Failure};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Verifies what the server has of a test set against its commitment
    Verify(verify::Args),
    /// Lets one more worker pool open a test set; its shards stay as they are
    AddPool(add_pool::Args),
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    match verb {
        Verb::Verify(args) => verify::run(args, context).await,
        Verb::AddPool(args) => add_pool::run(args, context).await,
    }
}

/// The identity of a file, by default the one that `egret competition publish` made.
fn identity(file: Option<&Path>) -> Result<PoolIdentity> {
    let path = match file {
        Some(file) => file.to_owned(),
        None => config::config_home()?.join("organizer.key"),
    };
    let unreadable = |path: PathBuf| {
        move |error: std::io::Error| {
            Failure::new(Exit::Usage, format!("{}: {error}", path.display())).next(
                "name with --identity the key that the test set was published with, or that of a pool it is sealed to",
            )
        }
    };
    Ok(PoolIdentity::load(&path).map_err(unreadable(path))?)
}

/// The data key, in the wrapping that this identity opens: there is no telling by looking at them.
fn opened(test_set: &TestSet, identity: &PoolIdentity) -> Result<(DataKey, Vec<u8>)> {
    let wrapped = test_set.keys.iter().map(|key| &key.sealed_key);
    let opened =
        wrapped.into_iter().find_map(|key| Some((DataKey::unwrap(identity, key).ok()?, key.clone())));
    let pools: Vec<&str> = test_set.keys.iter().map(|key| key.pool.as_str()).collect();
    Ok(opened.ok_or_else(|| {
        let what = format!("{} is not sealed to this identity, {}", test_set.name, identity.recipient());
        Failure::new(Exit::Refused, what).next(format!("use the identity of one of {}", pools.join(", ")))
    })?)
}
