//! A contest under control, through the binary, as organizers and teams run it: a ladder and its ledger, a pause, an extension, a
//! grant, a frozen board, nominations, finals, and what is revealed in the end.

#[path = "control/finals.rs"]
mod finals;

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use egret_tests::{Actor, Brightness, Database, Site, heavy, path, until, write_brightness};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

const TASK: &str = "brightness/squares";
/// Until the finals' nominations close, from the moment the package is written.
const FINAL_S: i64 = 75;
/// A team can read 5 bits: one null, one rise by a level, and then nothing that might tell more.
const LADDER: &str = "policy = \"ladder\"\nlevels = 5\nbudget_bits = 5";

#[test]
fn an_organizer_runs_a_contest_and_everybody_reads_what_has_left_it() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let live_end = publish(&site)?;
    let operator = &site.operator;
    let (gulls, terns) =
        (site.team("brightness", "gulls", "海鸥")?, site.team("brightness", "terns", "Terns")?);
    let models = site.scratch().join("models");
    egret_tests::brightness_models(&models)?;
    fs::write(models.join("heavy.onnx"), heavy(1))?;
    let [gloomy, bright, large] =
        ["gloomy", "bright", "heavy"].map(|name| models.join(format!("{name}.onnx")));

    // The deadline is over, and the organizer moves it; a pause is refused with its reason.
    let refusal = terns.refused(&submit(&bright)?, 3)?;
    assert!(refusal.contains("`live` ended at"), "{refusal}");
    let extra = format!("{}s", live_end.until(Timestamp::now())?.get_seconds() + 30);
    operator.ok(&["phase", "extend", "brightness/live", &extra, "--reason", "no light"])?;
    operator.ok(&["phase", "pause", "brightness", "--submitting", "--reason", "moving"])?;
    let paused: Value =
        serde_json::from_str(&gulls.refused(&[&submit(&bright)?[..], &["--output", "json"]].concat(), 3)?)?;
    assert_eq!(paused["error"]["reason"], "PAUSED");
    let told = gulls.ok(&["status"])?;
    assert!(told.contains("paused  submitting, by the organizer"), "{told}");
    operator.ok(&["phase", "resume", "brightness", "--submitting"])?;
    let naive = operator.refused(
        &[
            "phase",
            "remove",
            "brightness/live",
            "--from",
            "2026-03-01T20:00:00",
            "--to",
            "2026-03-01T20:05:00Z",
            "--reason",
            "x",
        ],
        2,
    )?;
    assert!(naive.contains("is not a time with its offset"), "{naive}");

    // All are taken before the deadline; what each of them may tell is decided one after the other.
    let sent = [&gloomy, &bright, &large].map(|model| gulls.json(&submit(model)?));
    let [nothing, better, last] = sent;
    let (nothing, better, last) =
        (ended(&gulls, &nothing?)?, ended(&gulls, &better?)?, ended(&gulls, &last?)?);
    let release = |s: &Value| json!([s["state"], s["release"]["level"], s["release"]["charge_millibits"]]);
    assert_eq!(release(&nothing), json!(["RELEASED", 0, 193]));
    assert_eq!(release(&better), json!(["RELEASED", 1, 4_000]));
    assert_eq!(last["state"], "WITHHELD");
    let list = gulls.ok(&["submissions", TASK])?;
    for words in ["level 0 of 5", "level 1 of 5, at least accuracy 0.52", "4 bits", "does not fit the ledger"]
    {
        assert!(list.contains(words), "{words:?} is not in\n{list}");
    }
    ledgers(&site, &gulls, &terns)?;
    frozen_board(&site, &gulls)?;
    granted(&site, &gulls)?;

    // One submission stands for the team, and only a released one can.
    let stands = gulls.json(&["nominate", TASK, "final"])?;
    assert_eq!((&stands["chosen"], &stands["submissions"]), (&json!(false), &json!([better["name"]])));
    let id = |of: &Value| of["name"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    gulls.refused(&["nominate", TASK, "final", &id(&last)], 3)?;
    let named = gulls.ok(&["nominate", TASK, "final", &id(&better), &id(&nothing)])?;
    assert!(named.contains("named by the team"), "{named}");

    finals(&site, &gulls)?;
    revealed(&site, &gulls)
}

/// A contest whose live phase was frozen, and is over since a minute; returns when it ended.
fn publish(site: &Site) -> Result<Timestamp> {
    let package = site.scratch().join("brightness");
    write_brightness(&package, &Brightness::default())?;
    let now = Timestamp::now();
    let at = |seconds: i64| -> Result<String> {
        Ok(now.checked_add(seconds.seconds())?.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
    };
    let manifest = format!(
        r#"id = "brightness"
title = "Brightness"
time_zone = "Asia/Shanghai"
merge_deadline = 2026-01-01T00:00:00+08:00

[[phases]]
id = "live"
kind = "live"
start = "{}"
end = "{}"
freeze = "{}"
split = "public"
quota = {{ per_day_max = 3, failed_checks_per_day = 9 }}
[phases.release]
{LADDER}

[[phases]]
id = "final"
kind = "final"
start = "{}"
end = "{}"
split = "private"
nominations = 2
nominates_from = "live"
[phases.release]
policy = "exact"
timing = "finalize"
[phases.prizes]
unit = "CNY"
places = [3000, 2000]
"#,
        at(-3_600)?,
        at(-60)?,
        at(-1_800)?,
        at(-3_000)?,
        at(FINAL_S)?
    );
    fs::write(package.join("competition.toml"), manifest)?;
    let task = package.join("tasks/squares/task.toml");
    let text = fs::read_to_string(&task)?.replace("[input]", "[ladder]\nbaseline = 0.4\n\n[input]");
    fs::write(&task, text)?;
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    // Publishing it again changes nothing: all of it is there as it was written.
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    let told = site.visitor()?.ok(&["competition", "show", "brightness"])?;
    for words in
        ["teams may merge until", "3,000 and 2,000 CNY; finalists whose rank intervals overlap share"]
    {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
    let shown = site.visitor()?.json(&["phase", "list", "brightness"])?;
    Ok(shown["phases"][0]["close_time"].as_str().context("a time")?.parse()?)
}

fn submit(model: &Path) -> Result<[&str; 4]> {
    Ok(["submit", path(model)?, "--task", TASK])
}

/// The submission once it is final.
fn ended(team: &Actor, submission: &Value) -> Result<Value> {
    let name = submission["name"].as_str().context("a name")?;
    until("a submission to be final", || {
        let now = team.json(&["submissions", name])?;
        let last = ["RELEASED", "WITHHELD", "REJECTED"].iter().any(|state| now["state"] == *state);
        Ok(last.then_some(now))
    })
}

/// While the board is frozen a team reads its own account, and everybody else that nothing was shown.
fn ledgers(site: &Site, gulls: &Actor, terns: &Actor) -> Result<()> {
    let own = gulls.json(&["ledger", TASK])?;
    let split = &own["splits"][0];
    assert_eq!((&split["item_count"], &split["spent_millibits"]), (&json!(30), &json!(0)));
    assert_eq!(split["account"]["spent_millibits"], 4_193);
    assert_eq!(split["account"]["rows"].as_array().map(Vec::len), Some(3));
    let told = gulls.ok(&["ledger", TASK])?;
    for words in ["1 of 5", "0.807 bits", "it will be withheld", "probability 95 %"] {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
    let status = gulls.ok(&["status"])?;
    assert!(status.contains("live: level 1 of 5; 0.807 bits left"), "{status}");
    for reader in [terns, &site.visitor()?] {
        let told = reader.ok(&["ledger", TASK])?;
        assert!(told.starts_with("At most 0 bytes have ever left this test set"), "{told}");
        assert!(!told.contains("gulls"), "{told}");
        reader.refused(&["ledger", TASK, "--team", "brightness/gulls"], 4)?;
    }
    let jury = site.operator.json(&["ledger", TASK])?;
    assert_eq!(jury["splits"][0]["accounts"][0]["team"], "competitions/brightness/teams/gulls");
    Ok(())
}

/// Frozen for everybody but the jury, until it is thawed.
fn frozen_board(site: &Site, gulls: &Actor) -> Result<()> {
    let frozen = gulls.ok(&["leaderboard", TASK, "--phase", "live"])?;
    assert!(frozen.starts_with("Frozen since ") && frozen.contains("The board is empty."), "{frozen}");
    gulls.refused(&["leaderboard", TASK, "--phase", "live", "--jury"], 4)?;
    let jury = site.operator.ok(&["leaderboard", TASK, "--phase", "live", "--jury"])?;
    assert!(jury.starts_with("The jury's board") && jury.contains("海鸥"), "{jury}");
    let before = Timestamp::now().to_string();
    site.operator.ok(&["phase", "thaw", "brightness/live"])?;
    let thawed = site.visitor()?.json(&["leaderboard", TASK, "--phase", "live"])?;
    let entry = &thawed["entries"][0];
    assert_eq!((&entry["rank"], &entry["metrics"][0]["value"]), (&json!(1), &json!(0.52)));
    // The board of a moment at which nothing was released.
    let early = ["leaderboard", TASK, "--phase", "live", "--as-of", "2026-01-01T00:00:00+08:00"];
    assert_eq!(site.visitor()?.json(&early)?["entries"], json!([]));
    let then = site.visitor()?.json(&["leaderboard", TASK, "--phase", "live", "--as-of", &before])?;
    assert_eq!(then["entries"], thawed["entries"]);
    let told = site.visitor()?.ok(&["ledger", TASK])?;
    assert!(told.starts_with("At most 1 byte has ever left this test set"), "{told}");
    Ok(())
}

/// What the organizer grants stands in the team's ledger with its reason.
fn granted(site: &Site, gulls: &Actor) -> Result<()> {
    let grant = ["quota", "grant", TASK, "live", "brightness/gulls", "2", "--reason", "no light"];
    site.operator.ok(&grant)?;
    let quota = gulls.json(&["quota", "show", TASK, "--phase", "live"])?;
    assert_eq!((&quota["granted"], &quota["used_total"]), (&json!(2), &json!(3)));
    assert_eq!(
        (&quota["entries"][0]["kind"], &quota["entries"][0]["reason"]),
        (&json!("grant"), &json!("no light"))
    );
    gulls.refused(&grant, 4)?;
    Ok(())
}

/// When both phases are over, the last word is said on each; what was nominated has run once by then.
fn finals(site: &Site, gulls: &Actor) -> Result<()> {
    let early = site.operator.run(&["phase", "finalize", "brightness/final"])?;
    assert!(
        early.code == 0 || (early.code == 3 && early.stderr.contains("cannot be finalized")),
        "{}",
        early.stderr
    );
    for phase in ["brightness/live", "brightness/final"] {
        until(&format!("{phase} to be final"), || {
            let outcome = site.operator.run(&["phase", "finalize", phase])?;
            match outcome.code {
                0 => Ok(Some(())),
                3 => Ok(None),
                code => anyhow::bail!("finalize ended with {code}\n{}", outcome.stderr),
            }
        })?;
    }
    let last = site.visitor()?.ok(&["leaderboard", TASK, "--phase", "final"])?;
    assert!(last.starts_with("Final since ") && last.contains("海鸥"), "{last}");
    // There is one finalist, whom nobody is compared with: the order decides, and nobody stands at the second place.
    assert!(last.contains("PRIZE, CNY") && last.contains("Kept: 2,000 CNY"), "{last}");
    let board = site.visitor()?.json(&["leaderboard", TASK, "--phase", "final"])?;
    assert_eq!((&board["entries"][0]["prize"], &board["prize_kept"]), (&json!(3_000), &json!(2_000)));
    assert_eq!(board["entries"][0]["rank_low"], 0);
    let all = gulls.json(&["submissions", TASK])?;
    let finalists = all.as_array().unwrap().iter().filter(|s| s["phase"] == "final");
    let states: Vec<&Value> = finalists.clone().map(|s| &s["state"]).collect();
    assert_eq!(states, ["RELEASED", "RELEASED"]);
    assert!(finalists.clone().all(|s| s["nominated_from"] != ""));
    Ok(())
}

/// Exact scores are charged as it was said before, and shown to their team alone.
fn revealed(site: &Site, gulls: &Actor) -> Result<()> {
    let reveal = ["phase", "reveal", "brightness/live", "--decimals", "2"];
    let preview = site.operator.run(&[&reveal[..], &["--output", "json"]].concat())?;
    assert!(preview.code == 2 && preview.stderr.contains("--yes"), "{}", preview.stderr);
    let said: Value = serde_json::from_str(&preview.stdout)?;
    site.operator.ok(&[&reveal[..], &["--yes"]].concat())?;
    let all = gulls.json(&["submissions", TASK])?;
    let charges = all.as_array().unwrap().iter().filter_map(|s| s["revealed"]["charge_millibits"].as_u64());
    assert_eq!(said["charges"][0]["charge_millibits"], charges.clone().sum::<u64>());
    assert_eq!((said["charges"][0]["releases"].as_u64(), charges.count()), (Some(2), 2));
    let told = gulls.ok(&["submissions", TASK])?;
    let best = all.as_array().unwrap().iter().find(|s| s["release"]["level"] == 1).context("the best")?;
    assert_eq!(best["revealed"]["metrics"][0]["value"], 1.0, "{told}");

    let log = site.visitor()?.json(&["phase", "log", "brightness"])?;
    let kinds: Vec<&str> =
        log.as_array().unwrap().iter().filter_map(|change| change["kind"].as_str()).collect();
    assert_eq!(
        kinds,
        ["reveal", "finalize", "finalize", "thaw", "resume submitting", "pause submitting", "extend"]
    );
    Ok(())
}
