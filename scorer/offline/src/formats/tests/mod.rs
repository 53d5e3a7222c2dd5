mod bounds;
mod detection;
mod foreign;
mod pictures;
mod sounds;
mod tables;
mod texts;
mod total;

use std::fs;
use std::path::{Path, PathBuf};

use egret_metrics::suite;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::limits::LIMITS;
use super::*;

/// A temporary folder with files in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// What is said of a refusal, without the folder's own name.
    fn said(&self, result: Result<Table, TableError>) -> String {
        let said = result.expect_err("this is to be refused").to_string();
        said.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value} is not an object") };
    object
}

/// Reads two texts as files `labels` and `predictions` with settings.
fn read_with(
    format: Format,
    name: &str,
    labels: &str,
    predictions: &str,
    settings: Value,
) -> Result<Table, TableError> {
    let folder = Folder::new();
    let (labels, predictions) = (folder.write("labels", labels), folder.write("predictions", predictions));
    super::read(suite(name).unwrap(), &labels, &predictions, format, object(settings))
}

/// The same without settings, of what is right.
fn table(format: Format, name: &str, labels: &str, predictions: &str) -> Table {
    read_with(format, name, labels, predictions, json!({})).unwrap_or_else(|error| panic!("{error}"))
}

/// The same of what is wrong: the whole sentence.
fn refused(format: Format, name: &str, labels: &str, predictions: &str) -> String {
    let folder = Folder::new();
    let (labels, predictions) = (folder.write("labels", labels), folder.write("predictions", predictions));
    folder.said(super::read(suite(name).unwrap(), &labels, &predictions, format, Map::new()))
}

fn column(table: &Table, name: &str) -> Value {
    assert_eq!(table.columns[name].len(), table.row_count, "{name}");
    Value::from(table.columns[name].clone())
}

#[test]
fn a_format_is_named_once_and_refused_where_it_does_not_fit() {
    for format in Format::ALL {
        assert_eq!(Format::of_name(format.name()), Some(format));
        assert!(egret_metrics::SUITES.into_iter().any(|suite| format.fits(suite)), "{}", format.name());
    }
    assert_eq!(Format::of_name("xml"), None);
    let said = refused(Format::Trec, "binary", "", "");
    assert_eq!(said, "format: `trec` cannot say what binary reads; name one of csv, json");
    let said = read(suite("diarization").unwrap(), Path::new("a"), Path::new("a"), Format::Rttm, Map::new());
    assert!(said.unwrap_err().to_string().starts_with("a: labels and predictions are one file"));
    let said =
        read(suite("binary").unwrap(), Path::new("/nowhere/a"), Path::new("b"), Format::Csv, Map::new());
    assert!(said.unwrap_err().to_string().starts_with("/nowhere/a: it cannot be read"));
}
