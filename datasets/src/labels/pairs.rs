//! `trials.csv` and `relevance.csv`: what items have to do with one another.

use std::collections::HashMap;
use std::path::Path;

use super::columns;
use super::reading::{Claim, Common, Reading};
use super::set::{EXCLUDED, ItemSet, Label, Links, Role};
use super::table::{Row, Spec, Table};
use super::truths::truth;
use crate::manifest::nearest;
use crate::{LabelSource, Problem, Split, SplitRule, TaskManifest};

/// Names that are compared when an item is not found.
const SUGGESTIONS_MAX: usize = 10_000;

fn open(
    dir: &Path,
    task: &TaskManifest,
    file: &Path,
    known: &[&str],
    required: usize,
    problems: &mut Vec<Problem>,
) -> Option<Table> {
    let required: Vec<String> = known[..required].iter().map(|name| (*name).to_owned()).collect();
    let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
    let spec = Spec { files: &task.labels, known: &known, required: &required, lenient: false };
    Table::open(dir, file, &spec, problems)
}

/// Makes an item of every file that a trial names, where nothing else lists them.
pub(super) fn items(reading: &mut Reading<'_>, file: &Path, problems: &mut Vec<Problem>) {
    let table = open(reading.dir, reading.task, file, &columns::TRIALS, 3, problems);
    let Some(table) = table else { return reading.give_up() };
    let (first, second) = (table.required("first"), table.required("second"));
    let split = table.place("split");
    if split.is_none() && reading.task.split == SplitRule::Column {
        let what = "there is no column `split`, and task.toml has no [split]";
        let remedy = "add the column, or [split] with weights and a seed, or a labels.csv with file,split";
        problems.push(Problem::at_line(file, 1, what, remedy));
    }
    let mut seen: HashMap<String, Option<u32>> = HashMap::new();
    table.rows(problems, |row, problems| {
        let mut note = |(what, remedy)| problems.push(Problem::at_line(file, row.line, what, remedy));
        let stated = split.map(|split| reading.split(row.text(split)));
        let stated = stated.transpose().map_err(&mut note).unwrap_or(None).flatten();
        for name in [row.text(first), row.text(second)] {
            if seen.contains_key(name) {
                continue;
            }
            let item = match reading.claim(name, row.line, Claim::File) {
                Ok(id) => {
                    let common = Common { line: row.line, split: stated, key: &id, ..Common::default() };
                    Some(reading.push(&id, &common, &Label::Linked))
                }
                Err(wrong) => {
                    note(wrong);
                    None
                }
            };
            seen.insert(name.to_owned(), item);
        }
    });
}

/// Numbers of items by their ids.
struct Index<'s> {
    set: &'s ItemSet,
    numbers: HashMap<&'s str, u32>,
}

impl<'s> Index<'s> {
    fn of(set: &'s ItemSet) -> Self {
        Self { set, numbers: set.numbers().map(|item| (set.id(item), item)).collect() }
    }

    fn item(&self, name: &str) -> Result<u32, (String, String)> {
        self.numbers.get(name).copied().ok_or_else(|| {
            let names = self.set.numbers().take(SUGGESTIONS_MAX).map(|item| self.set.id(item));
            let remedy = match nearest(name, names) {
                Some(nearest) => format!("did you mean \"{nearest}\"?"),
                None => "list it in the labels, or remove the row".into(),
            };
            (format!("there is no item \"{name}\""), remedy)
        })
    }
}

/// Reads the trials of a verification task.
pub(super) fn trials(dir: &Path, task: &TaskManifest, set: &ItemSet, problems: &mut Vec<Problem>) -> Links {
    let Some(file) = &task.labels.trials else {
        let remedy =
            "write trials.csv with the columns first,second,target, or name it in `trials` of [labels]";
        problems.push(Problem::of_file(task.folder(), "there are no trials", remedy));
        return Links::None;
    };
    let Some(table) = open(dir, task, file, &columns::TRIALS, 3, problems) else { return Links::None };
    let [first, second, target] = ["first", "second", "target"].map(|name| table.required(name));
    // Where trials list the items, they give them their splits too.
    let stated = table.place("split").filter(|_| task.labels.source != LabelSource::Trials);
    let index = Index::of(set);
    let mut lines: HashMap<(u32, u32), u32> = HashMap::new();
    let mut trials = Vec::new();
    let trial = |row: &Row<'_>| -> Result<(u32, u32, bool), (String, String)> {
        let (a, b) = (index.item(row.text(first))?, index.item(row.text(second))?);
        if a == b {
            return Err(("the trial compares an item with itself".into(), "remove the row".into()));
        }
        let (split, other) = (set.split(a), set.split(b));
        if split != other {
            let what = format!("\"{}\" is in {split}, \"{}\" in {other}", set.id(a), set.id(b));
            return Err((what, "let a trial be of one split; a common `group` keeps items together".into()));
        }
        if let Some(text) = stated.map(|stated| row.text(stated))
            && Split::parse(text) != Some(split)
        {
            let what = format!("the trial is of \"{text}\", its items are in {split}");
            return Err((what, "say the same in both files, or leave the column out here".into()));
        }
        if row.text(target).is_empty() {
            return Err(("the target is empty".into(), "write 1 or 0".into()));
        }
        Ok((a, b, truth(row.text(target))?))
    };
    table.rows(problems, |row, problems| match trial(row) {
        Ok((a, b, target)) => match lines.insert((a.min(b), a.max(b)), row.line) {
            None => trials.push((a, b, target)),
            Some(line) => {
                let what = format!("the trial is listed twice, first in line {line}");
                problems.push(Problem::at_line(file, row.line, what, "remove one of the rows"));
            }
        },
        Err((what, remedy)) => problems.push(Problem::at_line(file, row.line, what, remedy)),
    });
    let trialled: Vec<Split> = trials.iter().map(|(a, ..)| set.split(*a)).collect();
    for split in Split::ALL {
        if set.numbers().any(|item| set.split(item) == split) && !trialled.contains(&split) {
            let what = format!("no trial is in the split {split}");
            problems.push(Problem::of_file(file, what, "add some, or leave its items out"));
        }
    }
    Links::Trials(trials)
}

/// Reads which gallery items queries should find.
pub(super) fn relevance(
    dir: &Path,
    task: &TaskManifest,
    file: &Path,
    set: &ItemSet,
    problems: &mut Vec<Problem>,
) -> Links {
    let Some(table) = open(dir, task, file, &columns::RELEVANCE, 3, problems) else { return Links::None };
    let [query, item, grade] = columns::RELEVANCE.map(|name| table.required(name));
    let index = Index::of(set);
    let before = problems.len();
    let mut judged: Vec<(u32, u32, i16, u32)> = Vec::new();
    let judgement = |row: &Row<'_>| -> Result<(u32, u32, i16, u32), (String, String)> {
        let (query, item) = (index.item(row.text(query))?, index.item(row.text(item))?);
        for (item, role, word) in [(query, Role::Query, "a query"), (item, Role::Gallery, "a gallery item")] {
            if set.role(item) != Some(role) {
                return Err((
                    format!("\"{}\" is not {word}", set.id(item)),
                    "correct its role, or the row".into(),
                ));
            }
        }
        let (split, other) = (set.split(query), set.split(item));
        if split != other {
            let what = format!("the query is in {split}, the gallery item in {other}");
            return Err((what, "let both be of one split; a common `group` keeps items together".into()));
        }
        let grade = row.text(grade);
        let number = grade.parse::<i16>().ok().filter(|grade| (EXCLUDED..=255).contains(grade));
        let remedy = "write 1 to 255, 0 for judged and irrelevant, or -1 for dropped from the list";
        let number = number.ok_or_else(|| (format!("the grade is \"{grade}\""), remedy.to_owned()))?;
        Ok((query, item, number, row.line))
    };
    table.rows(problems, |row, problems| match judgement(row) {
        Ok(judgement) => judged.push(judgement),
        Err((what, remedy)) => problems.push(Problem::at_line(file, row.line, what, remedy)),
    });
    let sound = problems.len() == before;
    judged.sort_unstable_by_key(|&(query, item, _, line)| (query, item, line));
    for pair in judged.windows(2).filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
        let what = format!("the pair is listed twice, first in line {}", pair[0].3);
        problems.push(Problem::at_line(file, pair[1].3, what, "remove one of the rows"));
    }
    let mut relevant =
        judged.iter().filter(|(_, _, grade, _)| *grade > 0).map(|(query, ..)| *query).peekable();
    for query in set.numbers().filter(|item| set.role(*item) == Some(Role::Query)) {
        let mut found = false;
        while relevant.next_if(|of| *of == query).is_some() {
            found = true;
        }
        // Its rows may be those that have a problem.
        if !found && sound {
            let what = format!("the query \"{}\" has no match", set.id(query));
            problems.push(Problem::of_file(
                file,
                what,
                "add a row with a grade of 1 or more, or remove the query",
            ));
        }
    }
    Links::Relevance(judged.into_iter().map(|(query, item, grade, _)| (query, item, grade)).collect())
}
