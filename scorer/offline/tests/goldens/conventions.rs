//! The numbers of docs/metrics/conventions.md: every row of a table that names a metric and a golden case is computed anew.

use std::{fs, path::PathBuf};

use egret_offline::suites::score;

use crate::{case, suites};

/// Metric, case and value of a row that starts with these, the first two as code.
fn row(line: &str) -> Option<(&str, &str, &str)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let mut code = || cells.next()?.strip_prefix('`')?.strip_suffix('`');
    Some((code()?, code()?, cells.next()?))
}

#[test]
fn conventions_tell_true_numbers() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics/conventions.md");
    let text = fs::read_to_string(path).unwrap();
    let mut compared = 0;
    for (metric, name, want) in text.lines().filter_map(row) {
        let (suite, id) = metric.split_once('.').unwrap();
        let file = name.split_once('/').unwrap().0;
        let file = suites::FILES.iter().find(|entry| entry.name == file).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(file.suite, suite, "{metric} of {name}");
        let cases = case::read(file);
        let case = cases.iter().find(|case| case.line["id"] == name).unwrap_or_else(|| panic!("no {name}"));
        let report = score(suite, &[id.to_owned()], &case.table).and_then(|state| Ok(state.finish()?));
        let report = report.unwrap_or_else(|error| panic!("{metric} of {name}: {error}"));
        let digits = want.split_once('.').map_or(0, |(_, digits)| digits.len());
        let got = match report.values[0].value {
            None => "undefined".to_owned(),
            Some(f64::INFINITY) => "∞".to_owned(),
            Some(value) => format!("{value:.digits$}"),
        };
        assert_eq!(got, want, "{metric} of {name}");
        compared += 1;
    }
    assert_eq!(compared, 68);
}
