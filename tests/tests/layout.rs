//! The house keeps its shape: the rooms at the top level, and the edges between our crates. A new edge shows in review as a
//! change of this list.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::{Value, json};

/// Crate → crates of ours that it names in `[dependencies]`. The stories and the fuzzer may name any.
const EDGES: [(&str, &[&str]); 17] = [
    (
        "egret",
        &[
            "egret-admission",
            "egret-contest",
            "egret-contract",
            "egret-control",
            "egret-datasets",
            "egret-metrics",
            "egret-offline",
            "egret-proto",
            "egret-web",
            "egret-worker",
        ],
    ),
    ("egret-admission", &["egret-contract", "egret-jail"]),
    ("egret-contest", &["egret-contract"]),
    ("egret-contract", &[]),
    ("egret-control", &["egret-contest", "egret-metrics", "egret-proto", "egret-store"]),
    ("egret-datasets", &["egret-contest", "egret-contract", "egret-metrics"]),
    ("egret-jail", &["egret-contract"]),
    ("egret-metrics", &["egret-contract"]),
    ("egret-offline", &["egret-metrics"]),
    ("egret-onnx", &["egret-admission"]),
    ("egret-proto", &["egret-contract"]),
    ("egret-runner", &["egret-admission", "egret-contract", "egret-jail", "egret-onnx"]),
    ("egret-search", &[]),
    ("egret-store", &["egret-contest"]),
    ("egret-web", &["egret-proto"]),
    (
        "egret-worker",
        &["egret-contract", "egret-datasets", "egret-jail", "egret-metrics", "egret-proto", "egret-search"],
    ),
    ("xtask", &[]),
];

const TOP_LEVEL: [&str; 20] = [
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
    "docs",
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
    let stories = [json!("egret-tests"), json!("egret-fuzz")];
    for package in packages().into_iter().filter(|package| !stories.contains(&package["name"])) {
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

#[test]
fn onnx_runtime_and_sql_are_named_by_one_crate_each() {
    let owners = [("ort", "egret-onnx"), ("sqlx", "egret-store")];
    for (library, owner) in owners {
        let mut named = Vec::new();
        for package in packages() {
            let dependencies = package["dependencies"].as_array().unwrap();
            if dependencies.iter().any(|dependency| dependency["name"] == library) {
                named.push(package["name"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(named, [owner], "{library} stays in its room");
    }
}

#[test]
fn unsafe_code_is_the_jails_alone() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""), "the workspace forbids it");
    let mut own_lints = Vec::new();
    for package in packages() {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        if !manifest.contains("[lints]\nworkspace = true\n") {
            own_lints.push(package["name"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(own_lints, ["egret-jail"], "everybody else takes the workspace's lints");
    let files = rust_files(root());
    assert!(files.len() > 100, "the walk found the sources");
    let mut rooms: Vec<String> =
        files.iter().filter(|file| says_unsafe(file)).map(|file| room(file)).collect();
    rooms.dedup();
    assert_eq!(rooms, ["scorer/jail"]);
}

/// A file with an unsafe block, function, trait or extern, outside of comments.
fn says_unsafe(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let forms = ["{", "fn ", "impl ", "trait ", "extern "].map(|next| format!("unsafe {next}"));
    code.into_iter().any(|line| !line.contains('"') && forms.iter().any(|form| line.contains(form.as_str())))
}

/// The first two folders of a file of ours.
fn room(file: &Path) -> String {
    let inside = file.strip_prefix(root()).unwrap();
    inside.iter().take(2).map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
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
