use anyhow::Result;
use egret_proto::v1::{
    GetCompetitionRequest, GetLeaderboardRequest, GetOverallLeaderboardRequest, Leaderboard, Phase,
    WhoAmIRequest,
};
use jiff::Timestamp;

use crate::cli::Context;
use crate::client::Client;
use crate::names::{CompetitionName, TaskName};
use crate::view::phase::is_open;
use crate::{Exit, failure::Failure, moment, output, view};

/// Moves to the top left corner and clears the screen.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// `egret leaderboard TASK`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  egret leaderboard my-contest/digits\n  egret leaderboard my-contest/digits --watch \
--output json   one JSON object per change\n  egret leaderboard my-contest/digits --as-of 2026-03-01T20:00:00+08:00\n  \
egret leaderboard my-contest/digits --jury               as an organizer\n  egret leaderboard --overall my-contest live              all tasks in one"
)]
pub(crate) struct Args {
    /// The task
    #[arg(value_name = "COMPETITION/TASK", required_unless_present = "overall")]
    task: Option<TaskName>,
    /// The overall board of all tasks in a phase instead
    #[arg(long, num_args = 2, value_names = ["COMPETITION", "PHASE"], conflicts_with_all = ["task", "phase", "watch", "as_of", "jury"])]
    overall: Option<Vec<String>>,
    /// The phase [default: the open one, or else the last one that was]
    #[arg(long, value_name = "PHASE")]
    phase: Option<String>,
    /// Shows the board again after every change, until interrupted
    #[arg(long, short)]
    watch: bool,
    /// The board as it was at a moment: RFC 3339 with its offset
    #[arg(long, value_name = "TIME", value_parser = moment::parse, conflicts_with = "watch")]
    as_of: Option<Timestamp>,
    /// Everything that was decided, frozen or not, for organizers
    #[arg(long, conflicts_with = "watch")]
    jury: bool,
}

/// How a board is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Public,
    Jury,
    /// Again after every change.
    Watched,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let task = match (args.overall.as_deref(), args.task) {
        (Some([competition, phase]), _) => return overall(competition, phase, context).await,
        (_, Some(task)) => task,
        _ => return Err(Failure::new(Exit::Usage, "a task or an overall board is needed").into()),
    };
    let client = context.client().await?;
    let phase = match args.phase {
        Some(phase) => phase,
        None => current_phase(&client, &task).await?,
    };
    let name = format!("{task}/phases/{phase}/leaderboard");
    if args.watch {
        client.watch_leaderboard(&name, |board| show(context, &phase, board, Sight::Watched)).await?;
    } else {
        let as_of = args.as_of.map(moment::to_wire);
        let board = client.get_leaderboard(GetLeaderboardRequest { name, as_of, jury: args.jury }).await?;
        let sight = if args.jury { Sight::Jury } else { Sight::Public };
        show(context, &phase, &board, sight)?;
    }
    Ok(Exit::Ok)
}

/// Shows the overall board of a phase.
async fn overall(competition: &str, phase: &str, context: &Context) -> Result<Exit> {
    let wrong = |what: String| Failure::new(Exit::Usage, what);
    let competition: CompetitionName = competition.parse().map_err(wrong)?;
    let name = format!("{competition}/phases/{phase}");
    let client = context.client().await?;
    let board = client.get_overall_leaderboard(GetOverallLeaderboardRequest { name }).await?;
    context.output.message("OverallLeaderboard", &board, || {
        let when = moment::show(board.update_time);
        let revision = format!("Phase {phase}, all tasks, revision {}, {when}", board.revision);
        format!("{}{revision}\n", view::overall::show(&board))
    })?;
    Ok(Exit::Ok)
}

fn show(context: &Context, phase: &str, board: &Leaderboard, sight: Sight) -> Result<()> {
    let again = sight == Sight::Watched;
    let text = || {
        let clear = if again && output::on_terminal() { CLEAR } else { "" };
        let banner = view::board::banner(board, sight == Sight::Jury);
        let revision =
            format!("Phase {phase}, revision {}, {}", board.revision, moment::show(board.update_time));
        let (table, footer) = (view::board::show(board), view::board::footer(board, "In parentheses"));
        format!("{clear}{banner}{table}{footer}{revision}\n{}", if again { "\n" } else { "" })
    };
    Ok(context.output.message("Leaderboard", board, text)?)
}

/// The phase that a reader means who names none, on the server's clock.
async fn current_phase(client: &Client, task: &TaskName) -> Result<String> {
    let name = task.competition().full().to_owned();
    let competition = client.get_competition(GetCompetitionRequest { name }).await?;
    let now = client.who_am_i(WhoAmIRequest {}).await?.server_time;
    let now = moment::of(now).unwrap_or_else(Timestamp::now);
    let phase = choose(&competition.phases, now);
    let phase = phase.ok_or_else(|| Failure::new(Exit::NotFound, "the competition has no phases"))?;
    Ok(phase.phase_id.clone())
}

/// The open phase, live and final before practice; else the last that started; else the first.
fn choose(phases: &[Phase], now: Timestamp) -> Option<&Phase> {
    let started = |phase: &&Phase| moment::of(phase.start_time).is_some_and(|start| start <= now);
    let open = phases.iter().filter(|phase| is_open(phase, now)).max_by_key(|phase| phase.kind);
    let past = || phases.iter().filter(started).max_by_key(|phase| moment::of(phase.start_time));
    open.or_else(past).or(phases.first())
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::phase::Kind;

    use super::*;

    #[test]
    fn the_phase_a_reader_means() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let phase = |id: &str, kind: Kind, start, end| Phase {
            phase_id: id.into(),
            kind: kind.into(),
            start_time: Some(moment::to_wire(at(start))),
            end_time: Some(moment::to_wire(at(end))),
            ..Phase::default()
        };
        let phases = [
            phase("gym", Kind::Practice, 10, 100),
            phase("live", Kind::Live, 20, 30),
            phase("end", Kind::Final, 120, 130),
        ];
        let chosen =
            [0, 15, 25, 40, 110, 125, 200].map(|now| choose(&phases, at(now)).unwrap().phase_id.as_str());
        assert_eq!(chosen, ["gym", "gym", "live", "gym", "live", "end", "end"]);
        assert!(choose(&[], at(0)).is_none());
    }
}
