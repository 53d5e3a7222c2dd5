use anyhow::Result;
use egret_proto::v1::JoinTeamRequest;

use crate::config::{Token, client::ClientConfig};
use crate::{Exit, cli::Context, view};

/// `egret team join CODE --name NAME`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Without a token this also makes you a user; your token is then kept in \
~/.config/egret/config.toml, readable by you only.\n\nExample:\n  egret team join 7f3k-x9q2 --name \"Ada\" \
--server https://egret.example")]
pub(crate) struct Args {
    /// The code of the invite
    code: String,
    /// Your name, as your team and the organizers see it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Prints the new token instead of keeping it
    #[arg(long)]
    no_save: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let request = JoinTeamRequest { code: args.code, display_name: args.name.unwrap_or_default() };
    let mut joined = client.join_team(request).await?;
    let secret = Token::new(&joined.token_secret);
    let saved = match &secret {
        Some(token) if !args.no_save => {
            let config = context.config()?;
            let saved = ClientConfig::save(config.server(), token, config.ca_file.as_deref())?;
            // It has a place now; standard output may be a log.
            joined.token_secret = String::new();
            Some(saved)
        }
        _ => None,
    };
    context.output.message("JoinTeamResponse", &joined, || {
        let team = joined.team.clone().unwrap_or_default();
        let text = view::team::show(&team);
        match (&saved, &secret) {
            (Some(path), _) => format!("{text}\nYou are signed in; your token is in {}\n", path.display()),
            (None, Some(token)) => format!("{text}\nYour token, shown once: {}\n", token.reveal()),
            (None, None) => text,
        }
    })?;
    Ok(Exit::Ok)
}
