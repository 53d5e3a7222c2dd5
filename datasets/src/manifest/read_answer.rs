//! `[answer]` → [`AnswerContract`].

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use egret_contract::{
    AnswerContract, BoxesAnswer, CLASS_COUNT_MAX, ClassNames, ClassesAnswer, EmbeddingAnswer, InputContract,
    MaskAnswer, Search, SegmentsAnswer, Similarity, TranscriptAnswer, ValuesAnswer,
};

use super::list;
use super::reader::{At, Table};

/// Bytes of a class name.
const CLASS_NAME_BYTES_MAX: usize = 256;
/// Boxes or segments of one answer when nothing is said.
const COUNT_DEFAULT: u32 = 100;
/// Bytes of one transcript when nothing is said.
const TRANSCRIPT_BYTES_DEFAULT: u32 = 1024;
/// Dimensions of an embedding when nothing is said.
const DIMENSION_DEFAULT: u32 = 2048;
/// Gallery items found per query when nothing is said.
const TOP_COUNT_DEFAULT: u32 = 100;

/// The kinds of answers, as in files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Classes,
    Multilabel,
    Values,
    Boxes,
    Mask,
    Transcript,
    Embedding,
    Segments,
}

const KINDS: [(&str, Kind); 8] = [
    ("classes", Kind::Classes),
    ("multilabel", Kind::Multilabel),
    ("values", Kind::Values),
    ("boxes", Kind::Boxes),
    ("mask", Kind::Mask),
    ("transcript", Kind::Transcript),
    ("embedding", Kind::Embedding),
    ("segments", Kind::Segments),
];

/// What `[answer]` says.
pub(super) struct Answer {
    pub kind: Kind,
    pub contract: AnswerContract,
    pub class_names_public: bool,
    /// Files it names, relative to the package folder.
    pub files: Vec<PathBuf>,
}

/// What is around `[answer]`.
pub(super) struct Around<'a> {
    pub package: &'a Path,
    /// The task's folder, relative to the package.
    pub folder: &'a Path,
    /// What the answer is to, if that could be read.
    pub input: Option<&'a InputContract>,
    /// The classes that the labels have, and what to call those labels.
    pub labelled: &'a dyn Fn(Kind) -> (Vec<String>, String),
}

/// Reads `[answer]`.
pub(super) fn read(mut table: Table<'_, '_>, around: &Around<'_>) -> Option<Answer> {
    table.need("kind", "kind = \"classes\"");
    let kind = table.choice("kind", &KINDS)?.value;
    let mut files = Vec::new();
    let mut class_names_public = true;
    let mut classes = |table: &mut Table<'_, '_>| {
        class_names_public = table.boolean("class_names_public").is_none_or(|at| at.value);
        classes(table, kind, around, &mut files)
    };
    let contract = match kind {
        Kind::Classes => classes(&mut table).map(|classes| {
            let reject = reject(&mut table, &classes);
            AnswerContract::Classes(ClassesAnswer { classes, reject })
        }),
        Kind::Multilabel => classes(&mut table).map(AnswerContract::Multilabel),
        Kind::Values => values(&mut table),
        Kind::Boxes => classes(&mut table).map(|classes| {
            let box_count_max = count(&mut table, "box_count_max", COUNT_DEFAULT);
            AnswerContract::Boxes(BoxesAnswer { classes, box_count_max })
        }),
        Kind::Mask => classes(&mut table).map(|classes| AnswerContract::Mask(MaskAnswer { classes })),
        Kind::Transcript => transcript(&mut table, around, &mut files),
        Kind::Embedding => embedding(&mut table),
        Kind::Segments => classes(&mut table).map(|classes| {
            let segment_count_max = count(&mut table, "segment_count_max", COUNT_DEFAULT);
            AnswerContract::Segments(SegmentsAnswer { classes, segment_count_max })
        }),
    };
    // Names that were found wanting are a problem already; the rest is read on.
    if let (Some(contract), Some(input)) = (&contract, around.input) {
        for wrong in contract.problems(input) {
            table.note(table.span(), format!("`{}` {}", wrong.field, wrong.rule), "correct the contract");
        }
    }
    if contract.is_some() {
        table.finish();
    }
    contract.map(|contract| Answer { kind, contract, class_names_public, files })
}

/// A figure whose range the contract knows.
fn count(table: &mut Table<'_, '_>, key: &'static str, default: u32) -> u32 {
    table.integer(key, 0..u64::from(u32::MAX) + 1).map_or(default, |at| at.value as u32)
}

/// The classes: listed, in a file of their own, counted (for masks), or those of the labels.
fn classes(
    table: &mut Table<'_, '_>,
    kind: Kind,
    around: &Around<'_>,
    files: &mut Vec<PathBuf>,
) -> Option<ClassNames> {
    if kind == Kind::Mask && table.has("class_count") {
        let class_count = table.integer("class_count", 1..u64::from(u16::MAX))?.value as u32;
        return Some(ClassNames { class_count, class_names: Vec::new() });
    }
    let (listed, span) = (table.has("classes"), table.span());
    let (names, origin) = if listed {
        (table.strings("classes")?.value, "listed".to_owned())
    } else {
        let (names, origin) = if table.has("classes_file") {
            (list_file(table, "classes_file", around, files)?, "in `classes_file`".to_owned())
        } else {
            (around.labelled)(kind)
        };
        (names.into_iter().map(|value| At { value, span: span.clone() }).collect(), origin)
    };
    let least = if kind == Kind::Classes { 2 } else { 1 };
    if !(least..=CLASS_COUNT_MAX as usize).contains(&names.len()) {
        let what = format!("the number of classes {origin} is {}", names.len());
        table.note(span, what, format!("{least} to {CLASS_COUNT_MAX} are possible"));
        return None;
    }
    let names = distinct(table, names);
    Some(ClassNames { class_count: names.len() as u32, class_names: names })
}

/// The class names, with a problem for each that cannot be one.
fn distinct(table: &Table<'_, '_>, listed: Vec<At<String>>) -> Vec<String> {
    let mut seen = HashSet::new();
    for class in &listed {
        let name = class.value.as_str();
        if !seen.insert(name) {
            let what = format!("the class \"{name}\" is listed twice");
            table.note(class.span.clone(), what, "remove one; a class's index is its place in the list");
        }
        let blank = name.is_empty() || name.trim() != name || name.chars().any(char::is_control);
        if blank || name.len() > CLASS_NAME_BYTES_MAX {
            let what = format!("\"{name}\" cannot be a class");
            let remedy = format!("1 to {CLASS_NAME_BYTES_MAX} bytes on one line, without blanks around them");
            table.note(class.span.clone(), what, remedy);
        }
    }
    listed.into_iter().map(|class| class.value).collect()
}

/// The names in the file that `key` names.
fn list_file(
    table: &mut Table<'_, '_>,
    key: &'static str,
    around: &Around<'_>,
    files: &mut Vec<PathBuf>,
) -> Option<Vec<String>> {
    let file = table.path(key, around.folder)?;
    let names = list::read(&around.package.join(&file)).map_err(|what| {
        let what = format!("`{key}` of [answer] {what}");
        table.note(table.span(), what, "correct the file or its path");
    });
    files.push(file);
    names.ok()
}

fn reject(table: &mut Table<'_, '_>, classes: &ClassNames) -> Option<u32> {
    let name = table.text("reject", CLASS_NAME_BYTES_MAX)?;
    let index = classes.class_names.iter().position(|class| *class == name.value);
    if index.is_none() {
        table.note(name.span, format!("`reject` is \"{}\"", name.value), "name one of the classes");
    }
    index.map(|index| index as u32)
}

fn values(table: &mut Table<'_, '_>) -> Option<AnswerContract> {
    table.need("names", "names = [\"age\"]");
    let names = table.strings("names")?.value;
    let mut seen = HashSet::new();
    for name in &names {
        if !seen.insert(name.value.as_str()) || name.value.trim() != name.value {
            let what = format!("\"{}\" cannot be the name of a value", name.value);
            table.note(name.span.clone(), what, "name each value once, without blanks around its name");
        }
    }
    let value_names = names.into_iter().map(|name| name.value).collect();
    Some(AnswerContract::Values(ValuesAnswer { value_names }))
}

fn transcript(
    table: &mut Table<'_, '_>,
    around: &Around<'_>,
    files: &mut Vec<PathBuf>,
) -> Option<AnswerContract> {
    let vocabulary = if table.has("vocabulary_file") {
        list_file(table, "vocabulary_file", around, files)?
    } else {
        let listed = table.strings("vocabulary").map_or_else(Vec::new, |tokens| tokens.value);
        listed.into_iter().map(|token| token.value).collect()
    };
    let blank = table.integer("blank", 0..u64::from(u32::MAX) + 1).map(|at| at.value as u32);
    let separator = table.text("separator", 8).map_or_else(String::new, |at| at.value);
    let text_bytes_max = count(table, "text_bytes_max", TRANSCRIPT_BYTES_DEFAULT);
    Some(AnswerContract::Transcript(TranscriptAnswer { vocabulary, blank, separator, text_bytes_max }))
}

fn embedding(table: &mut Table<'_, '_>) -> Option<AnswerContract> {
    let dimension_max = count(table, "dimension_max", DIMENSION_DEFAULT);
    let all = Similarity::ALL.map(|similarity| (similarity.as_str(), similarity));
    let similarity = table.choice("similarity", &all).map_or(Similarity::Cosine, |at| at.value);
    table.need("search", "search = \"verification\"");
    let retrieval = table.choice("search", &[("verification", false), ("retrieval", true)])?.value;
    let search = if retrieval {
        Search::Retrieval { top_count: count(table, "top_count", TOP_COUNT_DEFAULT) }
    } else {
        Search::Verification
    };
    Some(AnswerContract::Embedding(EmbeddingAnswer { dimension_max, similarity, search }))
}
