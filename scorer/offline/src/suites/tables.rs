//! Suites of tables.

use egret_metrics::{
    ClassesParams, ClassesPredictions, ClassesState, Metric, binary, features, identities, languages,
    multilabel, pairs, values,
};

use super::{Input, Reading, ScoreError, State, names::Names};
use crate::{Cell, Column, TableError};

/// Most numbers in one column of rows of numbers, gaps included: 2 GiB of them.
pub const NUMBER_COUNT_MAX: u64 = 1 << 28;

/// Classes as indices: written so, or by names.
struct Classes<'a> {
    names: Option<Names<'a>>,
    count: u32,
}

impl<'a> Classes<'a> {
    /// `setting`: how many there are, or their names in the order of their indices. Where it is not given, there are as many as
    /// scores in a row, or as needed for the largest index.
    fn of(
        input: &Input<'a>,
        setting: &'static str,
        columns: &[Column<'a>],
        scores: Option<Column<'a>>,
    ) -> Result<Self, TableError> {
        let setting = input.setting(setting);
        if setting.is_list() {
            let names = Names::listed(setting)?;
            return Ok(Self { count: names.count(), names: Some(names) });
        }
        let given = || columns.iter().flat_map(|column| column.cells()).filter(|cell| !cell.is_null());
        let largest = given().map(|cell| cell.whole::<u32>()).try_fold(0, |max, index| Ok(max.max(index?)));
        let least = match (&largest, scores.map(width).transpose()?.flatten()) {
            (_, Some(width)) => width,
            (Ok(largest), None) => largest.saturating_add(1),
            (Err::<_, TableError>(_), None) => 0,
        };
        let count = || if setting.is_null() { Ok(least.max(2)) } else { setting.whole() };
        match (largest, scores) {
            (Ok(_), _) => Ok(Self { names: None, count: count()? }),
            (Err(_), Some(_)) => {
                Err(setting.error("classes are named", "list the names here, in the order of the scores"))
            }
            (Err(_), None) => {
                let names = given().map(|cell| Ok(cell.name()?.into_owned()));
                let names = Names::occurring(names.collect::<Result<Vec<_>, TableError>>()?);
                let count = if setting.is_null() { names.count().max(2) } else { setting.whole()? };
                Ok(Self { names: Some(names), count })
            }
        }
    }

    fn index(&self, cell: Cell<'_>) -> Result<u32, TableError> {
        match &self.names {
            Some(names) => names.number(cell),
            None => cell.whole(),
        }
    }
}

/// Numbers of the first row that has some.
fn width(column: Column<'_>) -> Result<Option<u32>, TableError> {
    let first = column.cells().find(Cell::is_list);
    first.map(|cell| Ok(cell.list()?.len() as u32)).transpose()
}

/// Rows of `width` numbers one after the other, and which rows have some.
fn matrix(column: Column<'_>, width: u32) -> Result<(Vec<f64>, Vec<bool>), TableError> {
    let (mut numbers, mut answered) = (Vec::new(), Vec::new());
    for (cell, row) in column.cells().zip(1..) {
        check_count(cell, row, width)?;
        answered.push(!cell.is_null());
        if cell.is_null() {
            numbers.resize(numbers.len() + width as usize, 0.0);
            continue;
        }
        let row = if cell.is_list() { cell.numbers()? } else { vec![cell.number()?] };
        if row.len() != width as usize {
            let what = format!("{} numbers where {width} are needed", row.len());
            return Err(cell.error(what, "give each row as many"));
        }
        numbers.extend(row);
    }
    Ok((numbers, answered))
}

/// A gap takes as much room as a row of numbers, so that few bytes could ask for any amount.
fn check_count(cell: Cell<'_>, row: u64, width: u32) -> Result<(), TableError> {
    let count = row * u64::from(width);
    if count > NUMBER_COUNT_MAX {
        let what = format!("{count} numbers in a column; allowed are {NUMBER_COUNT_MAX}");
        return Err(cell.error(what, "score fewer rows, or fewer numbers in each"));
    }
    Ok(())
}

pub(super) fn classification(input: &Input<'_>, metrics: &[Metric]) -> Result<State, ScoreError> {
    let needs_scores = metrics.iter().any(|metric| metric.info().needs_scores);
    let labels = input.column("label")?;
    let with_scores = needs_scores || !input.has("pred");
    let answers = input.column(if with_scores { "scores" } else { "pred" })?;
    let (named, scores) =
        if with_scores { (vec![labels], Some(answers)) } else { (vec![labels, answers], None) };
    let classes = Classes::of(input, "classes", &named, scores)?;
    let labels = labels.each(|cell| classes.index(cell))?;
    let params = ClassesParams { class_count: classes.count, metrics: metrics.to_vec() };
    let mut state = ClassesState::new(params.clone())?;
    if with_scores {
        let (scores, answered) = matrix(answers, classes.count)?;
        let predictions = ClassesPredictions::SomeScoresF64 { scores: &scores, answered: &answered };
        state.update(predictions, &labels)?;
    } else {
        let indices = answers.answers(|cell| classes.index(cell))?;
        state.update(ClassesPredictions::Indices(&indices), &labels)?;
    }
    Ok(State::Classes(params, state))
}

pub(super) fn binary<'a>(
    input: &Input<'a>,
    kinds: Vec<binary::Kind>,
) -> Reading<'a, binary::Params, binary::State> {
    let (scores, labels) = two_classes(input)?;
    Ok((binary::Params { kinds }, Box::new(move |state| state.update(&scores, &labels))))
}

pub(super) fn verification<'a>(
    input: &Input<'a>,
    kinds: Vec<pairs::Kind>,
) -> Reading<'a, pairs::Params, pairs::State> {
    let (scores, labels) = two_classes(input)?;
    Ok((pairs::Params { kinds }, Box::new(move |state| state.update(&scores, &labels))))
}

type TwoClasses = (Vec<Option<f64>>, Vec<bool>);

/// Scores of the positive class, and which items are of it. A row of two scores has it in second place.
fn two_classes(input: &Input<'_>) -> Result<TwoClasses, TableError> {
    let score = |cell: Cell<'_>| if cell.is_list() { cell.row::<2>()?[1].number() } else { cell.number() };
    let positive = input.setting("positive");
    let label = |cell: Cell<'_>| {
        if positive.is_null() { cell.flag() } else { Ok(cell.name()? == positive.name()?) }
    };
    Ok((input.column("score")?.answers(score)?, input.column("label")?.each(label)?))
}

pub(super) fn multilabel<'a>(
    input: &Input<'a>,
    kinds: Vec<multilabel::Kind>,
) -> Reading<'a, multilabel::Params, multilabel::State> {
    let (scores, labels) = (input.column("scores")?, input.column("labels")?);
    let classes = Classes::of(input, "classes", &[], Some(scores))?;
    // Names in the list of a row are its classes; without names it has one flag per class.
    let row = |cell: Cell<'_>| {
        let named =
            classes.names.as_ref().filter(|_| cell.list().is_ok_and(|mut list| list.any(|c| c.is_text())));
        if let Some(names) = named {
            let mut row: Vec<u32> = cell.each(|name| names.number(name))?;
            row.sort_unstable();
            return Ok(row);
        }
        let flags = cell.each(|flag| flag.flag())?;
        if !flags.is_empty() && flags.len() != classes.count as usize {
            let what = format!("{} labels where {} are needed", flags.len(), classes.count);
            return Err(cell.error(what, "give one per class"));
        }
        Ok((0..).zip(flags).filter(|(_, is_there)| *is_there).map(|(class, _)| class).collect())
    };
    let labels = labels.each(row)?;
    let (scores, answered) = matrix(scores, classes.count)?;
    let threshold = input.setting("threshold").number()?;
    let params = multilabel::Params { class_count: classes.count, threshold, kinds };
    let add = move |state: &mut multilabel::State| {
        state.update(multilabel::Scores::F64(&scores), &answered, &labels)
    };
    Ok((params, Box::new(add)))
}

pub(super) fn regression<'a>(
    input: &Input<'a>,
    kinds: Vec<values::Kind>,
) -> Reading<'a, values::Params, values::State> {
    let (found, truth) = (input.column("pred")?, input.column("target")?);
    let value_count = input.width("values", || Ok(width(truth)?.unwrap_or(1)))?;
    let (found, answered) = matrix(found, value_count)?;
    let (truth, _) = matrix(truth, value_count)?;
    let params = values::Params { value_count, kinds };
    Ok((params, Box::new(move |state| state.update(&found, &answered, &truth))))
}

pub(super) fn open_set_id<'a>(
    input: &Input<'a>,
    kinds: Vec<identities::Kind>,
) -> Reading<'a, identities::Params, identities::State> {
    let (found, truth) = (input.column("pred")?, input.column("gt")?);
    let name = |cell: Cell<'_>| Ok::<_, TableError>(cell.name()?.into_owned());
    let occurring = found.answers(name)?.into_iter().chain(truth.answers(name)?);
    // Only whether two are the same is asked, so every part of a set may number them in its own way.
    let names = Names::occurring(occurring.flatten());
    let found = found.answers(|cell| names.number(cell))?;
    let scores = input.column("score")?.answers(|cell| cell.number())?;
    let mut answers = Vec::with_capacity(found.len());
    for ((identity, score), cell) in found.into_iter().zip(scores).zip(input.column("score")?.cells()) {
        answers.push(match (identity, score) {
            (None, _) => None,
            (Some(identity), Some(score)) => Some(identities::Answer { identity, score }),
            (Some(_), None) => return Err(cell.error("an answer has no score", "give it one").into()),
        });
    }
    let truth = truth.answers(|cell| names.number(cell))?;
    Ok((identities::Params { kinds }, Box::new(move |state| state.update(&answers, &truth))))
}

pub(super) fn language_id<'a>(
    input: &Input<'a>,
    kinds: Vec<languages::Kind>,
) -> Reading<'a, languages::Params, languages::State> {
    let (scores, labels) = (input.column("scores")?, input.column("label")?);
    let classes = Classes::of(input, "languages", &[labels], Some(scores))?;
    let labels = labels.answers(|cell| classes.index(cell))?;
    let (scores, answered) = matrix(scores, classes.count)?;
    let prior = input.setting("p_target").number()?;
    let params = languages::Params { language_count: classes.count, prior, kinds };
    Ok((params, Box::new(move |state| state.update(&scores, &answered, &labels))))
}

pub(super) fn frechet<'a>(
    input: &Input<'a>,
    kinds: Vec<features::Kind>,
) -> Reading<'a, features::Params, features::State> {
    let column = input.column("feat")?;
    let feature_count = input.width("features", || Ok(width(column)?.unwrap_or(1)))?;
    let rows = column.each(|cell| cell.numbers())?;
    let sets = input.column("set")?.each(|cell| match cell.text()? {
        "real" => Ok(features::Set::Real),
        "fake" => Ok(features::Set::Generated),
        other => Err(cell.error(format!("`{other}` is no set"), "write real or fake")),
    })?;
    let params = features::Params { feature_count, kinds };
    Ok((params, Box::new(move |state| state.update(&rows, &sets))))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::cell::Place;

    #[test]
    fn numbers_of_a_column_are_bounded_on_both_sides() {
        let check = |row, width| {
            check_count(Cell::new(&Value::Null, Place::Row { row: 0, column: "scores" }), row, width)
        };
        assert!(check(NUMBER_COUNT_MAX / 4, 4).is_ok() && check(1, 1 << 28).is_ok());
        assert!(check(NUMBER_COUNT_MAX / 4 + 1, 4).is_err() && check(1, (1 << 28) + 1).is_err());
    }
}
