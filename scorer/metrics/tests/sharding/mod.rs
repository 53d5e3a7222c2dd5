//! Golden cases through 1, 2, 3 and 7 random shards, empty ones included, merged in random order and association: the
//! reference's values, and the same bits always.

use std::{fs, path::Path};

use egret_metrics::MetricError;
use rand::{Rng, RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::Value;

/// What a suite does with a case.
pub trait Suite {
    /// Its state.
    type State;
    /// The state of some items of the case for these metrics, taken through bytes.
    fn shard(case: &Value, metrics: &[&str], items: &[usize]) -> Result<Self::State, MetricError>;
    /// `to` with `from` added.
    fn merge(to: &mut Self::State, from: &Self::State) -> Result<(), MetricError>;
    /// The values, in the order of the metrics.
    fn values(state: &Self::State) -> Result<Vec<Option<f64>>, MetricError>;
}

/// Compares every value of a suite's golden file but those left out; returns how many it compared.
pub fn check<S: Suite>(suite: &str, left_out: &[&str]) -> usize {
    let mut rng = SmallRng::seed_from_u64(7);
    let mut checked = 0;
    for case in cases(suite) {
        let id = case["id"].as_str().unwrap();
        let expected = case["expect"].as_object().unwrap();
        let scalars = expected.iter().filter(|(metric, _)| !left_out.contains(&metric.as_str()));
        let (refused, valued): (Vec<_>, Vec<_>) = scalars.partition(|(_, want)| want.is_object());
        let metrics: Vec<&str> = valued.iter().map(|(metric, _)| metric.as_str()).collect();
        let mut bits = vec![None; metrics.len()];
        for shard_count in [1, 2, 3, 7] {
            for (metric, want) in &refused {
                let got = sharded::<S>(&case, &[metric], shard_count, &mut rng);
                assert_eq!(got.unwrap_err().code(), want["error"], "{id} {metric} in {shard_count} shards");
                checked += 1;
            }
            if valued.is_empty() {
                continue;
            }
            let got = sharded::<S>(&case, &metrics, shard_count, &mut rng);
            let got = got.unwrap_or_else(|e| panic!("{id}: {e}"));
            assert_eq!(got.len(), metrics.len());
            for (((metric, want), got), bits) in valued.iter().zip(got).zip(&mut bits) {
                let (got, want) = (got.unwrap_or(f64::NAN), number(want));
                assert!(close(&case, got, want), "{id} {metric}: got {got}, want {want}");
                let first = *bits.get_or_insert(got.to_bits());
                assert_eq!(first, got.to_bits(), "{id} {metric}: bits differ in {shard_count} shards");
                checked += 1;
            }
        }
    }
    checked
}

/// The cases of a golden file.
pub fn cases(suite: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/goldens/{suite}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A number as the golden files write it.
pub fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        Some(other) => panic!("not a number: {other}"),
        None => value.as_f64().unwrap(),
    }
}

/// Whether two values are equal within the case's tolerance.
pub fn close(case: &Value, got: f64, want: f64) -> bool {
    let (rel, abs) = (number(&case["tol"]["rel"]), number(&case["tol"]["abs"]));
    (got - want).abs() <= abs.max(rel * got.abs().max(want.abs())) || got.is_nan() && want.is_nan()
}

fn sharded<S: Suite>(
    case: &Value,
    metrics: &[&str],
    shard_count: usize,
    rng: &mut impl Rng,
) -> Result<Vec<Option<f64>>, MetricError> {
    let mut shards = vec![Vec::new(); shard_count];
    let items = 0..case["n"].as_u64().unwrap() as usize;
    items.for_each(|item| shards[rng.random_range(0..shard_count)].push(item));
    let states: Result<Vec<_>, _> = shards.iter().map(|items| S::shard(case, metrics, items)).collect();
    let mut states = states?;
    while states.len() > 1 {
        states.shuffle(rng);
        let other = states.pop().unwrap();
        S::merge(states.last_mut().unwrap(), &other)?;
    }
    S::values(&states[0])
}
