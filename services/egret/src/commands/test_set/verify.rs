use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use egret_contract::InputContract;
use egret_datasets::{Commitment, DataKey, Verifier};
use egret_proto::v1::{
    BlobRef, GetTaskRequest, GetTestSetRequest, Shard, SplitCommitment, TestSet, TestSetCard,
};
use serde_json::json;

use super::{identity, opened};
use crate::client::Client;
use crate::names::TestSetName;
use crate::{Exit, cli::Context, failure::Failure, progress, view};

/// `egret test-set verify COMPETITION/TASK/VERSION`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Downloads every sealed shard, as the server keeps it for its workers, opens it on this machine, recomputes the commitment to \
all items, labels, groups and their order, and compares it with the published one. At most one shard is in memory. That shows \
that the server has what was sealed; that a worker scores this and nothing else, it does not show.

The published root comes from the server. `egret competition publish` printed it: give it with --root to trust nobody.

Examples:
  egret test-set verify my-contest/digits/1
  egret test-set verify my-contest/digits/1 --identity pool.key --root 4a5e…

JSON: {\"test_set\", \"root\", \"shard_count\", \"items\": {\"sample\": …}}

Exit code 3: the test set is not the one that was committed to; the shard that does not fit is named.")]
pub(crate) struct Args {
    /// The test set
    #[arg(value_name = "COMPETITION/TASK/VERSION")]
    test_set: TestSetName,
    /// An identity that opens the test set [default: ~/.config/egret/organizer.key]
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// The root that was printed when it was published
    #[arg(long, value_name = "SHA256")]
    root: Option<String>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let identity = identity(args.identity.as_deref())?;
    let client = context.client().await?;
    let task = client.get_task(GetTaskRequest { name: args.test_set.task().to_owned() }).await?;
    let input = task.input.as_ref().and_then(|input| InputContract::try_from(input).ok());
    let input = input.context("the task's input is of a kind unknown to this version")?;
    let test_set = client.get_test_set(GetTestSetRequest { name: args.test_set.full().to_owned() }).await?;
    let card =
        test_set.card.clone().context("nothing is committed to: it was published by an older egret")?;
    let root = args.root.map_or_else(|| card.root.clone(), |root| root.to_ascii_lowercase());
    if root != card.root {
        return Err(other("the server publishes another root than the given one").into());
    }
    let (key, _) = opened(&test_set, &identity)?;
    let found = recompute(&client, &test_set, &key, &input).await?;
    if !same(&found, &card) {
        return Err(other("its shards are not, as a whole, those that were committed to").into());
    }
    let shard_count = test_set.shards.len();
    let items: BTreeMap<&str, u64> =
        card.splits.iter().map(|of| (of.split.as_str(), of.item_count)).collect();
    let value =
        json!({ "test_set": test_set.name, "root": root, "shard_count": shard_count, "items": items });
    context.output.value(&value, || {
        let short = TestSetName::short(&test_set.name);
        let items: Vec<String> =
            card.splits.iter().map(|of| format!("{} {}", of.split, of.item_count)).collect();
        view::facts([
            ("test set", format!("{short} is what was committed to")),
            ("root", root.clone()),
            ("shards", shard_count.to_string()),
            ("items", items.join(", ")),
        ])
    })?;
    Ok(Exit::Ok)
}

/// Opens shard after shard; the first one that is not what it should be is named.
async fn recompute(
    client: &Client,
    test_set: &TestSet,
    key: &DataKey,
    input: &InputContract,
) -> Result<Commitment> {
    let bar = progress::items("verify");
    bar.set_length(test_set.shards.len() as u64);
    let mut verifier = Verifier::new(key, input);
    if test_set.shard_roots.len() != test_set.shards.len() {
        return Err(other("it has not a root for each of its shards").into());
    }
    for (shard, root) in test_set.shards.iter().zip(&test_set.shard_roots) {
        let place = named(shard);
        let part = async |part: &Option<BlobRef>| {
            let part = part.clone().unwrap_or_default();
            client.download_shard(&test_set.name, &part).await.with_context(|| place.clone())
        };
        let (inputs, labels) = (part(&shard.inputs).await?, part(&shard.labels).await?);
        // Decrypting takes a while; the connection goes on beside it.
        match tokio::task::block_in_place(|| verifier.shard(inputs.as_slice(), labels.as_slice())) {
            Ok(found) if hex::encode(found) == *root => {}
            Ok(_) => return Err(other(format!("{place} is not the one that was sealed")).into()),
            Err(error) => return Err(other(format!("{place}: {error}")).into()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(verifier.finish())
}

/// What was recomputed, against what is published.
fn same(found: &Commitment, card: &TestSetCard) -> bool {
    let splits = found.splits.iter().map(|of| SplitCommitment {
        split: of.split.as_str().to_owned(),
        item_count: of.item_count,
        root: hex::encode(of.root),
    });
    hex::encode(found.root) == card.root && splits.collect::<Vec<_>>() == card.splits
}

fn named(shard: &Shard) -> String {
    format!("shard {} of {}", shard.index, shard.split().as_str_name().to_lowercase())
}

fn other(what: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Refused, format!("this is not the test set that was committed to: {what}")).next(
        "stop the contest on it, keep the server's data as they are, and publish anew from your package",
    )
}

#[cfg(test)]
mod tests {
    use egret_datasets::Split;

    use super::*;

    #[test]
    fn every_part_of_a_commitment_counts() {
        let splits =
            vec![egret_datasets::SplitCommitment { split: Split::Public, item_count: 3, root: [1; 32] }];
        let found = Commitment { root: [2; 32], splits };
        let of = |item_count, byte: &str| SplitCommitment {
            split: "public".into(),
            item_count,
            root: byte.repeat(32),
        };
        let card = |root: &str, splits| TestSetCard { licence: String::new(), root: root.repeat(32), splits };
        assert!(same(&found, &card("02", vec![of(3, "01")])));
        for other in [
            card("03", vec![of(3, "01")]),
            card("02", vec![of(4, "01")]),
            card("02", vec![of(3, "02")]),
            card("02", vec![]),
        ] {
            assert!(!same(&found, &other), "{other:?}");
        }
    }
}
