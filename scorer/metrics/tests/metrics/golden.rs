//! Golden cases through 1, 2, 3 and 7 random shards, empty ones included, merged in random order and association, with a
//! trip through bytes in between: the reference's value, the same bits and the same state bytes always.

use std::{fs, path::Path};

use egret_metrics::MetricError;
use rand::{Rng, RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::Value;

/// What the states of all suites can do.
pub trait Mergeable: Sized {
    fn merge(&mut self, other: &Self) -> Result<(), MetricError>;
    fn values(&self) -> Result<Vec<Option<f64>>, MetricError>;
    fn to_bytes(&self) -> Vec<u8>;
}

macro_rules! mergeable {
    ($state:ty) => {
        impl golden::Mergeable for $state {
            fn merge(&mut self, other: &Self) -> Result<(), egret_metrics::MetricError> {
                self.merge(other)
            }
            fn values(&self) -> Result<Vec<Option<f64>>, egret_metrics::MetricError> {
                self.values()
            }
            fn to_bytes(&self) -> Vec<u8> {
                self.to_bytes()
            }
        }
    };
}
pub(crate) use mergeable;

pub fn cases(suite: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/goldens/{suite}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        Some(other) => panic!("not a number: {other}"),
        None => value.as_f64().unwrap_or_else(|| panic!("not a number: {value}")),
    }
}

/// Merges the states of random shards of `0..item_count`; `state_of` scores one shard.
fn sharded<S: Mergeable>(
    item_count: usize,
    shard_count: usize,
    rng: &mut impl Rng,
    state_of: impl Fn(&[usize]) -> Result<S, MetricError>,
) -> Result<S, MetricError> {
    let mut shards = vec![Vec::new(); shard_count];
    (0..item_count).for_each(|item| shards[rng.random_range(0..shard_count)].push(item));
    for items in &mut shards {
        items.shuffle(rng);
    }
    let states: Result<Vec<_>, _> = shards.iter().map(|items| state_of(items)).collect();
    let mut states = states?;
    while states.len() > 1 {
        states.shuffle(rng);
        let other = states.pop().unwrap();
        states.last_mut().unwrap().merge(&other)?;
    }
    Ok(states.pop().unwrap())
}

/// Checks every expectation of a golden file but those whose id, or whose last part after a dot,
/// `left_out` names with a reason. `undefined` is what the file says of an undefined value. `state_of(case, metric,
/// items)` scores some items of a case and returns the state as it comes back from its bytes. Returns how many comparisons ran.
pub fn check_suite<S: Mergeable>(
    suite: &str,
    left_out: &[(&str, &str)],
    undefined: f64,
    state_of: impl Fn(&Value, &str, &[usize]) -> Result<S, MetricError>,
) -> usize {
    let mut rng = SmallRng::seed_from_u64(7);
    let mut checked = 0;
    let is_left_out = |metric: &str, name: &str| metric == name || metric.ends_with(&format!(".{name}"));
    let mut unused: Vec<&str> = left_out.iter().map(|(name, _)| *name).collect();
    for case in cases(suite) {
        let id = case["id"].as_str().unwrap();
        let item_count = case["n"].as_u64().unwrap() as usize;
        let (rel, abs) = (number(&case["tol"]["rel"]), number(&case["tol"]["abs"]));
        for (metric, want) in case["expect"].as_object().unwrap() {
            if left_out.iter().any(|(name, _)| is_left_out(metric, name)) {
                unused.retain(|name| !is_left_out(metric, name));
                continue;
            }
            let mut first = None;
            for shard_count in [1, 2, 3, 7] {
                let state =
                    sharded(item_count, shard_count, &mut rng, |items| state_of(&case, metric, items));
                let values = state.and_then(|state| Ok((state.values()?, state.to_bytes())));
                checked += 1;
                if let Some(code) = want["error"].as_str() {
                    assert_eq!(values.unwrap_err().code(), code, "{id} {metric} in {shard_count} shards");
                    continue;
                }
                let (values, bytes) = values.unwrap_or_else(|e| panic!("{id} {metric}: {e}"));
                let (got, want) = (values[0].unwrap_or(undefined), number(want));
                let close = got.to_bits() == want.to_bits()
                    || (got - want).abs() <= abs.max(rel * got.abs().max(want.abs()));
                assert!(close || got.is_nan() && want.is_nan(), "{id} {metric}: got {got}, want {want}");
                let (first_value, first_bytes) = first.get_or_insert((got.to_bits(), bytes.clone()));
                assert_eq!(*first_value, got.to_bits(), "{id} {metric}: bits differ in {shard_count} shards");
                assert_eq!(*first_bytes, bytes, "{id} {metric}: states differ in {shard_count} shards");
            }
        }
    }
    assert!(unused.is_empty(), "{suite} has no {unused:?}: do not leave them out");
    // Temporal localisation has the fewest: eight cases of one number.
    assert!(checked >= 32, "{suite}: only {checked} comparisons ran");
    checked
}
