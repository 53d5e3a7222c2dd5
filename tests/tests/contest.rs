//! A contest from the folder to the board, through the binary, as its users run it.

use std::{fs, path::Path};

use anyhow::Result;
use egret_tests::{Actor, Brightness, Database, Site, path, unmeasured};
use serde_json::{Value, json};

const TASK: &str = "brightness/squares";

#[test]
fn two_teams_submit_and_the_board_ranks_them_on_sqlite() -> Result<()> {
    two_teams(Database::Sqlite)
}

#[test]
fn two_teams_submit_and_the_board_ranks_them_on_postgresql() -> Result<()> {
    two_teams(Database::Postgres)
}

fn two_teams(database: Database) -> Result<()> {
    let site = Site::start(database, 1)?;
    let models = site.publish(&Brightness::default())?;
    let (gulls, egrets) =
        (site.team("brightness", "gulls", "海鸥")?, site.team("brightness", "egrets", "Egrets")?);

    let gloomy = gulls.json(&["submit", path(&models.join("gloomy.onnx"))?, "--task", TASK, "--watch"])?;
    assert_eq!((&gloomy["state"], &gloomy["release"]["scored"]), (&json!("RELEASED"), &json!(true)));
    assert_eq!(metric(&gloomy["check"], "accuracy"), json!(1.0 / 3.0), "the sample's score is exact");
    assert_eq!(
        metric(&gloomy["release"], "accuracy"),
        json!(0.3333),
        "the release is rounded to four decimals"
    );

    at_home_as_there(&site, &gulls, &models.join("gloomy.onnx"), &gloomy["check"])?;

    let told = egrets.ok(&["submit", path(&models.join("bright.onnx"))?, "--task", TASK, "--watch"])?;
    let adapter =
        "I will feed `input` float32 [n,1,4,4] (nchw) gray, x/255, and read `scores` float32 [n,3] as scores";
    for expected in ["checking", "check    passed", adapter, "evaluating", "released: accuracy 1,"] {
        assert!(told.contains(expected), "{expected:?} is not in\n{told}");
    }

    let board = site.visitor()?.json(&["leaderboard", TASK])?;
    let rows: Vec<Value> = board["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| json!([e["rank"], e["team_title"], metric(e, "accuracy"), e["submission_count"]]))
        .collect();
    assert_eq!(rows, [json!([1, "Egrets", 1.0, 1]), json!([2, "海鸥", 0.3333, 1])]);
    assert_eq!(board["revision"], 2);

    // A team sees its own submissions; a spectator nobody's.
    let mine = gulls.json(&["submissions", TASK])?;
    assert_eq!(mine.as_array().map(|all| (all.len(), &all[0]["name"])), Some((1, &gloomy["name"])));
    let refusal = site.visitor()?.refused(&["submissions", TASK], 4)?;
    assert!(refusal.contains("egret team join"), "{refusal}");
    Ok(())
}

/// A team needs the sample, and then no server, to read the report that the server's check gives, to the last digit.
fn at_home_as_there(site: &Site, team: &Actor, model: &Path, there: &Value) -> Result<()> {
    let out = site.scratch().join("samples");
    let download = ["task", "download", TASK, "--out", path(&out)?];
    let sample = team.json(&download)?;
    assert_eq!(sample["task"]["answer"]["classes"]["class_names"], json!(["dark", "medium", "light"]));
    assert_eq!(sample["task"]["split_counts"][0]["item_count"], 6);
    assert_eq!(team.json(&download)?, sample, "what is there already is kept");
    let zip = sample["path"].as_str().unwrap();
    assert_eq!(fs::read_dir(&out)?.count(), 1, "nothing is left but the sample");

    let offline = Actor::new("http://127.0.0.1:9", None)?;
    let here = offline.json(&["check", path(model)?, "--sample", zip])?;
    assert_eq!(here[0]["accepted"], true, "{here}");
    assert_eq!(unmeasured(&here[0]["check"]), unmeasured(there));
    assert!(here[0]["check"]["peak_memory_mib"].as_u64() > Some(0), "it ran: {here}");
    let told = offline.ok(&["check", path(model)?, "--sample", zip])?;
    assert!(told.contains("sample   accuracy 0.3333333333333333"), "{told}");

    fs::write(zip, "not a zip")?;
    let refusal = offline.refused(&["check", path(model)?, "--sample", zip], 2)?;
    assert!(refusal.contains("egret task download"), "{refusal}");
    assert_eq!(team.json(&download)?, sample, "a damaged one is fetched again");

    // Where there is no jail, nothing runs, and the static check is offered.
    let mut nowhere = offline.command(&["check", path(model)?, "--sample", zip])?;
    let output = nowhere.env("EGRET_RUNNER", "/nowhere/egret-runner").output()?;
    let told = String::from_utf8(output.stderr)?;
    assert!(output.status.code() == Some(8) && told.contains("--static-only"), "{told}");
    assert!(
        offline
            .ok(&["check", path(model)?, "--sample", zip, "--static-only"])?
            .contains("I will feed `input`")
    );
    Ok(())
}

fn metric(of: &Value, id: &str) -> Value {
    let metrics = of["metrics"].as_array().unwrap();
    metrics.iter().find(|m| m["id"] == id).unwrap()["value"].clone()
}
