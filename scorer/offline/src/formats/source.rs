//! Text of a file, line by line, and the files of a folder.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::limits::{self, Limits};
use super::wrong;
use crate::TableError;

/// A file that was read whole, as UTF-8 without a byte order mark.
pub(super) struct Source {
    /// As the caller named it.
    pub file: String,
    text: String,
    limits: Limits,
}

/// One line, without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'s> {
    file: &'s str,
    /// Counted from 1.
    pub number: usize,
    /// What is on it.
    pub text: &'s str,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, is larger than allowed, or is not UTF-8.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, TableError> {
        let file = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            wrong(file.as_str(), format!("it cannot be read: {error}"), "check path and permissions")
        };
        let check =
            |bytes| limits::check(bytes, limits.file_bytes, "bytes", "split the file", || file.clone());
        let opened = File::open(path).map_err(unreadable)?;
        check(opened.metadata().map_err(unreadable)?.len())?;
        let mut bytes = Vec::new();
        // A pipe has no length and a file may grow: what is read is bounded as well.
        opened.take(limits.file_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        check(bytes.len() as u64)?;
        Self::of_bytes(file, bytes, limits)
    }

    /// The same of bytes that are here already.
    pub fn of_bytes(file: String, bytes: Vec<u8>, limits: &Limits) -> Result<Self, TableError> {
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let number = before.split(|byte| *byte == b'\n').count();
            wrong(line_place(&file, number), "it is not UTF-8", "save the file as UTF-8")
        })?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(Self { file, text, limits: *limits })
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every line, blank ones too. A last line needs no end.
    pub fn lines(&self) -> impl Iterator<Item = Result<Line<'_>, TableError>> {
        self.text.lines().zip(1..).map(|(text, number)| {
            let line = Line { file: &self.file, number, text };
            let (bytes, most) = (text.len() as u64, self.limits.line_bytes);
            limits::check(bytes, most, "bytes in a line", "check that lines end where rows do", || {
                line.place()
            })?;
            Ok(line)
        })
    }

    /// Lines that say something: neither blank nor comments that begin as given.
    pub fn rows<'s>(
        &'s self,
        comments: &'static [&'static str],
    ) -> impl Iterator<Item = Result<Line<'s>, TableError>> {
        self.lines().filter(move |line| {
            let text = line.as_ref().map_or("?", |line| line.text.trim());
            !text.is_empty() && !comments.iter().any(|mark| text.starts_with(mark))
        })
    }
}

impl<'s> Line<'s> {
    /// Where it is.
    pub fn place(&self) -> String {
        line_place(self.file, self.number)
    }

    /// An error here.
    pub fn wrong(&self, what: impl Into<String>, remedy: impl Into<String>) -> TableError {
        wrong(self.place(), what, remedy)
    }

    /// Exactly so many words between blanks.
    pub fn words<const N: usize>(&self, form: &str) -> Result<[&'s str; N], TableError> {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let count = words.len();
        words.try_into().map_err(|_| self.wrong(format!("{count} words"), format!("write `{form}`")))
    }
}

/// A line of a file, in words.
pub(super) fn line_place(file: &str, number: usize) -> String {
    format!("{file}, line {number}")
}

/// What a folder holds, in the order of names; what begins with a dot is nobody's business.
pub(super) fn entries(folder: &Path, limits: &Limits) -> Result<Vec<(String, PathBuf)>, TableError> {
    let place = || folder.display().to_string();
    let unreadable = |error: std::io::Error| {
        wrong(place(), format!("it cannot be read: {error}"), "check path and permissions")
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(wrong(path.display().to_string(), "its name is not UTF-8", "rename it"));
        };
        if !name.starts_with('.') {
            found.push((name.to_owned(), path));
        }
        limits::check(found.len() as u64, limits.file_count, "files", "score in parts", place)?;
    }
    found.sort_unstable();
    Ok(found)
}
