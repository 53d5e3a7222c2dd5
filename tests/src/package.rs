//! A small competition that a few weights solve: gray squares, labelled by how bright they are.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Result;
use image::GrayImage;
use jiff::{Timestamp, ToSpan as _};

/// What a story needs of the brightness competition.
#[derive(Debug, Clone)]
pub struct Brightness {
    /// The competition's id.
    pub id: String,
    /// Items per split: sample, public, private.
    pub items: [u32; 3],
    /// Submissions a team may make per day.
    pub per_day_max: u32,
    /// When the live phase starts and ends, in minutes from now.
    pub window: (i64, i64),
    /// The largest model.
    pub model_mib_max: u32,
    /// Wall-clock seconds of an evaluation.
    pub wall_s_max: u32,
}

impl Default for Brightness {
    fn default() -> Self {
        let id = "brightness".into();
        Self { id, items: [6, 30, 6], per_day_max: 20, window: (-5, 600), model_mib_max: 8, wall_s_max: 60 }
    }
}

const CLASSES: [(&str, u8); 3] = [("dark", 40), ("medium", 128), ("light", 215)];

/// Writes the package into `dir`.
pub fn write_brightness(dir: &Path, wanted: &Brightness) -> Result<()> {
    let task = dir.join("tasks/squares");
    let media = task.join("media");
    fs::create_dir_all(&media)?;
    let (start, end) = wanted.window;
    let per_day = wanted.per_day_max;
    let live = phase("live", (start, end), "public", &format!("per_day_max = {per_day}, total_max = 100"))?;
    let last = phase("final", (end + 60, end + 600), "private", "per_day_max = 2, total_max = 2")?;
    let head = "title = \"Brightness\"\ntitle_zh = \"明暗\"\ndescription = \"Say how bright a square is.\"";
    let manifest = format!("id = \"{}\"\n{head}\ntime_zone = \"Asia/Shanghai\"\n{live}{last}", wanted.id);
    fs::write(dir.join("competition.toml"), manifest)?;
    fs::write(
        task.join("task.toml"),
        format!(
            r#"title = "Squares"
title_zh = "方块"
description = "Three classes of gray."
metrics = ["accuracy", "f1.macro", "log_loss"]

[input]
kind = "image"
width = 4
height = 4
channels = 1
fit = "stretch"

[answer]
kind = "classes"
classes = ["dark", "medium", "light"]

[limits]
wall_s_max = {}
cpu_s_max = 60
memory_mib_max = 512
thread_count = 1
model_mib_max = {}
"#,
            wanted.wall_s_max, wanted.model_mib_max
        ),
    )?;
    let mut labels = String::from("file,label,split\n");
    let mut number = 0_u32;
    for (split, count) in ["sample", "public", "private"].into_iter().zip(wanted.items) {
        for i in 0..count {
            let (class, level) = CLASSES[(i % 3) as usize];
            // The first row tells the number in octal: no two files have the same content.
            let image = GrayImage::from_fn(4, 4, |x, y| {
                image::Luma([level + if y == 0 { ((number >> (3 * x)) & 7) as u8 } else { 0 }])
            });
            let name = format!("{number:05}.png");
            image.save(media.join(&name))?;
            writeln!(labels, "{name},{class},{split}")?;
            number += 1;
        }
    }
    fs::write(task.join("labels.csv"), labels)?;
    Ok(())
}

/// Writes the `competition.toml` of a competition with one phase, open now, on the public split.
pub fn write_competition(dir: &Path, id: &str) -> Result<()> {
    let live = phase("live", (-5, 600), "public", "per_day_max = 100")?;
    let manifest = format!("id = \"{id}\"\ntitle = \"{id}\"\ntime_zone = \"Asia/Shanghai\"\n{live}");
    Ok(fs::write(dir.join("competition.toml"), manifest)?)
}

/// A phase whose id is its kind, from and to so many minutes from now.
fn phase(kind: &str, window: (i64, i64), split: &str, quota: &str) -> Result<String> {
    let time = |minutes: i64| -> Result<String> {
        let time = Timestamp::now().checked_add(minutes.minutes())?;
        Ok(time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
    };
    let (start, end) = (time(window.0)?, time(window.1)?);
    Ok(format!(
        r#"
[[phases]]
id = "{kind}"
kind = "{kind}"
start = "{start}"
end = "{end}"
split = "{split}"
quota = {{ {quota}, concurrent_max = 10 }}
release = {{ policy = "exact", decimals = 4 }}
"#
    ))
}
