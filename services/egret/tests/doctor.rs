//! `egret doctor` on a host whose runner is none: the exit code for scripts, the reasons for people, the report for programs.
//! That it ends well where the jail holds is the runner's own test, and every worker's start.

use std::process::{Command, Output};

use serde_json::Value;

fn doctor(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_egret"));
    command.arg("doctor").args(arguments);
    command.env("EGRET_RUNNER", "/bin/true").env("EGRET_ORT_LIB", "/bin/true").output().unwrap()
}

#[test]
fn a_jail_that_does_not_hold_has_its_own_exit_code_and_says_why() {
    let ended = doctor(&[]);
    assert_eq!(ended.status.code(), Some(8));
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(text.contains("none reached, A required"), "{text}");
    assert!(text.contains("seccomp is not proved") && text.contains("EGRET_ORT_LIB"), "{text}");
}

#[test]
fn programs_get_the_whole_report() {
    let ended = doctor(&["--output", "json", "--isolation", "no-namespaces"]);
    assert_eq!(ended.status.code(), Some(8));
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!((&report["holds"], &report["required"]), (&Value::Bool(false), &Value::from("B")));
    assert!(report["probes"].as_array().unwrap().iter().any(|probe| probe["verdict"]["is"] == "failed"));
}
