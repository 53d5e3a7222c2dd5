//! What came of a pass: a table in a file, and a line per family.

use std::{collections::BTreeMap, fmt::Write as _, fs, io::Write as _, time::Duration};

use anyhow::Result;

use crate::{
    corpus::{Case, folder},
    run::Run,
};

/// All runs of a pass.
#[derive(Default)]
pub struct Table {
    lines: String,
    families: BTreeMap<String, BTreeMap<String, u32>>,
    failures: Vec<String>,
    slowest: Duration,
}

impl Table {
    /// Notes one run.
    pub fn add(&mut self, case: &Case, run: &Run) {
        let verdict = run.verdict.to_string();
        let usage = run.usage;
        let _ = writeln!(
            self.lines,
            "{:10} {:44} {:16} wall {:5} ms  cpu {:5} ms  took {:5} ms  peak {:4} MiB  {}\n{:55} {}",
            case.family,
            case.name,
            verdict,
            usage.wall.as_millis(),
            usage.cpu.as_millis(),
            run.took.as_millis(),
            usage.peak_rss_bytes >> 20,
            case.attempts,
            "",
            run.note(),
        );
        *self.families.entry(case.family.clone()).or_default().entry(verdict).or_default() += 1;
        self.slowest = self.slowest.max(run.took);
    }

    /// Notes what must not be.
    pub fn fail(&mut self, case: &Case, what: &str) {
        self.failures.push(format!("{}: {what}", case.name));
    }

    /// Writes the table, prints the summary, and fails if anything did.
    pub fn end(self, pass: &str) -> Result<()> {
        let path = folder().join(format!("{pass}.txt"));
        fs::write(&path, format!("{}\n{}\n", self.lines, self.failures.join("\n")))?;
        let mut out = std::io::stdout();
        writeln!(out, "hostile corpus, {pass} ({}):", path.display())?;
        for (family, verdicts) in &self.families {
            let verdicts: Vec<String> =
                verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
            writeln!(out, "  {family:10} {}", verdicts.join(", "))?;
        }
        writeln!(
            out,
            "  {} outside of what is allowed; the slowest verdict after {} ms",
            self.failures.len(),
            self.slowest.as_millis()
        )?;
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
        Ok(())
    }
}
