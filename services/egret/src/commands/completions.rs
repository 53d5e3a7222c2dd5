use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::{Exit, cli::Cli};

/// `egret completions SHELL`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  egret completions bash > ~/.local/share/bash-completion/completions/egret"
)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "egret", &mut script);
    crate::output::print(&String::from_utf8(script)?)?;
    Ok(Exit::Ok)
}
