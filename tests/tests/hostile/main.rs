//! The hostile corpus (`tests/hostile`) through the real jail: each of its models alone, four at a time between honest ones,
//! and in tier B.
//!
//! Around every run: its verdict is one that its case allows, no later than the wall limit and 250 ms; no file has changed
//! outside, no packet was sent, no process is left after 100 ms; the next honest model answers the same bytes as ever; and
//! from hidden items no text is told, nor anything but answers or the one word that there are none.
//!
//! Speed is not the matter here, but the passes must end: a table of all runs lies in Cargo's `target/tmp/hostile`, and a
//! line per family is printed. Packets are counted in the network namespace of the run: in tier A it is the runner's own; in
//! tier B it has none, so that pass runs inside of `unshare --net`, where nobody else sends anything.

mod corpus;
mod network;
mod passes;
mod run;
mod surroundings;
mod table;

use std::{
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use egret_jail::TierPolicy;

use crate::{
    corpus::Corpus,
    passes::{Pass, alone, mixed},
    run::Stage,
};

/// One pass at a time: two of them would share the processors, and their clocks are short.
static TURN: Mutex<()> = Mutex::new(());

/// Set in the process that `unshare` has started.
const INSIDE: &str = "EGRET_HOSTILE_QUIET_NETWORK";

#[test]
fn alone_each_meets_its_verdict_and_leaves_nothing_behind() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let corpus = Corpus::make()?;
    // The processor's clock strikes first.
    let stage = Stage::new(TierPolicy::RequireA)?.explained().limits(6, 2);
    alone(&Pass::new("alone", &corpus, stage)?)
}

#[test]
fn four_at_a_time_hidden_items_stay_hidden() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let corpus = Corpus::make()?;
    // The wall clock strikes first.
    let stage = Stage::new(TierPolicy::RequireA)?.limits(3, 60);
    mixed(&Pass::new("four-at-a-time", &corpus, stage)?, 4)
}

#[test]
fn without_namespaces_the_same_holds() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    in_a_quiet_network("without_namespaces_the_same_holds", || {
        let corpus = Corpus::make()?;
        let stage = Stage::new(TierPolicy::AllowB)?.limits(6, 2);
        alone(&Pass::new("tier-b", &corpus, stage)?)
    })
}

#[test]
fn a_packet_would_be_counted() -> Result<()> {
    in_a_quiet_network("a_packet_would_be_counted", || {
        let mut counters = network::Counters::of("self")?.context("this process lives")?;
        assert!(!counters.changed()?, "the network is quiet");
        // There is no route from here: the attempt alone is counted.
        let sent = std::net::UdpSocket::bind("0.0.0.0:0")?.send_to(b"label", "192.0.2.1:53");
        assert!(sent.is_err() && counters.changed()?, "{sent:?}");
        Ok(())
    })
}

#[test]
fn a_changed_file_and_a_process_left_would_be_seen() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = Stage::new(TierPolicy::RequireA)?;
    let around = surroundings::Surroundings::prepare(&stage.site.ort_lib)?;
    assert!(around.changes()?.is_empty());
    let canary = corpus::folder().join("canaries/work/labels.csv");
    std::fs::write(&canary, "file,label\n0001.png,8\n")?;
    assert_eq!(around.changes()?, [canary]);
    let left = std::env::temp_dir().join(format!("egret-hostile-{}", std::process::id()));
    std::fs::write(&left, "")?;
    let changes = around.changes()?;
    std::fs::remove_file(&left)?;
    assert!(changes.contains(&left), "{changes:?}");

    assert_eq!(run::outliving(vec![std::process::id()]), [std::process::id()]);
    assert!(surroundings::processes_of(&std::env::current_exe()?)?.contains(&std::process::id()));
    Ok(())
}

#[test]
fn the_corpus_is_as_large_as_it_says() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let corpus = Corpus::make()?;
    let count = |family: &str| corpus.cases.iter().filter(|case| case.family == family).count();
    assert!(count("controls") >= 8, "honest models in between");
    assert!(corpus.cases.len() - count("controls") >= 60, "hostile ones");
    let families =
        ["external", "foreign", "malformed", "memory", "time", "crashers", "outputs", "oracles"].map(count);
    assert!(families.into_iter().all(|count| count > 5), "{families:?}");
    Ok(())
}

/// Runs `story`, which is the body of the test `name`, in a network namespace that nobody else is in.
fn in_a_quiet_network(name: &str, story: impl FnOnce() -> Result<()>) -> Result<()> {
    if std::env::var_os(INSIDE).is_some() {
        return story();
    }
    let mut quiet = Command::new("unshare");
    if !surroundings::am_root()? {
        quiet.args(["--user", "--map-root-user"]);
    }
    let status = quiet
        .args(["--net", "--"])
        .arg(std::env::current_exe()?)
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .status()?;
    anyhow::ensure!(status.success(), "{name} in a network of its own: {status}");
    Ok(())
}
