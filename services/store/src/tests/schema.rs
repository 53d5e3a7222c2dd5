//! The two schemas are one, and the restricted table is read in one place.

use std::collections::BTreeSet;

const SQLITE: &str = include_str!("../../migrations/sqlite/0001_first.sql");
const POSTGRES: &str = include_str!("../../migrations/postgres/0001_first.sql");

/// What a migration says, with SQLite's types.
fn statements(sql: &str) -> Vec<String> {
    let booleans = ["operator", "open_registration", "mishap", "sole", "scored"];
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
    let sources = [
        ("admission.rs", include_str!("../admission.rs")),
        ("submissions.rs", include_str!("../submissions.rs")),
        ("progress.rs", include_str!("../progress.rs")),
        ("boards.rs", include_str!("../boards.rs")),
        ("restricted.rs", include_str!("../restricted.rs")),
        ("work/lease.rs", include_str!("../work/lease.rs")),
        ("work/fence.rs", include_str!("../work/fence.rs")),
        ("work/complete.rs", include_str!("../work/complete.rs")),
    ];
    let readers: BTreeSet<&str> = sources
        .iter()
        .filter(|(_, text)| text.contains("join verdicts") || text.contains("from verdicts"))
        .map(|(name, _)| *name)
        .collect();
    // `boards.rs` reads them to rebuild a board, which puts them through the release rule again.
    assert_eq!(readers, BTreeSet::from(["boards.rs", "restricted.rs"]));
}
