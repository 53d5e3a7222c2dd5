//! Finals with real workers: what stands for each team runs once, on a split that nothing has touched before the phase closed; one worker
//! dies over it, and another compares what both have found, item by item.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use egret_proto::v1::{GetTestSetRequest, Split};
use egret_tests::{
    Brightness, Database, Site, brightness_models, heavy, path, plain, slow, until, write_brightness,
};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::{TASK, submit};

/// Enough for intervals, which take 20.
const PRIVATE_ITEMS: u32 = 60;
/// The phases are open for so long from the moment the package is written, and for [`MORE_S`] longer whenever less than [`LEFT_S`] is left.
const OPEN_S: i64 = 20;
const LEFT_S: i64 = 12;
const MORE_S: i64 = 10;
/// A second or two for the items of a split.
const TURNS: i64 = 30_000;
/// A check and a hidden evaluation of each of four models; three finalists; and their comparison.
const UNITS_BEFORE: u64 = 8;
const UNITS: u64 = UNITS_BEFORE + 3 + 1;

#[tokio::test]
async fn finalists_run_once_the_phase_has_closed_and_are_ranked_with_intervals() -> Result<()> {
    let site = Site::start(Database::Postgres, 0)?;
    let mut first = site.worker("first")?;
    let models = models(&site)?;
    let [bright, gloomy, slow, heavy] =
        ["bright", "gloomy", "slow", "heavy"].map(|name| models.join(format!("{name}.onnx")));
    publish(&site)?;
    let private = private_blobs(&site).await?;
    let join = |id: &str| {
        hold_open(&site)?;
        site.team("brightness", id, id)
    };
    let (gulls, herons, terns) = (join("gulls")?, join("herons")?, join("terns")?);

    let mut sent = Vec::new();
    for (team, model) in [(&gulls, &bright), (&gulls, &gloomy), (&herons, &slow), (&terns, &heavy)] {
        hold_open(&site)?;
        sent.push((team, team.json(&submit(model)?)?));
    }
    for (team, submission) in &sent {
        let name = submission["name"].as_str().context("a name")?;
        until("a release", || {
            hold_open(&site)?;
            let state = team.json(&["submissions", name])?["state"].clone();
            assert_ne!(state, "REJECTED");
            Ok((state == "RELEASED").then_some(()))
        })?;
    }
    // The gulls take the worse one of theirs; the others leave it to their best.
    let gloomy = &sent[1].1["name"];
    hold_open(&site)?;
    let named = gulls.json(&["nominate", TASK, "final", gloomy.as_str().context("a name")?])?;
    assert_eq!((&named["chosen"], &named["submissions"]), (&json!(true), &json!([gloomy])));
    let best = herons.json(&["nominate", TASK, "final"])?;
    assert_eq!((&best["chosen"], &best["submissions"]), (&json!(false), &json!([sent[2].1["name"]])));

    // Nothing of the private split has left the server, or was worked on.
    let fetched = |worker: &str| {
        let cache = site.scratch().join(format!("cache-{worker}"));
        private.iter().filter(|blob| cache.join(blob).is_file()).count()
    };
    let before = (finalists(&site)?.len(), fetched("first"), units_done(&site)?);
    assert!(Timestamp::now() < closes_at(&site)?, "the story is late: the phase is over");
    assert_eq!(before, (0, 0, UNITS_BEFORE));

    until("a finalist's inputs to be fetched", || Ok((fetched("first") > 0).then_some(())))?;
    assert!(Timestamp::now() >= closes_at(&site)?);
    first.kill();
    assert!(units_done(&site)? < UNITS, "the worker dies in the middle");
    assert_eq!(finalists(&site)?.len(), 3);
    let _second = site.worker("second")?;
    until("the finals to be final", || {
        let outcome = site.operator.run(&["phase", "finalize", "brightness/final"])?;
        match outcome.code {
            0 => Ok(Some(())),
            3 => Ok(None),
            code => anyhow::bail!("finalize ended with {code}\n{}", outcome.stderr),
        }
    })?;
    assert_eq!(units_done(&site)?, UNITS);
    assert_eq!(fetched("second"), private.len());
    assert!(finalists(&site)?.iter().all(|finalist| finalist["state"] == "RELEASED"));
    board(&site)
}

/// Those whose models are equally good share the ranks 1 and 2; who nominated the worse model has lost its first place.
fn board(site: &Site) -> Result<()> {
    let board = site.visitor()?.json(&["leaderboard", TASK, "--phase", "final"])?;
    let entries = board["entries"].as_array().context("entries")?;
    let told: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let accuracy = &entry["metrics"][0]["value"];
            json!([
                entry["team_title"],
                accuracy,
                entry["rank"],
                [entry["rank_low"], entry["rank_high"]],
                entry["previous_rank"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["herons", 1.0, 1, [1, 2], 2]),
            json!(["terns", 1.0, 2, [1, 2], 3]),
            json!(["gulls", 0.3333, 3, [3, 3], 1])
        ]
    );
    Ok(())
}

/// Four models of two qualities.
fn models(site: &Site) -> Result<PathBuf> {
    let models = site.scratch().join("models");
    brightness_models(&models)?;
    fs::write(models.join("slow.onnx"), slow(TURNS))?;
    fs::write(models.join("heavy.onnx"), heavy(1))?;
    Ok(models)
}

/// A live phase and its finals, which end soon and together.
fn publish(site: &Site) -> Result<()> {
    let package = site.scratch().join("brightness");
    write_brightness(&package, &Brightness { items: [6, 30, PRIVATE_ITEMS], ..Brightness::default() })?;
    let now = Timestamp::now();
    let at = |seconds: i64| -> Result<String> {
        Ok(now.checked_add(seconds.seconds())?.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
    };
    let (live_start, final_start, end) = (at(-3_600)?, at(-3_000)?, at(OPEN_S)?);
    let manifest = format!(
        r#"id = "brightness"
title = "Brightness"
time_zone = "Asia/Shanghai"

[[phases]]
id = "live"
kind = "live"
start = "{live_start}"
end = "{end}"
split = "public"
quota = {{ per_day_max = 5 }}
release = {{ policy = "exact", decimals = 4 }}

[[phases]]
id = "final"
kind = "final"
start = "{final_start}"
end = "{end}"
split = "private"
nominations = 1
nominates_from = "live"
release = {{ policy = "exact", decimals = 4, timing = "finalize" }}
"#
    );
    fs::write(package.join("competition.toml"), manifest)?;
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    Ok(())
}

/// The digests of all that is sealed of the private split.
async fn private_blobs(site: &Site) -> Result<Vec<String>> {
    let name = "competitions/brightness/tasks/squares/testSets/1".to_owned();
    let mut test_sets = site.api(&site.operator)?.test_sets();
    let test_set = test_sets.get_test_set(GetTestSetRequest { name }).await?.into_inner();
    let private = test_set.shards.into_iter().filter(|shard| shard.split() == Split::Private);
    let blobs: Vec<String> =
        private.flat_map(|shard| [shard.inputs, shard.labels]).flatten().map(|blob| blob.sha256).collect();
    assert_eq!(blobs.len(), 2, "one shard of inputs and one of labels");
    Ok(blobs)
}

/// Both phases end in a while, however slow this machine is.
fn hold_open(site: &Site) -> Result<()> {
    let left = Timestamp::now().until(closes_at(site)?)?.get_seconds();
    if left < LEFT_S {
        let extra = format!("{MORE_S}s");
        for phase in ["brightness/final", "brightness/live"] {
            site.operator.ok(&["phase", "extend", phase, &extra, "--reason", "a slow line"])?;
        }
    }
    Ok(())
}

fn closes_at(site: &Site) -> Result<Timestamp> {
    let shown = site.operator.json(&["phase", "list", "brightness"])?;
    Ok(shown["phases"][1]["close_time"].as_str().context("a time")?.parse()?)
}

/// The submissions that nominees have become.
fn finalists(site: &Site) -> Result<Vec<Value>> {
    let all = site.operator.json(&["submissions", TASK, "--all-teams"])?;
    let all = all.as_array().context("a list")?;
    Ok(all.iter().filter(|submission| submission["phase"] == "final").cloned().collect())
}

/// Units of work that workers have done, as the server counts them.
fn units_done(site: &Site) -> Result<u64> {
    let (_, metrics) = plain::get(&site.private(), "/metrics")?;
    let line = metrics.lines().find(|line| line.starts_with("egret_units_completed_total "));
    Ok(line.and_then(|line| line.rsplit(' ').next()).context("units are counted")?.parse()?)
}
