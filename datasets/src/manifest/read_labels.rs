//! `labels` → [`LabelFiles`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::read_answer::Kind;
use super::reader::{At, Table};
use super::{LabelFiles, LabelSource};

/// What `labels = "…"` or `[labels]` says.
#[derive(Default)]
pub(super) struct Stated {
    path: Option<PathBuf>,
    trials: Option<PathBuf>,
    relevance: Option<PathBuf>,
    ignored: Vec<String>,
    /// Any other key: the name that a column has in the file, by the name it has here.
    pub columns: Vec<(String, At<String>)>,
}

/// Bytes of a column's name.
const COLUMN_BYTES_MAX: usize = 256;

/// Reads `labels` of a manifest in `folder`.
pub(super) fn read(document: &mut Table<'_, '_>, folder: &Path) -> Stated {
    if document.has_text("labels") {
        return Stated { path: document.path("labels", folder), ..Stated::default() };
    }
    document.table("labels").map_or_else(Stated::default, |mut table| Stated {
        path: table.path("path", folder),
        trials: table.path("trials", folder),
        relevance: table.path("relevance", folder),
        ignored: table
            .strings("ignore")
            .map_or_else(Vec::new, |names| names.value.into_iter().map(|name| name.value).collect()),
        columns: table.other_texts(COLUMN_BYTES_MAX),
    })
}

impl Stated {
    /// What there is to read, for answers of a kind: what was stated, or else what lies in the folder.
    ///
    /// `in_folders`: whether the folder of media has folders in it.
    pub fn find(
        &self,
        package: &Path,
        folder: &Path,
        kind: Kind,
        parts: Vec<String>,
        in_folders: bool,
    ) -> LabelFiles {
        let there = |name: &str| Some(folder.join(name)).filter(|file| package.join(file).is_file());
        let trials = self.trials.clone().or_else(|| there("trials.csv"));
        let trials = trials.filter(|_| kind == Kind::Embedding);
        let found = self.path.clone().or_else(|| there("labels.csv"));
        let source = match (found, kind) {
            (Some(file), _) if file.extension().is_some_and(|kind| kind == "json") => LabelSource::Coco(file),
            (Some(file), _) => LabelSource::Csv(file),
            (None, Kind::Boxes) if there("annotations.json").is_some() => {
                LabelSource::Coco(folder.join("annotations.json"))
            }
            (None, Kind::Classes) if in_folders && parts == ["file"] => LabelSource::Folders,
            (None, Kind::Embedding) if trials.is_some() => LabelSource::Trials,
            (None, _) => LabelSource::Csv(folder.join("labels.csv")),
        };
        let relevance = self.relevance.clone().or_else(|| there("relevance.csv"));
        let columns = self.columns.iter().map(|(here, there)| (here.clone(), there.value.clone()));
        LabelFiles {
            source,
            trials,
            relevance: relevance.filter(|_| kind == Kind::Embedding),
            parts,
            columns: columns.collect::<BTreeMap<_, _>>(),
            ignored: self.ignored.clone(),
        }
    }
}
