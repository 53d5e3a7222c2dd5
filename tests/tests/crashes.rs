//! `kill -9` of server, worker and runner while a submission is evaluated: none is lost, and none counts twice.

use std::fs;

use anyhow::{Context as _, Result};
use egret_proto::v1::ListScoreHistoryRequest;
use egret_tests::{Actor, Brightness, Database, Process, Site, kill, path, slow, until};
use serde_json::{Value, json};

const TASK: &str = "brightness/squares";
/// Enough for an evaluation of a few seconds on the 30 hidden items, at a batch of one.
const TURNS: i64 = 100_000;

/// A site, a team, and a submission that is being evaluated, followed by a watcher.
struct Story {
    // The watcher ends before the site does.
    watcher: Process,
    team: Actor,
    site: Site,
}

/// Publishes, submits a slow model, and waits until the hidden evaluation runs.
fn evaluating(site: Site) -> Result<Story> {
    site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let model = site.scratch().join("slow.onnx");
    fs::write(&model, slow(TURNS))?;
    let mut watcher =
        Process::start("submit", &mut team.command(&["submit", path(&model)?, "--task", TASK, "--watch"])?)?;
    watcher.wait_for("evaluating")?;
    Ok(Story { watcher, team, site })
}

impl Story {
    fn submission(&self) -> Result<Value> {
        let all = self.team.json(&["submissions", TASK])?;
        let all = all.as_array().context("a list")?.clone();
        assert_eq!(all.len(), 1);
        Ok(all[0].clone())
    }

    /// The processes that evaluate, inside a server with a worker of its own.
    fn runners(&mut self) -> Result<Vec<u32>> {
        let server = self.site.server();
        until("a runner", || {
            Ok(Some(server.descendants_named("egret-runner")).filter(|runners| !runners.is_empty()))
        })
    }

    /// The blow came in the middle: nothing was released yet.
    fn assert_in_flight(&self) -> Result<()> {
        assert_eq!(self.submission()?["state"], "EVALUATING");
        Ok(())
    }

    /// Waits for the release, then counts: one submission, one entry, one point, the right score.
    async fn assert_scored_once(mut self) -> Result<()> {
        until("the release", || {
            let state = self.submission()?["state"].clone();
            assert_ne!(state, "REJECTED");
            Ok((state == "RELEASED").then_some(()))
        })?;
        assert_eq!(self.watcher.end()?, 0, "the watcher saw the release");
        let exact = json!({ "id": "accuracy", "value": 1.0 });
        assert_eq!(self.submission()?["release"]["metrics"][0], exact);
        let board = self.site.operator.json(&["leaderboard", TASK])?;
        let entries = board["entries"].as_array().context("entries")?;
        assert_eq!(entries.len(), 1);
        assert_eq!((&entries[0]["submission_count"], &entries[0]["metrics"][0]), (&json!(1), &exact));
        assert_eq!(board["revision"], 1, "the board changed once");
        let name = board["name"].as_str().context("a name")?.to_owned();
        let api = self.site.api(&self.site.operator)?;
        let history = api.boards().list_score_history(ListScoreHistoryRequest { name }).await?.into_inner();
        assert_eq!(history.points.iter().map(|point| point.value).collect::<Vec<_>>(), [1.0]);
        let quota = &self.team.json(&["status"])?["tasks"][0]["quota"];
        assert_eq!((&quota["used_today"], &quota["in_flight"]), (&json!(1), &json!(0)));
        Ok(())
    }
}

#[tokio::test]
async fn a_killed_server_loses_nothing_that_its_worker_finishes() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let _worker = site.worker("patient")?;
    let mut story = evaluating(site)?;
    story.assert_in_flight()?;
    story.site.server().kill();
    story.site.boot()?;
    story.assert_scored_once().await
}

#[tokio::test]
async fn a_killed_server_with_its_worker_inside_evaluates_again() -> Result<()> {
    let mut story = evaluating(Site::start(Database::Postgres, 1)?)?;
    story.assert_in_flight()?;
    let runners = story.runners()?;
    story.site.server().kill();
    until("the runners to die with the server", || Ok(runners.iter().all(|id| is_gone(*id)).then_some(())))?;
    story.site.boot()?;
    story.assert_scored_once().await
}

#[tokio::test]
async fn a_killed_workers_lease_goes_to_another_worker() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let mut first = site.worker("first")?;
    let story = evaluating(site)?;
    story.assert_in_flight()?;
    first.kill();
    let _second = story.site.worker("second")?;
    story.assert_scored_once().await
}

#[tokio::test]
async fn a_killed_runner_is_replaced() -> Result<()> {
    let mut story = evaluating(Site::start(Database::Sqlite, 1)?)?;
    let runners = story.runners()?;
    story.assert_in_flight()?;
    for runner in &runners {
        kill("-KILL", *runner)?;
    }
    until("the runners' end", || Ok(runners.iter().all(|id| is_gone(*id)).then_some(())))?;
    story.assert_scored_once().await
}

#[tokio::test]
async fn a_server_told_to_stop_drains_and_forgets_nothing() -> Result<()> {
    let mut story = evaluating(Site::start(Database::Sqlite, 1)?)?;
    story.assert_in_flight()?;
    story.site.server().terminate()?;
    story.site.boot()?;
    story.assert_scored_once().await
}

#[tokio::test]
async fn a_worker_told_to_stop_drains() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let mut worker = site.worker("leaving")?;
    let story = evaluating(site)?;
    story.assert_in_flight()?;
    worker.terminate()?;
    // What it had leased it finished, or gave back to the next one.
    let _next = story.site.worker("next")?;
    story.assert_scored_once().await
}

/// The server dies at every stage of a submission's life, and once more after the end.
#[tokio::test]
async fn a_server_killed_at_every_stage_scores_every_submission_once() -> Result<()> {
    let mut site = Site::start(Database::Postgres, 0)?;
    site.publish(&Brightness::default())?;
    let team = site.team("brightness", "gulls", "Gulls")?;
    let worker = site.worker("patient")?;
    let model = site.scratch().join("slow.onnx");
    let submit = ["submit", path(&model)?, "--task", TASK, "--watch"];
    let stages = ["checking", "queued", "evaluating", "released"];
    let mut watchers = Vec::new();
    for (i, stage) in stages.iter().enumerate() {
        // Files differ, so that every upload is one.
        fs::write(&model, slow(TURNS / 10 + 2 * i as i64))?;
        let mut watcher = Process::start(stage, &mut team.command(&submit)?)?;
        watcher.wait_for(stage)?;
        site.server().kill();
        site.boot()?;
        watchers.push(watcher);
    }
    for mut watcher in watchers {
        assert_eq!(watcher.end()?, 0, "every watcher saw a release");
    }
    drop(worker);
    let all = team.json(&["submissions", TASK])?;
    let scores: Vec<&Value> =
        all.as_array().context("a list")?.iter().map(|one| &one["release"]["metrics"][0]["value"]).collect();
    assert_eq!(scores, [&json!(1.0); 4]);
    let board = site.operator.json(&["leaderboard", TASK])?;
    assert_eq!(board["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(board["entries"][0]["submission_count"], 4);
    let quota = &team.json(&["status"])?["tasks"][0]["quota"];
    assert_eq!((&quota["used_today"], &quota["in_flight"]), (&json!(4), &json!(0)));
    Ok(())
}

/// Whether a process has ended; a zombie has.
fn is_gone(id: u32) -> bool {
    fs::read_to_string(format!("/proc/{id}/stat")).map_or(true, |stat| {
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X']))
    })
}
