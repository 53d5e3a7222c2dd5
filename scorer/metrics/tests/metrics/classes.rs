//! Classes: every golden case of `cls_hard` and `cls_scores`, for any sharding.

use egret_metrics::{
    AREA_CLASS_COUNT_MAX, AREA_SCORE_COUNT_MAX, AnswerKind, ClassesParams, ClassesPredictions, ClassesState,
    MetricError, find,
};
use serde_json::Value;

use crate::golden;

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
    golden::check_suite("cls_scores", &[], f64::NAN, state_of);
}

fn of_areas(class_count: u32) -> Result<ClassesState, MetricError> {
    let metrics = ["roc_auc.ovr.macro", "roc_auc.ovo.macro"].map(|id| find(AnswerKind::Classes, id).unwrap());
    ClassesState::new(ClassesParams { class_count, metrics: metrics.into() })
}

#[test]
fn areas_are_of_so_many_classes_and_scores() {
    assert!(of_areas(AREA_CLASS_COUNT_MAX).is_ok() && of_areas(AREA_CLASS_COUNT_MAX + 1).is_err());
    let of = |count: usize| {
        let mut state = of_areas(2).unwrap();
        let labels: Vec<u32> = (0..count as u32).map(|item| item % 2).collect();
        state.update(ClassesPredictions::Scores(&vec![0.5; 2 * count]), &labels).map(|()| state)
    };
    // Two scores per item, by doubling.
    let mut full = of(AREA_SCORE_COUNT_MAX as usize / 128).unwrap();
    (0..6).for_each(|_| full.merge(&full.clone()).unwrap());
    assert_eq!(full.item_count() * 2, AREA_SCORE_COUNT_MAX);
    let before = full.to_bytes();
    assert_eq!(full.merge(&of(1).unwrap()).unwrap_err().code(), "invalid_input");
    assert_eq!(full.update(ClassesPredictions::Scores(&[0.5; 2]), &[0]).unwrap_err().code(), "invalid_input");
    assert_eq!((full.to_bytes(), full.values()), (before, Ok(vec![Some(0.5); 2])));
}

#[test]
fn an_item_without_an_answer_is_last_for_its_class_and_first_for_others() {
    let mut state = of_areas(2).unwrap();
    let some = ClassesPredictions::SomeScores {
        scores: &[0.9, 0.1, 0.3, 0.7, 7.0, f32::NAN],
        answered: &[true, true, false],
    };
    state.update(some, &[0, 1, 0]).unwrap();
    assert_eq!(state.values().unwrap(), [Some(0.5); 2]);
    let metrics = ["roc_auc.ovr.macro", "roc_auc.ovo.macro"].map(|id| find(AnswerKind::Classes, id).unwrap());
    let params = ClassesParams { class_count: 2, metrics: metrics.into() };
    let bytes = state.to_bytes();
    assert_eq!(ClassesState::from_bytes(params.clone(), &bytes).unwrap().to_bytes(), bytes);
    for cut in 1..=bytes.len() {
        assert!(ClassesState::from_bytes(params.clone(), &bytes[..bytes.len() - cut]).is_err());
    }
}
