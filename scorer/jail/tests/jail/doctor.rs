//! The examination, with a runner that has no ONNX Runtime: all of it but the control model. The real runner's own test has
//! the rest.

use egret_jail::doctor::{Subject, Verdict, examine};
use egret_jail::{JailError, Layer, Layers, Tier, TierPolicy, spawn, spawn_behind};

use crate::stage::{limits, plan, site};

#[test]
fn every_wall_is_proved_by_attacks() {
    for tier in [TierPolicy::RequireA, TierPolicy::AllowB, TierPolicy::External("kata".into())] {
        let report = examine(&site(tier.clone()));
        for probe in &report.probes {
            match (&probe.verdict, probe.subject) {
                (Verdict::Proved, subject) => {
                    assert_ne!(subject, Subject::Runtime, "there is no model to run");
                }
                (Verdict::Failed(_), Subject::Runtime) => {}
                // What this kernel does not have, it cannot be attacked with.
                (Verdict::Unavailable(why), Subject::Layer(Layer::Seccomp)) => {
                    assert!(why.contains("EAFNOSUPPORT") || why.contains("ENOSYS"), "{probe:?}");
                }
                _ => panic!("{probe:?}"),
            }
        }
        assert_eq!(report.reached, Some(Tier::A));
        assert!(!report.holds, "a runner that answers nothing cannot be trusted");
        let problems = report.problems();
        assert!(problems.len() == 1 && problems[0].starts_with("runtime: "), "{problems:?}");
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["required"], tier.tier().to_string());
        assert_eq!(json["probes"][0]["verdict"]["is"], "proved");
    }
}

#[test]
fn a_runner_that_is_missing_fails_every_layer() {
    let mut site = site(TierPolicy::RequireA);
    site.runner = "/bin/false".into();
    let report = examine(&site);
    assert!(!report.holds && report.reached.is_none());
    assert!(report.probes.iter().all(|probe| probe.verdict != Verdict::Proved || probe.without.is_empty()));
    assert!(report.problems().iter().any(|problem| problem.contains("seccomp is not proved")));
}

#[test]
fn hidden_items_are_shown_behind_every_wall_or_not_at_all() {
    let site = site(TierPolicy::RequireA);
    let mut hidden = plan();
    hidden.detail = false;
    for missing in Layer::ALL {
        let layers: Vec<Layer> = Layer::ALL.into_iter().filter(|layer| *layer != missing).collect();
        let error = spawn_behind(&site, Layers::of(&layers), &hidden, b"honest", &limits()).err().unwrap();
        assert!(matches!(error, JailError::Plan(_)), "{missing:?}: {error}");
        // Where nothing is hidden it is the caller's choice.
        spawn_behind(&site, Layers::of(&layers), &plan(), b"honest", &limits()).unwrap().next().unwrap();
    }
    spawn_behind(&site, Layers::of(&Layer::ALL), &hidden, b"honest", &limits()).unwrap().next().unwrap();
    spawn(&site, &hidden, b"honest", &limits()).unwrap().next().unwrap();
}
