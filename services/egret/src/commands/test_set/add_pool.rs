use std::path::PathBuf;

use anyhow::Result;
use egret_datasets::rewrap;
use egret_proto::v1::{AddTestSetKeyRequest, GetTestSetRequest, ListWorkerPoolsRequest, WrappedKey};

use super::{identity, opened};
use crate::names::{PoolName, TestSetName};
use crate::{Exit, cli::Context, failure::Failure};

/// `egret test-set add-pool COMPETITION/TASK/VERSION POOL`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Seals the test set's data key to the pool on this machine, and sends that: the shards stay as they are. A pool that can open \
the test set already keeps its key.

Example:
  egret test-set add-pool my-contest/digits/1 gpu

JSON: TestSet")]
pub(crate) struct Args {
    /// The test set
    #[arg(value_name = "COMPETITION/TASK/VERSION")]
    test_set: TestSetName,
    /// The pool, as the server's operator has set it up
    #[arg(value_name = "POOL")]
    pool: PoolName,
    /// An identity that opens the test set [default: ~/.config/egret/organizer.key]
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let identity = identity(args.identity.as_deref())?;
    let client = context.client().await?;
    let pools = client.list_worker_pools(ListWorkerPoolsRequest {}).await?.pools;
    let names: Vec<&str> = pools.iter().map(|pool| pool.name.as_str()).collect();
    let Some(pool) = pools.iter().find(|pool| pool.name == args.pool.full()) else {
        let failure = Failure::new(Exit::NotFound, format!("the server has no {}", args.pool));
        return Err(failure.next(format!("its pools are {}", names.join(", "))).into());
    };
    let name = args.test_set.full().to_owned();
    let test_set = client.get_test_set(GetTestSetRequest { name: name.clone() }).await?;
    let (_, wrapped) = opened(&test_set, &identity)?;
    let sealed_key = rewrap(&identity, &wrapped, &pool.recipient)?;
    let key = Some(WrappedKey { pool: pool.name.clone(), sealed_key });
    let after = client.add_test_set_key(AddTestSetKeyRequest { name, key }).await?;
    context.output.message("TestSet", &after, || {
        let pools: Vec<String> = after.keys.iter().map(|key| PoolName::short(&key.pool)).collect();
        format!("{} can be opened by {}\n", TestSetName::short(&after.name), pools.join(", "))
    })?;
    Ok(Exit::Ok)
}
