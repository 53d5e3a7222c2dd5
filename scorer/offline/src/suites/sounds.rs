//! Suites of sounds.

use egret_metrics::{events, keywords, signals, speakers};

use super::{Input, Reading, names::Names};
use crate::{Cell, TableError};

pub(super) fn sound_event<'a>(
    input: &Input<'a>,
    kinds: Vec<events::Kind>,
) -> Reading<'a, events::Params, events::State> {
    let (found, truth) = (input.column("est")?, input.column("ref")?);
    let labels = Names::of(input.setting("labels"), || {
        let mut names = Vec::new();
        for cell in found.cells().chain(truth.cells()).filter(|cell| !cell.is_null()) {
            for event in cell.list()? {
                names.push(event.row::<3>()?[0].name()?.into_owned());
            }
        }
        Ok(names)
    })?;
    let event = |cell: Cell<'_>| {
        let [label, start, end] = cell.row()?;
        Ok(events::Event { class: labels.number(label)?, start: start.number()?, end: end.number()? })
    };
    let list = |cell: Cell<'_>| cell.each::<_, TableError>(event);
    let lengths = input.column("duration")?.each(|cell| cell.number())?;
    let recording = |(duration, events)| events::Recording { duration, events };
    let truth: Vec<_> = lengths.into_iter().zip(truth.each(list)?).map(recording).collect();
    let found = found.answers(list)?;
    let params = events::Params {
        class_count: labels.count().max(1),
        resolution: input.setting("resolution").number()?,
        collar: input.setting("collar").number()?,
        kinds,
    };
    Ok((params, Box::new(move |state| state.update(&found, &truth))))
}

pub(super) fn keyword_spotting<'a>(
    input: &Input<'a>,
    kinds: Vec<keywords::Kind>,
) -> Reading<'a, keywords::Params, keywords::State> {
    let column = input.column("keyword")?;
    let names = Names::of(input.setting("keywords"), || column.each(|cell| Ok(cell.name()?.into_owned())))?;
    let spoken = column.each(|cell| names.number(cell))?;
    let targets = input.column("is_target")?.each(|cell| cell.flag())?;
    let scores = input.column("score")?.answers(|cell| cell.number())?;
    let params = keywords::Params {
        keyword_count: names.count().max(1),
        duration_s: input.setting("duration_s").number()?,
        kinds,
    };
    Ok((params, Box::new(move |state| state.update(&spoken, &targets, &scores))))
}

pub(super) fn diarization<'a>(
    input: &Input<'a>,
    kinds: Vec<speakers::Kind>,
) -> Reading<'a, speakers::Params, speakers::State> {
    let lengths = input.column("duration")?.each(|cell| cell.number())?;
    let truth = input.column("ref")?.each(turns)?;
    let recording = |(duration, turns)| speakers::Recording { duration, turns };
    let truth: Vec<_> = lengths.into_iter().zip(truth).map(recording).collect();
    let found = input.column("hyp")?.answers(turns)?;
    Ok((speakers::Params { kinds }, Box::new(move |state| state.update(&found, &truth))))
}

/// Turns; speakers are numbered within the recording.
fn turns(cell: Cell<'_>) -> Result<Vec<speakers::Turn>, TableError> {
    let rows: Vec<[Cell<'_>; 3]> = cell.each(|turn| turn.row())?;
    let names = rows.iter().map(|[.., name]| Ok(name.name()?.into_owned()));
    let names = Names::occurring(names.collect::<Result<Vec<_>, TableError>>()?);
    let turn = |[start, end, name]: [Cell<'_>; 3]| {
        Ok(speakers::Turn { speaker: names.number(name)?, start: start.number()?, end: end.number()? })
    };
    rows.into_iter().map(turn).collect()
}

pub(super) fn si_sdr<'a>(
    input: &Input<'a>,
    kinds: Vec<signals::Kind>,
) -> Reading<'a, signals::Params, signals::State> {
    let found = input.column("est")?.answers(|cell| cell.numbers())?;
    let truth = input.column("ref")?.each(|cell| cell.numbers())?;
    Ok((signals::Params { kinds }, Box::new(move |state| state.update(&found, &truth))))
}
