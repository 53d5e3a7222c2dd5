//! Reads TOML and notes every problem with its line, instead of stopping at the first.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Problem;

/// Bytes of a path.
const PATH_BYTES_MAX: usize = 1024;

/// One file being read, and what was found wrong with it.
pub(super) struct Source<'a> {
    file: PathBuf,
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Source<'a> {
    /// `file` is how problems name it.
    pub fn new(file: &Path, text: &'a str) -> Self {
        Self { file: file.to_path_buf(), text, problems: RefCell::default() }
    }

    /// The whole document. A text that is not TOML is a problem at the line where it stops being so.
    pub fn document(&self) -> Option<Table<'_, 'a>> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            self.note(error.span().unwrap_or(0..0), error.message().to_owned(), "correct the TOML");
        }
        let table = document.into_inner();
        errors.is_empty().then(|| Table {
            source: self,
            name: String::new(),
            span: 0..0,
            keys: table,
            asked: Vec::new(),
        })
    }

    /// The line of a byte range, from 1.
    pub fn line(&self, span: &Range<usize>) -> u32 {
        let before = self.text.as_bytes().iter().take(span.start);
        1 + before.filter(|&&byte| byte == b'\n').count() as u32
    }

    /// Notes a problem at the line of a byte range.
    pub fn note(&self, span: Range<usize>, what: String, remedy: impl Into<String>) {
        let problem = Problem::at_line(&self.file, self.line(&span), what, remedy);
        self.problems.borrow_mut().push(problem);
    }

    /// Everything noted.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// A value and where it stands.
pub(super) struct At<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A table whose keys are taken one by one; what nobody asked for is unknown.
pub(super) struct Table<'s, 'a> {
    source: &'s Source<'a>,
    name: String,
    span: Range<usize>,
    keys: DeTable<'a>,
    asked: Vec<&'static str>,
}

impl<'s, 'a> Table<'s, 'a> {
    /// Where its header stands.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where a key's value stands that is not yet taken.
    pub fn span_of(&self, key: &str) -> Range<usize> {
        self.keys.get(key).map_or(self.span(), Spanned::span)
    }

    /// The line of a byte range, from 1.
    pub fn line(&self, span: Range<usize>) -> u32 {
        self.source.line(&span)
    }

    /// Notes a problem.
    pub fn note(&self, span: Range<usize>, what: String, remedy: impl Into<String>) {
        self.source.note(span, what, remedy);
    }

    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'a>>> {
        self.asked.push(key);
        self.keys.remove(key)
    }

    fn named(&self, key: &str) -> String {
        if self.name.is_empty() { format!("`{key}`") } else { format!("`{key}` of [{}]", self.name) }
    }

    /// Notes it if a key is not there.
    pub fn need(&self, key: &str, example: &str) {
        if !self.has(key) {
            self.note(self.span(), format!("{} is missing", self.named(key)), format!("add `{example}`"));
        }
    }

    /// Whether a key is there and not yet taken.
    pub fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// Takes a value that `read` understands.
    fn value<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&DeValue<'a>) -> Option<T>,
    ) -> Option<At<T>> {
        let found = self.take(key)?;
        let span = found.span();
        let value = read(found.get_ref());
        if value.is_none() {
            let what = format!("{} must be {expected}", self.named(key));
            self.note(span.clone(), what, "correct the value");
        }
        value.map(|value| At { value, span })
    }

    /// A string of at most `bytes_max` bytes.
    pub fn text(&mut self, key: &'static str, bytes_max: usize) -> Option<At<String>> {
        let text = self.value(key, "a string", |value| value.as_str().map(str::to_owned))?;
        if text.value.len() > bytes_max {
            let what = format!("{} has {} bytes", self.named(key), text.value.len());
            self.note(text.span.clone(), what, format!("shorten it to {bytes_max}"));
        }
        Some(text)
    }

    /// A string that must be there and must not be blank.
    pub fn required(&mut self, key: &'static str, bytes_max: usize, example: &str) -> Option<At<String>> {
        self.need(key, example);
        let text = self.text(key, bytes_max)?;
        if text.value.trim().is_empty() {
            self.note(text.span, format!("{} is empty", self.named(key)), "fill it in");
            return None;
        }
        Some(text)
    }

    /// One of the named values.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<At<T>> {
        let text = self.text(key, 64)?;
        let found = choices.iter().find(|(name, _)| *name == text.value);
        if found.is_none() {
            let names = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            let what = format!("{} is \"{}\"", self.named(key), text.value);
            self.note(text.span.clone(), what, format!("use one of {names}"));
        }
        found.map(|&(_, value)| At { value, span: text.span })
    }

    /// A whole number in a range.
    pub fn integer(&mut self, key: &'static str, range: Range<u64>) -> Option<At<u64>> {
        let expected = format!("a whole number from {} to {}", range.start, range.end - 1);
        self.value(key, &expected, |value| whole(value, &range))
    }

    /// A list of whole numbers in a range.
    pub fn integers(&mut self, key: &'static str, range: Range<u64>) -> Option<At<Vec<u64>>> {
        let expected = format!("a list of whole numbers from {} to {}", range.start, range.end - 1);
        self.value(key, &expected, |value| {
            value.as_array()?.iter().map(|number| whole(number.get_ref(), &range)).collect()
        })
    }

    /// A number that is not negative.
    pub fn weight(&mut self, key: &'static str) -> Option<At<f64>> {
        self.value(key, "a number, 0 or more", |value| number(value).filter(|weight| *weight >= 0.0))
    }

    /// A number.
    pub fn number(&mut self, key: &'static str) -> Option<At<f64>> {
        self.value(key, "a number", number)
    }

    /// True or false.
    pub fn boolean(&mut self, key: &'static str) -> Option<At<bool>> {
        self.value(key, "true or false", DeValue::as_bool)
    }

    /// A list of strings, each with its place.
    pub fn strings(&mut self, key: &'static str) -> Option<At<Vec<At<String>>>> {
        self.value(key, "a list of strings", |value| {
            let texts = value.as_array()?.iter();
            let texts = texts.map(|text| {
                let value = text.get_ref().as_str()?.to_owned();
                Some(At { value, span: text.span() })
            });
            texts.collect()
        })
    }

    /// A path inside `folder`, which it is relative to; the result is relative to what `folder` is relative to.
    pub fn path(&mut self, key: &'static str, folder: &Path) -> Option<PathBuf> {
        let path = self.text(key, PATH_BYTES_MAX)?;
        let parts = Path::new(&path.value).components().filter(|part| !matches!(part, Component::CurDir));
        let inside = parts.clone().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            let what = format!("{} leads out of the task's folder: \"{}\"", self.named(key), path.value);
            self.note(path.span, what, "name something beside task.toml");
        }
        inside.then(|| folder.join(parts.collect::<PathBuf>()))
    }

    /// Whether a string is there, and not a table.
    pub fn has_text(&self, key: &str) -> bool {
        self.keys.get(key).is_some_and(|value| value.get_ref().is_str())
    }

    /// All other keys, which the organizer may choose; each has a string.
    pub fn other_texts(mut self, bytes_max: usize) -> Vec<(String, At<String>)> {
        let mut texts = Vec::new();
        for (key, found) in std::mem::take(&mut self.keys) {
            let (key, span) = (key.into_inner().into_owned(), found.span());
            match found.get_ref().as_str() {
                Some(text) if text.len() <= bytes_max => {
                    texts.push((key, At { value: text.to_owned(), span }));
                }
                _ => {
                    let what = format!("{} must be a string of at most {bytes_max} bytes", self.named(&key));
                    self.note(span, what, "correct the value");
                }
            }
        }
        texts
    }

    /// All other keys, which the organizer may choose; each is a table.
    pub fn other_tables(mut self) -> Vec<(String, Self)> {
        let keys = std::mem::take(&mut self.keys).into_iter();
        let table = |(key, found): (Spanned<std::borrow::Cow<'a, str>>, _)| {
            let key = key.into_inner().into_owned();
            let table = self.open(&key, found)?;
            Some((key, table))
        };
        keys.filter_map(table).collect()
    }

    /// All other keys, which the organizer may choose; each is a number.
    pub fn other_numbers(mut self) -> Vec<(String, At<f64>)> {
        let mut numbers = Vec::new();
        for (key, found) in std::mem::take(&mut self.keys) {
            let (key, span) = (key.into_inner().into_owned(), found.span());
            match number(found.get_ref()) {
                Some(value) => numbers.push((key, At { value, span })),
                None => {
                    self.note(span, format!("{} must be a number", self.named(&key)), "correct the value");
                }
            }
        }
        numbers
    }

    /// A moment as text, whether quoted or a TOML date-time.
    pub fn moment(&mut self, key: &'static str) -> Option<At<String>> {
        self.value(key, "an RFC 3339 time such as \"2026-03-01T09:00:00+08:00\"", |value| match value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Datetime(datetime) => Some(datetime.to_string()),
            _ => None,
        })
    }

    /// A table under a key.
    pub fn table(&mut self, key: &'static str) -> Option<Table<'s, 'a>> {
        let found = self.take(key)?;
        self.open(key, found)
    }

    /// An array of tables under a key; empty if it is not there.
    pub fn tables(&mut self, key: &'static str) -> Vec<Table<'s, 'a>> {
        let Some(found) = self.take(key) else { return Vec::new() };
        let span = found.span();
        if let DeValue::Array(array) = found.into_inner() {
            return array.into_iter().filter_map(|table| self.open(key, table)).collect();
        }
        self.note(span, format!("{} must be tables", self.named(key)), format!("write [[{key}]]"));
        Vec::new()
    }

    fn open(&self, key: &str, found: Spanned<DeValue<'a>>) -> Option<Table<'s, 'a>> {
        let span = found.span();
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        if let DeValue::Table(table) = found.into_inner() {
            return Some(Table { source: self.source, name, span, keys: table, asked: Vec::new() });
        }
        self.note(span, format!("{} must be a table", self.named(key)), format!("write [{name}]"));
        None
    }

    /// Notes every key that nobody asked for.
    pub fn finish(self) {
        for (key, _) in &self.keys {
            let what = format!("unknown key {}", self.named(key.get_ref()));
            let remedy = match nearest(key.get_ref(), self.asked.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("remove it; known here: {}", self.asked.join(", ")),
            };
            self.note(key.span(), what, remedy);
        }
    }
}

/// A whole number in a range.
fn whole(value: &DeValue<'_>, range: &Range<u64>) -> Option<u64> {
    let integer = value.as_integer()?;
    let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
    range.contains(&number).then_some(number)
}

/// A finite number, written as an integer or not.
fn number(value: &DeValue<'_>) -> Option<f64> {
    let text = value.as_float().map(|f| f.as_str().to_owned());
    let text = text.or_else(|| value.as_integer().map(ToString::to_string))?;
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// The candidate that `text` is most likely a misspelling of.
pub(crate) fn nearest<'c>(text: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let scored = candidates.map(|candidate| (strsim::damerau_levenshtein(text, candidate), candidate));
    let (distance, candidate) = scored.min()?;
    (distance <= 1 + text.chars().count().max(candidate.chars().count()) / 4).then_some(candidate)
}
