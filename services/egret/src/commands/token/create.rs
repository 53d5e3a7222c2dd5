use anyhow::{Context as _, Result};
use clap::ValueEnum;
use egret_proto::v1;

use crate::cli::Context;
use crate::config::{Token, client::ClientConfig};
use crate::{Exit, moment, view};

/// What a token lets its bearer do.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    /// Everything but a worker's calls
    Operator,
    /// One competition: its tasks, test sets, teams and submissions
    Organizer,
    /// The same for reading only
    Auditor,
    /// What its user may do
    Member,
    /// Leases of one pool
    Worker,
}

/// `egret token create --role ROLE`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  egret token create --role organizer --scope my-contest --name \"Lin\"\n  \
egret token create --role worker --scope pools/default --name gpu-1 --output json | jq -r .secret > token"
)]
pub(crate) struct Args {
    /// What it lets its bearer do
    #[arg(long, value_enum)]
    role: Role,
    /// An organizer's or auditor's competition, a worker's pool (`pools/default`)
    #[arg(long, value_name = "NAME", required_if_eq_any([("role", "organizer"), ("role", "auditor"), ("role", "worker")]))]
    scope: Option<String>,
    /// An existing user who gets another token [default: a new user]
    #[arg(long, value_name = "users/ID")]
    user: Option<String>,
    /// The new user's name, for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Days until it expires [default: the server's, 90]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=366))]
    ttl_days: Option<u32>,
    /// Keeps it as your own in ~/.config/egret/config.toml instead of printing it
    #[arg(long)]
    save: bool,
}

impl Args {
    fn request(self) -> v1::CreateTokenRequest {
        let auditor = matches!(self.role, Role::Auditor);
        let (role, collection) = match self.role {
            Role::Operator => (v1::Role::Operator, ""),
            Role::Organizer | Role::Auditor => (v1::Role::Organizer, "competitions/"),
            Role::Member => (v1::Role::Member, ""),
            Role::Worker => (v1::Role::Worker, "pools/"),
        };
        // Short names are taken here as everywhere.
        let scope =
            self.scope.map(|scope| if scope.contains('/') { scope } else { format!("{collection}{scope}") });
        v1::CreateTokenRequest {
            role: role.into(),
            scope: scope.unwrap_or_default(),
            user: self.user.unwrap_or_default(),
            display_name: self.name.unwrap_or_default(),
            ttl_days: self.ttl_days.unwrap_or_default(),
            auditor,
        }
    }
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let client = context.client().await?;
    let save = args.save;
    let mut created = client.create_token(args.request()).await?;
    let mut saved = None;
    if save {
        let config = context.config()?;
        let token = Token::new(&created.secret).context("the server made no token")?;
        saved = Some(ClientConfig::save(config.server(), &token, config.ca_file.as_deref())?);
        created.secret = String::new();
    }
    context.output.message("CreateTokenResponse", &created, || {
        let token = created.token.clone().unwrap_or_default();
        let place = match &saved {
            Some(path) => ("saved to", path.display().to_string()),
            None => ("secret, shown once", created.secret.clone()),
        };
        view::facts([
            ("token", token.name.clone()),
            ("user", token.user.clone()),
            ("role", view::token::role(token.role()).to_owned()),
            ("scope", token.scope.clone()),
            ("expires", moment::show(token.expire_time)),
            place,
        ])
    })?;
    Ok(Exit::Ok)
}
