//! Small packages in temporary folders.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod sealed;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use egret_datasets::{Problem, Silent, check};
use image::{DynamicImage, GrayImage, RgbImage};
use tempfile::TempDir;

pub const COMPETITION: &str = r#"id = "digits"
title = "Digits"
time_zone = "Asia/Shanghai"

[[phases]]
id = "live"
kind = "live"
start = "2026-03-01T09:00:00+08:00"
end = "2026-04-01T09:00:00+08:00"
split = "public"
quota = { per_day_max = 5 }
release = { policy = "exact" }

[[phases]]
id = "final"
kind = "final"
start = 2026-04-01T09:00:00+08:00
end = 2026-04-02T09:00:00+08:00
split = "private"
release = { policy = "exact" }
"#;

pub const TASK: &str = r#"title = "Which digit?"
metrics = ["accuracy", "f1.macro"]

[input]
kind = "image"
width = 4
height = 3
channels = 1
fit = "stretch"

[answer]
kind = "classes"
classes = ["zero", "one"]
"#;

/// `[input]` of [`TASK`].
pub const IMAGE_INPUT: &str =
    "[input]\nkind = \"image\"\nwidth = 4\nheight = 3\nchannels = 1\nfit = \"stretch\"\n";

pub const SOUND_INPUT: &str = "[input]\nkind = \"audio\"\nsample_rate_hz = 8000\nsample_count_max = 16\n";

/// A package folder that is deleted in the end.
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    /// Manifests, and six gray pictures of the contract's size in three splits.
    pub fn new() -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap() };
        folder.write("competition.toml", COMPETITION);
        folder.write("tasks/digits/task.toml", TASK);
        let mut labels = String::from("file,label,split\n");
        for (index, split) in
            ["sample", "sample", "public", "public", "private", "private"].iter().enumerate()
        {
            let label = if index % 2 == 0 { "zero" } else { "one" };
            writeln!(labels, "{index}.png,{label},{split}").unwrap();
            folder.gray(&format!("{index}.png"), 4, 3, |x, y| (index as u32 * 40 + y * 4 + x) as u8);
        }
        folder.labels(&labels);
        folder
    }

    /// A task with this `[input]` and `[answer]`, nothing else.
    pub fn of_task(metric: &str, contract: &str) -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap() };
        folder.write("competition.toml", COMPETITION);
        let task = format!("title = \"A task\"\nmetrics = [\"{metric}\"]\n{contract}");
        folder.write("tasks/digits/task.toml", task);
        folder
    }

    /// Pictures of the contract's size, each of another gray.
    pub fn grays(&self, files: &[&str]) {
        for (file, level) in files.iter().zip(1u8..) {
            self.gray(file, 4, 3, |x, y| level * 12 + (y * 4 + x) as u8);
        }
    }

    /// The same with sounds of ten samples.
    pub fn of_sounds() -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap() };
        folder.write("competition.toml", COMPETITION);
        let image = &TASK[TASK.find("[input]").unwrap()..TASK.find("[answer]").unwrap()];
        folder.write("tasks/digits/task.toml", TASK.replace(image, &format!("{SOUND_INPUT}\n")));
        let mut labels = String::from("file,label,split\n");
        for (index, split) in ["sample", "public", "private"].iter().enumerate() {
            writeln!(labels, "{index}.wav,zero,{split}").unwrap();
            folder.wav(&format!("{index}.wav"), 8000, 1, &[(index as i16 + 1) * 100; 10]);
        }
        folder.labels(&labels);
        folder
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn media(&self, file: &str) -> PathBuf {
        self.path().join("tasks/digits/media").join(file)
    }

    pub fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Replaces a text that must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from:?}");
        self.write(file, text.replacen(from, to, 1));
    }

    pub fn labels(&self, text: &str) {
        self.write("tasks/digits/labels.csv", text);
    }

    pub fn save(&self, file: &str, image: impl Into<DynamicImage>) {
        let path = self.media(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        image.into().save(path).unwrap();
    }

    pub fn gray(&self, file: &str, width: u32, height: u32, value: impl Fn(u32, u32) -> u8) {
        self.save(file, GrayImage::from_fn(width, height, |x, y| image::Luma([value(x, y)])));
    }

    pub fn rgb(&self, file: &str, width: u32, height: u32, value: impl Fn(u32, u32) -> [u8; 3]) {
        self.save(file, RgbImage::from_fn(width, height, |x, y| image::Rgb(value(x, y))));
    }

    pub fn wav(&self, file: &str, sample_rate: u32, channels: u16, samples: &[i16]) {
        let path = self.media(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let sample_format = hound::SampleFormat::Int;
        let spec = hound::WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for sample in samples {
            writer.write_sample(*sample).unwrap();
        }
        writer.finalize().unwrap();
    }

    pub fn problems(&self) -> Vec<Problem> {
        check(self.path(), &Silent).problems
    }

    /// Asserts that exactly these are the problems; each must contain its text.
    #[track_caller]
    pub fn expect(&self, texts: &[&str]) {
        let problems = self.problems();
        let all = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(problems.len(), texts.len(), "{all}");
        for (problem, text) in problems.iter().zip(texts) {
            assert!(problem.to_string().contains(text), "no {text:?} in\n{all}");
            assert!(!problem.remedy.is_empty());
        }
    }
}
