//! Translations: golden cases, limits, refusals, missing answers.

use egret_metrics::{
    ITEM_COUNT_MAX, MetricError,
    translations::{Kind, METRICS, Params, REFERENCE_COUNT_MAX, State, TEXT_BYTES_MAX, Tokens, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

golden::mergeable!(State);

const LEFT_OUT: [(&str, &str); 1] = [("bleu.stats", "counts that bleu.13a is made of; compared below")];

fn params(ids: &[&str]) -> Params {
    Params { kinds: ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("no metric {id}")).0).collect() }
}

fn scored(params: Params, texts: &[Option<&str>], references: &[Vec<String>]) -> Result<State, MetricError> {
    let mut state = State::new(params.clone())?;
    state.update(texts, references)?;
    State::from_bytes(params, &state.to_bytes())
}

/// The state of some items of a golden case.
fn state_of(case: &Value, ids: &[&str], items: &[usize]) -> Result<State, MetricError> {
    let texts: Vec<_> = items.iter().map(|i| case["cols"]["hyp"][*i].as_str()).collect();
    let references = |i: &usize| serde_json::from_value(case["cols"]["refs"][*i].clone()).unwrap();
    scored(params(ids), &texts, &items.iter().map(references).collect::<Vec<_>>())
}

#[test]
fn goldens() {
    let compared =
        golden::check_suite("mt", &LEFT_OUT, f64::NAN, |case, id, items| state_of(case, &[id], items));
    assert_eq!(compared, 10 * 12 * 4);
}

#[test]
fn golden_counts() {
    for case in golden::cases("mt") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        let state = state_of(&case, &["ter", "bleu.13a"], &items).unwrap();
        let (got, want) = (state.bleu_counts(Tokens::Mteval13a).unwrap(), &case["expect"]["bleu.stats"]);
        assert_eq!([got.found, got.truth], [&want["sys_len"], &want["ref_len"]].map(|n| n.as_u64().unwrap()));
        let list = |name: &str| serde_json::from_value::<[u64; 4]>(want[name].clone()).unwrap();
        assert_eq!((got.in_common, got.all), (list("counts"), list("totals")), "{}", case["id"]);
        assert!((got.brevity_penalty() - golden::number(&want["bp"])).abs() < 1e-9, "{}", case["id"]);
        assert_eq!(state.bleu_counts(Tokens::Zh), None);
    }
}

#[test]
fn every_entry_has_a_kind_of_its_own() {
    let kinds: Vec<_> = METRICS.iter().map(|info| parse(info.id).unwrap()).collect();
    for (place, (kind, id)) in kinds.iter().enumerate() {
        assert_eq!(*id, METRICS[place].id);
        assert!(kinds[..place].iter().all(|(other, _)| other != kind), "{id}");
    }
    assert_eq!(parse("bleu.stats"), None);
}

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[test]
fn a_missing_translation_is_an_empty_one() {
    let ids: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
    let references = [one("a b c d e"), one("f g h")];
    let values = |texts: &[Option<&str>]| scored(params(&ids), texts, &references).unwrap().values().unwrap();
    assert_eq!(values(&[Some("a b c d e"), None]), values(&[Some("a b c d e"), Some("")]));
    let nothing = values(&[None, None]);
    assert!(ids.iter().zip(nothing).all(|(id, value)| value == Some(if *id == "ter" { 100.0 } else { 0.0 })));
    assert_eq!(State::new(params(&ids)).unwrap().values(), Err(MetricError::Empty));
    // Nothing to say and nothing said, or something said all the same.
    let ter = |text: &str| scored(params(&["ter"]), &[Some(text)], &[one(" ")]).unwrap().values().unwrap()[0];
    assert_eq!([ter(""), ter("a b")], [Some(0.0), Some(100.0)]);
}

#[test]
fn of_several_references_the_nearest_counts() {
    let references = [vec!["x y".to_owned(), "a b c d".to_owned(), "a b c d e f".to_owned()]];
    let ids = ["bleu.none", "ter", "rougeL.f"];
    let values = scored(params(&ids), &[Some("a b c d")], &references).unwrap().values().unwrap();
    // No edits; the mean length is four words.
    assert!((values[0].unwrap() - 100.0).abs() < 1e-9);
    assert_eq!(values[1..], [Some(0.0), Some(1.0)]);
    let values = scored(params(&ids), &[Some("a b c x")], &references).unwrap().values().unwrap();
    assert_eq!(values[1..], [Some(25.0), Some(0.75)]);
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let with = |kind: Kind, count: usize| State::new(Params { kinds: vec![kind; count] }).is_ok();
    assert!(with(Kind::Ter, 1) && with(Kind::Ter, 32) && !with(Kind::Ter, 0) && !with(Kind::Ter, 33));
    assert!(
        with(Kind::RougeN(1), 1)
            && with(Kind::RougeN(4), 1)
            && !with(Kind::RougeN(0), 1)
            && !with(Kind::RougeN(5), 1)
    );
    assert!(with(Kind::Chrf(0), 1) && with(Kind::Chrf(2), 1) && !with(Kind::Chrf(3), 1));
}

#[test]
fn a_refused_update_leaves_the_state_as_it_was() {
    let mut state = State::new(params(&["bleu.char"])).unwrap();
    state.update(&[Some("a")], &[one("a")]).unwrap();
    let before = state.to_bytes();
    let code = |text: &str, references: Vec<String>| {
        let mut changed = state.clone();
        let update = changed.update(&[Some("b"), Some(text)], &[one("b"), references]);
        let code = update.map_or_else(|error| error.code(), |()| "taken");
        assert!(code == "taken" || changed.to_bytes() == before);
        code
    };
    let long = |bytes: usize| "a".repeat(bytes);
    assert_eq!(code(&long(TEXT_BYTES_MAX), one(&long(TEXT_BYTES_MAX))), "taken");
    assert_eq!(code(&long(TEXT_BYTES_MAX + 1), one("a")), "out_of_domain");
    assert_eq!(code("a", one(&long(TEXT_BYTES_MAX + 1))), "out_of_domain");
    assert_eq!(code("a", vec!["a".to_owned(); REFERENCE_COUNT_MAX]), "taken");
    assert_eq!(code("a", vec!["a".to_owned(); REFERENCE_COUNT_MAX + 1]), "out_of_domain");
    assert_eq!(code("a", vec![]), "out_of_domain");
    assert_eq!(state.update(&[Some("a")], &[] as &[Vec<String>]).unwrap_err().code(), "invalid_input");
    assert_eq!(state.merge(&State::new(params(&["bleu.zh"])).unwrap()), Err(MetricError::Incompatible));
    assert_eq!((state.to_bytes(), state.item_count()), (before, 1));
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    // One item; counts (variant 0): found, true, in common, all.
    let read = |items: u64, counts: Vec<u64>| {
        let bytes = postcard::to_extend(&(items, 1_u8, 0_u8, counts), vec![1]).unwrap();
        State::from_bytes(params(&["bleu.13a"]), &bytes)
    };
    let counts = |common: u64, all: u64| vec![4, 4, common, 0, 0, 0, all, 3, 2, 1];
    assert!(read(1, counts(4, 4)).is_ok() && read(ITEM_COUNT_MAX, vec![0; 10]).is_ok());
    for (items, counts) in [
        (1, counts(5, 4)),
        (0, counts(0, 4)),
        (1, vec![0; 9]),
        (1, vec![u64::MAX; 10]),
        (ITEM_COUNT_MAX + 1, vec![0; 10]),
    ] {
        assert_eq!(read(items, counts.clone()), Err(MetricError::Corrupt), "{counts:?}");
    }
    let other = State::new(params(&["ter"])).unwrap().to_bytes();
    assert_eq!(State::from_bytes(params(&["bleu.13a"]), &other), Err(MetricError::Corrupt));
    let mut full = read(ITEM_COUNT_MAX, vec![0; 10]).unwrap();
    assert!(full.merge(&read(1, vec![0; 10]).unwrap()).is_err() && full.item_count() == ITEM_COUNT_MAX);
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        for id in ["bleu.13a", "ter", "rougeL.f"] {
            if let Ok(mut state) = State::from_bytes(params(&[id]), &bytes) {
                let _ = state.merge(&state.clone());
                let _ = state.values();
            }
        }
    }

    #[test]
    fn any_texts_have_values_in_range_and_states_that_come_back(text in "[a-d.,\\- 1\u{4e00}é!]{0,40}", reference in "[a-d.,\\- 1\u{4e00}é!]{0,40}") {
        let ids: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
        let values = scored(params(&ids), &[Some(&text)], &[one(&reference)]).unwrap().values().unwrap();
        for (info, value) in METRICS.iter().zip(values) {
            prop_assert!((info.range.0..=info.range.1 + 1e-9).contains(&value.unwrap()), "{}: {value:?}", info.id);
        }
        let same = scored(params(&["ter"]), &[Some(&text)], &[one(&text)]).unwrap();
        prop_assert_eq!(same.values().unwrap(), [Some(0.0)]);
    }
}
