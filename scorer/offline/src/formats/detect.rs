//! Which format files are in, by their names, what they begin with and the suite that is to read them.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use egret_metrics::SuiteInfo;

use super::{Format, coco, texts, wrong};
use crate::TableError;

/// Bytes of a file that a guess looks at.
const HEAD_BYTES: u64 = 64 << 10;

pub(super) fn detect(labels: &Path, predictions: &Path, suite: &SuiteInfo) -> Result<Format, TableError> {
    let suffix = labels.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default().to_lowercase();
    match suffix.as_str() {
        "csv" => return Ok(Format::Csv),
        "jsonl" | "ndjson" => return Ok(Format::Json),
        _ => {}
    }
    let own = Format::ALL.into_iter().find(|format| {
        !matches!(format, Format::Csv | Format::Json | Format::Kaldi | Format::Lines) && format.fits(suite)
    });
    if labels.is_dir() {
        // Of references the first file tells, which is not looked for here.
        return Ok(own.unwrap_or(Format::Lines));
    }
    let head = head(labels)?;
    let begin = head.trim_start();
    if begin.starts_with('[') || begin.starts_with('{') {
        // A row of a table never holds these: they would be columns of no suite.
        let is_document = begin.contains("\"images\"") || begin.contains("\"annotations\"");
        let is_coco = coco::reads(suite) && is_document && labels != predictions;
        let is_activity = own == Some(Format::ActivityNet) && begin.contains("\"database\"");
        return Ok(own.filter(|_| is_coco || is_activity).unwrap_or(Format::Json));
    }
    if labels == predictions {
        return Ok(Format::Csv);
    }
    // A header names a column of the suite, which no first line of another format does in a word of its own.
    let header = head.lines().next().unwrap_or_default();
    let is_header = header
        .split([',', '\t'])
        .map(str::trim)
        .any(|name| ["id", "item"].contains(&name) || suite.labels.iter().any(|field| field.name == name));
    if texts::reads(suite) {
        if is_header && suffix == "tsv" {
            return Ok(Format::Csv);
        }
        let is_kaldi = share_names(&head, &self::head(predictions)?);
        return Ok(if is_kaldi { Format::Kaldi } else { Format::Lines });
    }
    let is_text = |format: &Format| !matches!(format, Format::Coco | Format::ActivityNet);
    Ok(own.filter(|format| !is_header && is_text(format)).unwrap_or(Format::Csv))
}

/// Whether most lines of two files begin with names that both have. Not all: each was read up to a bound only.
fn share_names(labels: &str, predictions: &str) -> bool {
    let (Some(labels), Some(predictions)) = (names(labels), names(predictions)) else { return false };
    let shared = labels.intersection(&predictions).count();
    shared > 0 && 2 * shared >= labels.len().min(predictions.len())
}

/// The first bytes of a file as text.
fn head(path: &Path) -> Result<String, TableError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut bytes));
    read.map_err(|error| {
        let what = format!("it cannot be read: {error}");
        wrong(path.display().to_string(), what, "check path and permissions")
    })?;
    Ok(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
}

/// The first words of the lines, if they may name utterances: no two are alike, and each has a digit.
fn names(head: &str) -> Option<HashSet<&str>> {
    let mut names = HashSet::new();
    for line in head.lines() {
        let Some(name) = line.split_whitespace().next() else { continue };
        if !name.bytes().any(|byte| byte.is_ascii_digit()) || !names.insert(name) {
            return None;
        }
    }
    (!names.is_empty()).then_some(names)
}
