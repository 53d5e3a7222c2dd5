//! A client that we did not write: `grpcio` and stubs made from the protos alone.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};
use egret_tests::{Brightness, Database, Site};
use serde_json::{Value, json};

#[test]
fn plain_grpcio_drives_a_team_from_its_founding_to_its_rank() -> Result<()> {
    let python = std::env::var_os("EGRET_TEST_PYTHON")
        .context("EGRET_TEST_PYTHON is not set; `cargo xtask test` makes the environment and sets it")?;
    let site = Site::start(Database::Sqlite, 1)?;
    let models = site.publish(&Brightness::default())?;
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(tests.join("python/story.py"))
        .arg(tests.join("../proto"))
        .arg(site.url().trim_start_matches("http://"))
        .args(["competitions/brightness", "competitions/brightness/tasks/squares"])
        .arg(models.join("bright.onnx"))
        .env("EGRET_TOKEN", site.operator.token()?.context("the operator is signed in")?)
        .output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout)?;

    assert_eq!(told["classes"], 3);
    let states: Vec<_> = told["states"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    assert_eq!(states.last(), Some(&"RELEASED"), "{states:?}");
    let order = ["CHECKING", "QUEUED", "EVALUATING", "RELEASED"];
    let places: Vec<_> = states.iter().map(|s| order.iter().position(|o| o == s)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{states:?}");
    assert_eq!(told["check"]["accuracy"], 1.0);
    assert_eq!((&told["released"]["accuracy"], &told["released"]["f1.macro"]), (&json!(1.0), &json!(1.0)));
    assert_eq!(told["board"], told["released"]);
    assert_eq!(told["rank"], 1);
    assert!(told["adapter"].as_str().unwrap().starts_with("I will feed `input` float32 [n,1,4,4]"), "{told}");
    let refusals =
        json!({ "invite": "INVITE_INVALID", "upload": "TOKEN_MISSING", "submission": "TOKEN_MISSING" });
    assert_eq!(told["refusals"], refusals);
    Ok(())
}
