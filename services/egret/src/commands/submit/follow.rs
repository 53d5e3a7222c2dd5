use anyhow::Result;
use egret_proto::v1::{Submission, submission::State};

use crate::cli::Context;
use crate::client::Client;
use crate::names::SubmissionName;
use crate::{output, progress, view};

/// Follows a submission to its end. People see each change and the reports; programs get the last state.
pub(super) async fn to_the_end(
    client: &Client,
    context: &Context,
    submission: &Submission,
) -> Result<Submission> {
    let name = SubmissionName::short(&submission.name);
    context.say(&format!("Submitted {name}; `egret cancel {name}` takes it back"))?;
    let spinner = progress::spinner("waiting");
    let (mut shown, mut reported) = (None, false);
    let last = client
        .watch_submission::<anyhow::Error>(&submission.name, |now| {
            let line = view::submission::change(now);
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
    }
    Ok(last)
}
