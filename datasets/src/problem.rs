use std::fmt;
use std::path::{Path, PathBuf};

/// Something wrong with a package, where it is, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the package folder.
    pub file: PathBuf,
    /// Its line, from 1, where the file has lines.
    pub line: Option<u32>,
    /// What is wrong.
    pub what: String,
    /// The next step.
    pub remedy: String,
}

impl Problem {
    /// A problem with a file as a whole.
    pub fn of_file(file: impl AsRef<Path>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.as_ref().to_path_buf(), line: None, what: what.into(), remedy: remedy.into() }
    }

    /// A problem at a line.
    pub fn at_line(
        file: impl AsRef<Path>,
        line: u32,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { line: Some(line), ..Self::of_file(file, what, remedy) }
    }
}

/// `tasks/digits/labels.csv:17: the class "ten" is not in [answer] classes — add it there or correct the label`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {} — {}", self.what, self.remedy)
    }
}
