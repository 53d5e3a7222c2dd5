//! Hosts that refuse something: what a judge there says, by tier.

use crate::stage::{is_root, judge};

/// The lines of a judge of `attack` on a host.
fn lines(attack: &str, host: &str, tier: &str) -> Vec<String> {
    let (mut judge, lines) = judge([attack, host, tier], None);
    let lines = lines.collect();
    judge.wait().unwrap();
    lines
}

#[track_caller]
fn refused(host: &str, tier: &str, step: &str, remedy: &str) {
    let lines = lines("honest", host, tier);
    let last = lines.last().unwrap();
    assert!(last.starts_with("error: the jail did not close") && last.contains(step), "{host}: {lines:?}");
    assert!(last.contains(remedy), "{host}: {last}");
    assert!(!lines.iter().any(|line| line.starts_with("Ready")), "{host}: {lines:?}");
}

/// Up, with or without namespaces and Landlock, and a sealed runner still dies of a socket.
#[track_caller]
fn works(host: &str, tier: &str, expected: &str) {
    let lines = lines("inet", host, tier);
    // Whether there is a control group is the machine's matter.
    let found = |line: &String| line.replace("cgroup + ", "").contains(expected);
    assert!(lines.iter().any(found), "{host}: {lines:?}");
    assert!(lines.last().unwrap().contains("seccomp_violation: true"), "{host}: {lines:?}");
}

#[test]
fn a_container_that_refuses_namespaces_is_tier_b() {
    refused("docker", "A", "enter new namespaces: Operation not permitted", "container's seccomp");
    works("docker", "B", "Ready { layers: {limits + privileges + landlock + mdwe + seccomp}");
}

#[test]
fn namespaces_that_give_nothing_are_no_namespaces() {
    refused("apparmor", "A", "mount the new root: Permission denied", "userns,");
    works("apparmor", "B", "Ready { layers: {limits + privileges + landlock + mdwe + seccomp}");
}

#[test]
fn a_host_without_namespaces_left_names_the_sysctl() {
    refused("no-namespaces-left", "A", "enter new namespaces: No space left", "user.max_user_namespaces");
    works("no-namespaces-left", "B", "Ready { layers: {limits + privileges + landlock + mdwe + seccomp}");
}

#[test]
fn an_old_kernel_is_named() {
    refused("old-kernel", "A", "enter new namespaces: Invalid argument", "Linux 5.13 or newer");
}

#[test]
fn without_landlock_an_outer_boundary_must_be_declared() {
    for tier in ["A", "B"] {
        refused("no-landlock", tier, "enforce Landlock", "declare the outer boundary (gVisor, Kata)");
    }
    works("no-landlock", "C", "Ready { layers: {limits + privileges + mdwe + seccomp}");
    works("plain", "C", "Ready { layers: {limits + privileges + landlock + mdwe + seccomp}");
}

#[test]
fn without_filters_there_is_no_tier_at_all() {
    for tier in ["A", "B", "C"] {
        refused("no-seccomp", tier, "close the system-call filter", "CONFIG_SECCOMP_FILTER");
    }
}

#[test]
fn an_ordinary_users_hosts_are_refused_alike() {
    if !is_root() {
        return; // The tests above are that test.
    }
    let (mut judge, lines) = judge(["honest", "docker", "A"], Some(12345));
    let lines: Vec<String> = lines.collect();
    judge.wait().unwrap();
    assert!(lines.last().unwrap().contains("container's seccomp"), "{lines:?}");
}
