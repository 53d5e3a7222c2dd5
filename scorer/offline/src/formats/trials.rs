//! Verification trials: which pairs are the same, and the score of each pair.

use serde_json::Value;

use super::cells::score;
use super::named::{Named, table};
use super::source::{Line, Source};
use super::{Reading, wrong};
use crate::{Table, TableError};

const FORM: &str = "write `1 a b`, `a b target` or `a b nontarget`";

/// Label and, if there is one, score of a trial.
type Trial = (u8, Option<Value>);

pub(super) fn read(reading: Reading<'_>) -> Result<Table, TableError> {
    let mut trials: Named<Trial> = Named::new(reading.limits);
    let labels = Source::open(reading.labels, reading.limits)?;
    for line in labels.rows(&[]) {
        let line = line?;
        let (label, [a, b]) = trial(&line)?;
        let known = trials.len();
        trials.at(&name(a, b), || line.place())?.0 = label;
        if trials.len() == known {
            return Err(line.wrong(format!("the trial `{a} {b}` is there already"), "keep one"));
        }
    }
    let predictions = Source::open(reading.predictions, reading.limits)?;
    for line in predictions.rows(&[]) {
        let line = line?;
        let [a, b, points] = line.words("a b score")?;
        let Some(trial) = trials.find(&name(a, b)) else {
            return Err(line.wrong(format!("the trial `{a} {b}` is not among the labels"), "remove it"));
        };
        if trial.1.replace(score(points, &line)?).is_some() {
            return Err(line.wrong(format!("the trial `{a} {b}` has a score already"), "keep one"));
        }
    }
    if trials.len() == 0 {
        return Err(wrong(labels.file, "no trials", FORM));
    }
    let row = |(_, (label, score)): (String, Trial)| [Value::from(label), Value::from(score)];
    Ok(table(reading.settings, ["label", "score"], trials.into_items().into_iter().map(row)))
}

/// Words have no blanks, so that no two pairs have one name.
fn name(a: &str, b: &str) -> String {
    format!("{a} {b}")
}

fn trial<'s>(line: &Line<'s>) -> Result<(u8, [&'s str; 2]), TableError> {
    let [first, second, third] = line.words("1 a b")?;
    match (first, third) {
        (_, "target") => Ok((1, [first, second])),
        (_, "nontarget" | "non-target" | "imposter" | "impostor") => Ok((0, [first, second])),
        ("0", _) => Ok((0, [second, third])),
        ("1", _) => Ok((1, [second, third])),
        _ => Err(line.wrong("neither 0 or 1 first, nor target or nontarget last", FORM)),
    }
}
