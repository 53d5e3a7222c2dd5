//! Models that meet a certain hidden item and try to tell their team: by an error, a wrong answer, a crash, time or memory.
//! What the team sees is one of two things: a score in which those items are wrong, or the one record of all failures.

use std::fs;

use anyhow::{Context as _, Result};
use egret_jail::answers;
use egret_jail::plan::{AnswerContract, InputContract};
use egret_tests::{Actor, Brightness, Database, Signal, Site, oracle, path, unmeasured};
use serde_json::{Value, json};

const TASK: &str = "brightness/squares";

/// Items 6 to 35 are hidden; 24 to 31 give the signal.
const HIDDEN: f64 = 30.0;
const SIGNALLING: f64 = 8.0;

/// A submission as its team sees it, without its own name, size and times; the figures of the public sample are its own as
/// well.
fn seen(mut submission: Value) -> Value {
    for own in ["name", "team", "accept_time", "update_time", "model_sha256", "model_bytes"] {
        assert!(submission.as_object_mut().unwrap().remove(own).is_some(), "{own} in {submission}");
    }
    submission["check"] = unmeasured(&submission["check"]);
    submission["release"].as_object_mut().unwrap().remove("release_time");
    submission
}

/// Submits and waits; the last line of the watching terminal without its time, and the submission.
fn submitted(team: &Actor, file: &str) -> Result<(String, Value)> {
    let outcome = team.run(&["submit", file, "--task", TASK, "--watch"])?;
    let last = outcome.stdout.lines().last().unwrap_or_default();
    let (_time, said) = last.split_once("  ").unwrap_or_default();
    let all = team.json(&["submissions", TASK])?;
    Ok((said.to_owned(), all[0].clone()))
}

#[test]
fn what_a_model_finds_in_hidden_items_it_cannot_tell() -> Result<()> {
    let mut site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness { wall_s_max: 2, ..Brightness::default() })?;
    let mut failed = Vec::new();
    for (number, signal) in [
        Signal::Silence,
        Signal::Error,
        Signal::NotANumber,
        Signal::Shape,
        Signal::Time,
        Signal::Memory,
        Signal::Crash,
    ]
    .into_iter()
    .enumerate()
    {
        // A team each: the quota and the board then are the same for all.
        let id = format!("team{number}");
        let team = site.team("brightness", &id, &id)?;
        let file = models.join("oracle.onnx");
        fs::write(&file, oracle(signal))?;
        let (said, submission) = submitted(&team, path(&file)?)?;
        assert_eq!(submission["check"]["passed"], true, "{signal:?}: {submission}");
        assert_eq!(submission["state"], "RELEASED", "{signal:?}: {submission}");
        let release = &submission["release"];
        match signal {
            Signal::Silence => assert_eq!(release["metrics"][0]["value"], json!(1.0)),
            Signal::Error | Signal::NotANumber | Signal::Shape => {
                let rounded = (1.0 - SIGNALLING / HIDDEN) * 1e4;
                let expected = json!(rounded.round() / 1e4);
                assert_eq!(
                    release["metrics"][0]["value"], expected,
                    "{signal:?}: those items count as wrong"
                );
            }
            Signal::Time | Signal::Memory | Signal::Crash => {
                let quota = team.json(&["status"])?["tasks"][0]["quota"].clone();
                let quota = json!([quota["used_today"], quota["used_total"], quota["in_flight"]]);
                failed.push((signal, said, seen(submission), quota));
            }
        }
    }
    let (_, said, record, quota) = &failed[0];
    assert_eq!(said, "released: no score");
    let charge = record["release"]["charge_millibits"].as_u64().context("a charge")?;
    assert!(charge > 0);
    assert_eq!(record["release"], json!({ "scored": false, "metrics": [], "charge_millibits": charge }));
    for (signal, other_said, other, other_quota) in &failed[1..] {
        assert_eq!(other.to_string(), record.to_string(), "{signal:?}: byte for byte");
        assert_eq!((other_said, other_quota), (said, quota), "{signal:?}");
    }
    // A failure is on no board, whatever it was.
    let board = site.visitor()?.json(&["leaderboard", TASK])?;
    let ranked: Vec<&Value> = board["entries"].as_array().unwrap().iter().map(|e| &e["team_title"]).collect();
    assert_eq!(ranked, ["team0", "team1", "team2", "team3"], "{board}");

    // The operator's log has what the team has not.
    for code in ["TimeLimit", "MemoryLimit", "Crash"] {
        site.server().wait_for(&format!("the model failed code={code}"))?;
    }
    Ok(())
}

#[test]
fn two_hidden_sets_that_differ_in_one_bit_give_the_same_record() -> Result<()> {
    // The whole hidden set, or one with eight items fewer, none of which gives the signal: one fails by time, one by memory.
    let record = |signal, public: u32| -> Result<Value> {
        let site = Site::start(Database::Sqlite, 1)?;
        let items = [6, public, 6];
        let models = site.publish(&Brightness { wall_s_max: 2, items, ..Brightness::default() })?;
        let team = site.team("brightness", "gulls", "Gulls")?;
        let file = models.join("oracle.onnx");
        fs::write(&file, oracle(signal))?;
        Ok(seen(submitted(&team, path(&file)?)?.1))
    };
    assert_eq!(record(Signal::Time, 30)?.to_string(), record(Signal::Memory, 19)?.to_string());
    Ok(())
}

#[test]
fn the_limit_of_an_answer_is_shown_as_it_is_enforced() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    site.publish(&Brightness::default())?;
    let shown = site.operator.json(&["task", "show", TASK])?["answer"]["item_bytes_max"].clone();
    let three = AnswerContract::one_of(3);
    let input = InputContract::images(4, 4, 1);
    let enforced = answers::bytes_max(&three, &input, 8) - answers::bytes_max(&three, &input, 7);
    assert_eq!(shown, json!(enforced), "12 bytes: three scores");
    let told = site.operator.ok(&["task", "show", TASK])?;
    assert!(told.contains("output 12 bytes an item"), "{told}");
    Ok(())
}
