//! Which column of a CSV file is what: one column per field, or a list that is spread over many.

use std::collections::{BTreeMap, HashMap, HashSet};

use csv::StringRecord;
use egret_metrics::{Field, SuiteInfo};
use serde_json::{Map, Value};

use super::cells::name_of;
use super::rows::{Classes, KEYS, Side};
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
    pub classes: Option<Classes>,
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
    let mut classes = Classes { field: field.name, names: Vec::new() };
    for (column, name) in columns.iter_mut().zip(header) {
        if *column == Column::Ignored && !name.is_empty() {
            *column = Column::Class(field.name);
            classes.names.push(name.to_owned());
        }
    }
    let classes = Some(classes).filter(|classes| !classes.names.is_empty());
    Ok(Layout { columns, classes })
}

/// Whether a field holds a number for each class of the suite.
fn has_classes(suite: &SuiteInfo, field: &Field) -> bool {
    count_setting(suite).is_some() && ["scores", "labels"].contains(&field.name)
}

/// The setting that says how many classes there are, or lists them, where an item has a number for each.
fn count_setting(suite: &SuiteInfo) -> Option<&'static str> {
    let has_numbers = |fields: &[Field]| fields.iter().any(|field| field.name == "scores");
    let is_count = |field: &&Field| ["classes", "languages", "n_langs"].contains(&field.name);
    let setting = suite.settings.iter().find(is_count).map(|field| field.name);
    setting.filter(|_| has_numbers(suite.predictions))
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
    if let Some(name) = KEYS.into_iter().find(|key| *key == name) {
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

/// Brings the classes of both files into one order, that of a setting which lists them, or else that of the labels. Names of
/// classes become indices where no setting lists them.
pub(super) fn unite(
    suite: &SuiteInfo,
    settings: &Map<String, Value>,
    labels: &mut Side,
    mut predictions: Option<&mut Side>,
) -> Result<(), TableError> {
    let Some(setting) = count_setting(suite) else { return Ok(()) };
    let listed = settings.get(setting).and_then(Value::as_array);
    let listed: Option<Vec<String>> = listed.map(|names| names.iter().filter_map(name_of).collect());
    if let Some(order) = &listed
        && let Some(found) = labels.classes.take()
    {
        reorder(labels, order, &found)?;
    }
    let found = predictions.as_mut().and_then(|side| side.classes.take());
    let order = listed.as_ref().or(labels.classes.as_ref().map(|classes| &classes.names));
    if let (Some(order), Some(found), Some(predictions)) = (order, &found, predictions) {
        reorder(predictions, order, found)?;
    }
    let classes = labels.classes.take().or(found).filter(|_| listed.is_none());
    let Some(Classes { names: classes, .. }) = classes else { return Ok(()) };
    let places: HashMap<&str, usize> = classes.iter().map(String::as_str).zip(0..).collect();
    let mut unknown = None;
    for (row, cell) in labels.column("label").into_iter().flatten().enumerate() {
        match name_of(cell).and_then(|name| places.get(name.as_str())) {
            Some(place) => *cell = Value::from(*place),
            None if cell.is_string() && unknown.is_none() => unknown = Some((row, cell.clone())),
            None => {}
        }
    }
    if let Some((row, name)) = unknown {
        let what = format!("no column is named after the class {name}");
        return Err(wrong(labels.place(row), what, "predict a score for every class, or check the name"));
    }
    let settings = labels.settings.get_or_insert_with(Map::new);
    settings.entry(setting).or_insert_with(|| Value::from(classes.len()));
    Ok(())
}

/// Puts the numbers of each row into an order of the classes.
fn reorder(side: &mut Side, order: &[String], found: &Classes) -> Result<(), TableError> {
    let places: HashMap<&str, usize> = found.names.iter().map(String::as_str).zip(0..).collect();
    let order: Vec<Option<usize>> = order.iter().map(|name| places.get(name.as_str()).copied()).collect();
    if order.len() != found.names.len() || order.contains(&None) {
        let what = "its classes are not those of the labels or of the setting";
        return Err(wrong(line_place(&side.file, 1), what, "name the same classes in the headers"));
    }
    for cell in side.column(found.field).into_iter().flatten() {
        if let Value::Array(numbers) = cell {
            *numbers = order.iter().flatten().map(|at| numbers[*at].clone()).collect();
        }
    }
    Ok(())
}
