//! The house keeps its shape: the rooms at the top level, and the edges between our crates. A new edge shows in review as a
//! change of this list.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;

/// Crate → crates of ours it may name in `[dependencies]`.
const EDGES: [(&str, &[&str]); 14] = [
    (
        "egret",
        &["egret-control", "egret-datasets", "egret-metrics", "egret-proto", "egret-web", "egret-worker"],
    ),
    ("egret-contest", &[]),
    ("egret-control", &["egret-contest", "egret-metrics", "egret-proto", "egret-store"]),
    ("egret-datasets", &["egret-metrics"]),
    ("egret-jail", &[]),
    ("egret-metrics", &[]),
    ("egret-onnx", &[]),
    ("egret-proto", &[]),
    ("egret-runner", &["egret-jail", "egret-onnx"]),
    ("egret-store", &["egret-contest"]),
    ("egret-tests", &[]),
    ("egret-web", &["egret-proto"]),
    ("egret-worker", &["egret-datasets", "egret-jail", "egret-metrics", "egret-proto"]),
    ("xtask", &[]),
];

const TOP_LEVEL: [&str; 19] = [
    ".cargo",
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "datasets",
    "deploy",
    "proto",
    "rustfmt.toml",
    "scorer",
    "services",
    "tests",
    "xtask",
    ".git",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]).current_dir(root());
    let metadata: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

#[test]
fn the_edges_between_our_crates_are_the_golden_list() {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages() {
        let edges = package["dependencies"].as_array().unwrap().iter();
        let ours = edges.filter(|d| d["kind"].is_null() && !d["path"].is_null());
        let mut names: Vec<String> = ours.map(|d| d["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        found.insert(package["name"].as_str().unwrap().to_owned(), names);
    }
    let golden = EDGES
        .iter()
        .map(|(name, edges)| ((*name).to_owned(), edges.iter().map(|e| (*e).to_owned()).collect()));
    assert_eq!(found, golden.collect());
}

#[test]
fn the_top_level_holds_the_rooms_and_nothing_else() {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strange: Vec<String> =
        names.filter(|name| name != "target" && !TOP_LEVEL.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "not in the map: {strange:?}");
    for name in TOP_LEVEL.iter().filter(|name| **name != ".git") {
        assert!(root().join(name).exists(), "the map names {name}, but it is not there");
    }
}

/// The words each room keeps to itself, as paths that may hold them.
#[test]
fn unsafe_ort_and_sql_stay_in_their_rooms() {
    let rules: [(&str, &[&str]); 3] =
        [("unsafe {", &["scorer/jail/"]), ("use ort", &["scorer/onnx/"]), ("sqlx::", &["services/store/"])];
    for path in rust_files(root()) {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        if name == "tests/tests/layout.rs" {
            continue;
        }
        for (word, rooms) in rules {
            let allowed = rooms.iter().any(|room| name.starts_with(room));
            assert!(allowed || !text.contains(word), "{name} says `{word}`, which belongs in {rooms:?}");
        }
    }
}

fn rust_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "target" && name != ".git" {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}
