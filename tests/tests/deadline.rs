//! The deadline in small, on both databases: the same rehearsal as `cargo xtask bench deadline`, and the same audit.

use anyhow::Result;
use egret_tests::{
    Database,
    deadline::{Size, rehearse},
};

#[test]
fn a_deadline_loses_nothing_on_sqlite() -> Result<()> {
    deadline(Database::Sqlite)
}

#[test]
fn a_deadline_loses_nothing_on_postgresql() -> Result<()> {
    deadline(Database::Postgres)
}

fn deadline(database: Database) -> Result<()> {
    let findings = rehearse(database, &Size::small())?;
    for finding in &findings {
        println!("{}: {}", finding.what, finding.told);
    }
    let broken: Vec<_> = findings.iter().filter(|finding| !finding.holds()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    Ok(())
}
