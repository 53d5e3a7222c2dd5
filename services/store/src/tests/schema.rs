//! The two schemas are one, and the restricted table is read in one place.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const SQLITE: &str = include_str!("../../migrations/sqlite/0001_first.sql");
const POSTGRES: &str = include_str!("../../migrations/postgres/0001_first.sql");

/// What a migration says, with SQLite's types.
fn statements(sql: &str) -> Vec<String> {
    let booleans = [
        "operator",
        "open_registration",
        "mishap",
        "sole",
        "scored",
        "withheld",
        "submitting_paused",
        "evaluating_paused",
        "approve_teams",
        "entries_required",
        "auditor",
    ];
    sql.lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .map(|line| {
            let line = line.replace(") strict;", ");").replace("bigint", "integer").replace("bytea", "blob");
            let line = line.replace("double precision", "real");
            let is_boolean =
                booleans.iter().any(|column| line.trim_start().starts_with(&format!("{column} ")));
            if is_boolean { line.replace("boolean", "integer") } else { line }
        })
        .collect()
}

#[test]
fn both_databases_have_the_same_tables() {
    assert_eq!(statements(SQLITE), statements(POSTGRES));
    assert!(!SQLITE.contains("bigint") && !POSTGRES.contains("integer"));
}

#[test]
fn exact_figures_are_read_by_operators_only() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut readers = BTreeSet::new();
    for folder in [sources.clone(), sources.join("work"), sources.join("teams")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let text = if path.is_file() { fs::read_to_string(&path).unwrap() } else { String::new() };
            let exact = ["join verdicts", "from verdicts", "join outcomes", "from outcomes"];
            if exact.iter().any(|words| text.contains(words)) {
                readers.insert(name.to_owned());
            }
        }
    }
    assert_eq!(readers, BTreeSet::from(["restricted.rs".to_owned()]));
}
