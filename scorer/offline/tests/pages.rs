//! The pages of docs/metrics are those that the registry makes; every metric has a worked example.

use std::{fs, path::PathBuf};

use egret_metrics::SUITES;
use egret_offline::{
    pages::{index, page},
    suites::example,
};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics").join(name)
}

#[test]
fn pages_are_as_the_registry_says() {
    let pages = SUITES.into_iter().map(|suite| (format!("{}.md", suite.name), page(suite).unwrap()));
    for (name, want) in pages.chain([("README.md".to_owned(), index())]) {
        let path = file(&name);
        if std::env::var_os("EGRET_WRITE_DOCS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &want).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        let remedy = "EGRET_WRITE_DOCS=1 cargo test -p egret-offline --test pages";
        assert!(found == want, "docs/metrics/{name} is not as the registry says; write it anew: {remedy}");
    }
}

#[test]
fn every_metric_has_a_value_in_its_range_on_the_example_of_its_suite() {
    for suite in SUITES {
        let (table, values) = example(suite).unwrap_or_else(|error| panic!("{}: {error}", suite.name));
        assert!(table.row_count > 0 && values.len() == suite.metrics.len(), "{}", suite.name);
        for (info, (id, value)) in suite.metrics.iter().zip(values) {
            let value = value.unwrap_or_else(|| panic!("{}.{id} is undefined", suite.name));
            assert!((info.range.0..=info.range.1).contains(&value), "{}.{id} is {value}", suite.name);
        }
    }
}
