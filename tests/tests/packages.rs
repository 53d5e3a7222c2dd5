//! Packages with mistakes: all of them told at once, by file and line, with a remedy, and nothing is published.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use egret_tests::{Actor, Brightness, Database, Site, brightness_models, path, write_brightness};
use serde_json::{Value, json};

/// What a mistake must be called: file, line, and a part of the text and of the remedy.
type Told = (&'static str, Option<u64>, &'static str, &'static str);

const LABELS: &str = "tasks/squares/labels.csv";

fn package(site: &Site) -> Result<PathBuf> {
    let package = site.scratch().join("package");
    write_brightness(&package, &Brightness::default())?;
    Ok(package)
}

fn edit(file: &Path, change: impl FnOnce(String) -> String) -> Result<()> {
    Ok(fs::write(file, change(fs::read_to_string(file)?))?)
}

/// Makes the mistakes that an organizer makes, and lists what must be said of them.
fn spoil(package: &Path) -> Result<Vec<Told>> {
    let media = package.join("tasks/squares/media");
    fs::remove_file(media.join("00002.png"))?;
    fs::copy(media.join("00003.png"), media.join("forgotten.png"))?;
    let mut corrupt = fs::read(media.join("00004.png"))?;
    corrupt.truncate(corrupt.len() / 2);
    fs::write(media.join("00004.png"), corrupt)?;
    edit(&package.join(LABELS), |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        // Line numbers count from 1, the header is line 1, and so 00005.png is in line 7.
        lines[6] = lines[6].replace(",light,", ",lihgt,");
        lines.push(lines[1].clone());
        lines.join("\n") + "\n"
    })?;
    edit(&package.join("competition.toml"), |text| {
        let line = text.lines().find(|line| line.starts_with("start = ")).unwrap().to_owned();
        text.replacen(&line, "start = \"2026-03-01T09:00:00\"", 1)
    })?;
    edit(&package.join("tasks/squares/task.toml"), |text| {
        text.replacen("channels = 1", "channels = 1\nchanels = 1", 1).replacen("accuracy", "acuracy", 1)
    })?;
    Ok(vec![
        ("competition.toml", Some(10), "no offset", "+08:00"),
        ("tasks/squares/task.toml", Some(4), "acuracy", "accuracy"),
        ("tasks/squares/task.toml", Some(11), "chanels", "channels"),
        (LABELS, Some(4), "there is no file \"00002.png\"", "did you mean"),
        (LABELS, Some(7), "the class \"lihgt\" is not known", "did you mean \"light\"?"),
        (LABELS, Some(44), "\"00000.png\" is listed twice, first in line 2", "remove one of the rows"),
        ("tasks/squares/media/00004.png", None, "the picture is damaged", "save it anew as PNG"),
        ("tasks/squares/media/forgotten.png", None, "the file has no label", "add it to the labels"),
    ])
}

#[test]
fn every_mistake_is_listed_in_one_run_and_publish_refuses_with_the_same_list() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let package = package(&site)?;
    let expected = spoil(&package)?;
    let problems = listed(&site, &package)?;
    assert_told(&problems, &expected);

    let told = site.operator.run(&["competition", "check", path(&package)?])?;
    assert_eq!(told.code, 3);
    assert!(
        told.stdout.contains(&format!("{LABELS}:7: the class \"lihgt\" is not known — ")),
        "{}",
        told.stdout
    );
    assert!(told.stdout.ends_with("8 problems.\n"), "{}", told.stdout);

    let published = site.operator.run(&["competition", "publish", path(&package)?])?;
    assert_eq!(published.code, 3, "{published:?}");
    let list = told.stdout.trim_end();
    assert!(published.stdout.starts_with(list), "publish says what check says:\n{published:?}\n{list}");
    assert!(published.stdout.contains("Nothing was uploaded."), "{}", published.stdout);
    assert_eq!(site.operator.json(&["competition", "list"])?, json!([]));
    Ok(())
}

#[test]
fn publishing_again_changes_nothing_and_says_so() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let package = package(&site)?;
    let publish = ["competition", "publish", path(&package)?];
    let first = site.operator.json(&publish)?;
    let test_set = "competitions/brightness/tasks/squares/testSets/1";
    assert_eq!(first["tasks"][0]["test_set"], test_set);
    assert_eq!(first["tasks"][0]["changed"], true);
    let again = site.operator.json(&publish)?;
    assert_eq!(
        (&again["tasks"][0]["test_set"], &again["tasks"][0]["changed"]),
        (&json!(test_set), &json!(false))
    );
    assert!(site.operator.ok(&publish)?.contains("version 1  unchanged"));

    // A changed file is a new version of the test set.
    let media = package.join("tasks/squares/media");
    let brighter = image::GrayImage::from_pixel(4, 4, image::Luma([250]));
    brighter.save(media.join("00035.png"))?;
    let changed = site.operator.json(&publish)?;
    assert_eq!(changed["tasks"][0]["test_set"], test_set.replace("/1", "/2"));
    assert_eq!(changed["tasks"][0]["changed"], true);
    Ok(())
}

#[test]
fn only_organizers_publish() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let package = package(&site)?;
    let told = site.visitor()?.refused(&["competition", "publish", path(&package)?], 4)?;
    assert!(told.contains("not signed in") || told.contains("sign"), "{told}");
    assert_eq!(site.operator.json(&["competition", "list"])?, json!([]));
    Ok(())
}

/// What the server keeps is what was sealed, or it is named what is not.
#[test]
fn a_published_test_set_is_verified_against_its_commitment() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    let package = package(&site)?;
    let published = site.operator.json(&["competition", "publish", path(&package)?])?;
    let root = published["tasks"][0]["root"].as_str().unwrap();
    // Everybody may know what was committed to.
    let task = site.visitor()?.json(&["task", "show", "brightness/squares"])?;
    assert_eq!(
        (task["card"]["root"].as_str(), &task["card"]["splits"][1]["item_count"]),
        (Some(root), &json!(30))
    );
    let (status, page) = egret_tests::plain::get(&site.host(), "/c/brightness/t/squares")?;
    assert!(status == 200 && page.contains(root), "the page shows it");

    let verify = ["test-set", "verify", "brightness/squares/1"];
    let expected = json!({ "sample": 6, "public": 30, "private": 6 });
    let found = site.operator.json(&verify)?;
    assert_eq!((found["root"].as_str(), &found["items"]), (Some(root), &expected));
    // A pool's identity opens it as well; another person's does not, and nobody else gets the shards.
    let pool = site.data().join("worker/pool.key");
    site.operator.ok(&[&verify[..], &["--identity", path(&pool)?, "--root", root]].concat())?;
    let told = site.operator.refused(&[&verify[..], &["--root", &"0".repeat(64)]].concat(), 3)?;
    assert!(told.contains("another root"), "{told}");
    site.visitor()?.refused(&[&verify[..], &["--identity", path(&pool)?]].concat(), 4)?;

    let pools = |test_set: &Value| {
        test_set["keys"].as_array().unwrap().iter().map(|key| key["pool"].clone()).collect::<Vec<_>>()
    };
    let both = [json!("pools/default"), json!("pools/organizer")];
    let add = site.operator.json(&["test-set", "add-pool", "brightness/squares/1", "default"])?;
    assert_eq!(pools(&add), both, "a pool that has a key keeps it");
    let told = site.operator.refused(&["test-set", "add-pool", "brightness/squares/1", "gpu"], 5)?;
    assert!(told.contains("pools/default"), "{told}");

    // Labels of one shard under the other's name: the bytes are ours, the place is wrong.
    let shards = add["shards"].as_array().unwrap();
    let part = |split: &str| {
        let shard = shards.iter().find(|shard| shard["split"] == split).unwrap();
        shard["labels"]["sha256"].as_str().unwrap().to_owned()
    };
    let (public, private) = (stored(&site.data(), &part("PUBLIC"))?, stored(&site.data(), &part("PRIVATE"))?);
    fs::copy(&private, &public)?;
    let told = site.operator.run(&verify)?;
    assert_ne!(told.code, 0);
    assert!(told.stderr.contains("shard 0 of public"), "{told:?}");
    Ok(())
}

/// Where a blob lies in the data directory.
fn stored(folder: &Path, sha256: &str) -> Result<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&sha256[4..])) {
                return Ok(path);
            }
        }
    }
    anyhow::bail!("{sha256} is not stored")
}

/// An organizer needs no server to see what models will see, and what a baseline scores on every split.
#[test]
fn a_package_is_looked_at_and_scored_before_anything_is_published() -> Result<()> {
    let home = tempfile::tempdir()?;
    let (package, models) = (home.path().join("package"), home.path().join("models"));
    write_brightness(&package, &Brightness::default())?;
    brightness_models(&models)?;
    let organizer = Actor::new("http://127.0.0.1:9", None)?;
    let sheet = home.path().join("sheet.png");
    let (gloomy, bright) = (models.join("gloomy.onnx"), models.join("bright.onnx"));
    let check = ["competition", "check", path(&package)?, "--preview", path(&sheet)?, "--model"];
    let found = organizer.json(&[&check[..], &[path(&gloomy)?]].concat())?;
    let scores: Vec<Value> = found["baseline"]["splits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| json!([of["split"], of["check"]["item_count"], of["check"]["metrics"][0]["value"]]))
        .collect();
    assert_eq!(
        scores,
        [json!(["sample", 6, 1.0 / 3.0]), json!(["public", 30, 1.0 / 3.0]), json!(["private", 6, 1.0 / 3.0])]
    );
    // 42 items in seven columns, each pixel of 4×4 a square: a picture to look at.
    let drawn = image::open(&sheet)?;
    assert!(drawn.width() > 7 * 4 && drawn.height() > 6 * 4, "{}×{}", drawn.width(), drawn.height());
    assert_eq!(found["previews"][0]["captions"].as_array().map(Vec::len), Some(42));

    let told = organizer.ok(&[&check[..], &[path(&bright)?]].concat())?;
    for expected in
        ["I will feed `input`", "\nsample ", "\npublic ", "\nprivate ", "accuracy 1, ", "No problems."]
    {
        assert!(told.contains(expected), "{expected:?} is not in\n{told}");
    }
    // A baseline that cannot be submitted says why, on hidden splits too: to its organizer nothing is hidden.
    let nan = models.join("nan.onnx");
    fs::write(&nan, egret_tests::bright(-1).nan_file())?;
    let failed = organizer.run(&["competition", "check", path(&package)?, "--model", path(&nan)?])?;
    assert_eq!(failed.code, 6, "{failed:?}");
    assert!(failed.stdout.contains("NON_FINITE: number 0 of the answer to item 0"), "{}", failed.stdout);
    let told = organizer.refused(&["competition", "check", path(&package)?, "--task", "circles"], 2)?;
    assert!(told.contains("squares"), "{told}");
    Ok(())
}

/// The problems that `check` finds; there must be some.
fn listed(site: &Site, package: &Path) -> Result<Vec<Value>> {
    let told = site.operator.run(&["competition", "check", path(package)?, "--output", "json"])?;
    assert_eq!(told.code, 3, "{told:?}");
    let value: Value = serde_json::from_str(&told.stdout)?;
    Ok(value["problems"].as_array().expect("a list").clone())
}

/// Each expected problem is there, and no other one; each has a remedy.
fn assert_told(problems: &[Value], expected: &[Told]) {
    for (file, line, what, remedy) in expected {
        let found = problems.iter().filter(|problem| {
            problem["file"] == *file
                && problem["line"] == json!(line)
                && problem["what"].as_str().unwrap().contains(what)
                && problem["remedy"].as_str().unwrap().contains(remedy)
        });
        assert_eq!(found.count(), 1, "{file}:{line:?}: {what} — {remedy}\n{problems:#?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    assert!(problems.iter().all(|problem| !problem["remedy"].as_str().unwrap().is_empty()));
}
