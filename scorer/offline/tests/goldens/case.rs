//! Golden cases as tables.

use std::{collections::BTreeMap, fs, path::PathBuf};

use egret_offline::{
    Table,
    suites::{ScoreError, Scored, score},
};
use serde_json::{Map, Value};

use crate::File;

pub struct Case {
    /// As it stands in the file.
    pub line: Value,
    pub table: Table,
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens")
}

pub fn read(file: &File) -> Vec<Case> {
    let path = folder().join(format!("{}.jsonl", file.name));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| of(file, serde_json::from_str(line).unwrap())).collect()
}

fn of(file: &File, line: Value) -> Case {
    let mut columns = BTreeMap::new();
    for (name, cells) in line["cols"].as_object().unwrap() {
        let renamed = file.columns.iter().find(|(golden, _)| golden == name);
        let name = renamed.map_or(name.as_str(), |(_, ours)| ours);
        columns.insert(name.to_owned(), cells.as_array().unwrap().clone());
    }
    let row_count = line["n"].as_u64().unwrap() as usize;
    let suite = egret_metrics::suite(file.suite).unwrap();
    let settings = settings(suite, &line, &columns);
    Case { line, table: Table { settings, columns, row_count } }
}

/// Those of the case, and what a shard alone cannot know: widths and names of the whole.
fn settings(
    suite: &egret_metrics::SuiteInfo,
    line: &Value,
    columns: &BTreeMap<String, Vec<Value>>,
) -> Map<String, Value> {
    let mut settings = Map::new();
    for field in suite.settings {
        let golden = match field.name {
            "classes" if line["params"]["n_classes"].is_number() => "n_classes",
            "languages" => "n_langs",
            name => name,
        };
        let given = [&line["params"][golden], &line["shared"][golden]].into_iter().find(|v| !v.is_null());
        let width =
            |column: &str| columns[column].first().map(|c| Value::from(c.as_array().map_or(1, Vec::len)));
        let names = |column: &str| {
            let mut names: Vec<Value> = Vec::new();
            columns[column].iter().for_each(|name| {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            });
            Some(Value::from(names))
        };
        let value = given.cloned().or_else(|| match (suite.name, field.name) {
            ("multilabel", "classes") => width("labels"),
            ("regression", "values") => Some(Value::from(1)),
            ("frechet", "features") => width("feat"),
            ("keyword_spotting", "keywords") => names("keyword"),
            ("voc_detection", "images") => names("image"),
            ("temporal_localisation", "videos") => names("video"),
            _ => None,
        });
        settings.extend(value.map(|value| (field.name.to_owned(), value)));
    }
    settings
}

/// The state of some rows, back from its bytes.
pub fn state_of(suite: &str, id: &str, table: &Table, rows: &[usize]) -> Result<Scored, ScoreError> {
    let some = |cells: &Vec<Value>| rows.iter().map(|row| cells[*row].clone()).collect();
    let columns = table.columns.iter().map(|(name, cells)| (name.clone(), some(cells))).collect();
    let shard = Table { settings: table.settings.clone(), columns, row_count: rows.len() };
    let state = score(suite, &[id.to_owned()], &shard)?;
    Ok(state.read(&state.to_bytes())?)
}

pub fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some(text) => text.parse().unwrap(),
        None => value.as_f64().unwrap_or_else(|| panic!("not a number: {value}")),
    }
}
