use std::io;

use csv::Writer;
use egret_contract::{AnswerContract, ClassNames, PartKind, Search};

use crate::labels::{EXCLUDED, Role};
use crate::{TaskManifest, TrueBox, TrueSegment, Truth};

/// The names of classes as a sample has them: their indices where the organizer keeps the names.
pub(super) fn class_names(classes: &ClassNames) -> Vec<String> {
    if classes.class_names.is_empty() {
        (0..classes.class_count).map(|index| index.to_string()).collect()
    } else {
        classes.class_names.clone()
    }
}

/// The tables of a sample, row by row.
pub(super) struct Tables {
    labels: Writer<Vec<u8>>,
    /// `trials.csv` or `relevance.csv`.
    pairs: Option<(&'static str, Writer<Vec<u8>>)>,
    classes: Vec<String>,
    /// Whether items have ids of their own.
    has_id: bool,
    /// The ids of the items so far; of a retrieval task's queries and gallery.
    ids: Vec<String>,
    queries: Vec<(String, Truth)>,
}

/// How `labels.csv` begins.
fn header(task: &TaskManifest, has_id: bool) -> Vec<String> {
    let parts = task.input.parts.as_slice();
    let mut header: Vec<String> = match parts {
        [part] if matches!(part.kind, PartKind::Text(_)) => vec!["text".into()],
        [_] => vec!["file".into()],
        parts => parts.iter().map(|part| part.name.clone()).collect(),
    };
    let text = header.iter().any(|column| column == "text");
    let mut add = |names: &[&str]| header.extend(names.iter().map(|name| (*name).to_owned()));
    if has_id {
        add(&["id"]);
    }
    match &task.answer {
        AnswerContract::Classes(_) | AnswerContract::Multilabel(_) => add(&["label"]),
        AnswerContract::Values(values) => values.value_names.iter().for_each(|name| add(&[name])),
        AnswerContract::Boxes(_) => {
            add(&["label", "x", "y", "w", "h", "area", "crowd", "width", "height"]);
        }
        AnswerContract::Mask(_) => add(&["mask"]),
        AnswerContract::Transcript(_) => add(&[if text { "label" } else { "text" }]),
        AnswerContract::Embedding(answer) if answer.search == Search::Verification => {}
        AnswerContract::Embedding(_) => add(&["role"]),
        AnswerContract::Segments(_) => add(&["label", "start_s", "end_s"]),
    }
    header
}

fn writer(header: &[impl AsRef<[u8]>]) -> io::Result<Writer<Vec<u8>>> {
    // Items of segments and boxes may have a row without objects.
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(header)?;
    Ok(writer)
}

impl Tables {
    pub fn new(task: &TaskManifest) -> io::Result<Self> {
        let answer = task.public_answer();
        let single = task.input.only().is_some_and(|kind| !matches!(kind, PartKind::Text(_)));
        let pairs = match &answer {
            AnswerContract::Embedding(answer) if answer.search == Search::Verification => {
                Some(("trials.csv", writer(&["first", "second", "target"])?))
            }
            AnswerContract::Embedding(_) => Some(("relevance.csv", writer(&["query", "item", "grade"])?)),
            _ => None,
        };
        Ok(Self {
            labels: writer(&header(task, !single))?,
            pairs,
            classes: answer.classes().map_or_else(Vec::new, class_names),
            has_id: !single,
            ids: Vec::new(),
            queries: Vec::new(),
        })
    }

    fn class(&self, class: u32) -> &str {
        self.classes.get(class as usize).map_or("", String::as_str)
    }

    /// Adds an item; `sources` stand for its parts.
    pub fn add(
        &mut self,
        role: Option<Role>,
        name: &str,
        sources: &[String],
        truth: &Truth,
    ) -> io::Result<()> {
        let mut start = sources.to_vec();
        let id = if self.has_id { name.to_owned() } else { sources.concat() };
        if self.has_id {
            start.push(id.clone());
        }
        let rows: Vec<Vec<String>> = match truth {
            Truth::Class(class) => vec![vec![self.class(*class).to_owned()]],
            Truth::Classes(classes) => {
                let names: Vec<&str> = classes.iter().map(|class| self.class(*class)).collect();
                vec![vec![names.join("|")]]
            }
            // The shortest text that is read as the same number.
            Truth::Values(values) => vec![values.iter().map(f64::to_string).collect()],
            Truth::Boxes { width, height, boxes } => self.boxes((*width, *height), boxes),
            Truth::Mask { .. } => vec![vec![format!("{name}.mask.png")]],
            Truth::Text(text) => vec![vec![text.clone()]],
            Truth::Segments(segments) => self.segments(segments),
            Truth::Trials(trials) => {
                if let Some((_, pairs)) = &mut self.pairs {
                    for (earlier, target) in trials {
                        let target = if *target { "1" } else { "0" };
                        pairs.write_record([self.ids[*earlier as usize].as_str(), &id, target])?;
                    }
                }
                vec![Vec::new()]
            }
            Truth::Query { .. } => vec![vec!["query".to_owned()]],
            Truth::Gallery => vec![vec!["gallery".to_owned()]],
        };
        for row in rows {
            self.labels.write_record(start.iter().chain(&row))?;
        }
        match role {
            Some(Role::Query) => self.queries.push((id, truth.clone())),
            _ => self.ids.push(id),
        }
        Ok(())
    }

    fn boxes(&self, (width, height): (u32, u32), boxes: &[TrueBox]) -> Vec<Vec<String>> {
        let size = [width.to_string(), height.to_string()];
        if boxes.is_empty() {
            return vec![[vec![String::new(); 7], size.to_vec()].concat()];
        }
        let row = |found: &TrueBox| {
            let TrueBox { class, x, y, w, h, area, crowd } = *found;
            let numbers = [x, y, w, h, area].map(|number| number.to_string());
            let crowd = if crowd { "1" } else { "0" }.to_owned();
            [&[self.class(class).to_owned()], &numbers[..], &[crowd], &size].concat()
        };
        boxes.iter().map(row).collect()
    }

    fn segments(&self, segments: &[TrueSegment]) -> Vec<Vec<String>> {
        if segments.is_empty() {
            return vec![vec![String::new(); 3]];
        }
        let row = |TrueSegment { class, start_s, end_s }: &TrueSegment| {
            vec![self.class(*class).to_owned(), start_s.to_string(), end_s.to_string()]
        };
        segments.iter().map(row).collect()
    }

    /// The tables: (name, bytes).
    pub fn finish(self) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
        let mut tables = vec![("labels.csv", bytes(self.labels)?)];
        let Some((name, mut pairs)) = self.pairs else { return Ok(tables) };
        for (query, truth) in &self.queries {
            let Truth::Query { relevant, excluded } = truth else { continue };
            for (item, grade) in relevant {
                pairs.write_record([query.as_str(), &self.ids[*item as usize], &grade.to_string()])?;
            }
            for item in excluded {
                pairs.write_record([query.as_str(), &self.ids[*item as usize], &EXCLUDED.to_string()])?;
            }
        }
        tables.push((name, bytes(pairs)?));
        Ok(tables)
    }
}

fn bytes(writer: Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}
