use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use crate::Problem;
use crate::manifest::nearest;

const COLUMNS: [&str; 4] = ["file", "label", "split", "group"];

/// `labels.csv` as it stands.
pub(super) struct Rows {
    /// One per line with something on it.
    pub rows: Vec<Row>,
    /// Whether there is a column `split`.
    pub has_split: bool,
}

/// Texts without blanks around them.
pub(super) struct Row {
    pub line: u32,
    pub file: String,
    pub label: String,
    pub split: Option<String>,
    pub group: Option<String>,
}

/// Reads `labels.csv`, noting lines that cannot be read. `None`: nothing can.
pub(super) fn read(dir: &Path, file: &Path, problems: &mut Vec<Problem>) -> Option<Rows> {
    let opened = match File::open(dir.join(file)) {
        Ok(opened) => opened,
        Err(error) => {
            let what = match error.kind() {
                io::ErrorKind::NotFound => "the file is missing".to_owned(),
                _ => format!("the file cannot be read: {error}"),
            };
            problems.push(Problem::of_file(file, what, "write it with the columns file,label,split"));
            return None;
        }
    };
    // Row by row, and with any number of fields: a bad line is reported and the next one read.
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).from_reader(BufReader::new(opened));
    let mut record = ByteRecord::new();
    let mut columns: Option<Columns> = None;
    let mut rows = Vec::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                problems.push(Problem::of_file(
                    file,
                    format!("the file cannot be read: {error}"),
                    "make it readable",
                ));
                break;
            }
        }
        let line = record.position().map_or(0, |position| position.line() as u32);
        let Some(fields) = texts(&record) else {
            problems.push(Problem::at_line(file, line, "the line is not UTF-8", "save the file as UTF-8"));
            continue;
        };
        match &columns {
            None => columns = Some(Columns::read(fields, file, line, problems)?),
            Some(_) if fields.iter().all(|field| field.is_empty()) => {}
            Some(columns) if fields.len() != columns.count => {
                let what = format!("the line has {} fields, the header {}", fields.len(), columns.count);
                problems.push(Problem::at_line(
                    file,
                    line,
                    what,
                    "quote fields with commas; write one row per line",
                ));
            }
            Some(columns) => rows.push(columns.row(line, &fields)),
        }
    }
    let has_split = columns.as_ref().is_some_and(|columns| columns.split.is_some());
    if columns.is_none() {
        problems.push(Problem::of_file(file, "the file is empty", "write a header line: file,label,split"));
    }
    columns.map(|_| Rows { rows, has_split })
}

/// The fields of a line; a byte order mark at the start of the file is not part of them.
fn texts(record: &ByteRecord) -> Option<Vec<&str>> {
    record
        .iter()
        .map(|field| std::str::from_utf8(field).ok().map(|text| text.trim_start_matches('\u{feff}').trim()))
        .collect()
}

/// Where the columns are.
struct Columns {
    count: usize,
    file: usize,
    label: usize,
    split: Option<usize>,
    group: Option<usize>,
}

impl Columns {
    fn read(mut header: Vec<&str>, file: &Path, line: u32, problems: &mut Vec<Problem>) -> Option<Self> {
        // `filename` is what many data sets come with.
        for name in header.iter_mut().filter(|name| **name == "filename") {
            *name = "file";
        }
        let mut bad = false;
        for (index, name) in header.iter().enumerate() {
            let wrong = if header[..index].contains(name) {
                (format!("the column `{name}` is there twice"), "remove one".to_owned())
            } else if COLUMNS.contains(name) {
                continue;
            } else {
                let remedy = match nearest(name, COLUMNS.into_iter()) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!("remove it; the columns are {}", COLUMNS.join(", ")),
                };
                (format!("unknown column `{name}`"), remedy)
            };
            problems.push(Problem::at_line(file, line, wrong.0, wrong.1));
            bad = true;
        }
        let place = |name: &str| header.iter().position(|column| *column == name);
        for name in &COLUMNS[..2] {
            if place(name).is_none() {
                let what = format!("there is no column `{name}`");
                problems.push(Problem::at_line(
                    file,
                    line,
                    what,
                    "the first line must be file,label[,split][,group]",
                ));
                bad = true;
            }
        }
        let columns = Self {
            count: header.len(),
            file: place("file")?,
            label: place("label")?,
            split: place("split"),
            group: place("group"),
        };
        (!bad).then_some(columns)
    }

    fn row(&self, line: u32, fields: &[&str]) -> Row {
        let text = |index: usize| fields[index].to_owned();
        Row {
            line,
            file: text(self.file),
            label: text(self.label),
            split: self.split.map(text),
            group: self.group.map(text),
        }
    }
}
