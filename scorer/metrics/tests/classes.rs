//! Classes: every golden case of `cls_hard` and `cls_scores`, for any sharding.

mod golden;

use egret_metrics::{AnswerKind, ClassesParams, ClassesPredictions, ClassesState, MetricError, find};
use serde_json::Value;

golden::mergeable!(ClassesState);

/// The state of some items of a case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<ClassesState, MetricError> {
    let found = find(AnswerKind::Classes, metric).unwrap_or_else(|| panic!("the registry lacks {metric}"));
    let class_count = case["params"]["n_classes"].as_u64().unwrap() as u32;
    let params = ClassesParams { class_count, metrics: vec![found] };
    let mut state = ClassesState::new(params.clone())?;
    let cell = |column: &str, item: usize| &case["cols"][column][item];
    let labels: Vec<u32> = items.iter().map(|&i| cell("label", i).as_u64().unwrap() as u32).collect();
    if case["cols"]["scores"].is_array() {
        let row = |&i: &usize| cell("scores", i).as_array().unwrap().iter().map(golden::number);
        let scores: Vec<f64> = items.iter().flat_map(row).collect();
        state.update(ClassesPredictions::ScoresF64(&scores), &labels)?;
    } else {
        let index = |&i: &usize| cell("pred", i).as_u64().map(|class| class as u32);
        let indices: Vec<_> = items.iter().map(index).collect();
        state.update(ClassesPredictions::Indices(&indices), &labels)?;
    }
    ClassesState::from_bytes(params, &state.to_bytes())
}

#[test]
fn hard_predictions_equal_the_goldens_for_any_sharding() {
    let list = "a list; a board ranks by one number";
    let left_out = [("confusion", "a matrix"), ("per_class", list), ("support", list)];
    golden::check_suite("cls_hard", &left_out, f64::NAN, state_of);
}

#[test]
fn scores_equal_the_goldens_for_any_sharding() {
    let kept = "needs every score kept";
    let left_out = [("ovr.macro", kept), ("ovr.weighted", kept), ("ovo.macro", kept)];
    golden::check_suite("cls_scores", &left_out, f64::NAN, state_of);
}
