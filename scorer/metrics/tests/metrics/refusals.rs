//! What the suite refuses, what it leaves undefined, and that neither disturbs a state.

use egret_metrics::{
    AnswerKind, CLASS_COUNT_MAX, ClassesParams, ClassesPredictions, ClassesState, Metric, MetricError,
    Scoring, Shape, Shard, State,
};
use proptest::prelude::*;

fn find(id: &str) -> Option<Metric> {
    egret_metrics::find(AnswerKind::Classes, id)
}

fn params(class_count: u32, ids: &[&str]) -> ClassesParams {
    ClassesParams { class_count, metrics: ids.iter().map(|id| find(id).unwrap()).collect() }
}

#[test]
fn ids_are_parsed_strictly() {
    for id in [
        "accuracy",
        "top5.lowest_index",
        "f1.macro",
        "f0.5.weighted",
        "f1.macro_skip_undefined",
        "log_loss.eps1e-15",
    ] {
        assert_eq!(find(id).unwrap().id(), id);
    }
    for id in [
        "",
        "Accuracy",
        "top0.sklearn",
        "top05.sklearn",
        "top5",
        "top5.best",
        "f1",
        "fx.macro",
        "f1.macro ",
        "top100001.sklearn",
    ] {
        assert!(find(id).is_none(), "{id} was taken for a metric");
    }
}

#[test]
fn class_counts_are_bounded_on_both_sides() {
    assert!(ClassesState::new(params(2, &["accuracy"])).is_ok());
    assert!(ClassesState::new(params(CLASS_COUNT_MAX, &["accuracy"])).is_ok());
    for class_count in [0, 1, CLASS_COUNT_MAX + 1] {
        assert!(matches!(
            ClassesState::new(params(class_count, &["accuracy"])),
            Err(MetricError::Invalid(_))
        ));
    }
    assert!(ClassesState::new(params(5, &["top5.lowest_index"])).is_ok());
    assert!(ClassesState::new(params(4, &["top5.lowest_index"])).is_err());
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = ClassesState::new(params(2, &["accuracy", "log_loss"])).unwrap();
    state.update(ClassesPredictions::Scores(&[0.9, 0.1]), &[0]).unwrap();
    let before = state.to_bytes();
    let code = |e: MetricError| e.code();
    let scores = ClassesPredictions::Scores;
    assert_eq!(code(state.update(scores(&[0.5, f32::NAN]), &[0]).unwrap_err()), "nonfinite_score");
    assert_eq!(code(state.update(scores(&[0.5, f32::INFINITY]), &[0]).unwrap_err()), "nonfinite_score");
    assert_eq!(code(state.update(scores(&[0.5, 1.5]), &[0]).unwrap_err()), "out_of_domain");
    assert_eq!(code(state.update(scores(&[0.5, 0.5]), &[2]).unwrap_err()), "out_of_domain");
    assert_eq!(code(state.update(scores(&[0.5]), &[0]).unwrap_err()), "invalid_input");
    let indices = state.update(ClassesPredictions::Indices(&[Some(0)]), &[0]).unwrap_err();
    assert!(indices.to_string().contains("log_loss needs a score per class"));
    assert_eq!(state.to_bytes(), before);
}

#[test]
fn a_missing_prediction_is_wrong_and_an_undefined_value_is_none() {
    let mut state = ClassesState::new(params(2, &["accuracy", "kappa", "qwk"])).unwrap();
    state.update(ClassesPredictions::Indices(&[Some(0), None]), &[0, 0]).unwrap();
    assert_eq!(state.item_count(), 2);
    let values = state.values().unwrap();
    assert_eq!((values[0], values[2]), (Some(0.5), None));
    let mut one_class = ClassesState::new(params(2, &["kappa"])).unwrap();
    one_class.update(ClassesPredictions::Indices(&[Some(1)]), &[1]).unwrap();
    assert_eq!(one_class.values().unwrap(), [None]);
}

#[test]
fn states_of_other_parameters_do_not_merge() {
    let mut a = ClassesState::new(params(2, &["accuracy"])).unwrap();
    let b = ClassesState::new(params(3, &["accuracy"])).unwrap();
    assert_eq!(a.merge(&b), Err(MetricError::Incompatible));
    assert!(ClassesState::from_bytes(params(3, &["accuracy"]), &a.to_bytes()).is_err());
    assert!(ClassesState::from_bytes(params(2, &["ece15"]), &a.to_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = ClassesState::from_bytes(params(3, &["accuracy", "ece15", "log_loss"]), &bytes);
    }

    #[test]
    fn values_stay_in_range_and_ignore_sharding(
        rows in prop::collection::vec((prop::collection::vec(0.0_f32..=1.0, 4), 0_u32..4), 1..60),
        cut in 0_usize..60,
    ) {
        let ids = ["accuracy", "top2.lowest_index", "f1.macro", "mcc", "qwk", "log_loss", "brier.multiclass", "ece15"];
        let (scores, labels): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let flat: Vec<f32> = scores.into_iter().flatten().collect();
        let cut = cut.min(labels.len());
        let mut whole = ClassesState::new(params(4, &ids)).unwrap();
        whole.update(ClassesPredictions::Scores(&flat), &labels).unwrap();
        let mut right = ClassesState::new(params(4, &ids)).unwrap();
        right.update(ClassesPredictions::Scores(&flat[cut * 4..]), &labels[cut..]).unwrap();
        let mut left = ClassesState::new(params(4, &ids)).unwrap();
        left.update(ClassesPredictions::Scores(&flat[..cut * 4]), &labels[..cut]).unwrap();
        right.merge(&left).unwrap();
        prop_assert_eq!(whole.to_bytes(), right.to_bytes());
        for (id, value) in ids.into_iter().zip(whole.values().unwrap()) {
            let (low, high) = find(id).unwrap().range();
            if let Some(v) = value {
                // Brier of unnormalised rows can reach class_count; its range is stated for probabilities that sum to 1.
                prop_assert!(v >= low - 1e-12 && (v <= high + 1e-12 || id == "brier.multiclass"), "{id} = {v}");
            }
        }
    }
}

#[test]
fn an_item_without_an_answer_is_as_wrong_as_can_be() {
    let ids = ["accuracy", "f1.macro", "top2.optimistic", "log_loss", "brier.multiclass", "ece15"];
    let value = |state: &ClassesState, id: &str| {
        let at = ids.iter().position(|known| *known == id).unwrap();
        state.values().unwrap()[at].unwrap()
    };
    let with = |predictions, labels: &[u32]| {
        let mut state = ClassesState::new(params(3, &ids)).unwrap();
        state.update(predictions, labels).unwrap();
        state
    };
    // The second item's row is not looked at, whatever it holds.
    let rows = [1.0, 0.0, 0.0, f32::NAN, 7.0, f32::INFINITY];
    let some = with(ClassesPredictions::SomeScores { scores: &rows, answered: &[true, false] }, &[0, 1]);
    // No answer is better than one that is sure of a wrong class, by any metric; and it is no prediction of any class.
    let sure = with(ClassesPredictions::Scores(&[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]), &[0, 1]);
    for id in ["accuracy", "log_loss", "brier.multiclass", "ece15"] {
        assert_eq!(value(&some, id).to_bits(), value(&sure, id).to_bits(), "{id}");
    }
    assert!((value(&some, "top2.optimistic") - 0.5).abs() < 1e-12);
    let none = with(ClassesPredictions::SomeScores { scores: &rows[3..], answered: &[false] }, &[1]);
    assert!((value(&none, "brier.multiclass") - 2.0).abs() < 1e-12 && value(&none, "log_loss") > 30.0);
    // Merged or at once, the same bits.
    let mut merged = with(ClassesPredictions::Scores(&rows[..3]), &[0]);
    merged.merge(&none).unwrap();
    assert_eq!(merged.to_bytes(), some.to_bytes());

    let mut state = ClassesState::new(params(3, &ids)).unwrap();
    let short = ClassesPredictions::SomeScores { scores: &rows, answered: &[true] };
    assert!(matches!(
        state.update(short, &[0, 1]),
        Err(MetricError::LengthMismatch { expected: 2, found: 1 })
    ));
}

#[test]
fn a_metric_belongs_to_its_kind_of_answer() {
    let text = egret_metrics::find(AnswerKind::Transcript, "wer").unwrap();
    assert_eq!(find("wer"), None);
    let mixed =
        Scoring { shape: Shape::Classes { class_count: 3, reject: None }, metrics: vec![text.clone()] };
    assert!(matches!(State::new(mixed), Err(MetricError::Invalid(_))));
    let scoring = Scoring { shape: Shape::Text, metrics: vec![text] };
    let mut state = State::new(scoring.clone()).unwrap();
    let foreign = Shard::Classes(ClassesPredictions::Indices(&[Some(0)]), &[0]);
    assert_eq!(state.update(foreign), Err(MetricError::Incompatible));
    state.update(Shard::Text(&[Some("a b".into()), None], &["a c".into(), "d".into()])).unwrap();
    let back = State::from_bytes(scoring, &state.to_bytes()).unwrap();
    assert_eq!(back.finish().unwrap(), state.finish().unwrap());
    assert_eq!(state.finish().unwrap().value("wer"), Some(2.0 / 3.0));
}
