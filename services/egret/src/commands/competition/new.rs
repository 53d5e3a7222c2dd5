//! `egret competition new`: a package to begin with, whose only problems are the files that it lacks.

mod answer;
mod input;
mod labels;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;

use crate::{Exit, cli::Context, failure::Failure};
use answer::Answer;
use input::Input;

/// `egret competition new DIR --input KIND --answer KIND`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Writes competition.toml, tasks/TASK/task.toml, tables of labels with three example items in each split, and a README that says \
where files go. Every key is there with a remark; what the remark calls optional may go. Then put your files in, and run \
`egret competition check DIR` until it has no problem.

Boxes and masks lie on pictures: their input is image, or composite (a picture with its text).

Examples:
  egret competition new ./digits --input image --answer classes
  egret competition new ./speakers --input audio --answer embedding --search verification

JSON: {\"files\": [\"competition.toml\", …]}")]
pub(crate) struct Args {
    /// The package's folder, which must be empty or not there
    #[arg(value_name = "DIR")]
    package: PathBuf,
    /// What models are given
    #[arg(long, value_enum)]
    input: Input,
    /// What they answer
    #[arg(long, value_enum)]
    answer: Kind,
    /// What embeddings are compared for
    #[arg(long, value_enum, required_if_eq("answer", "embedding"))]
    search: Option<Search>,
    /// The task's id: 3 to 63 of a-z, 0-9 and -, starting with a letter
    #[arg(long, value_name = "TASK", default_value = "first", value_parser = slug)]
    task: String,
}

/// Kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// One of several classes
    Classes,
    /// Any number of classes
    Multilabel,
    /// Numbers
    Values,
    /// Objects in a picture
    Boxes,
    /// A class per pixel
    Mask,
    /// A text
    Transcript,
    /// A vector, compared with others
    Embedding,
    /// Events in time
    Segments,
}

/// What embeddings are compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Search {
    /// Do two items show the same?
    Verification,
    /// Which items of a gallery show the same as a query?
    Retrieval,
}

/// The rule of ids, as the manifests have it.
fn slug(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fine = (3..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(plain);
    if fine {
        Ok(text.to_owned())
    } else {
        Err("use 3 to 63 of a-z, 0-9 and -, starting with a letter".into())
    }
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Exit> {
    let Args { package, input, answer, search, task } = args;
    let answer = answer_of(input, answer, search)?;
    if fs::read_dir(&package).is_ok_and(|mut there| there.next().is_some()) {
        let failure = Failure::new(Exit::Usage, format!("{} is not empty", package.display()));
        return Err(failure.next("name a folder that is not there yet").into());
    }
    let id = package.file_name().and_then(|name| slug(&name.to_string_lossy()).ok());
    let files =
        files(&id.unwrap_or_else(|| "my-contest".to_owned()), &task, input, answer, Timestamp::now())?;
    for (file, text) in &files {
        write(&package.join(file), text)?;
    }
    fs::create_dir_all(package.join("tasks").join(&task).join("media"))?;
    let names: Vec<&str> = files.iter().map(|(file, _)| file.as_str()).collect();
    context.output.value(&json!({ "files": names }), || {
        let written = names
            .iter()
            .map(|name| format!("  {}\n", package.join(name).display()))
            .collect::<Vec<_>>()
            .concat();
        format!(
            "{written}Next: put your files in, as {} says; then\n  egret competition check {}\n",
            package.join("README.md").display(),
            package.display()
        )
    })?;
    Ok(Exit::Ok)
}

/// The answer in full; one that no such input can have is a wrong command line.
fn answer_of(input: Input, kind: Kind, search: Option<Search>) -> Result<Answer> {
    let answer = Answer::of(kind, search);
    if matches!(kind, Kind::Boxes | Kind::Mask) && !input.has_picture() {
        let failure = Failure::new(Exit::Usage, "boxes and masks lie on pictures");
        return Err(failure.next("use --input image or --input composite").into());
    }
    if search.is_some() && kind != Kind::Embedding {
        let failure = Failure::new(Exit::Usage, "only embeddings are searched");
        return Err(failure.next("leave --search out, or use --answer embedding").into());
    }
    Ok(answer)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.with_context(|| path.display().to_string())
}

/// Every file of the package: (its place, what is in it).
fn files(
    id: &str,
    task: &str,
    input: Input,
    answer: Answer,
    now: Timestamp,
) -> Result<Vec<(String, String)>> {
    let folder = format!("tasks/{task}");
    let mut files = vec![
        ("README.md".to_owned(), labels::readme(task, input, answer)),
        ("competition.toml".to_owned(), competition(id, now)?),
        (format!("{folder}/task.toml"), manifest(input, answer)),
    ];
    let tables = labels::tables(input, answer);
    files.extend(tables.into_iter().map(|(name, text)| (format!("{folder}/{name}"), text)));
    Ok(files)
}

fn competition(id: &str, now: Timestamp) -> Result<String> {
    let day = |days: i64| -> Result<String> {
        Ok((now + (24 * days).hours()).strftime("%Y-%m-%dT09:00:00+08:00").to_string())
    };
    let (start, freeze, end, last) = (day(7)?, day(36)?, day(37)?, day(38)?);
    Ok(format!(
        r#"# A competition: who plays when, on which split of the data, how often, and what is told of the scores.
id = "{id}"                                # in names and addresses: 3 to 63 of a-z, 0-9 and -
title = "A competition"
title_zh = ""                              # optional, as are both descriptions
description = "What it is about."
description_zh = ""
time_zone = "Asia/Shanghai"                # IANA name; daily quotas roll over at its midnight
open_registration = true                   # false: organizers found teams, and invite
# approve_teams = true                     # teams that users found wait until you let them in: `egret team approve`
# entries_required = true                  # a team enters a task before it submits to it; else its first submission enters it
# merge_deadline = "{end}" # until then teams may merge; without it they may not

[[phases]]                                 # at least one; windows of one kind do not overlap
id = "live"
kind = "live"                              # practice, live or final
start = "{start}"      # the offset is required
end = "{end}"        # not part of the phase
freeze = "{freeze}"     # from then on the public board stands still; optional
split = "public"                           # sample, public or private; public is hidden too
# board = "jury"                           # only organizers see the board until the phase is finalized
[phases.quota]                             # per team and task; optional
per_day_max = 5
total_max = 100
concurrent_max = 2
failed_checks_per_day = 20                 # a check that fails is given back
[phases.release]                           # what a team is told of hidden data
policy = "ladder"                          # its best level above the baseline of task.toml; or "exact", decimals = 4
timing = "immediate"                       # or "epoch" with epoch_s = 3600, or "finalize"
# levels = 50                              # what is left out follows from the number of items: `egret competition check` shows it
# budget_bits = 64                         # or tau = 0.05: how far a released score may be from the true one

[[phases]]
id = "final"
kind = "final"
start = "{end}"
end = "{last}"
split = "private"                          # never run before
nominations = 2                            # nobody sends models: teams name two of their submissions for each task
nominates_from = "live"                    # of this phase, and they are run when this one ends
# gate = {{ phase = "live", at_least = 0.5 }}  # only for teams with that released value
[phases.release]
policy = "exact"
timing = "finalize"                        # shown to everybody at once, when you finalize the phase
# [phases.prizes]                          # those whose rank intervals overlap share a rank, and the prizes of its places
# rule = "split_evenly"                    # or "by_order": each place its own, whatever the intervals
# unit = "CNY"                             # in your words; amounts are whole numbers of it
# places = [100000, 50000, 20000]          # first, second, third, ... of every task; none: ranks alone are shared
# [phases.tasks.TASK]                      # what is different for one task: quota, freeze, end, prizes = [50000]

# [overall]                                # one board of all tasks
# rule = "mean_rank"                       # or "normalised", or "medals"
# weights = {{ TASK = 2.0 }}
"#
    ))
}

fn manifest(input: Input, answer: Answer) -> String {
    let (input, metrics, baseline, answer) =
        (input.manifest(), answer.metrics(), answer.baseline(), answer.manifest());
    format!(
        r#"# A task: what a model is given, what it answers, how answers are scored, and what it may take.
title = "A task"
title_zh = ""                              # optional, as are both descriptions
description = "What a model is to find out."
description_zh = ""
licence = ""                               # of the data, in your words: shown to everybody; optional
metrics = {metrics}
media = "media"                            # the folder with the files that the labels name

{input}
{answer}
[ladder]                                   # needed where a phase has the policy "ladder"
baseline = {baseline:<31} # what is worth nothing: publish it; levels lie between it and the best
# best = 1.0                               # default: the bound of the metric that ranks

[limits]                                   # of one evaluation, the same for every team
wall_s_max = 600
cpu_s_max = 1200
thread_count = 2
memory_mib_max = 4096
model_mib_max = 512

# Splits are in the column `split` of the labels. Without it, they may be drawn (a column `group` keeps items together):
# [split]
# sample = 0.1                             # weights; the sample is public, with its labels
# public = 0.4
# private = 0.5
# seed = 2019                              # keep it: whoever knows it knows the splits

# The first metric ranks, unless several are made one; thresholds may earn certificates:
# [composite]
# rule = "weighted"                        # the mean of (value - worst) / (best - worst) by weight; or "harmonic"
# [[composite.parts]]
# metric = "…"                             # one of `metrics`
# weight = 1
# [[certificates]]
# name = "A"
# threshold = 0.9                          # of what ranks, as it is released
"#
    )
}

#[cfg(test)]
mod tests;
