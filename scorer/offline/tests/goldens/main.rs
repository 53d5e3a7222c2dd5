//! Every golden case scored as a table, in 1, 2, 3 and 7 random shards, empty ones included, merged in random order, with a
//! trip through bytes in between: the reference's value, the same bits and the same state bytes always.

mod case;
mod conventions;
mod suites;

use case::{Case, number, state_of};
use egret_offline::suites::ScoreError;
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};

/// A golden file, and how its cases are read as tables of a suite.
pub struct File {
    /// Without its suffix.
    pub name: &'static str,
    /// In the registry.
    pub suite: &'static str,
    /// The column of the table by that of the file, where they differ.
    pub columns: &'static [(&'static str, &'static str)],
    /// The id of the suite by that of the file; `None`: it is no single number, or none of ours.
    pub id: fn(&Case, &str) -> Option<String>,
    /// What the file says of what is undefined.
    pub undefined: fn(&str) -> f64,
    /// How many values are compared, each for four numbers of shards.
    pub values: usize,
}

/// How many values equal the reference's.
fn check(file: &File) -> usize {
    let mut rng = SmallRng::seed_from_u64(11);
    let mut checked = 0;
    for case in case::read(file) {
        let (rel, abs) = (number(&case.line["tol"]["rel"]), number(&case.line["tol"]["abs"]));
        for (golden_id, want) in case.line["expect"].as_object().unwrap() {
            let Some(id) = (file.id)(&case, golden_id) else { continue };
            let name = format!("{} {id}", case.line["id"]);
            let mut first = None;
            for shard_count in [1, 2, 3, 7] {
                let mut shards = vec![Vec::new(); shard_count];
                (0..case.table.row_count).for_each(|row| shards[rng.random_range(0..shard_count)].push(row));
                for rows in &mut shards {
                    rows.shuffle(&mut rng);
                }
                let states: Result<Vec<_>, _> =
                    shards.iter().map(|rows| state_of(file.suite, &id, &case.table, rows)).collect();
                let merged = states.and_then(|mut states| {
                    while states.len() > 1 {
                        states.shuffle(&mut rng);
                        let other = states.pop().unwrap();
                        states.last_mut().unwrap().merge(&other)?;
                    }
                    let state = states.pop().unwrap();
                    Ok::<_, ScoreError>((state.finish()?, state.to_bytes()))
                });
                if let Some(code) = want["error"].as_str() {
                    assert_eq!(merged.unwrap_err().code(), code, "{name} in {shard_count} shards");
                    continue;
                }
                let (report, bytes) = merged.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(report.item_count, case.table.row_count as u64, "{name}");
                let (got, want) =
                    (report.values[0].value.unwrap_or((file.undefined)(golden_id)), number(want));
                let close = got.to_bits() == want.to_bits()
                    || (got - want).abs() <= abs.max(rel * got.abs().max(want.abs()));
                assert!(close || got.is_nan() && want.is_nan(), "{name}: got {got}, want {want}");
                let (bits, same) = first.get_or_insert((got.to_bits(), bytes.clone()));
                assert_eq!(
                    (*bits, &*same),
                    (got.to_bits(), &bytes),
                    "{name} differs in {shard_count} shards"
                );
            }
            checked += 1;
        }
    }
    checked
}

#[test]
fn every_golden_file_is_read() {
    let folder = case::folder();
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".jsonl")?.to_owned()))
        .collect();
    names.sort_unstable();
    let mut read: Vec<String> = suites::FILES.iter().map(|file| file.name.to_owned()).collect();
    // Outlines to masks: no metric; the metric suite's own tests compare them.
    read.push("mask_rasterise".to_owned());
    read.sort_unstable();
    assert_eq!(names, read);
}

#[test]
fn tables_score_as_the_references_do_for_any_sharding() {
    let mut sum = 0;
    for file in &suites::FILES {
        let values = check(file);
        assert_eq!(values, file.values, "{}", file.name);
        sum += values;
    }
    assert_eq!(sum, 2970);
}
