//! The deadline of Xiamen 2019, rehearsed on both databases: what must hold is asserted, what was waited is reported.

use anyhow::Result;
use egret_tests::{
    Database,
    deadline::{Finding, Size, rehearse},
};

use crate::table::{Bound, Row};

/// How much of what speaks against a finding is printed.
const EXAMPLES: usize = 5;

/// SQLite, then PostgreSQL.
pub fn run() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (database, name) in [(Database::Sqlite, "SQLite"), (Database::Postgres, "PostgreSQL")] {
        println!("rehearsing on {name}");
        rows.extend(rehearse(database, &Size::full())?.into_iter().map(|finding| row(name, finding)));
    }
    Ok(rows)
}

/// What must hold has as its figure how much speaks against it.
fn row(database: &str, finding: Finding) -> Row {
    for example in finding.against.iter().flatten().take(EXAMPLES) {
        println!("{database}: {}: {example}", finding.what);
    }
    Row {
        what: format!("{database}: {}", finding.what),
        egret: finding.told,
        baseline: String::new(),
        figure: finding.figure,
        bound: if finding.against.is_some() { Bound::AtMost(0.0) } else { Bound::None },
    }
}
