//! Video: of n decoded frames, frame i of T is number min(n − 1, ⌊(i + ½) · n / T⌋), whatever the times of the frames say.
//!
//! A file is decoded by the system's ffmpeg, twice: once to count the frames, once to take the chosen ones. Its first stream of
//! pictures counts; rotation as recorded is applied, the shape of pixels is not. RGB is made by swscale in its exact C arithmetic
//! (`accurate_rnd`), a chroma sample for all the pixels it covers, by the matrix the stream names and else that of BT.601; PyAV's
//! `to_image()` is within three levels of it (its faster arithmetic depends on the processor). Then frames are fitted as
//! pictures are. A folder holds a frame per picture, in the order of their names, numbers by value; names with a dot in front are
//! passed over.

use std::fs;
use std::path::{Path, PathBuf};

use egret_contract::{ImageInput, VideoInput};
use fast_image_resize::Resizer;

use super::ffmpeg::{Ffmpeg, Run};
use super::fit::fit;
use super::picture::{self, Picture};
use super::{Unusable, numbered, read};

/// Frames of one folder.
const FRAMES_MAX: usize = 100_000;

/// Which of n frames: not falling.
fn chosen(n: u64, to: &VideoInput) -> Vec<u64> {
    let count = u64::from(to.frame_count);
    (0..count).map(|i| ((2 * i + 1) * n / (2 * count)).min(n - 1)).collect()
}

fn frame(to: &VideoInput) -> ImageInput {
    ImageInput { width: to.width, height: to.height, channels: 3, fit: to.fit }
}

/// The contract's frames of a video.
pub(super) fn of_file(
    path: &Path,
    to: &VideoInput,
    ffmpeg: &Ffmpeg,
    resizer: &mut Resizer,
) -> Result<Vec<u8>, Unusable> {
    let count = count(ffmpeg, path)?;
    let chosen = chosen(count, to);
    let mut distinct = chosen.clone();
    distinct.dedup();
    let select: Vec<String> = distinct.iter().map(|number| format!("eq(n\\,{number})")).collect();
    let filter =
        format!("select='{}',scale=flags=neighbor+accurate_rnd+bitexact,format=rgb24", select.join("+"));
    let frames = distinct.len().to_string();
    let mut run = ffmpeg.start(
        path,
        &[
            "-map",
            "0:v:0",
            "-fps_mode",
            "passthrough",
            "-vf",
            &filter,
            "-frames:v",
            &frames,
            "-c:v",
            "ppm",
            "-f",
            "image2pipe",
        ],
    )?;
    let mut out = Vec::new();
    for number in distinct {
        let Some(picture) = next(&mut run)? else {
            run.finish()?;
            return Err(Unusable::new("the video has fewer frames than it had just now", "leave it alone"));
        };
        let fitted = fit(resizer, picture, &frame(to))?;
        for _ in chosen.iter().filter(|one| **one == number) {
            out.extend_from_slice(&fitted.samples);
        }
    }
    run.finish()?;
    Ok(out)
}

/// Decodes a video to its end and counts, as ffmpeg reports it: lines of `key=value`.
fn count(ffmpeg: &Ffmpeg, path: &Path) -> Result<u64, Unusable> {
    let most = (ffmpeg.frames_max + 1).to_string();
    let arguments = [
        "-progress",
        "pipe:1",
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
        "-frames:v",
        &most,
        "-f",
        "null",
    ];
    let mut run = ffmpeg.start(path, &arguments)?;
    let mut report = String::new();
    let mut count = 0;
    while run.line(&mut report)? {
        if let Some(frames) = report.strip_prefix("frame=") {
            count = frames.trim().parse().unwrap_or(count);
        }
    }
    run.finish()?;
    match count {
        0 => Err(Unusable::new("the video has no frames", "replace or remove it")),
        count if count <= ffmpeg.frames_max => Ok(count),
        _ => Err(Unusable::new(format!("the video has more than {} frames", ffmpeg.frames_max), "cut it")),
    }
}

/// The next frame of a pipe of PPM pictures: `P6`, width and height, 255, each in a line, then the samples.
fn next(run: &mut Run) -> Result<Option<Picture>, Unusable> {
    let mut header = String::new();
    for _ in 0..3 {
        let mut line = String::new();
        run.line(&mut line)?;
        header.push_str(&line);
    }
    let fields: Vec<&str> = header.split_ascii_whitespace().collect();
    let ["P6", width, height, "255"] = fields[..] else { return Ok(None) };
    let (Ok(width), Ok(height)) = (width.parse(), height.parse()) else { return Ok(None) };
    picture::bounded(width, height)?;
    let mut samples = vec![0; (width * height * 3) as usize];
    Ok(run.fill(&mut samples)?.then_some(Picture { width, height, samples }))
}

/// The contract's frames of a folder of pictures.
pub(super) fn of_folder(path: &Path, to: &VideoInput, resizer: &mut Resizer) -> Result<Vec<u8>, Unusable> {
    let files = pictures(path)?;
    if files.is_empty() {
        return Err(Unusable::new("the folder has no frames", "put pictures into it, or remove it"));
    }
    let mut out = Vec::new();
    let chosen = chosen(files.len() as u64, to);
    for same in chosen.chunk_by(|a, b| a == b) {
        let file = &files[same[0] as usize];
        let named = |wrong: Unusable| Unusable { what: format!("{}: {}", name(file), wrong.what), ..wrong };
        let picture = read::whole(file).and_then(|bytes| picture::decode(&bytes, 3)).map_err(named)?;
        let fitted = fit(resizer, picture, &frame(to))?;
        for _ in same {
            out.extend_from_slice(&fitted.samples);
        }
    }
    Ok(out)
}

/// The files of a folder by name.
fn pictures(path: &Path) -> Result<Vec<PathBuf>, Unusable> {
    let unreadable = |error: std::io::Error| {
        Unusable::new(format!("the folder cannot be read: {error}"), "make it readable")
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if name(&file).starts_with('.') {
            continue;
        }
        if files.len() == FRAMES_MAX {
            return Err(Unusable::new(
                format!("the folder has more than {FRAMES_MAX} frames"),
                "remove some",
            ));
        }
        files.push(file);
    }
    files.sort_by(|a, b| numbered::compare(&name(a), &name(b)));
    Ok(files)
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
