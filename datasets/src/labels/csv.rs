//! `labels.csv`: a row per item, or for boxes and segments a row per object.

use std::collections::HashMap;
use std::path::Path;

use egret_contract::{AnswerContract, PartKind, Search};

use super::columns;
use super::identities::Identities;
use super::objects::Collected;
use super::reading::{Claim, Common, Reading, Wrong, check_group};
use super::set::{Parts, Place};
use super::table::{Row, Spec, Table};
use super::truths::Columns;
use crate::{LabelFiles, Problem, SplitRule, TaskManifest};

/// Reads the table of a task's labels.
pub(super) fn read(reading: &mut Reading<'_>, file: &Path, problems: &mut Vec<Problem>) {
    let task = reading.task;
    let known = columns::known(&task.labels, &task.answer);
    let required = columns::required(&task.labels, &task.answer);
    let spec = Spec { files: &task.labels, known: &known, required: &required, lenient: false };
    let Some(table) = Table::open(reading.dir, file, &spec, problems) else { return reading.give_up() };
    let Some(places) = places(task, &table) else {
        let remedy = "add a column `text`, or `file` with the names of text files";
        problems.push(Problem::at_line(file, 1, "there is no column `text`", remedy));
        return reading.give_up();
    };
    let split = table.place("split");
    check_split(&task.split, split.is_some(), file, problems);
    let mut rows = Rows {
        id: table.place("id"),
        // One complaint about the column is enough.
        split: split.filter(|_| task.split == SplitRule::Column),
        group: table.place("group"),
        columns: Columns::of(&task.labels, &task.answer, &table),
        identities: retrieval(&task.answer).then(|| Identities::new(&table)),
        collected: Collected::default(),
        by_parts: HashMap::new(),
        places,
    };
    if !matches!(rows.places.as_slice(), [Place::File(_)]) {
        let (places, column_count) = (rows.places.clone(), table.column_count);
        reading.set.parts = Parts::Row { file: file.to_path_buf(), column_count, places };
    }
    table.rows(problems, |row, problems| {
        if let Err(wrong) = rows.take(reading, row) {
            let each = wrong.into_iter().map(|(what, remedy)| Problem::at_line(file, row.line, what, remedy));
            problems.extend(each);
        }
    });
    rows.collected.finish(&mut reading.set);
    if let Some(identities) = rows.identities {
        reading.set.links = identities.into_links();
    }
}

fn retrieval(answer: &AnswerContract) -> bool {
    matches!(answer, AnswerContract::Embedding(answer) if matches!(answer.search, Search::Retrieval { .. }))
}

/// Where the parts of items are; `None` if a column is missing that need not be there by itself.
fn places(task: &TaskManifest, table: &Table) -> Option<Vec<Place>> {
    let LabelFiles { parts, .. } = &task.labels;
    let kinds = task.input.parts.iter().map(|part| matches!(part.kind, PartKind::Text(_)));
    let place = |(text, column): (bool, &String)| match table.place(column) {
        Some(place) if text => Some(Place::Text(place)),
        Some(place) => Some(Place::File(place)),
        None => table.place("file").map(Place::File),
    };
    kinds.zip(parts).map(place).collect()
}

fn check_split(rule: &SplitRule, has_split: bool, file: &Path, problems: &mut Vec<Problem>) {
    let (what, remedy) = match (rule, has_split) {
        (SplitRule::Column, false) => (
            "there is no column `split`, and task.toml has no [split]",
            "add the column (sample, public, private), or [split] with weights and a seed",
        ),
        (SplitRule::Ratio { .. }, true) => {
            ("there is a column `split`, and task.toml has [split] too", "remove one of them")
        }
        _ => return,
    };
    problems.push(Problem::at_line(file, 1, what, remedy));
}

struct Rows {
    places: Vec<Place>,
    id: Option<usize>,
    split: Option<usize>,
    group: Option<usize>,
    columns: Columns,
    identities: Option<Identities>,
    collected: Collected,
    /// The items of objects, by the fields of their parts.
    by_parts: HashMap<Box<str>, u32>,
}

impl Rows {
    /// Makes sense of one row, or says everything that is wrong with it.
    fn take(&mut self, reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), Wrong> {
        let Columns::Objects(objects) = &self.columns else {
            return self.item(reading, row).map(drop);
        };
        let said = objects.read(reading, row).map_err(|wrong| vec![wrong]);
        let parts: Vec<&str> = self.places.iter().map(|place| row.raw(place.column())).collect();
        let parts = parts.join("\0");
        let item = match self.by_parts.get(parts.as_str()) {
            Some(item) => {
                self.same(reading, row, *item)?;
                *item
            }
            None => {
                let item = self.item(reading, row)?;
                // A row that skips what is wrong with it has no item.
                let Some(item) = item else { return said.map(drop) };
                self.by_parts.insert(parts.into(), item);
                item
            }
        };
        let (object, size) = said?;
        self.collected.add(item, row.line, object.as_ref(), size)
    }

    /// Whether a further row of an item says the same of it.
    fn same(&self, reading: &Reading<'_>, row: &Row<'_>, item: u32) -> Result<(), Wrong> {
        let line = reading.set.line(item);
        let differs = |what: &str| {
            (format!("{what} differs from line {line}, of the same item"), "say the same".into())
        };
        let mut wrong = Wrong::new();
        match self.split.map(|at| reading.split(row.text(at))) {
            Some(Ok(split)) if split == reading.set.stated_split(item) => {}
            Some(Err(what)) => wrong.push(what),
            Some(Ok(_)) => wrong.push(differs("the split")),
            None => {}
        }
        if self.group.is_some() && row.maybe(self.group) != reading.group_of(item) {
            wrong.push(differs("the group"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Adds the item of a row; `None` if it is one that is left out.
    fn item(&mut self, reading: &mut Reading<'_>, row: &Row<'_>) -> Result<Option<u32>, Wrong> {
        let mut wrong = Wrong::new();
        let id = self.claim(reading, row, &mut wrong);
        let split = self.split.map(|at| reading.split(row.text(at))).transpose();
        let split = split.unwrap_or_else(|what| {
            wrong.push(what);
            None
        });
        if let Err(what) = check_group(row.maybe(self.group)) {
            wrong.push(what);
        }
        let linked = self.identities.as_mut().map(|identities| identities.read(row)).transpose();
        let linked = linked.unwrap_or_else(|what| {
            wrong.push(what);
            None
        });
        let label = self.columns.label(reading, row).map_err(|what| wrong.extend(what));
        let (Some(id), Ok(label), true) = (id, label, wrong.is_empty()) else { return Err(wrong) };
        let mut common = Common {
            line: row.line,
            row_at: row.at,
            split: split.flatten(),
            group: row.maybe(self.group),
            ..Common::default()
        };
        common.key = match self.places.as_slice() {
            [Place::Text(at)] => row.text(*at),
            _ => &id,
        };
        if let Some(linked) = linked {
            let Some(role) = linked.role else { return Ok(None) };
            common.role = Some(role);
            // Who is asked for in one split is not found in another.
            if common.group.is_empty() {
                common.group = linked.identity;
            }
        }
        let item = reading.push(&id, &common, &label);
        if let Some(identities) = &mut self.identities {
            identities.keep(row);
        }
        Ok(Some(item))
    }

    /// Claims the files of a row; the item's id, unless something is wrong.
    fn claim(&self, reading: &mut Reading<'_>, row: &Row<'_>, wrong: &mut Wrong) -> Option<String> {
        let kinds = reading.task.input.parts.iter().map(|part| matches!(part.kind, PartKind::Video(_)));
        let mut id = None;
        for (place, video) in self.places.iter().zip(kinds) {
            let Place::File(at) = place else { continue };
            let claim = match (self.places.len(), video) {
                (1, true) => Claim::Folder,
                (1, false) => Claim::File,
                (_, folder) => Claim::Shared { folder },
            };
            match reading.claim(row.text(*at), row.line, claim) {
                Ok(file) => id = Some(file),
                Err(what) => wrong.push(what),
            }
        }
        if let ([Place::File(_)], id) = (self.places.as_slice(), &id) {
            return id.clone();
        }
        match row.maybe(self.id) {
            "" => Some(format!("row-{}", row.line)),
            id => reading.name(id, row.line).map_err(|what| wrong.push(what)).ok(),
        }
    }
}
