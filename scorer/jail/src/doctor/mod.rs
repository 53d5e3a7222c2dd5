//! Proves the jail on this host, by attacking it.
//!
//! For every wall a real attack runs with that wall alone, and must be stopped by the expected means; and with no wall, where
//! it must succeed, or the probe proves nothing. Attacks are carried out by the very runner that evaluates ([`crate::inside`]),
//! which gets no model for it. Beside the walls: what the worker keeps from its runners, what the judge makes of deaths, how
//! fast it kills, and a whole run of a model of our own with its answers known to the last bit.
//!
//! The probes are data (`table`); each distinct trial is run once, several at a time; what follows from their ends is
//! worked out afterwards, without the system ([`Report`]).

mod control;
mod grounds;
mod report;
mod table;
mod trial;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

pub use report::{Probe, Report, Subject, Verdict};

use crate::drill::{Attack, Target};
use crate::error::JailError;
use crate::judge::{asked, harden};
use crate::site::Site;
use grounds::Grounds;
use table::{Row, landlock_abi_needed, rows};
use trial::{Found, Trial};

/// A runner that lives longer than this past its wall limit: the host cannot keep the limits it promises.
const KILL_LATENCY_MAX: Duration = Duration::from_millis(250);
/// The latency reported is the middle one of so many.
const KILLS: usize = 3;

/// Examines the jail of a site. Blocks for a second and a half or so, of which one is processor time. Hardens this process
/// first, since that is examined too.
pub fn examine(site: &Site) -> Report {
    let asked = asked(site);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned();
    let new = |abi, probes| Report::new(site.tier.tier(), asked, kernel, abi, probes);
    let grounds = harden().map_err(|error| error.to_string()).and_then(|()| {
        let open = || Grounds::open().and_then(|grounds| Ok((grounds.target()?, grounds)));
        open()
            .map_err(|error| format!("nothing to aim at: {error}; make TMPDIR writable, and the loopback up"))
    });
    let (target, grounds) = match grounds {
        Ok(both) => both,
        Err(why) => return new(0, vec![failed(Subject::Worker, "prepare the attacks", why)]),
    };

    let rows = rows(asked);
    let (trials, control) = thread::scope(|scope| {
        let control = scope.spawn(|| control::run(site));
        (run_all(site, &target, &rows), control.join())
    });
    let control = control.unwrap_or(Err("it panicked".to_owned()));
    let landlock_abi = trials.values().map(|(_, abi)| *abi).max().unwrap_or(0);

    let mut probes: Vec<Probe> = rows.iter().map(|row| judge(row, &trials, landlock_abi)).collect();
    probes.push(traces(&grounds, &trials));
    probes.push(kill_latency(site, &target, Trial { attack: Attack::Sleep, layers: asked }));
    probes.push(of_control(control));
    new(landlock_abi, probes)
}

type Ends = BTreeMap<Trial, (Found, u8)>;

/// Every distinct trial of the table, once. The one that takes a second of processor time comes first.
fn run_all(site: &Site, target: &Target, rows: &[Row]) -> Ends {
    let mut waiting: Vec<Trial> = rows.iter().flat_map(|row| [row.with, row.without]).collect();
    waiting.sort_by_key(|trial| (trial.attack == Attack::Spin, *trial));
    waiting.dedup();
    let (waiting, ends) = (Mutex::new(waiting), Mutex::new(Ends::new()));
    // Most of a trial is waiting for processes to come and go.
    let hands = 2 * thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(|| {
                while let Some(trial) = waiting.lock().ok().and_then(|mut waiting| waiting.pop()) {
                    let end = trial.run(site, target);
                    if let Ok(mut ends) = ends.lock() {
                        ends.insert(trial, end);
                    }
                }
            });
        }
    });
    ends.into_inner().unwrap_or_default()
}

/// What follows from how a row's two trials ended.
fn judge(row: &Row, ends: &Ends, landlock_abi: u8) -> Probe {
    let end = |trial| {
        ends.get(&trial).map_or(Found::Died("it was not tried".to_owned()), |(found, _)| found.clone())
    };
    let (with, without) = (end(row.with), end(row.without));
    let needed = landlock_abi_needed(row);
    let verdict = if row.expected.iter().any(|expected| with.is(expected)) {
        if without == Found::Worked {
            Verdict::Proved
        } else {
            Verdict::Unavailable(format!("it proves nothing: where nothing should stop it, {without}"))
        }
    } else if let Found::NotUp { why, .. } = with.clone() {
        Verdict::Unavailable(why)
    } else if landlock_abi < needed {
        Verdict::Unavailable(format!("Landlock has ABI {landlock_abi} in this kernel; {needed} is needed"))
    } else if with != Found::Worked && without != Found::Worked {
        Verdict::Unavailable(format!("it proves nothing: where nothing should stop it, {without}"))
    } else {
        Verdict::Failed(format!(
            "{with}; evaluate nothing hidden here, and report it with this report as JSON"
        ))
    };
    let expected: Vec<String> = row.expected.iter().map(Found::to_string).collect();
    Probe {
        subject: row.subject,
        attack: row.words.to_owned(),
        expected: expected.join(" or "),
        found: with.to_string(),
        without: without.to_string(),
        verdict,
    }
}

/// Every byte and packet that came out is one of an attack that was meant to work.
fn traces(grounds: &Grounds, ends: &Ends) -> Probe {
    let worked = |attack| {
        let of_attack = ends.iter().filter(|(trial, _)| trial.attack == attack);
        of_attack.filter(|(_, (found, _))| *found == Found::Worked).count() as u64
    };
    let expected = (worked(Attack::WriteFile), worked(Attack::SendUdp));
    let words = |(bytes, packets): (u64, u64)| format!("{bytes} bytes, {packets} packets");
    let found: io::Result<(u64, u64)> = grounds.traces();
    let verdict = match &found {
        Ok(found) if *found == expected => Verdict::Proved,
        Ok(_) => Verdict::Failed("something came out that no attack has owned up to".to_owned()),
        Err(error) => Verdict::Failed(format!("what came out cannot be counted: {error}")),
    };
    Probe {
        subject: Subject::Judge,
        attack: "leave traces outside".to_owned(),
        expected: words(expected),
        found: found.map_or_else(|error| error.to_string(), words),
        without: String::new(),
        verdict,
    }
}

fn kill_latency(site: &Site, target: &Target, sleeper: Trial) -> Probe {
    let attack = "outlive the wall limit";
    let measured: Result<Vec<Duration>, JailError> =
        (0..KILLS).map(|_| sleeper.kill_latency(site, target)).collect();
    let mut latencies = match measured {
        Ok(latencies) => latencies,
        Err(error) => return failed(Subject::Judge, attack, error.to_string()),
    };
    latencies.sort();
    let middle = latencies[KILLS / 2];
    let verdict = if middle <= KILL_LATENCY_MAX {
        Verdict::Proved
    } else {
        Verdict::Failed("this host is too busy to keep time limits: give the worker fewer slots".to_owned())
    };
    Probe {
        subject: Subject::Judge,
        attack: attack.to_owned(),
        expected: format!("gone within {} ms", KILL_LATENCY_MAX.as_millis()),
        found: format!("gone after {:.1} ms", middle.as_secs_f64() * 1e3),
        without: String::new(),
        verdict,
    }
}

/// That it came so far says that telemetry was off and that exactly the threads asked for were running: the runner goes no
/// further otherwise.
fn of_control(control: Result<bool, String>) -> Probe {
    let attack = "score a model of our own";
    match control {
        Ok(exact) => Probe {
            subject: Subject::Runtime,
            attack: attack.to_owned(),
            expected: "exact answers, telemetry off, threads counted".to_owned(),
            found: if exact { "so it is" } else { "other answers" }.to_owned(),
            without: String::new(),
            verdict: if exact {
                Verdict::Proved
            } else {
                Verdict::Failed(
                    "scores of this host cannot be trusted: look at its processor and memory".to_owned(),
                )
            },
        },
        Err(why) => failed(Subject::Runtime, attack, why),
    }
}

fn failed(subject: Subject, attack: &str, why: String) -> Probe {
    Probe {
        subject,
        attack: attack.to_owned(),
        expected: String::new(),
        found: why.clone(),
        without: String::new(),
        verdict: Verdict::Failed(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Layer, Layers};

    /// What the row of `attack` on `layer` comes to if its trials end like this.
    fn verdict(layer: Layer, attack: Attack, with: Found, without: Found, landlock_abi: u8) -> Verdict {
        let rows = rows(Layers::of(&Layer::ALL));
        let row = rows.iter().find(|row| row.subject == Subject::Layer(layer) && row.with.attack == attack);
        let row = row.unwrap();
        let ends = [(row.with, (with, landlock_abi)), (row.without, (without, 0))].into();
        judge(row, &ends, landlock_abi).verdict
    }

    #[test]
    fn an_attack_is_stopped_by_the_expected_means_or_not_at_all() {
        let read = |with, without| verdict(Layer::Namespaces, Attack::ReadFile, with, without, 7);
        assert_eq!(read(Found::Errno(libc::ENOENT), Found::Worked), Verdict::Proved);
        for other in [Found::Errno(libc::EACCES), Found::Forbidden, Found::Died("it aborted".into())] {
            assert!(matches!(read(other, Found::Worked), Verdict::Failed(_)));
        }
        for control in [Found::Worked, Found::Errno(libc::ENOENT)] {
            assert!(matches!(read(Found::Worked, control), Verdict::Failed(_)));
        }
    }

    #[test]
    fn a_probe_that_proves_nothing_is_no_pass() {
        let socket = |with, without| verdict(Layer::Seccomp, Attack::VsockSocket, with, without, 7);
        let unknown = || Found::Errno(libc::EAFNOSUPPORT);
        assert_eq!(socket(Found::Forbidden, Found::Worked), Verdict::Proved);
        assert!(matches!(socket(Found::Forbidden, unknown()), Verdict::Unavailable(_)));
        assert!(matches!(socket(unknown(), unknown()), Verdict::Unavailable(_)));
        let not_up = Found::NotUp { step: None, why: "do this".into() };
        assert_eq!(socket(not_up, Found::Worked), Verdict::Unavailable("do this".into()));
    }

    #[test]
    fn what_an_older_landlock_does_not_cover_is_not_held_against_it() {
        let signal = |abi| verdict(Layer::Landlock, Attack::SignalWaiter, Found::Worked, Found::Worked, abi);
        assert!(matches!(signal(5), Verdict::Unavailable(_)));
        assert!(matches!(signal(6), Verdict::Failed(_)));
    }

    #[test]
    fn every_layer_has_probes_and_no_row_is_twice() {
        let rows = rows(Layers::of(&Layer::ALL));
        for layer in Layer::ALL {
            assert!(rows.iter().any(|row| row.subject == Subject::Layer(layer)), "{layer:?}");
        }
        for (index, row) in rows.iter().enumerate() {
            assert!(row.with != row.without, "{}", row.words);
            assert!(
                !rows[..index].iter().any(|other| (other.subject, other.words) == (row.subject, row.words))
            );
        }
    }
}
