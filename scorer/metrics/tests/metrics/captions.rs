//! Captions: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    MetricError,
    captions::{Kind, METRICS, Params, REFERENCE_COUNT_MAX, State, TEXT_BYTES_MAX, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

fn every() -> Params {
    Params { kinds: vec![Kind::CiderD, Kind::RougeL, Kind::Bleu(4)] }
}

fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let references = |i: &usize| case["cols"]["refs"][*i].as_array().unwrap().iter().map(text).collect();
    let params = Params { kinds: vec![parse(metric).unwrap().0] };
    let mut state = State::new(params.clone())?;
    let captions: Vec<_> = items.iter().map(|i| Some(text(&case["cols"]["hyp"][*i]))).collect();
    state.update(&captions, &items.iter().map(references).collect::<Vec<_>>())?;
    State::from_bytes(params, &state.to_bytes())
}

#[test]
fn goldens() {
    assert_eq!(golden::check_suite("caption", &[], f64::NAN, state_of), 4 * 8 * 6);
}

#[test]
fn every_entry_has_an_id_that_parses_to_it() {
    for (id, info) in ["cider_d", "rouge_l.coco", "bleu4.coco"].iter().zip(&METRICS) {
        assert_eq!(parse(id).unwrap().1, info.id);
    }
    assert!(["", "bleu0.coco", "bleu5.coco", "bleu04.coco", "bleu1"].iter().all(|id| parse(id).is_none()));
}

#[test]
fn a_missing_answer_is_an_empty_caption() {
    let of = |caption: Option<String>| {
        let mut state = State::new(every()).unwrap();
        state.update(&[caption], &[vec!["a cat".to_owned()]]).unwrap();
        (state.to_bytes(), state.values().unwrap())
    };
    assert_eq!(of(None), of(Some(String::new())));
    assert_eq!(State::new(every()).unwrap().values(), Err(MetricError::Empty));
}

#[test]
fn limits_hold_on_both_sides_and_a_refusal_changes_nothing() {
    let mut state = State::new(every()).unwrap();
    let (full, beyond) = ("a".repeat(TEXT_BYTES_MAX), "a".repeat(TEXT_BYTES_MAX + 1));
    let short = || "a".to_owned();
    state.update(&[Some(full.clone())], &[vec![full]]).unwrap();
    state.update(&[None], &[vec![short(); REFERENCE_COUNT_MAX]]).unwrap();
    let before = state.clone();
    let mut code = |caption: String, references| {
        state.update(&[None, Some(caption)], &[vec![short()], references]).unwrap_err().code()
    };
    assert_eq!(code(beyond.clone(), vec![short()]), "out_of_domain");
    assert_eq!(code(short(), vec![beyond]), "out_of_domain");
    assert_eq!(code(short(), vec![short(); REFERENCE_COUNT_MAX + 1]), "out_of_domain");
    assert_eq!(code(short(), vec![]), "out_of_domain");
    assert_eq!(state.update(&[None], &[]).unwrap_err().code(), "invalid_input");
    let other = |kinds| State::new(Params { kinds });
    assert_eq!(state.merge(&other(vec![Kind::RougeL]).unwrap()), Err(MetricError::Incompatible));
    assert_eq!(state, before);
    assert!(other(vec![Kind::RougeL; 32]).is_ok() && other(vec![Kind::RougeL; 33]).is_err());
    assert!(
        other(vec![]).is_err() && other(vec![Kind::Bleu(0)]).is_err() && other(vec![Kind::Bleu(5)]).is_err()
    );
    assert!(other(vec![Kind::Bleu(1), Kind::Bleu(4)]).is_ok());
    let read = |items: &[(&str, Vec<&str>)]| {
        State::from_bytes(every(), &postcard::to_extend(items, vec![1]).unwrap()).is_ok()
    };
    assert!(read(&[("a", vec!["b"]), ("b", vec!["a"])]));
    assert!(!read(&[("b", vec!["b"]), ("a", vec!["a"])]) && !read(&[("b", vec![])]));
    assert!(read(&[("b", vec!["a"; REFERENCE_COUNT_MAX])]));
    assert!(!read(&[("b", vec!["a"; REFERENCE_COUNT_MAX + 1])]));
    let (full, beyond) = ("a".repeat(TEXT_BYTES_MAX), "a".repeat(TEXT_BYTES_MAX + 1));
    assert!(
        read(&[(&full, vec![&full])]) && !read(&[(&beyond, vec![&full])]) && !read(&[(&full, vec![&beyond])])
    );
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..80), version in any::<bool>()) {
        if version && !bytes.is_empty() {
            bytes[0] = 1;
        }
        if let Ok(mut state) = State::from_bytes(every(), &bytes) {
            let _ = state.merge(&state.clone());
            let _ = state.values();
        }
    }
}
