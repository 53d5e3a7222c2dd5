//! `cargo xtask demo`: a whole contest on real data, through the binaries that everyone runs.
//!
//! Everything lies in `target/demo`: the package and the models (made once, and again when their phases are about to
//! close), and a fresh site with a configuration directory per person. The user's own configuration is not touched.

mod package;
mod site;

use std::{
    fs::{self, File},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{build, child::Stop, onnxruntime, python};

use site::Site;

const COMPETITION: &str = "demo";
const TASK: &str = "demo/digits";

/// A team with its one member, and what they submit.
struct Team {
    id: &'static str,
    title: &'static str,
    member: &'static str,
    models: &'static [&'static str],
}

const TEAMS: [Team; 2] = [
    Team { id: "gulls", title: "海鸥 Gulls", member: "Gao", models: &["centroid", "logistic"] },
    Team { id: "egrets", title: "白鹭 Egrets", member: "Ada", models: &["kernel"] },
];

/// Runs the contest; with `exit` the site is stopped at the end, else it stays up until Ctrl-C.
pub fn run(exit: bool) -> Result<()> {
    let library = onnxruntime::ensure()?;
    let python = python::ensure()?;
    println!("Building egret and egret-runner");
    let binaries = build::binaries()?;
    let home = std::path::absolute(build::target())?.join("demo");
    let _alone = alone(&home)?;
    let package = package::ensure(&python, &home)?;

    let stop = Stop::on_signals()?;
    let mut site = Site::start(&stop, &binaries, &library, &home)?;
    if let Err(error) = contest(&stop, &site, &package) {
        eprintln!("{}", site.tail());
        return Err(error);
    }
    println!("\nThe page: {}/c/{COMPETITION}/t/digits", site.url());
    if !exit {
        println!("It stays up until Ctrl-C.");
        site.stay(&stop)?;
    }
    site.stop()
}

/// Another demo here would take this one's site away. Held until dropped, whatever ends this process.
fn alone(home: &Path) -> Result<File> {
    fs::create_dir_all(home)?;
    let lock = File::create(home.join("lock"))?;
    lock.try_lock().with_context(|| format!("another demo is running in {}", home.display()))?;
    Ok(lock)
}

/// From the folder to the board.
fn contest(stop: &Stop, site: &Site, package: &package::Package) -> Result<()> {
    let operator = site.person("operator");
    let competition = package.competition();
    stop.run(&mut operator.shown(&["competition", "publish", site::path(&competition)?]))
        .context("the competition was not published")?;
    for team in &TEAMS {
        operator.read(&["team", "create", COMPETITION, "--id", team.id, "--title", team.title])?;
        let invite = operator.read(&["team", "invite", &format!("{COMPETITION}/{}", team.id)])?;
        let code = invite["code"].as_str().context("the invite has no code")?;
        let member = site.person(team.id);
        member.read(&["team", "join", code, "--name", team.member])?;
        for model in team.models {
            println!();
            let file = package.model(model);
            let line = ["submit", site::path(&file)?, "--task", TASK, "--watch", "--note", *model];
            stop.run(&mut member.shown(&line)).with_context(|| format!("{model}.onnx got no score"))?;
        }
    }
    println!();
    let spectator = site.person("spectator");
    stop.run(&mut spectator.shown(&["leaderboard", TASK]))?;
    complete(&spectator.read(&["leaderboard", TASK])?)
}

/// Every team is on the board with every score.
fn complete(board: &Value) -> Result<()> {
    let entries = board["entries"].as_array().map_or(&[][..], Vec::as_slice);
    for team in &TEAMS {
        let entry = entries.iter().find(|entry| entry["team_title"] == team.title);
        let entry = entry.with_context(|| format!("{} is not on the board", team.title))?;
        let metrics = entry["metrics"].as_array().map_or(&[][..], Vec::as_slice);
        if metrics.is_empty() || metrics.iter().any(|metric| !metric["value"].is_number()) {
            bail!("a score of {} is missing on the board", team.title);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_board_without_a_score_is_not_complete() {
        let entry = |title: &str, value: Value| json!({"team_title": title, "metrics": [{"value": value}]});
        let first = entry(TEAMS[0].title, json!(0.9));
        let board = |second| json!({"entries": [first.clone(), second]});
        assert!(complete(&board(entry(TEAMS[1].title, json!(0.8)))).is_ok());
        assert!(complete(&board(entry(TEAMS[1].title, Value::Null))).is_err());
        assert!(complete(&board(entry("strangers", json!(0.8)))).is_err());
    }
}
