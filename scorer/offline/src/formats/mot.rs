//! MOTChallenge: `frame,track,left,top,width,height,…`, frames from 1; a file is a sequence, a folder has several.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::cells::{finite, whole};
use super::limits;
use super::named::{Named, table};
use super::source::{Line, Source, entries};
use super::{Reading, wrong};
use crate::{Table, TableError};

const FORM: &str = "write frame,track,left,top,width,height, and what else there is";

type Frames = Vec<Vec<Value>>;

#[derive(Default)]
struct Sequence {
    truth: Frames,
    /// `None` where there is no file.
    found: Option<Frames>,
}

pub(super) fn read(reading: Reading<'_>) -> Result<Table, TableError> {
    let mut sequences: Named<Sequence> = Named::new(reading.limits);
    let mut count = 0;
    for (name, path) in files(reading.labels, &reading)? {
        let source = Source::open(&path, reading.limits)?;
        let truth = frames(&source, true, count, &reading)?;
        count += truth.len() as u64;
        sequences.at(&name, || source.file.clone())?.truth = truth;
    }
    let mut count = 0;
    for (name, path) in files(reading.predictions, &reading)? {
        let source = Source::open(&path, reading.limits)?;
        let Some(sequence) = sequences.find(&name) else {
            let what = format!("the sequence `{name}` is not among the labels");
            return Err(wrong(source.file, what, "remove or rename the file"));
        };
        let found = frames(&source, false, count, &reading)?;
        count += found.len() as u64;
        sequence.found = Some(found);
    }
    let row = |(_, mut sequence): (String, Sequence)| {
        // Both have as many frames: those at the end may be empty in one.
        let found_count = sequence.found.as_ref().map_or(0, Vec::len);
        let count = sequence.truth.len().max(found_count);
        sequence.truth.resize(count, Vec::new());
        if let Some(found) = &mut sequence.found {
            found.resize(count, Vec::new());
        }
        [Value::from(sequence.truth), sequence.found.map_or(Value::Null, Value::from)]
    };
    Ok(table(reading.settings, ["gt", "hyp"], sequences.into_items().into_iter().map(row)))
}

/// Sequences by name: `NAME.txt` or `NAME/gt/gt.txt` of a folder. A file alone is the sequence, under any name.
fn files(path: &Path, reading: &Reading<'_>) -> Result<Vec<(String, PathBuf)>, TableError> {
    if !path.is_dir() {
        return Ok(vec![(String::new(), path.to_path_buf())]);
    }
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for (name, path) in entries(path, reading.limits)? {
        let nested = path.join("gt/gt.txt");
        if let Some(stem) = name.strip_suffix(".txt") {
            files.push((stem.to_owned(), path));
        } else if nested.is_file() {
            files.push((name, nested));
        }
    }
    files.sort_unstable();
    if let Some(pair) = files.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let what = format!("the sequence `{}` has another file", pair[0].0);
        return Err(wrong(pair[1].1.display().to_string(), what, "keep one"));
    }
    if files.is_empty() {
        let remedy = "write NAME.txt or NAME/gt/gt.txt per sequence";
        return Err(wrong(path.display().to_string(), "no sequence", remedy));
    }
    Ok(files)
}

/// The boxes of each frame; other sequences had `before` frames. Truth whose seventh cell is 0 is not to be considered.
fn frames(source: &Source, is_truth: bool, before: u64, reading: &Reading<'_>) -> Result<Frames, TableError> {
    let mut frames = Frames::new();
    for line in source.rows(&["#"]) {
        let line = line?;
        let cells: Vec<&str> = line.text.split(',').map(str::trim).collect();
        let [frame, track, left, top, width, height, rest @ ..] = cells.as_slice() else {
            return Err(line.wrong(format!("{} cells", cells.len()), FORM));
        };
        let frame = whole(frame, "frame", &line)?;
        if frame == 0 {
            return Err(line.wrong("frame 0", "count frames from 1"));
        }
        let most = reading.limits.frame_count;
        limits::check(before.saturating_add(frame), most, "frames", "score in parts", || line.place())?;
        if frames.len() < frame as usize {
            frames.resize(frame as usize, Vec::new());
        }
        if is_truth && rest.first().is_some_and(|flag| flag.parse() == Ok(0.0)) {
            continue;
        }
        let track = whole(track, "track", &line)?;
        frames[frame as usize - 1].push(one(track, [left, top, width, height], &line)?);
    }
    Ok(frames)
}

fn one(track: u64, bounds: [&str; 4], line: &Line<'_>) -> Result<Value, TableError> {
    let mut numbers = [0.0; 4];
    for (number, text) in numbers.iter_mut().zip(bounds) {
        *number = finite(text, "number of pixels", line)?;
    }
    let [left, top, width, height] = numbers;
    Ok(json!([track, left, top, width, height]))
}
