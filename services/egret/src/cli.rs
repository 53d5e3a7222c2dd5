//! The command line, and what a run is made of.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use jiff::Timestamp;

use crate::client::{Access, Client};
use crate::commands::{
    cancel, check, competition, completions, doctor, init, leaderboard, ledger, metric, metrics, nominate,
    phase, quota, score, serve, status, submissions, submit, task, team, test_set, token, worker,
};
use crate::config::client::{ClientConfig, ConnectionFlags};
use crate::{Exit, exit, failure::Failure, logs, output::Output};

const AFTER: &str = "\
Configuration of the verbs of people, in rising order:
  ~/.config/egret/config.toml   server = \"URL\", token = \"egret_…\", ca_file = \"FILE\"
                                (`egret team join` and --save write it, readable by its owner only)
  environment                   EGRET_SERVER, EGRET_TOKEN, EGRET_CA_FILE
  flags                         --server, --token-file, --ca-file
The server's own configuration is in `egret help serve`. EGRET_LOG filters what is logged (as in `EGRET_LOG=debug`).

With --output json every verb prints one JSON value per line: the API's messages, named as in proto/; lists are arrays.
Errors then are JSON as well, on standard error.
";

/// Egret: AI competitions whose test data is usable but never visible.
#[derive(Debug, Parser)]
#[command(name = "egret", version, after_help = exit::HELP, after_long_help = format!("{AFTER}\n{}", exit::HELP))]
#[command(max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    connection: ConnectionFlags,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    output: Output,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serves everything: gRPC, pages, workers' port, and one embedded worker
    Serve(serve::Args),
    /// Evaluates submissions for a server elsewhere
    Worker(worker::Args),
    /// Attacks the jail on this host, to prove that it holds
    Doctor(doctor::Args),
    /// Makes a data directory: database, pool key, configuration, first operator token
    Init(init::Args),
    /// Begins, checks, publishes, lists, shows and exports competitions
    #[command(subcommand)]
    Competition(competition::Verb),
    /// Shows a task, downloads its contract and public sample
    #[command(subcommand)]
    Task(task::Verb),
    /// Verifies what the server has of a test set, lets further pools open it
    #[command(subcommand)]
    TestSet(test_set::Verb),
    /// Founds teams, invites to them, joins them
    #[command(subcommand)]
    Team(team::Verb),
    /// Says what the server's check will say of a model, and what it will score on the public sample
    Check(check::Args),
    /// Scores files of predictions against files of labels; needs no server
    Score(score::Args),
    /// Submits a model
    Submit(submit::Args),
    /// Names the submissions that stand for a team in a final, or shows them
    Nominate(nominate::Args),
    /// Lists submissions, or shows one
    Submissions(submissions::Args),
    /// Shows who you are, your teams, what is left of quotas, and what is running
    Status(status::Args),
    /// Cancels a submission that is not final
    Cancel(cancel::Args),
    /// Shows quotas, grants more
    #[command(subcommand)]
    Quota(quota::Verb),
    /// Shows a leaderboard
    Leaderboard(leaderboard::Args),
    /// Shows what has left a test set, what a team has spent of its budget and what is left
    Ledger(ledger::Args),
    /// Controls a contest while it runs: pauses, extensions, freeze, finals
    #[command(subcommand)]
    Phase(phase::Verb),
    /// Lists the metrics that tasks and files may be scored by
    Metrics(metrics::Args),
    /// Says everything of a metric
    #[command(subcommand)]
    Metric(metric::Verb),
    /// Makes, lists and revokes tokens
    #[command(subcommand)]
    Token(token::Verb),
    /// Prints completions for a shell
    Completions(completions::Args),
}

/// What every verb of people gets.
pub(crate) struct Context {
    pub output: Output,
    pub connection: ConnectionFlags,
}

impl Context {
    /// Server and token, from file, environment and flags.
    pub fn config(&self) -> Result<ClientConfig> {
        ClientConfig::load(&self.connection)
    }

    /// A connection as this user.
    pub async fn client(&self) -> Result<Client> {
        let config = self.config()?;
        connect(&config, config.token.as_ref().map(crate::config::Token::reveal)).await
    }

    /// A connection as nobody, whoever this user is.
    pub async fn spectator(&self) -> Result<Client> {
        connect(&self.config()?, None).await
    }

    /// A sentence for people; programs get JSON only.
    pub fn say(&self, sentence: &str) -> std::io::Result<()> {
        if self.output.is_json() { Ok(()) } else { crate::output::print(sentence) }
    }
}

async fn connect(config: &ClientConfig, token: Option<&str>) -> Result<Client> {
    let read = |file: &std::path::PathBuf| std::fs::read(file).with_context(|| file.display().to_string());
    let ca_pem = config.ca_file.as_ref().map(read).transpose()?;
    let access = Access { server: config.server(), token, ca_pem: ca_pem.as_deref() };
    Client::connect(access).await.with_context(|| config.server().to_owned())
}

/// Runs `egret` with this process's arguments.
pub fn main() -> ExitCode {
    let Cli { connection, output, verb } = Cli::parse();
    let context = Context { output, connection };
    match &verb {
        Verb::Serve(args) => logs::start(args.log_format, "info"),
        Verb::Worker(args) => logs::start(args.log_format, "info"),
        _ => logs::start_plain("egret=warn"),
    }
    // Before anything is read: tokens and keys pass through every verb, and none is to end in a core file.
    let hardened = egret_worker::harden().context("this process cannot be closed to others");
    let runtime = hardened.and_then(|()| tokio::runtime::Runtime::new().context("no runtime"));
    let result = runtime.and_then(|runtime| {
        let result = runtime.block_on(verb.run(&context));
        // Reads that wait for a terminal or a slow disk do not keep the process.
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(exit) => exit.into(),
        Err(error) => match Failure::of(&error) {
            Some(failure) => {
                tell(&failure, output);
                failure.exit.into()
            }
            None => Exit::Ok.into(),
        },
    }
}

fn tell(failure: &Failure, output: Output) {
    let text = match output {
        Output::Table => failure.text(Timestamp::now()),
        Output::Json => format!("{}\n", failure.json()),
    };
    // Nobody is left to tell if this fails.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

impl Verb {
    async fn run(self, context: &Context) -> Result<Exit> {
        match self {
            Self::Serve(args) => serve::run(args, context).await,
            Self::Worker(args) => worker::run(args, context).await,
            Self::Doctor(args) => doctor::run(args, context).await,
            Self::Init(args) => init::run(args, context).await,
            Self::Competition(verb) => competition::run(verb, context).await,
            Self::Task(verb) => task::run(verb, context).await,
            Self::TestSet(verb) => test_set::run(verb, context).await,
            Self::Team(verb) => team::run(verb, context).await,
            Self::Check(args) => check::run(args, context).await,
            Self::Score(args) => score::run(args, context).await,
            Self::Submit(args) => submit::run(args, context).await,
            Self::Nominate(args) => nominate::run(args, context).await,
            Self::Submissions(args) => submissions::run(args, context).await,
            Self::Status(args) => status::run(args, context).await,
            Self::Cancel(args) => cancel::run(args, context).await,
            Self::Quota(verb) => quota::run(verb, context).await,
            Self::Leaderboard(args) => leaderboard::run(args, context).await,
            Self::Ledger(args) => ledger::run(args, context).await,
            Self::Phase(verb) => phase::run(verb, context).await,
            Self::Metrics(args) => metrics::run(&args, context),
            Self::Metric(verb) => metric::run(&verb, context),
            Self::Token(verb) => token::run(verb, context).await,
            Self::Completions(args) => completions::run(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_documents_exit_codes_and_configuration() {
        let help = Cli::command().render_long_help().to_string();
        assert!(help.contains("EGRET_TOKEN") && help.contains("7  the server does not answer"), "{help}");
        assert!(Cli::command().render_help().to_string().contains("Exit codes:"));
    }

    #[test]
    fn a_wrong_command_line_ends_with_the_usage_code() {
        for line in [
            vec!["egret", "fly"],
            vec!["egret", "submit", "m.onnx"],
            vec!["egret", "submit", "m", "--task", "x"],
            vec!["egret", "check", "m", "--task", "a/b", "--sample", "s.zip"],
            vec!["egret", "score", "colours", "a.csv", "b.csv"],
            vec!["egret", "score", "binary", "a.csv", "b.csv", "--setting", "positive"],
            vec!["egret", "score", "binary", "a.csv", "b.csv", "--format", "xml"],
            vec!["egret", "competition", "new", "d", "--input", "audio", "--answer", "embedding"],
            vec!["egret", "phase", "pause", "my-contest"],
            vec!["egret", "phase", "extend", "my-contest/live", "soon", "--reason", "x"],
            vec!["egret", "phase", "extend", "my-contest/live", "30m"],
            vec!["egret", "phase", "reveal", "my-contest/live", "--decimals", "7"],
            vec!["egret", "quota", "grant", "a/b", "live", "a/c", "1001", "--reason", "x"],
            vec!["egret", "nominate", "a/b", "final", "s1", "--best"],
            vec!["egret", "leaderboard", "a/b", "--as-of", "2026-03-01T20:00:00"],
            vec!["egret", "leaderboard", "a/b", "--jury", "--watch"],
            vec!["egret", "metrics", "--answer", "pairs"],
            vec!["egret", "metric", "show", ""],
            vec!["egret", "leaderboard"],
            vec!["egret", "leaderboard", "--overall", "my-contest"],
            vec!["egret", "leaderboard", "my-contest/digits", "--overall", "my-contest", "live"],
            vec!["egret", "competition", "export", "my-contest"],
        ] {
            let error = Cli::try_parse_from(&line).unwrap_err();
            assert_eq!(error.exit_code(), i32::from(Exit::Usage.code()), "{line:?}");
        }
    }

    #[test]
    fn verbs_read_as_the_readme_writes_them() {
        let lines = [
            "egret init ./site --save",
            "egret serve --data-dir ./site --workers 0 --log-format json",
            "egret worker --endpoint http://a:1 --identity k --cache-dir c --token-file t",
            "egret doctor --isolation no-namespaces --output json",
            "egret competition new ./my-contest --input image --answer classes",
            "egret competition new ./my-contest --input audio --answer embedding --search retrieval",
            "egret competition check ./my-contest",
            "egret competition check ./my-contest --preview sheet.png --task digits --model b.onnx --scale 1/255",
            "egret competition publish ./my-contest --identity own.key --output json",
            "egret test-set verify my-contest/digits/1 --identity pool.key",
            "egret test-set add-pool my-contest/digits/1 gpu",
            "egret team create my-contest --id egrets --title Egrets",
            "egret team invite my-contest/egrets",
            "egret team join CODE --name Ada",
            "egret task download my-contest/digits --out data",
            "egret submit model.onnx --task my-contest/digits --watch --scale 1/255 --mean 0.5,0.5,0.5 --std 1",
            "egret check model.onnx other.onnx --output json",
            "egret check model.onnx --task my-contest/digits --layout nhwc",
            "egret check model.onnx --sample my-contest-digits-sample.zip --static-only",
            "egret score classification labels.csv predictions.csv --metric accuracy --metric f1.macro",
            "egret score coco_bbox instances.json detections.json --metric AP --format coco",
            "egret score transcript both.jsonl --output json",
            "egret score binary",
            "egret submissions my-contest/digits",
            "egret status",
            "egret cancel my-contest/digits/s1",
            "egret leaderboard my-contest/digits --watch --phase live",
            "egret leaderboard my-contest/digits --jury --as-of 2026-03-01T20:00:00+08:00",
            "egret ledger my-contest/digits --team my-contest/egrets",
            "egret nominate my-contest/digits final 0199c2a4 my-contest/digits/0199c2b7",
            "egret quota show my-contest/digits",
            "egret quota grant my-contest/digits live my-contest/egrets 3 --reason fire",
            "egret phase list my-contest",
            "egret phase pause my-contest --submitting --reason moving",
            "egret phase resume my-contest --submitting --evaluating",
            "egret phase extend my-contest/live 30m --team my-contest/egrets --reason fire",
            "egret phase remove my-contest/live --from 2026-03-01T20:10:00+08:00 --to 2026-03-01T12:25:00Z --reason fire",
            "egret phase thaw my-contest/live",
            "egret phase finalize my-contest/live",
            "egret phase reveal my-contest/live --decimals 3 --yes",
            "egret phase log my-contest",
            "egret leaderboard --overall my-contest live",
            "egret competition export my-contest --dir site --force",
            "egret metrics --suite coco --answer boxes --modality image --output json",
            "egret metric show top{k}.{tie_rule}",
            "egret token create --role worker --scope pools/default --name w1",
            "egret token revoke tokens/t1",
            "egret completions bash",
        ];
        for line in lines {
            if let Err(error) = Cli::try_parse_from(line.split(' ')) {
                panic!("{line}: {error}");
            }
        }
    }
}
