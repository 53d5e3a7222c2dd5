use std::fmt::Write as _;

use egret_worker::{Probe, Report, Verdict};

use super::{Rows, facts};

/// An examination of this host's jail, and what to do about it.
pub(crate) fn report(report: &Report) -> String {
    let mut rows = Rows::new(["layer", "attack", "expected", "found", "without it", "verdict"]);
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
    text.push('\n');
    for reason in report.unavailable() {
        let _ = writeln!(text, "Not to be had here: {reason}\n");
    }
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

    fn examined(verdict: &Verdict) -> Report {
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
        let text = report(&examined(&Verdict::Proved));
        assert!(
            text.contains(
                "LAYER       ATTACK       EXPECTED  FOUND                          WITHOUT IT  VERDICT\n"
            ),
            "{text}"
        );
        assert!(text.contains(
            "namespaces  read a file  ENOENT    a text that is far too long …  worked      proved"
        ));
        assert!(text.contains("tier      A reached, A required\n"), "{text}");
        assert!(text.ends_with("The jail holds: hidden data may be evaluated here.\n"), "{text}");
    }

    #[test]
    fn people_read_what_to_do_where_it_does_not() {
        let text = report(&examined(&Verdict::Unavailable("EPERM; raise the sysctl".into())));
        assert!(text.contains("tier      none reached, A required\n"), "{text}");
        assert!(text.contains("seccomp is not proved: EPERM; raise the sysctl\n"), "{text}");
        let text = report(&examined(&Verdict::Failed("it worked".into())));
        assert!(
            text.contains("FAILED") && text.contains("mdwe: read a file, seccomp: read a file: it worked\n"),
            "{text}"
        );
    }
}
