use egret_contract::{AnswerContract, TranscriptAnswer};

use super::columns;
use super::reading::{Claim, Reading, Wrong};
use super::set::{Canvas, Label};
use super::table::{Row, Table};
use crate::{LabelFiles, TrueBox, TrueSegment, Truth};

/// Between two labels of one item.
const SEPARATOR: char = '|';

/// Where the label of an item stands in its row.
pub(super) enum Columns {
    Class(usize),
    Classes(usize),
    Values(Vec<usize>),
    Mask(usize),
    Text(usize, u32),
    /// The label follows from other rows.
    Linked,
    Objects(Objects),
}

/// Where the fields of an object stand in its row: a row per object, or without a label an item without objects.
pub(super) enum Objects {
    Box {
        label: usize,
        sides: [usize; 4],
        area: Option<usize>,
        crowd: Option<usize>,
        size: Option<[usize; 2]>,
    },
    Segment {
        label: usize,
        times: [usize; 2],
    },
}

/// An object of an item.
pub(super) enum Object {
    Box(TrueBox),
    Segment(TrueSegment),
}

/// What a row says of its item: an object, or that there is none; and the pixels of the picture that boxes lie on, where that is
/// not the item's own.
pub(super) type Said = (Option<Object>, Option<(u32, u32)>);

type One<T> = Result<T, (String, String)>;

impl Columns {
    /// The columns of an answer, in a table that has those that it must have.
    pub fn of(files: &LabelFiles, answer: &AnswerContract, table: &Table) -> Self {
        let at = |name| table.required(name);
        match answer {
            AnswerContract::Classes(_) => Self::Class(at("label")),
            AnswerContract::Multilabel(_) => Self::Classes(at("label")),
            AnswerContract::Values(values) => {
                Self::Values(values.value_names.iter().map(|name| at(name)).collect())
            }
            AnswerContract::Mask(_) => Self::Mask(at("mask")),
            AnswerContract::Transcript(TranscriptAnswer { text_bytes_max, .. }) => {
                Self::Text(at(columns::transcript(files)), *text_bytes_max)
            }
            AnswerContract::Embedding(_) => Self::Linked,
            AnswerContract::Boxes(_) => Self::Objects(Objects::Box {
                label: at("label"),
                sides: ["x", "y", "w", "h"].map(at),
                area: table.place("area"),
                crowd: table.place("crowd"),
                size: table.place("width").zip(table.place("height")).map(<[usize; 2]>::from),
            }),
            AnswerContract::Segments(_) => {
                Self::Objects(Objects::Segment { label: at("label"), times: ["start_s", "end_s"].map(at) })
            }
        }
    }

    /// The label of a row, or everything that is wrong with it. Of objects, that of an item that has none yet.
    pub fn label(&self, reading: &mut Reading<'_>, row: &Row<'_>) -> Result<Label, Wrong> {
        let one = |wrong| vec![wrong];
        Ok(match self {
            Self::Class(at) => Label::Known(Truth::Class(reading.class(row.text(*at)).map_err(one)?)),
            Self::Classes(at) => Label::Known(Truth::Classes(classes(reading, row.text(*at))?)),
            Self::Values(places) => {
                let (values, wrong): (Vec<_>, Vec<_>) =
                    places.iter().map(|at| number(row.text(*at), "value")).partition(Result::is_ok);
                if !wrong.is_empty() {
                    return Err(wrong.into_iter().filter_map(Result::err).collect());
                }
                Label::Known(Truth::Values(values.into_iter().flatten().collect()))
            }
            Self::Mask(at) => Label::Mask(
                reading.claim(row.text(*at), row.line, Claim::Shared { folder: false }).map_err(one)?,
            ),
            Self::Text(at, bytes_max) => {
                let text = row.text(*at);
                if text.len() as u64 > u64::from(*bytes_max) {
                    let what = format!("the text has {} bytes, answers at most {bytes_max}", text.len());
                    return Err(vec![(what, "raise `text_bytes_max` of [answer]".into())]);
                }
                Label::Known(Truth::Text(text.to_owned()))
            }
            Self::Linked => Label::Linked,
            Self::Objects(Objects::Box { .. }) => Label::Boxes { canvas: Canvas::Own, boxes: Vec::new() },
            Self::Objects(Objects::Segment { .. }) => Label::Known(Truth::Segments(Vec::new())),
        })
    }
}

/// The labels of a field that holds several.
pub(super) fn labels(text: &str) -> impl Iterator<Item = &str> {
    text.split(SEPARATOR).map(str::trim).filter(|_| !text.is_empty())
}

fn classes(reading: &Reading<'_>, text: &str) -> Result<Vec<u32>, Wrong> {
    let (mut classes, mut wrong) = (Vec::new(), Wrong::new());
    for label in labels(text) {
        match reading.class(label) {
            Ok(class) if classes.contains(&class) => {
                wrong.push((format!("the class \"{label}\" is there twice"), "remove one".into()));
            }
            Ok(class) => classes.push(class),
            Err(what) => wrong.push(what),
        }
    }
    classes.sort_unstable();
    if wrong.is_empty() { Ok(classes) } else { Err(wrong) }
}

impl Objects {
    /// What a row says.
    pub fn read(&self, reading: &Reading<'_>, row: &Row<'_>) -> One<Said> {
        match self {
            Self::Box { label, sides, area, crowd, size } => {
                let size = match size.map(|size| size.map(|at| row.text(at))) {
                    None | Some(["", ""]) => None,
                    Some([width, height]) => Some((pixels(width, "width")?, pixels(height, "height")?)),
                };
                if row.text(*label).is_empty() && sides.iter().all(|at| row.text(*at).is_empty()) {
                    return Ok((None, size));
                }
                let class = reading.class(row.text(*label))?;
                let [x, y, w, h] = sides.map(|at| number(row.text(at), "side of a box"));
                let (x, y, w, h) = (x?, y?, w?, h?);
                let area = match row.maybe(*area) {
                    "" => w * h,
                    area => number(area, "area")?,
                };
                let crowd = truth(row.maybe(*crowd))?;
                let found = TrueBox { class, x, y, w, h, area, crowd };
                sound(&found)?;
                Ok((Some(Object::Box(found)), size))
            }
            Self::Segment { label, times } => {
                if row.text(*label).is_empty() && times.iter().all(|at| row.text(*at).is_empty()) {
                    return Ok((None, None));
                }
                let class = reading.class(row.text(*label))?;
                let [start_s, end_s] = times.map(|at| number(row.text(at), "time"));
                let (start_s, end_s) = (start_s?, end_s?);
                if start_s < 0.0 || end_s <= start_s {
                    let what = format!("the segment lasts from {start_s} s to {end_s} s");
                    return Err((what, "let it begin at 0 or later, and end after that".into()));
                }
                Ok((Some(Object::Segment(TrueSegment { class, start_s, end_s })), None))
            }
        }
    }
}

/// Whether a box is one, wherever its picture ends.
pub(super) fn sound(found: &TrueBox) -> One<()> {
    let TrueBox { x, y, w, h, area, .. } = *found;
    let shape = if w < 0.0 || h < 0.0 {
        "is inverted"
    } else if w == 0.0 || h == 0.0 {
        "has no area"
    } else if area < 0.0 {
        "has a negative area"
    } else {
        return Ok(());
    };
    let what = format!("the box x {x}, y {y}, w {w}, h {h} {shape}");
    Err((what, "give its upper left corner, and a width and a height above 0, in pixels".into()))
}

/// A finite number.
fn number(text: &str, name: &str) -> One<f64> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| (format!("the {name} is \"{text}\""), "write a number such as 12.5".into()))
}

fn pixels(text: &str, name: &str) -> One<u32> {
    let number = text.parse::<u32>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| (format!("the {name} is \"{text}\""), "write a number of pixels".into()))
}

/// Yes or no, and nothing is no.
pub(super) fn truth(text: &str) -> One<bool> {
    match text {
        "1" | "true" | "yes" => Ok(true),
        "" | "0" | "false" | "no" => Ok(false),
        _ => Err((format!("\"{text}\" is neither yes nor no"), "write 1 or 0".into())),
    }
}
