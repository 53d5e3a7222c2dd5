//! Every golden case of `cls_hard` and `cls_scores` through 1, 2, 3 and 7 random shards, empty ones included, merged in
//! random order and association, with a trip through bytes in between: the reference's values, and the same bits always.

use std::{fs, path::Path};

use egret_metrics::{AnswerKind, ClassesParams, ClassesPredictions, ClassesState, MetricError, find};
use rand::{Rng, RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::Value;

/// Vectors that reports do not carry, and the area under the curve, which needs every score kept: the metric-suite work.
const NOT_SCALARS: [&str; 6] = [
    "confusion",
    "f1.per_class",
    "support",
    "roc_auc.ovr.macro",
    "roc_auc.ovr.weighted",
    "roc_auc.ovo.macro",
];

enum Column {
    Indices(Vec<Option<u32>>),
    Scores(Vec<Vec<f64>>),
}

fn cases(suite: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/goldens/{suite}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        Some(other) => panic!("not a number: {other}"),
        None => value.as_f64().unwrap(),
    }
}

fn column(case: &Value) -> Column {
    if let Some(rows) = case["cols"]["scores"].as_array() {
        let row = |r: &Value| r.as_array().unwrap().iter().map(number).collect();
        return Column::Scores(rows.iter().map(row).collect());
    }
    let index = |v: &Value| v.as_u64().map(|v| v as u32);
    Column::Indices(case["cols"]["pred"].as_array().unwrap().iter().map(index).collect())
}

fn state_of(
    params: &ClassesParams,
    labels: &[u32],
    column: &Column,
    items: &[usize],
) -> Result<ClassesState, MetricError> {
    let mut state = ClassesState::new(params.clone())?;
    let labels: Vec<u32> = items.iter().map(|&i| labels[i]).collect();
    match column {
        Column::Indices(all) => {
            let part: Vec<_> = items.iter().map(|&i| all[i]).collect();
            state.update(ClassesPredictions::Indices(&part), &labels)?;
        }
        Column::Scores(all) => {
            let part: Vec<f64> = items.iter().flat_map(|&i| all[i].iter().copied()).collect();
            state.update(ClassesPredictions::ScoresF64(&part), &labels)?;
        }
    }
    ClassesState::from_bytes(params.clone(), &state.to_bytes())
}

fn sharded(
    params: &ClassesParams,
    labels: &[u32],
    column: &Column,
    shard_count: usize,
    rng: &mut impl Rng,
) -> Result<Vec<Option<f64>>, MetricError> {
    let mut shards = vec![Vec::new(); shard_count];
    (0..labels.len()).for_each(|item| shards[rng.random_range(0..shard_count)].push(item));
    let states: Result<Vec<_>, _> =
        shards.iter().map(|items| state_of(params, labels, column, items)).collect();
    let mut states = states?;
    while states.len() > 1 {
        states.shuffle(rng);
        let other = states.pop().unwrap();
        states.last_mut().unwrap().merge(&other)?;
    }
    states[0].values()
}

fn check_suite(suite: &str) {
    let mut rng = SmallRng::seed_from_u64(7);
    let mut checked = 0;
    for case in cases(suite) {
        let id = case["id"].as_str().unwrap();
        let labels: Vec<u32> =
            case["cols"]["label"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as u32).collect();
        let column = column(&case);
        let (rel, abs) = (number(&case["tol"]["rel"]), number(&case["tol"]["abs"]));
        for (metric, want) in case["expect"].as_object().unwrap() {
            if NOT_SCALARS.contains(&metric.as_str()) {
                continue;
            }
            let found = find(AnswerKind::Classes, metric)
                .unwrap_or_else(|| panic!("{id}: the registry lacks {metric}"));
            let class_count = case["params"]["n_classes"].as_u64().unwrap() as u32;
            let params = ClassesParams { class_count, metrics: vec![found] };
            let mut bits = None;
            for shard_count in [1, 2, 3, 7] {
                let got = sharded(&params, &labels, &column, shard_count, &mut rng);
                checked += 1;
                if let Some(code) = want["error"].as_str() {
                    assert_eq!(got.unwrap_err().code(), code, "{id} {metric} in {shard_count} shards");
                    continue;
                }
                let want = number(want);
                let got = got.unwrap_or_else(|e| panic!("{id} {metric}: {e}"))[0].unwrap_or(f64::NAN);
                let close = (got - want).abs() <= abs.max(rel * got.abs().max(want.abs()));
                assert!(close || got.is_nan() && want.is_nan(), "{id} {metric}: got {got}, want {want}");
                let first = *bits.get_or_insert(got.to_bits());
                assert_eq!(first, got.to_bits(), "{id} {metric}: bits differ in {shard_count} shards");
            }
        }
    }
    assert!(checked > 100, "{suite}: only {checked} comparisons ran");
}

#[test]
fn hard_predictions_equal_the_goldens_for_any_sharding() {
    check_suite("cls_hard");
}

#[test]
fn scores_equal_the_goldens_for_any_sharding() {
    check_suite("cls_scores");
}
