use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Position, Reader, ReaderBuilder};

use crate::manifest::nearest;
use crate::{LabelFiles, Problem};

/// Bytes that are read at a time.
const BUFFER_BYTES: usize = 16 << 10;

/// Which columns a table may have.
pub(super) struct Spec<'a> {
    /// How the organizer calls them.
    pub files: &'a LabelFiles,
    /// All that mean something here.
    pub known: &'a [String],
    /// Those that must be there.
    pub required: &'a [String],
    /// Whether other columns are nobody's business.
    pub lenient: bool,
}

/// A table in a file, read row by row: a bad line is reported and the next one read.
pub(super) struct Table {
    file: PathBuf,
    reader: Reader<File>,
    columns: HashMap<String, usize>,
    pub column_count: usize,
}

/// One line with something on it.
pub(super) struct Row<'r> {
    pub line: u32,
    /// Where it begins in the file.
    pub at: u64,
    fields: &'r [&'r str],
}

impl<'r> Row<'r> {
    /// A field without the blanks around it.
    pub fn text(&self, place: usize) -> &'r str {
        self.fields[place].trim()
    }

    /// The same of a column that may not be there: empty, then.
    pub fn maybe(&self, place: Option<usize>) -> &'r str {
        place.map_or("", |place| self.text(place))
    }

    /// A field as it stands.
    pub fn raw(&self, place: usize) -> &'r str {
        self.fields[place]
    }
}

impl Table {
    /// Opens a table and reads its header, noting everything that is wrong with it.
    pub fn open(dir: &Path, file: &Path, spec: &Spec<'_>, problems: &mut Vec<Problem>) -> Option<Self> {
        let opened = match File::open(dir.join(file)) {
            Ok(opened) => opened,
            Err(error) => {
                let what = match error.kind() {
                    io::ErrorKind::NotFound => "the file is missing".to_owned(),
                    _ => format!("the file cannot be read: {error}"),
                };
                let remedy = format!("write it with the columns {}", spec.required.join(","));
                problems.push(Problem::of_file(file, what, remedy));
                return None;
            }
        };
        let mut reader = reader(opened);
        let mut record = ByteRecord::new();
        let line = loop {
            match reader.read_byte_record(&mut record) {
                Ok(true) if record.iter().all(<[u8]>::is_empty) => {}
                Ok(true) => break record.position().map_or(1, |position| position.line() as u32),
                Ok(false) => {
                    let remedy = format!("write a header line: {}", spec.required.join(","));
                    problems.push(Problem::of_file(file, "the file is empty", remedy));
                    return None;
                }
                Err(error) => {
                    problems.push(unreadable(file, &error));
                    return None;
                }
            }
        };
        let Some(header) = texts(&record) else {
            problems.push(not_utf8(file, line));
            return None;
        };
        let columns = spec.columns(&header).map_err(|wrong| {
            let each = wrong.into_iter().map(|(what, remedy)| Problem::at_line(file, line, what, remedy));
            problems.extend(each);
        });
        Some(Self { file: file.to_path_buf(), reader, columns: columns.ok()?, column_count: header.len() })
    }

    /// Where a column is, if it is there.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    /// Where a column is that [`Spec::required`] names.
    pub fn required(&self, name: &str) -> usize {
        self.columns[name]
    }

    /// Calls `each` for every row.
    pub fn rows(mut self, problems: &mut Vec<Problem>, mut each: impl FnMut(&Row<'_>, &mut Vec<Problem>)) {
        let mut record = ByteRecord::new();
        loop {
            match self.reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return problems.push(unreadable(&self.file, &error)),
            }
            let (line, at) =
                record.position().map_or((0, 0), |position| (position.line() as u32, position.byte()));
            let Some(fields) = texts(&record) else {
                problems.push(not_utf8(&self.file, line));
                continue;
            };
            if fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if fields.len() != self.column_count {
                let what = format!("the line has {} fields, the header {}", fields.len(), self.column_count);
                let remedy = "quote fields with commas; write one row per line";
                problems.push(Problem::at_line(&self.file, line, what, remedy));
                continue;
            }
            each(&Row { line, at, fields: &fields }, problems);
        }
    }
}

impl Spec<'_> {
    /// Where the columns are that mean something, or everything that is wrong with a header.
    fn columns(&self, header: &[&str]) -> Result<HashMap<String, usize>, Vec<(String, String)>> {
        let mut columns = HashMap::new();
        let mut wrong = Vec::new();
        for (place, there) in header.iter().enumerate() {
            let there = there.trim();
            if let Some(name) = self.meaning(there) {
                if columns.insert(name.to_owned(), place).is_some() {
                    wrong.push((format!("the column `{there}` is there twice"), "remove one".to_owned()));
                }
            } else if !self.lenient && !self.files.ignored.iter().any(|ignored| ignored == there) {
                let remedy = match nearest(there, self.known.iter().map(String::as_str)) {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => format!(
                        "remove it, or list it in `ignore` of [labels]; the columns are {}",
                        self.known.join(", ")
                    ),
                };
                wrong.push((format!("unknown column `{there}`"), remedy));
            }
        }
        for name in self.required.iter().filter(|name| !columns.contains_key(*name)) {
            let there = self.files.columns.get(name).unwrap_or(name);
            let remedy = format!("add it, or say in [labels] how it is called: {name} = \"…\"");
            wrong.push((format!("there is no column `{there}`"), remedy));
        }
        if wrong.is_empty() { Ok(columns) } else { Err(wrong) }
    }

    /// What a column of the file is called here. `filename` is what many data sets come with.
    fn meaning(&self, there: &str) -> Option<&str> {
        let renamed = self.files.columns.iter().find(|(_, name)| *name == there);
        let name = renamed.map_or(if there == "filename" { "file" } else { there }, |(here, _)| here);
        let free = renamed.is_some() || !self.files.columns.contains_key(name);
        self.known.iter().map(String::as_str).find(|known| free && *known == name)
    }
}

/// Reads rows again, where they begin.
pub(crate) struct RowReader {
    reader: Reader<File>,
    record: ByteRecord,
}

impl RowReader {
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { reader: reader(File::open(path)?), record: ByteRecord::new() })
    }

    /// The fields of the row that begins at a byte; `None` if none with so many begins there any more.
    pub fn fields(&mut self, at: u64, column_count: usize) -> Option<Vec<&str>> {
        let mut position = Position::new();
        position.set_byte(at).set_line(2);
        self.reader.seek(position).ok()?;
        let read = self.reader.read_byte_record(&mut self.record).ok()?;
        let fields = texts(&self.record).filter(|_| read)?;
        (fields.len() == column_count).then_some(fields)
    }
}

/// Any number of fields per line: what is wrong with them is said here.
fn reader(file: File) -> Reader<File> {
    ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(BUFFER_BYTES).from_reader(file)
}

/// The fields of a line; a byte order mark at the start of the file is not part of them.
fn texts(record: &ByteRecord) -> Option<Vec<&str>> {
    let text = |field| std::str::from_utf8(field).ok().map(|text| text.trim_start_matches('\u{feff}'));
    record.iter().map(text).collect()
}

fn not_utf8(file: &Path, line: u32) -> Problem {
    Problem::at_line(file, line, "the line is not UTF-8", "save the file as UTF-8")
}

fn unreadable(file: &Path, error: &csv::Error) -> Problem {
    Problem::of_file(file, format!("the file cannot be read: {error}"), "make it readable")
}
