//! `egret competition export`: everything that anybody may read of a competition, as files that need neither a server nor
//! scripts. It reads without a token, so that what it writes is public by construction.

mod folder;
mod gather;
mod pages;
mod tables;

use std::path::PathBuf;

use anyhow::Result;
use egret_proto::v1::Team;
use prost::Message;
use serde_json::{Value, json};

use crate::{Exit, cli::Context, names::CompetitionName, output::to_json};
use folder::Folder;
use gather::Public;

/// `egret competition export COMPETITION --dir DIR [--force]`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads as a spectator does, without your token: a draft cannot be exported, and nothing gets into DIR that is not public.

  index.html                          the competition, its boards, tasks and teams; one page per board, without scripts
  competition.json phases.csv         the competition and its phases
  tasks.json tasks.csv                tasks; teams.json teams.csv: teams
  ledger.json ledger.csv              what has ever left each test set: the sum over teams, in thousandths of a bit
  boards/TASK/PHASE.html .csv .json   the board of each task in each phase
  history/TASK/PHASE.csv .json        the releases behind it that improved a team's score, oldest first
  overall/PHASE.html .csv .json       the overall boards, where the competition has them

The JSON is that of the API, named as in proto/. The same boards give the same bytes: no file says when it was made. CSV is UTF-8,
its times RFC 3339 in UTC; a text that a spreadsheet might take for a formula (it begins with = + - @ or their wide forms) has an
apostrophe before it. The folder appears when it is whole.

Example:
  egret competition export my-contest --dir my-contest-site

JSON: {\"dir\", \"file_count\", \"board_count\"}")]
pub(crate) struct Args {
    /// The competition
    competition: CompetitionName,
    /// The folder to write: empty or not there
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Replaces an earlier export in DIR
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let mut folder = Folder::begin(&args.dir, args.force)?;
    let public = gather::read(&context.spectator().await?, &args.competition).await?;
    write(&mut folder, &public)?;
    let file_count = folder.finish()?;
    let board_count = public.boards.len() + public.overall.len();
    let value = json!({ "dir": args.dir, "file_count": file_count, "board_count": board_count });
    context.output.value(&value, || {
        let dir = args.dir.display();
        format!("{file_count} files with {board_count} boards are in {dir}\nNext: open {dir}/index.html\n")
    })?;
    Ok(Exit::Ok)
}

/// Every file, in an order of no consequence.
fn write(folder: &mut Folder, public: &Public) -> Result<()> {
    folder.write("index.html", pages::index(public)?)?;
    folder.write("competition.json", one("Competition", &public.competition))?;
    folder.write("phases.csv", tables::phases(&public.competition)?)?;
    folder.write("tasks.json", many("Task", &public.tasks))?;
    folder.write("tasks.csv", tables::tasks(&public.tasks)?)?;
    folder.write("teams.json", pretty(&public.teams.iter().map(team).collect()))?;
    folder.write("teams.csv", tables::teams(&public.teams)?)?;
    folder.write("ledger.json", many("Ledger", &public.ledgers))?;
    folder.write("ledger.csv", tables::ledger(&public.ledgers)?)?;
    for board in &public.boards {
        let path = format!("boards/{}/{}", board.task, board.phase);
        folder.write(&format!("{path}.html"), pages::board(public, board)?)?;
        folder.write(&format!("{path}.csv"), tables::board(&board.board)?)?;
        folder.write(&format!("{path}.json"), one("Leaderboard", &board.board))?;
        let path = format!("history/{}/{}", board.task, board.phase);
        folder.write(&format!("{path}.csv"), tables::history(&board.history.points)?)?;
        folder.write(&format!("{path}.json"), one("ListScoreHistoryResponse", &board.history))?;
    }
    for (phase, board) in &public.overall {
        let path = format!("overall/{phase}");
        folder.write(&format!("{path}.html"), pages::overall(public, phase, board)?)?;
        folder.write(&format!("{path}.csv"), tables::overall(board)?)?;
        folder.write(&format!("{path}.json"), one("OverallLeaderboard", board))?;
    }
    Ok(())
}

fn one<M: Message>(kind: &str, message: &M) -> Vec<u8> {
    pretty(&to_json(kind, message))
}

fn many<M: Message>(kind: &str, messages: &[M]) -> Vec<u8> {
    pretty(&messages.iter().map(|message| to_json(kind, message)).collect())
}

/// A team without its list of members, which a spectator gets empty.
fn team(team: &Team) -> Value {
    let mut value = to_json("Team", team);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("members");
    }
    value
}

fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
