//! `egret competition publish`: check, seal on this machine, upload, publish. Running it again does what is left to do.

mod content;
mod convert;
mod differ;
mod organizer;
mod sealed;
mod test_set;

use std::path::PathBuf;

use anyhow::Result;
use egret_datasets::{CompetitionManifest, Package};
use egret_proto::v1::{
    Competition, CreateCompetitionRequest, CreateTaskRequest, GetCompetitionRequest, GetTaskRequest,
    ListWorkerPoolsRequest, PublishCompetitionRequest, Task, competition::State,
};
use jiff::Timestamp;
use prost::Message as _;
use serde_json::json;
use tonic::{Code, Status};

use super::{check, outlook};
use crate::cli::Context;
use crate::client::{Client, request_id};
use crate::names::{CompetitionName, TaskName};
use crate::{Exit, failure::Failure, view};
use test_set::{Place, Published};

/// `egret competition publish DIR`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Media are decoded and sealed to the server's worker pools on this machine; the server never holds plaintext. Run it \
again after an interruption or a change: what is there stays, changed files become a new version of the test set.

It is also sealed to your own key, --identity, which is made where it is not there: keep it. With it, `egret test-set` lets \
further pools in, and verifies what the server has against the root of the commitment, which is published with the task.

Example:
  egret competition publish ./my-contest

JSON: as `egret competition check` for a package with problems; else\n{\"competition\", \"url\", \"tasks\": [{\"task\", \"test_set\", \"root\", \"changed\"}]}")]
pub(crate) struct Args {
    /// The package: a folder with competition.toml and tasks/
    #[arg(value_name = "DIR")]
    package: PathBuf,
    /// Your own identity (age X25519) [default: ~/.config/egret/organizer.key]
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let checked = check::check(&args.package).await?;
    let package = match &checked.package {
        Some(package) if checked.problems.is_empty() => package,
        _ => {
            check::tell(&checked, context)?;
            context.say("Nothing was uploaded.")?;
            return Ok(Exit::Refused);
        }
    };
    // What is published does not change any more: a wrong day is seen before anything leaves this machine.
    context.say(outlook::times(&package.competition, Timestamp::now()).trim_end())?;
    let client = context.client().await?;
    let server = context.config()?.server().to_owned();
    let organizer = organizer::identity(args.identity)?.recipient();
    let place = place(&client, &server, organizer).await?;
    let competition = competition(&client, &package.competition).await?;
    let mut published = Vec::new();
    for manifest in &package.tasks {
        let task = task(&client, &competition.name, manifest).await?;
        published.push(place.publish(&client, package, manifest, &task).await?);
    }
    if competition.state() == State::Draft {
        client.publish_competition(PublishCompetitionRequest { name: competition.name.clone() }).await?;
    }
    tell(context, &server, package, &competition, &published)?;
    Ok(Exit::Ok)
}

/// The pools to seal to, and where this server is.
async fn place(client: &Client, server: &str, organizer: String) -> Result<Place> {
    let pools = client.list_worker_pools(ListWorkerPoolsRequest {}).await?.pools;
    if pools.is_empty() {
        let failure = Failure::new(Exit::Refused, "the server has no worker pool to seal test sets to");
        return Err(failure.next("ask its operator: `egret init` makes the pool `default`").into());
    }
    let pools = pools.into_iter().map(|pool| (pool.name, pool.recipient)).collect();
    Ok(Place { server: server.to_owned(), pools, organizer })
}

/// The competition as it is on the server; made if it is not there.
async fn competition(client: &Client, manifest: &CompetitionManifest) -> Result<Competition> {
    let name = format!("competitions/{}", manifest.id);
    let wanted = convert::competition(manifest);
    match found(client.get_competition(GetCompetitionRequest { name }).await)? {
        Some(competition) => {
            differ::competition(&competition, &wanted)?;
            Ok(competition)
        }
        None => {
            let request_id = request_id(&[manifest.id.as_bytes(), &wanted.encode_to_vec()]);
            let competition_id = manifest.id.clone();
            let request = CreateCompetitionRequest { competition_id, competition: Some(wanted), request_id };
            Ok(client.create_competition(request).await?)
        }
    }
}

/// The task as it is on the server; made if it is not there.
async fn task(client: &Client, competition: &str, manifest: &egret_datasets::TaskManifest) -> Result<Task> {
    let name = format!("{competition}/tasks/{}", manifest.id);
    let wanted = convert::task(manifest);
    match found(client.get_task(GetTaskRequest { name: name.clone() }).await)? {
        Some(task) => {
            differ::task(&task, &wanted)?;
            Ok(task)
        }
        None => {
            let request_id = request_id(&[name.as_bytes(), &wanted.encode_to_vec()]);
            let (parent, task_id) = (competition.to_owned(), manifest.id.clone());
            let request = CreateTaskRequest { parent, task_id, task: Some(wanted), request_id };
            Ok(client.create_task(request).await?)
        }
    }
}

fn found<T>(got: Result<T, Status>) -> Result<Option<T>, Status> {
    match got {
        Ok(thing) => Ok(Some(thing)),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}

fn tell(
    context: &Context,
    server: &str,
    package: &Package,
    competition: &Competition,
    published: &[Published],
) -> Result<()> {
    let id = CompetitionName::short(&competition.name);
    let url = format!("{}/c/{id}", server.trim_end_matches('/'));
    let tasks = published
        .iter()
        .map(|p| json!({ "task": p.task, "test_set": p.test_set, "root": p.root, "changed": p.changed }));
    let value = json!({ "competition": competition.name, "url": url, "tasks": tasks.collect::<Vec<_>>() });
    let text = || {
        let mut rows = view::Rows::new(["task", "test set", "", "root of the commitment"]);
        for p in published {
            let version = p.test_set.rsplit('/').next().unwrap_or_default();
            let news = if p.changed { "published" } else { "unchanged" };
            rows.row([
                TaskName::short(&p.task),
                format!("version {version}"),
                news.to_owned(),
                p.root.clone(),
            ]);
        }
        let next = if package.competition.open_registration {
            format!(
                "egret team create {id} --id TEAM --title TITLE     registration is open: any signed-in user"
            )
        } else {
            format!(
                "egret team create {id} --id TEAM --title TITLE\n  \
                 egret team invite {id}/TEAM                    one code for each member"
            )
        };
        format!("{}\n{} is at {url}\nNext:\n  {next}\n", rows.or("No tasks."), package.competition.title)
    };
    Ok(context.output.value(&value, text)?)
}
