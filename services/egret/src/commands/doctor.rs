use std::fmt::Write as _;

use anyhow::Result;
use egret_worker::{ORT_SHA256, Probe, Report, Site, Verdict};

use crate::config::jail::{self, Isolation};
use crate::view::table::{Rows, facts};
use crate::{Exit, cli::Context};

/// `egret doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Attacks every layer of the jail, with that layer alone and with none, by the runner that evaluates; scores a model of \
our own; checks ONNX Runtime's digest. Needs no server, no token and no data, and changes nothing. Takes a second or two.
A worker does the same at its start and once a day, and takes no lease while it fails: its last report is doctor.json in \
its cache directory.

Ends with 0 if hidden data may be evaluated here, with 8 if not. Run it as the user that the worker runs as, where the \
worker runs: in its container, under its unit.

Example:
  egret doctor
  egret doctor --isolation no-namespaces --output json")]
pub(crate) struct Args {
    /// The least isolation of models: `full`, `no-namespaces`, or `external:NAME` of an outer boundary
    #[arg(long, value_name = "LEVEL", env = "EGRET_WORKER_ISOLATION", default_value = "full")]
    isolation: Isolation,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<Exit> {
    let site = Site { runner: jail::runner()?, ort_lib: jail::ort_lib()?, tier: args.isolation.into() };
    let report = tokio::task::spawn_blocking(move || egret_worker::examine(&site, ORT_SHA256)).await?;
    context.output.value(&serde_json::to_value(&report)?, || table(&report))?;
    Ok(if report.holds { Exit::Ok } else { Exit::Unsound })
}

fn table(report: &Report) -> String {
    let mut rows = Rows::new(["layer", "attack", "expected", "found", "without", ""]);
    for probe in &report.probes {
        let Probe { subject, attack, expected, found, without, verdict } = probe;
        let verdict = match verdict {
            Verdict::Proved => "proved",
            Verdict::Unavailable(_) => "unavailable",
            Verdict::Failed(_) => "FAILED",
        };
        let cells = [expected, found, without].map(|text| shortened(text));
        let [expected, found, without] = cells;
        rows.row([subject.to_string(), attack.clone(), expected, found, without, verdict.to_owned()]);
    }
    let mut text = rows.or("No probe could be made.");
    text.push('\n');
    text.push_str(&facts([
        ("kernel", report.kernel.clone()),
        ("landlock", format!("ABI {}", report.landlock_abi)),
        ("layers", report.layers.to_string()),
        ("tier", tier(report)),
    ]));
    for why in unavailable(report) {
        let _ = writeln!(text, "not available: {why}");
    }
    text.push('\n');
    if report.holds {
        text.push_str("The jail holds: hidden data may be evaluated here.\n");
    } else {
        text.push_str("The jail does not hold: no worker takes leases here.\n");
        for problem in report.problems() {
            let _ = writeln!(text, "- {problem}");
        }
    }
    text
}

fn tier(report: &Report) -> String {
    let reached = report.reached.map_or("none".to_owned(), |tier| tier.to_string());
    format!("{reached} reached, {} required", report.required)
}

/// What could not be shown, and why: no reason to refuse, but the operator should know.
fn unavailable(report: &Report) -> impl Iterator<Item = String> {
    report.probes.iter().filter_map(|probe| match &probe.verdict {
        Verdict::Unavailable(why) => Some(format!("{}: {}: {why}", probe.subject, probe.attack)),
        _ => None,
    })
}

/// Digests and long errors are in the lines below the table, and in the JSON.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 28;
    match text.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use egret_worker::{Layer, Layers, Subject, Tier};

    use super::*;

    fn report(verdict: &Verdict) -> Report {
        let probes = Layer::ALL.map(|layer| Probe {
            subject: Subject::Layer(layer),
            attack: "read a file".into(),
            expected: "ENOENT".into(),
            found: "a text that is far too long for a column".into(),
            without: "worked".into(),
            verdict: verdict.clone(),
        });
        Report::new(Tier::A, Layers::of(&Layer::ALL), "6.12.0".into(), 7, probes.into())
    }

    #[test]
    fn people_read_what_holds() {
        let text = table(&report(&Verdict::Proved));
        assert!(text.contains("LAYER       ATTACK       EXPECTED  FOUND"), "{text}");
        assert!(
            text.contains(
                "namespaces  read a file  ENOENT    a text that is far too long …  worked   proved"
            )
        );
        assert!(text.contains("tier      A reached, A required\n"), "{text}");
        assert!(text.ends_with("The jail holds: hidden data may be evaluated here.\n"), "{text}");
    }

    #[test]
    fn people_read_what_to_do_where_it_does_not() {
        let text = table(&report(&Verdict::Unavailable("EPERM; raise the sysctl".into())));
        assert!(text.contains("tier      none reached, A required\n"), "{text}");
        assert!(text.contains("- seccomp: not proved: EPERM; raise the sysctl\n"), "{text}");
        let text = table(&report(&Verdict::Failed("it worked".into())));
        assert!(text.contains("FAILED") && text.contains("- mdwe: read a file: it worked\n"), "{text}");
    }
}
