use std::path::PathBuf;

use anyhow::Result;
use egret_datasets::PoolIdentity;
use serde_json::json;

use crate::cli::Context;
use crate::config::Token;
use crate::config::client::ClientConfig;
use crate::config::server::{FILE, ServeConfig, ServeFlags};
use crate::serve::data_dir::{DataDir, write_config};
use crate::{Exit, view};

/// `egret init DIR`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Running it again changes nothing and shows no token: it is shown once.\n\nExample:\n  \
egret init /var/lib/egret --save && egret serve --data-dir /var/lib/egret\n\n\
JSON: {\"data_dir\", \"config\", \"pool_recipient\", \"operator_token\" or null, \"saved_to\" or null}"
)]
pub(crate) struct Args {
    /// The data directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// `postgres://…`, kept in egret.toml [default: SQLite in the data directory]
    #[arg(long, value_name = "URL", env = "EGRET_SERVE_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Keeps the operator's token as your own in ~/.config/egret/config.toml
    #[arg(long)]
    save: bool,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let flags = ServeFlags {
        data_dir: Some(args.directory.clone()),
        database_url: args.database_url.clone(),
        ..ServeFlags::default()
    };
    let config = ServeConfig::load(&flags)?;
    let opened = DataDir::open(&config).await?;
    write_config(&args.directory, args.database_url.as_deref())?;
    let saved = match &opened.operator_token {
        Some(token) if args.save => {
            let client = context.config()?;
            Some(ClientConfig::save(client.server(), token, client.ca_file.as_deref())?)
        }
        _ => None,
    };
    let recipient = opened.identity.as_ref().map(PoolIdentity::recipient).unwrap_or_default();
    let token = opened.operator_token.as_ref().map(Token::reveal);
    let value = json!({
        "data_dir": args.directory,
        "config": args.directory.join(FILE),
        "pool_recipient": recipient,
        "operator_token": token,
        "saved_to": saved,
    });
    let text = || {
        let shown = token.map_or_else(|| "was shown when it was made".to_owned(), str::to_owned);
        let facts = view::facts([
            ("data directory", args.directory.display().to_string()),
            ("configuration", args.directory.join(FILE).display().to_string()),
            ("pool key", format!("{} ({recipient})", config.pool_key().display())),
            ("operator token, shown once", shown),
            ("saved to", saved.as_ref().map(|path| path.display().to_string()).unwrap_or_default()),
        ]);
        format!("{facts}\nNext: egret serve --data-dir {}\n", args.directory.display())
    };
    context.output.value(&value, text)?;
    Ok(Exit::Ok)
}
