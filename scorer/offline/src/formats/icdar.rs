//! ICDAR: a file of outlines and texts per picture, `x1,y1,…,x4,y4,text`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::cells::finite;
use super::named::{Named, table};
use super::source::{Line, Source, entries};
use super::{Reading, wrong};
use crate::{Table, TableError};

const FORM: &str = "write x1,y1,x2,y2,x3,y3,x4,y4,text";
/// The text of what is not to be read.
const IGNORED: &str = "###";

#[derive(Default)]
struct Picture {
    truth: Vec<Value>,
    /// `None` where there is no file.
    found: Option<Vec<Value>>,
}

pub(super) fn read(reading: Reading<'_>) -> Result<Table, TableError> {
    let mut pictures: Named<Picture> = Named::new(reading.limits);
    for (name, path) in files(reading.labels, "gt_", &reading)? {
        let source = Source::open(&path, reading.limits)?;
        let truth = regions(
            &source,
            |points, text| json!({"points": points, "ignore": text == IGNORED, "text": text}),
        )?;
        pictures.at(&name, || source.file.clone())?.truth = truth;
    }
    for (name, path) in files(reading.predictions, "res_", &reading)? {
        let source = Source::open(&path, reading.limits)?;
        let Some(picture) = pictures.find(&name) else {
            let what = format!("the picture `{name}` is not among the labels");
            return Err(wrong(source.file, what, "remove the file"));
        };
        picture.found = Some(regions(&source, |points, text| json!({"points": points, "text": text}))?);
    }
    let row = |(name, picture): (String, Picture)| {
        [Value::from(name), Value::from(picture.truth), Value::from(picture.found)]
    };
    Ok(table(reading.settings, ["image", "gts", "dets"], pictures.into_items().into_iter().map(row)))
}

/// The `.txt` files of a folder by picture, a prefix of their names left out.
fn files(folder: &Path, prefix: &str, reading: &Reading<'_>) -> Result<Vec<(String, PathBuf)>, TableError> {
    let mut files = Vec::new();
    let mut names = HashSet::new();
    for (name, path) in entries(folder, reading.limits)? {
        let Some(stem) = name.strip_suffix(".txt") else { continue };
        let stem = stem.strip_prefix(prefix).unwrap_or(stem).to_owned();
        if !names.insert(stem.clone()) {
            let what = format!("the picture `{stem}` has another file");
            return Err(wrong(path.display().to_string(), what, "keep one"));
        }
        files.push((stem, path));
    }
    if files.is_empty() {
        return Err(wrong(folder.display().to_string(), "no .txt file", "write one per picture"));
    }
    Ok(files)
}

fn regions(source: &Source, entry: impl Fn(Value, &str) -> Value) -> Result<Vec<Value>, TableError> {
    source.rows(&[]).map(|line| region(&line?, &entry)).collect()
}

/// Eight numbers, and what is left of the line, which may hold commas, is the text.
fn region(line: &Line<'_>, entry: &impl Fn(Value, &str) -> Value) -> Result<Value, TableError> {
    let mut cells = line.text.splitn(9, ',');
    let mut numbers = [0.0; 8];
    for number in &mut numbers {
        let cell = cells.next().ok_or_else(|| line.wrong("fewer than eight numbers", FORM))?;
        *number = finite(cell.trim(), "number of pixels", line)?;
    }
    let points: Vec<_> = numbers.chunks(2).collect();
    Ok(entry(json!(points), cells.next().unwrap_or_default()))
}
