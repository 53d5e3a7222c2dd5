//! Every field that the public services answer with is classified: marked `from_hidden`, or on a list of those that are not. A new field
//! is on neither, and has to be thought about.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use prost_reflect::{Kind, MessageDescriptor};

use crate::reading::{POOL, is_marked};

const LIST: &str = "tests/secrecy/not_from_hidden.txt";

/// The fields that are reached without passing a marked one.
fn unmarked() -> BTreeSet<String> {
    let services = POOL.services().filter(|service| service.full_name().starts_with("egret.v1."));
    let mut queue: Vec<MessageDescriptor> = services
        .flat_map(|service| service.methods().map(|method| method.output()).collect::<Vec<_>>())
        .collect();
    let (mut seen, mut fields) = (BTreeSet::new(), BTreeSet::new());
    while let Some(message) = queue.pop() {
        if !message.full_name().starts_with("egret.") || !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        for field in message.fields().filter(|field| !is_marked(field)) {
            fields.insert(field.full_name().trim_start_matches("egret.v1.").to_owned());
            if let Kind::Message(inner) = field.kind() {
                queue.push(inner);
            }
        }
    }
    fields
}

#[test]
fn every_field_is_marked_or_listed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    let found = unmarked();
    if env::var_os("EGRET_BLESS").is_some() {
        fs::write(&path, found.iter().fold(String::new(), |list, field| list + field + "\n")).unwrap();
    }
    let listed: BTreeSet<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    let new: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "neither marked (from_hidden) nor in {LIST}: {new:?}; in {LIST}, but marked or gone: {gone:?}. A field that can depend on \
         hidden data is marked in its proto; EGRET_BLESS=1 writes the list for one that cannot."
    );
}

#[test]
fn what_a_release_says_is_marked() {
    let unmarked = unmarked();
    for field in [
        "Submission.release",
        "Submission.state",
        "LeaderboardEntry.rank",
        "LeaderboardEntry.prize",
        "Leaderboard.prize_kept",
        "SplitLedger.account",
        "Release.level",
    ] {
        assert!(!unmarked.contains(field), "{field}");
    }
    assert!(unmarked.contains("Submission.note") && unmarked.contains("CheckReport.metrics"));
}
