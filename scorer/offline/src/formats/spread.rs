//! Which column of a CSV file is what: one column per field, or a list that is spread over many.

use std::collections::{BTreeMap, HashMap, HashSet};

use csv::StringRecord;
use egret_metrics::{Field, SuiteInfo};
use serde_json::{Map, Value};

use super::cells::name_of;
use super::rows::Side;
use super::source::line_place;
use super::{texts, wrong};
use crate::TableError;

/// What one column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Nothing that a suite reads.
    Ignored,
    /// The name of the item, which stays a text.
    Name(&'static str),
    /// A text as it stands.
    Text(&'static str),
    /// One text, or a JSON list of them.
    Texts(&'static str),
    /// A number, a list, a text.
    Cell(&'static str),
    /// `scores_3`: an entry of a list.
    Part(&'static str, usize),
    /// `refs_1`: a text of a list.
    TextPart(&'static str, usize),
    /// `cat`: the number of that class.
    Class(&'static str),
}

/// All columns, and the names of the classes that have one.
pub(super) struct Layout {
    pub columns: Vec<Column>,
    pub classes: Option<Vec<String>>,
}

/// Reads a header. `fields` are those that the file is to have.
pub(super) fn layout(
    suite: &SuiteInfo,
    fields: &[Field],
    header: &StringRecord,
    file: &str,
) -> Result<Layout, TableError> {
    let refuse = |what: String, remedy: &str| Err(wrong(line_place(file, 1), what, remedy));
    let mut names = HashSet::new();
    if let Some(name) = header.iter().find(|name| !name.is_empty() && !names.insert(*name)) {
        return refuse(format!("two columns `{name}`"), "rename one");
    }
    let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut columns: Vec<Column> = header.iter().map(|name| column(suite, fields, name)).collect();
    for column in &columns {
        if let Column::Part(field, index) | Column::TextPart(field, index) = column {
            parts.entry(field).or_default().push(*index);
        }
    }
    for (field, indices) in &parts {
        if names.contains(field) {
            return refuse(format!("`{field}` and `{field}_{}`", indices[0]), "keep one of them");
        }
        // In order, so that the first entry of a row is entry 0 of the list.
        if !indices.iter().copied().eq(0..indices.len()) {
            let what = format!("the columns `{field}_0`, `{field}_1`, … are not all there in this order");
            return refuse(what, "number them from 0 without gaps");
        }
    }
    let is_named = columns.iter().any(|column| !matches!(column, Column::Ignored | Column::Name(_)));
    let Some(field) = fields.iter().find(|field| has_classes(suite, field)).filter(|_| !is_named) else {
        return Ok(Layout { columns, classes: None });
    };
    // Nothing but names of items and of classes.
    let mut classes = Vec::new();
    for (column, name) in columns.iter_mut().zip(header) {
        if *column == Column::Ignored && !name.is_empty() {
            *column = Column::Class(field.name);
            classes.push(name.to_owned());
        }
    }
    Ok(Layout { columns, classes: (!classes.is_empty()).then_some(classes) })
}

/// Whether a field holds a number for each class of the suite.
fn has_classes(suite: &SuiteInfo, field: &Field) -> bool {
    count_setting(suite).is_some() && ["scores", "labels"].contains(&field.name)
}

/// The setting that says how many classes there are.
fn count_setting(suite: &SuiteInfo) -> Option<&'static str> {
    match suite.name {
        "classification" | "multilabel" => Some("classes"),
        "language_id" => Some("n_langs"),
        _ => None,
    }
}

fn column(suite: &SuiteInfo, fields: &[Field], name: &str) -> Column {
    let is_text = |field: &Field| {
        texts::reads(suite) && field.name != "refs"
            || (suite.name, field.name) == ("keyword_spotting", "keyword")
    };
    if let Some(field) = fields.iter().find(|field| field.name == name) {
        return match field {
            field if is_text(field) => Column::Text(field.name),
            field if field.name == "refs" => Column::Texts(field.name),
            field => Column::Cell(field.name),
        };
    }
    if let Some(name) = ["id", "file", "item", "image", "video"].into_iter().find(|key| *key == name) {
        return Column::Name(name);
    }
    let Some((list, index)) = name.rsplit_once('_') else { return Column::Ignored };
    // `score_0` is what many write for an entry of `scores`.
    let is_list = |field: &&Field| field.name == list || field.name.strip_suffix('s') == Some(list);
    match (fields.iter().find(is_list), index.parse()) {
        (Some(field), Ok(index)) if field.name == "refs" => Column::TextPart(field.name, index),
        (Some(field), Ok(index)) => Column::Part(field.name, index),
        _ => Column::Ignored,
    }
}

/// Brings the classes of both files into one order, that of the labels, and puts indices for names.
pub(super) fn unite(
    suite: &SuiteInfo,
    labels: &mut Side,
    mut predictions: Option<&mut Side>,
) -> Result<(), TableError> {
    let Some(setting) = count_setting(suite) else { return Ok(()) };
    let found = predictions.as_mut().and_then(|side| side.classes.take());
    if let (Some(order), Some(found), Some(predictions)) = (&labels.classes, &found, predictions) {
        reorder(predictions, order, found)?;
    }
    let Some(classes) = labels.classes.take().or(found) else { return Ok(()) };
    let places: HashMap<&str, usize> = classes.iter().map(String::as_str).zip(0..).collect();
    for row in &mut labels.rows {
        let Some(cell) = row.cells.get_mut("label") else { continue };
        let name = name_of(cell).filter(|_| !cell.is_null());
        match name.as_deref().and_then(|name| places.get(name)) {
            Some(place) => *cell = Value::from(*place),
            None if cell.is_string() => {
                let what = format!("no column is named after the class {cell}");
                return Err(wrong(
                    row.place.as_str(),
                    what,
                    "predict a score for every class, or check the name",
                ));
            }
            None => {}
        }
    }
    let settings = labels.settings.get_or_insert_with(Map::new);
    settings.entry(setting).or_insert_with(|| Value::from(classes.len()));
    Ok(())
}

/// Puts the scores of each row into the order in which the labels name the classes.
fn reorder(side: &mut Side, order: &[String], found: &[String]) -> Result<(), TableError> {
    let places: HashMap<&str, usize> = found.iter().map(String::as_str).zip(0..).collect();
    let order: Vec<Option<usize>> = order.iter().map(|name| places.get(name.as_str()).copied()).collect();
    if order.len() != found.len() || order.contains(&None) {
        let what = "its classes are not those of the labels";
        return Err(wrong(line_place(&side.file, 1), what, "name the same classes in both headers"));
    }
    for row in &mut side.rows {
        if let Some(Value::Array(scores)) = row.cells.get_mut("scores") {
            *scores = order.iter().flatten().map(|at| scores[*at].clone()).collect();
        }
    }
    Ok(())
}
