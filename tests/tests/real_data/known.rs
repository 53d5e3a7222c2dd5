//! Publishing a set, submitting its models, and what their scores must be.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use egret_tests::{Actor, Database, Site, path, write_competition};
use serde_json::{Value, json};

use super::sets::Set;

/// A model of the data's own list, how it is fed, and its known figure on all items.
pub struct Known {
    /// Below `models/`.
    pub model: &'static str,
    pub adapter: &'static [&'static str],
    pub figure: Figure,
    pub expected: f64,
    /// Beside what rounding to four decimals takes.
    pub tolerance: f64,
}

/// What the first metric is, and how that of all items follows from those of the splits.
#[derive(Clone, Copy)]
pub enum Figure {
    /// Right items / items.
    Share,
    /// Edits / words of the references.
    PerWord,
    /// It does not follow: all items are hidden, and the sample is another one.
    Hidden,
    /// The check refuses the model with this fault.
    Refused(&'static str),
}

/// Models that are tried elsewhere, and why.
pub const KNOWN_MODELS: [&str; 0] = [];

/// The folder of data, if it is there.
pub fn data() -> Result<Option<PathBuf>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if data.is_dir() {
        return Ok(Some(data));
    }
    // Past the test runner's capture: a skipped test is not silent.
    writeln!(std::io::stdout(), "SKIPPED: ../shared/data is not here")?;
    Ok(None)
}

/// Publishes the set and submits every model.
pub fn scores_are_the_known_ones(set: &Set) -> Result<()> {
    let Some(data) = data()? else { return Ok(()) };
    let site = Site::start(Database::Sqlite, 1)?;
    let package = site.scratch().join("package");
    let weights = write_package(&package, &data.join(set.folder), set)?;
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    let team = site.team(set.id, "gulls", "Gulls")?;
    for known in set.known {
        let model = data.join("models").join(known.model);
        let task = format!("{}/items", set.id);
        let args = [&["submit", path(&model)?, "--task", &task, "--watch"], known.adapter].concat();
        let last = submitted(&team, &args)?;
        if let Figure::Refused(fault) = known.figure {
            assert_eq!(last["check"]["fault"], fault, "{}: {}", known.model, last["check"]);
            continue;
        }
        let score = |report: &Value| report["metrics"][0]["value"].as_f64().context("a score");
        let (sample, hidden) = (score(&last["check"])?, score(&last["release"])?);
        let all = match known.figure {
            Figure::Hidden => hidden,
            _ => (sample * weights[0] + hidden * weights[1]) / (weights[0] + weights[1]),
        };
        let off = (all - known.expected).abs();
        // Releases are rounded too.
        assert!(off <= known.tolerance + 1.1e-4, "{}: {all}, known is {}", known.model, known.expected);
        println!(
            "{}: {all:.4}, known is {}; {}",
            known.model,
            known.expected,
            last["check"]["adapter_summary"].as_str().unwrap_or_default()
        );
    }
    Ok(())
}

/// The submission at its end, also where it was rejected.
fn submitted(team: &Actor, args: &[&str]) -> Result<Value> {
    let outcome = team.run(&[args, &["--output", "json"]].concat())?;
    let last = outcome.stdout.lines().rfind(|line| !line.trim().is_empty()).context("a submission")?;
    serde_json::from_str(last)
        .or_else(|_| serde_json::from_str(&outcome.stdout))
        .with_context(|| format!("{}\n{}", outcome.stdout, outcome.stderr))
}

/// Writes the package: every tenth item is public sample, the rest is hidden. Returns what the sample's and the hidden
/// figure weigh.
fn write_package(package: &Path, from: &Path, set: &Set) -> Result<[f64; 2]> {
    let task = package.join("tasks/items");
    fs::create_dir_all(&task)?;
    write_competition(package, set.id)?;
    let media = if set.media == "." { "media" } else { set.media };
    if !media.is_empty() {
        copy(&from.join(set.media), &task.join(media))?;
        let _ = fs::remove_file(task.join(media).join(set.labels));
    }
    let is_coco = Path::new(set.labels).extension().is_some_and(|extension| extension == "json");
    let item = if media.is_empty() { "text" } else { "file" };
    let truth = if set.task.contains("transcript") { "text" } else { "label" };
    let renamed = if is_coco {
        String::new()
    } else {
        format!("{item} = \"{}\"\n{truth} = \"{}\"\n", set.columns[0], set.columns[1])
    };
    let folder = if media.is_empty() { String::new() } else { format!("media = \"{media}\"\n") };
    let manifest =
        format!("title = \"Items\"\n{folder}{}\n[labels]\npath = \"{}\"\n{renamed}", set.task, set.labels);
    fs::write(task.join("task.toml"), manifest)?;
    if is_coco {
        return coco(&from.join(set.labels), &task, set);
    }
    let mut reader = csv::Reader::from_path(from.join(set.labels))?;
    let header = reader.headers()?.clone();
    let column = |name: &str| header.iter().position(|column| column == name).context("a column");
    let (item, truth) = (column(set.columns[0])?, column(set.columns[1])?);
    let mut writer = csv::Writer::from_path(task.join(set.labels))?;
    writer.write_record([set.columns[0], set.columns[1], "split"])?;
    // The same text twice is one item's fate.
    let mut fates: HashMap<String, bool> = HashMap::new();
    let mut weights = [0.0; 2];
    let mut count = 0;
    for (index, row) in reader.records().enumerate() {
        let row = row?;
        let hidden = *fates.entry(row[item].to_owned()).or_insert(index % 10 != 0);
        let words = row[truth].split_whitespace().count() as f64;
        let per_word = set.known.iter().any(|known| matches!(known.figure, Figure::PerWord));
        weights[usize::from(hidden)] += if per_word { words } else { 1.0 };
        count += 1;
        writer.write_record([&row[item], &row[truth], if hidden { "public" } else { "sample" }])?;
    }
    writer.flush()?;
    assert_eq!(count, set.items);
    Ok(weights)
}

/// All pictures are hidden; the sample is one of our own, for a mean average precision is not the mean of two.
fn coco(from: &Path, task: &Path, set: &Set) -> Result<[f64; 2]> {
    let mut coco: Value = serde_json::from_slice(&fs::read(from)?)?;
    let images = coco["images"].as_array_mut().context("images")?;
    assert_eq!(images.len(), set.items);
    for image in images.iter_mut() {
        image["split"] = json!("public");
    }
    images.push(
        json!({"id": 999_999_999, "file_name": "ours.png", "width": 64, "height": 48, "split": "sample"}),
    );
    let class = coco["categories"][0]["id"].clone();
    let annotations = coco["annotations"].as_array_mut().context("annotations")?;
    annotations.push(json!({"id": 999_999_999, "image_id": 999_999_999, "category_id": class,
        "bbox": [8.0, 8.0, 16.0, 16.0], "area": 256.0, "iscrowd": 0}));
    image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, 90]))
        .save(task.join(set.media).join("ours.png"))?;
    fs::write(task.join(set.labels), serde_json::to_vec(&coco)?)?;
    Ok([0.0, 1.0])
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::write(to.join(entry.file_name()), fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
