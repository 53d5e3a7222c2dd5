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
        "check_slot",
        "check_slots",
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

/// The sources that name one of the tables in a query.
fn users_of(tables: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut users) = (vec![root.clone()], BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((path != root.join("tests")).then_some(path));
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            let verbs = ["from", "join", "into", "update", "table"];
            if words.windows(2).any(|pair| verbs.contains(&pair[0]) && tables.contains(&pair[1])) {
                users.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    users
}

#[test]
fn exact_figures_are_read_by_operators_only() {
    assert_eq!(users_of(&["verdicts", "outcomes"]), BTreeSet::from(["restricted.rs".to_owned()]));
}

/// What was revealed is read where a team reads its own submission, and summed up where charges are.
#[test]
fn revealed_figures_are_read_where_they_must_be() {
    let expected = ["ledger_view.rs", "restricted.rs", "submissions.rs"].map(str::to_owned);
    assert_eq!(users_of(&["reveals"]), BTreeSet::from(expected));
}

#[test]
fn the_search_for_tables_finds_what_is_there() {
    assert!(users_of(&["releases"]).contains("boards.rs") && users_of(&["units"]).contains("work/lease.rs"));
    assert!(users_of(&["no_such_table"]).is_empty());
}
