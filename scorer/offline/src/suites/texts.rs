//! Suites of texts.

use egret_metrics::{captions, text, translations};

use super::{Input, Reading};
use crate::{Cell, TableError};

pub(super) fn transcript<'a>(
    input: &Input<'a>,
    kinds: Vec<text::Kind>,
) -> Reading<'a, text::Params, text::State> {
    let found = input.column("hyp")?.answers(|cell| cell.text())?;
    let truth = input.column("ref")?.each(|cell| cell.text())?;
    Ok((text::Params { kinds }, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn mt<'a>(
    input: &Input<'a>,
    kinds: Vec<translations::Kind>,
) -> Reading<'a, translations::Params, translations::State> {
    let found = input.column("hyp")?.answers(|cell| cell.text())?;
    let truth = input.column("refs")?.each(texts)?;
    Ok((translations::Params { kinds }, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn caption<'a>(
    input: &Input<'a>,
    kinds: Vec<captions::Kind>,
) -> Reading<'a, captions::Params, captions::State> {
    let found = input.column("hyp")?.answers(owned)?;
    let truth = input.column("refs")?.each(texts)?;
    Ok((captions::Params { kinds }, Box::new(move |state| state.update(&found, &truth))))
}

fn owned(cell: Cell<'_>) -> Result<String, TableError> {
    cell.text().map(str::to_owned)
}

fn texts(cell: Cell<'_>) -> Result<Vec<String>, TableError> {
    cell.each(owned)
}
