use anyhow::Result;
use egret_proto::v1::{Submission, submission::State};

use crate::cli::Context;
use crate::client::Client;
use crate::commands::ledger;
use crate::names::{SubmissionName, TaskName};
use crate::view::ledger::Grids;
use crate::{output, progress, view};

/// Follows a submission to its end. People see each change, the reports and what is left then; programs get the last state.
pub(super) async fn to_the_end(
    client: &Client,
    context: &Context,
    task: &TaskName,
    submission: &Submission,
) -> Result<Submission> {
    let grids = ledger::of(client, task, &submission.team).await?.as_ref().map(Grids::of).unwrap_or_default();
    let name = SubmissionName::short(&submission.name);
    context.say(&format!("Submitted {name}; `egret cancel {name}` takes it back"))?;
    let spinner = progress::spinner("waiting");
    let (mut shown, mut reported) = (None, false);
    let last = client
        .watch_submission::<anyhow::Error>(&submission.name, |now| {
            let line = view::submission::change(now, &grids);
            spinner.set_message(line.clone());
            let said = (now.state(), now.queue_position);
            if shown != Some(said) && !context.output.is_json() {
                shown = Some(said);
                spinner.suspend(|| output::print(&line))?;
            }
            if let Some(check) = now.check.as_ref().filter(|_| !reported && now.state() != State::Checking) {
                reported = true;
                let report = view::submission::report(check);
                spinner.suspend(|| context.say(&format!("{report}\n")))?;
            }
            Ok(())
        })
        .await;
    spinner.finish_and_clear();
    let last = last?;
    if context.output.is_json() {
        context.output.message("Submission", &last, String::new)?;
    } else if matches!(last.state(), State::Released | State::Withheld)
        && let Some(ledger) = ledger::of(client, task, &last.team).await?
    {
        let standing = view::ledger::standing(&ledger, &last.phase);
        if !standing.is_empty() {
            output::print(&format!("Ledger: {standing}\n"))?;
        }
    }
    Ok(last)
}
