//! What an examination has found.

use std::fmt;

use serde::Serialize;

use crate::layers::{Layer, Layers};
use crate::site::Tier;

/// What a probe is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A wall of the jail.
    Layer(Layer),
    /// What the worker itself keeps from its runners.
    Worker,
    /// What the worker says of how runners end.
    Judge,
    /// ONNX Runtime behind the walls.
    Runtime,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layer(layer) => layer.name(),
            Self::Worker => "worker",
            Self::Judge => "judge",
            Self::Runtime => "runtime",
        })
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a probe has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "why")]
pub enum Verdict {
    /// The attack was stopped by the expected means, and succeeds where nothing stops it.
    Proved,
    /// Nothing was shown, either way; never a pass.
    Unavailable(String),
    /// It does not hold.
    Failed(String),
}

/// One probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// What it is about.
    pub subject: Subject,
    /// What was tried.
    pub attack: String,
    /// How it should end.
    pub expected: String,
    /// How it ended.
    pub found: String,
    /// How it ended where nothing should stop it; empty where there is no such thing.
    pub without: String,
    /// What follows.
    pub verdict: Verdict,
}

/// An examination of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether hidden data may be evaluated here under the operator's policy.
    pub holds: bool,
    /// The tier that the policy asks for.
    pub required: Tier,
    /// The best tier whose layers are all proved.
    pub reached: Option<Tier>,
    /// The layers that runs have here.
    pub layers: Layers,
    /// The kernel's release.
    pub kernel: String,
    /// The ABI of Landlock in force in the trials of that layer; 0 without.
    pub landlock_abi: u8,
    /// Each probe with its outcome.
    pub probes: Vec<Probe>,
}

impl Report {
    /// Draws the conclusions: every layer that the tier requires is proved by at least one probe, and nothing failed.
    #[must_use]
    pub fn new(required: Tier, layers: Layers, kernel: String, landlock_abi: u8, probes: Vec<Probe>) -> Self {
        let reached = Tier::ALL.into_iter().find(|tier| is_reached(*tier, &probes));
        let sound = |probe: &Probe| !matches!(probe.verdict, Verdict::Failed(_));
        let relevant = |probe: &&Probe| match probe.subject {
            Subject::Layer(layer) => layers.has(layer),
            _ => true,
        };
        let holds = is_reached(required, &probes) && probes.iter().filter(relevant).all(sound);
        Self { holds, required, reached, layers, kernel, landlock_abi, probes }
    }

    /// Adds what was found elsewhere.
    #[must_use]
    pub fn with(mut self, probe: Probe) -> Self {
        self.probes.push(probe);
        Self::new(self.required, self.layers, self.kernel, self.landlock_abi, self.probes)
    }

    /// What keeps hidden data from being evaluated here: a sentence per reason, with all that it keeps from being proved.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let of_layer = |layer| self.probes.iter().filter(move |probe| probe.subject == Subject::Layer(layer));
        let unproved = self.required.requires().iter().filter_map(|layer| {
            // What has failed is told below.
            let untold = of_layer(layer).all(|probe| matches!(probe.verdict, Verdict::Unavailable(_)));
            let why = of_layer(layer).find_map(|probe| match &probe.verdict {
                Verdict::Unavailable(why) => Some(why.as_str()),
                _ => None,
            });
            untold.then(|| (format!("{} is not proved", layer.name()), why.unwrap_or("no probe was made")))
        });
        let failed = self.probes.iter().filter_map(|probe| match (&probe.verdict, probe.subject) {
            (_, Subject::Layer(layer)) if !self.layers.has(layer) => None,
            (Verdict::Failed(why), subject) => Some((format!("{subject}: {}", probe.attack), why.as_str())),
            _ => None,
        });
        by_reason(unproved.chain(failed))
    }

    /// What could not be shown, by reason: nothing to refuse work for, but the operator should know.
    #[must_use]
    pub fn unavailable(&self) -> Vec<String> {
        by_reason(self.probes.iter().filter_map(|probe| match &probe.verdict {
            Verdict::Unavailable(why) => Some((format!("{}: {}", probe.subject, probe.attack), why.as_str())),
            _ => None,
        }))
    }

    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a report has only texts and numbers")
    }
}

/// One sentence for all that has the same reason, in the order of the first.
fn by_reason<'a>(each: impl Iterator<Item = (String, &'a str)>) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for (what, why) in each {
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, all)) => all.push(what),
            None => reasons.push((why, vec![what])),
        }
    }
    reasons.into_iter().map(|(why, all)| format!("{}: {why}", all.join(", "))).collect()
}

/// Every layer of the tier stood against something, and against everything.
fn is_reached(tier: Tier, probes: &[Probe]) -> bool {
    tier.requires().iter().all(|layer| is_proved(layer, probes))
}

fn is_proved(layer: Layer, probes: &[Probe]) -> bool {
    let of_layer = || probes.iter().filter(|probe| probe.subject == Subject::Layer(layer));
    of_layer().any(|probe| probe.verdict == Verdict::Proved)
        && !of_layer().any(|probe| matches!(probe.verdict, Verdict::Failed(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(subject: Subject, verdict: Verdict) -> Probe {
        let text = || "some".to_owned();
        Probe { subject, attack: text(), expected: text(), found: text(), without: text(), verdict }
    }

    fn report(required: Tier, change: impl Fn(Layer) -> Verdict) -> Report {
        let probes =
            Layer::ALL.into_iter().map(|layer| probe(Subject::Layer(layer), change(layer))).collect();
        Report::new(required, Layers::of(&Layer::ALL), "6.1".into(), 7, probes)
    }

    #[test]
    fn a_host_where_everything_is_proved_holds() {
        let report = report(Tier::A, |_| Verdict::Proved);
        assert!(report.holds && report.reached == Some(Tier::A) && report.problems().is_empty());
    }

    #[test]
    fn what_was_not_proved_is_no_pass() {
        let without = |missing| {
            move |layer| {
                if layer == missing { Verdict::Unavailable("EPERM; do this".into()) } else { Verdict::Proved }
            }
        };
        let report_a = report(Tier::A, without(Layer::Namespaces));
        assert!(!report_a.holds && report_a.reached == Some(Tier::B));
        assert_eq!(report_a.problems(), ["namespaces is not proved: EPERM; do this"]);
        assert_eq!(report_a.unavailable(), ["namespaces: some: EPERM; do this"]);
        assert!(report(Tier::B, without(Layer::Namespaces)).holds, "as the operator has settled");
        assert!(report(Tier::A, without(Layer::Mdwe)).holds, "older kernels do not have it");
        for tier in Tier::ALL {
            assert!(!report(tier, without(Layer::Seccomp)).holds);
        }
        assert!(!Report::new(Tier::C, Layers::NONE, String::new(), 0, vec![]).holds, "no probe is no proof");
    }

    #[test]
    fn one_failure_is_enough() {
        let good = report(Tier::A, |_| Verdict::Proved);
        for subject in [Subject::Layer(Layer::Mdwe), Subject::Worker, Subject::Judge, Subject::Runtime] {
            let bad = good.clone().with(probe(subject, Verdict::Failed("it worked".into())));
            assert!(!bad.holds, "{subject}");
            assert_eq!(bad.problems(), [format!("{subject}: some: it worked")]);
        }
        assert!(good.with(probe(Subject::Worker, Verdict::Unavailable("Yama".into()))).holds);
    }
}
