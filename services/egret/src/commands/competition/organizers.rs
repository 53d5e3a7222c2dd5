use anyhow::Result;
use clap::Subcommand;
use egret_proto::v1::{AddOrganizerRequest, ListOrganizersRequest, RemoveOrganizerRequest};

use crate::{
    Exit,
    cli::Context,
    names::{CompetitionName, UserName},
    view,
};

/// `egret competition organizers …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Somebody who has no account yet gets one with `egret token create --role organizer` or `--role auditor`.\
\n\nExample:\n  egret competition organizers add my-contest users/0198c0de --auditor"
)]
pub(crate) enum Verb {
    /// Lists organizers and auditors
    List(ListArgs),
    /// Makes a user an organizer, or an auditor, whatever they were
    Add(AddArgs),
    /// Takes a user's office away; the last organizer stays
    Remove(RemoveArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The competition
    competition: CompetitionName,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AddArgs {
    /// The competition
    competition: CompetitionName,
    /// The user, as their `egret status` shows it
    #[arg(value_name = "users/ID")]
    user: UserName,
    /// Reads what organizers read, and writes nothing
    #[arg(long)]
    auditor: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// The competition
    competition: CompetitionName,
    /// The user
    #[arg(value_name = "users/ID")]
    user: UserName,
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    match verb {
        Verb::List(args) => {
            let request = ListOrganizersRequest { parent: args.competition.full().to_owned() };
            let organizers = client.list_organizers(request).await?.organizers;
            context.output.messages("Organizer", &organizers, || view::team::organizers(&organizers))?;
        }
        Verb::Add(args) => {
            let (parent, user) = (args.competition.full().to_owned(), args.user.full().to_owned());
            let added =
                client.add_organizer(AddOrganizerRequest { parent, user, auditor: args.auditor }).await?;
            context
                .output
                .message("Organizer", &added, || view::team::organizers(std::slice::from_ref(&added)))?;
        }
        Verb::Remove(args) => {
            let (parent, user) = (args.competition.full().to_owned(), args.user.full().to_owned());
            let removed = client.remove_organizer(RemoveOrganizerRequest { parent, user }).await?;
            let text = || format!("{} has no office in {} any more.\n", args.user, args.competition.id());
            context.output.message("RemoveOrganizerResponse", &removed, text)?;
        }
    }
    Ok(Exit::Ok)
}
