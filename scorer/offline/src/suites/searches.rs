//! Suites of comparing and searching.

use egret_metrics::{copies, documents, excerpts, rankings, searches};

use super::{Input, Reading, names::Names};
use crate::{Cell, TableError};

/// Names of one row as numbers: only within it is asked which are the same.
fn within<'a>(cells: impl IntoIterator<Item = Cell<'a>>) -> Result<Names<'a>, TableError> {
    let names = cells.into_iter().map(|cell| Ok(cell.name()?.into_owned()));
    Ok(Names::occurring(names.collect::<Result<Vec<_>, TableError>>()?))
}

/// The entries of a list of lists of `N`; none where there is no list.
fn entries<const N: usize>(cell: Cell<'_>) -> Result<Vec<[Cell<'_>; N]>, TableError> {
    if cell.is_null() { Ok(Vec::new()) } else { cell.each(|entry| entry.row()) }
}

/// Scored names against the true ones, as numbers.
type Answer = (Option<Vec<(u32, f64)>>, Vec<u32>);

fn answer<'a>(found: Cell<'a>, truth: Vec<Cell<'a>>) -> Result<Answer, TableError> {
    let list = entries::<2>(found)?;
    let names = within(list.iter().map(|[name, _]| *name).chain(truth.iter().copied()))?;
    let entry = |[name, score]: [Cell<'_>; 2]| Ok((names.number(name)?, score.number()?));
    let list = list.into_iter().map(entry).collect::<Result<Vec<_>, TableError>>()?;
    let truth = truth.into_iter().map(|name| names.number(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(((!found.is_null()).then_some(list), truth))
}

pub(super) fn search_1n<'a>(
    input: &Input<'a>,
    kinds: Vec<searches::Kind>,
) -> Reading<'a, searches::Params, searches::State> {
    let rows = input.column("candidates")?.cells().zip(input.column("mate")?.cells());
    let read = |(found, mate): (Cell<'a>, Cell<'a>)| {
        let (list, mate) = answer(found, Some(mate).into_iter().filter(|mate| !mate.is_null()).collect())?;
        Ok((list, mate.first().copied()))
    };
    let rows = rows.map(read).collect::<Result<Vec<_>, TableError>>()?;
    let (answers, mates): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    Ok((searches::Params { kinds }, Box::new(move |state| state.update(&answers, &mates))))
}

pub(super) fn copy_detection<'a>(
    input: &Input<'a>,
    kinds: Vec<copies::Kind>,
) -> Reading<'a, copies::Params, copies::State> {
    let rows = input.column("preds")?.cells().zip(input.column("gt")?.cells());
    let read = |(found, truth): (Cell<'a>, Cell<'a>)| {
        let (list, mut truth) = answer(found, truth.list()?.collect())?;
        truth.sort_unstable();
        Ok((list, truth))
    };
    let rows = rows.map(read).collect::<Result<Vec<_>, TableError>>()?;
    let (answers, truth): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    Ok((copies::Params { kinds }, Box::new(move |state| state.update(&answers, &truth))))
}

pub(super) fn segment_copy<'a>(
    input: &Input<'a>,
    kinds: Vec<excerpts::Kind>,
) -> Reading<'a, excerpts::Params, excerpts::State> {
    let (mut answers, mut truth) = (Vec::new(), Vec::new());
    for (found, gold) in input.column("preds")?.cells().zip(input.column("gt")?.cells()) {
        let (list, gold) = (entries::<6>(found)?, gold.each::<_, TableError>(|entry| entry.row::<5>())?);
        let names = within(list.iter().map(|row| row[0]).chain(gold.iter().map(|row| row[0])))?;
        let excerpt = |row: &[Cell<'_>]| {
            Ok::<_, TableError>(excerpts::Excerpt {
                reference: names.number(row[0])?,
                in_query: [row[1].number()?, row[2].number()?],
                in_reference: [row[3].number()?, row[4].number()?],
            })
        };
        let one = |row: &[Cell<'_>; 6]| {
            Ok::<_, TableError>(excerpts::Found { excerpt: excerpt(row)?, score: row[5].number()? })
        };
        let list = list.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        answers.push((!found.is_null()).then_some(list));
        truth.push(gold.iter().map(|row| excerpt(row)).collect::<Result<Vec<_>, _>>()?);
    }
    Ok((excerpts::Params { kinds }, Box::new(move |state| state.update(&answers, &truth))))
}

pub(super) fn ltr<'a>(
    input: &Input<'a>,
    kinds: Vec<documents::Kind>,
) -> Reading<'a, documents::Params, documents::State> {
    let scores = input.column("scores")?.answers(|cell| cell.numbers())?;
    let gains = input.column("gains")?.each(|cell| cell.each(|gain| gain.whole::<u8>()))?;
    Ok((documents::Params { kinds }, Box::new(move |state| state.update(&scores, &gains))))
}

type List = Option<Vec<(u32, f32)>>;

/// Scores are those of trec_eval: f32.
pub(super) fn retrieval<'a>(
    input: &Input<'a>,
    kinds: Vec<rankings::Kind>,
) -> Reading<'a, rankings::Params, rankings::State> {
    let rows: Vec<(List, rankings::Query)> = if input.has("dist") {
        distances(input)?
    } else if input.has("predicted") {
        let rows = input.column("predicted")?.cells().zip(input.column("actual")?.cells());
        rows.map(|(found, truth)| in_order(found, truth)).collect::<Result<_, _>>()?
    } else {
        let rows = input.column("run")?.cells().zip(input.column("qrels")?.cells());
        rows.map(|(found, truth)| run(found, truth)).collect::<Result<_, _>>()?
    };
    let (lists, queries): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let params = rankings::Params { list_len_max: rankings::LIST_LEN_MAX, kinds };
    Ok((params, Box::new(move |state| state.update(&lists, &queries))))
}

/// Scored documents. Among equal scores the last name by its bytes comes first, as trec_eval has it.
fn run(found: Cell<'_>, truth: Cell<'_>) -> Result<(List, rankings::Query), TableError> {
    let list = entries::<2>(found)?;
    let mut names = Vec::new();
    for [name, _] in &list {
        names.push(name.name()?.into_owned());
    }
    names.extend(truth.parts()?.map(|(name, _)| name.to_owned()));
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.dedup();
    let number = |name: &str| names.partition_point(|other| other.as_str() > name) as u32;
    let entry = |[name, score]: [Cell<'_>; 2]| Ok((number(&name.name()?), score.number()? as f32));
    let list = list.into_iter().map(entry).collect::<Result<Vec<_>, TableError>>()?;
    let mut query = rankings::Query::default();
    for (name, grade) in truth.parts()? {
        // A negative grade takes the document out of the pool, as if it had none.
        if grade.number()? >= 0.0 {
            query.judged.push((number(name), grade.whole()?));
        }
    }
    Ok(((!found.is_null()).then_some(list), query))
}

/// Documents, the best first, against those that are relevant.
fn in_order(found: Cell<'_>, truth: Cell<'_>) -> Result<(List, rankings::Query), TableError> {
    let list: Vec<Cell<'_>> = if found.is_null() { Vec::new() } else { found.list()?.collect() };
    let names = within(list.iter().copied().chain(truth.list()?))?;
    let placed = |(place, name): (usize, Cell<'_>)| Ok((names.number(name)?, -(place as f32)));
    let list = list.into_iter().enumerate().map(placed).collect::<Result<Vec<_>, TableError>>()?;
    let judged = truth.each(|name| Ok::<_, TableError>((names.number(name)?, 1)))?;
    Ok(((!found.is_null()).then_some(list), rankings::Query { judged, excluded: Vec::new() }))
}

/// Distances to every item of the gallery. What is nobody's, and what the same camera saw of the same identity, does not count.
fn distances(input: &Input<'_>) -> Result<Vec<(List, rankings::Query)>, TableError> {
    let names = |setting: &'static str| {
        let setting = input.setting(setting);
        if setting.is_null() {
            return Err(setting.error("it is missing", "list what each item of the gallery has"));
        }
        setting.each(|cell| Ok::<_, TableError>(cell.name()?.into_owned()))
    };
    let cameras = names("gallery_cam")?;
    let nobody = input
        .setting("gallery_pid")
        .each(|cell| Ok::<_, TableError>(cell.number().is_ok_and(|n| n < 0.0)))?;
    let persons = names("gallery_pid")?;
    if persons.len() != cameras.len() {
        let what = format!("{} entries for {} of `gallery_pid`", cameras.len(), persons.len());
        return Err(input.setting("gallery_cam").error(what, "give each item one of both"));
    }
    let columns = (input.column("dist")?, input.column("pid")?, input.column("cam")?);
    let mut rows = Vec::new();
    for ((found, person), camera) in columns.0.cells().zip(columns.1.cells()).zip(columns.2.cells()) {
        let list = if found.is_null() { None } else { Some(found.numbers()?) };
        if let Some(list) = list.as_ref().filter(|list| list.len() != persons.len()) {
            let what = format!("{} distances to a gallery of {}", list.len(), persons.len());
            return Err(found.error(what, "give one to each item of the gallery"));
        }
        let (person, camera) = (person.name()?, camera.name()?);
        let mut query = rankings::Query::default();
        for (item, other) in persons.iter().enumerate() {
            let same = *other == *person;
            if nobody[item] || same && cameras[item] == *camera {
                query.excluded.push(item as u32);
            } else if same {
                query.judged.push((item as u32, 1));
            }
        }
        let list = list.map(|list| (0..).zip(list.into_iter().map(|distance| -distance as f32)).collect());
        rows.push((list, query));
    }
    Ok(rows)
}
