//! Transcripts: the golden values for any sharding, limits from both sides, and what a state refuses.

use egret_metrics::{
    MetricError,
    text::{EditCounts, METRICS, Params, State, TEXT_BYTES_MAX, parse},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::golden;

const COUNT: &str = "a count, not a value to rank by";
const ALIGNMENT: &str = "depends on rapidfuzz's way back through its table";

golden::mergeable!(State);

/// The state of some items of a golden case, back from its bytes.
fn state_of(case: &Value, metric: &str, items: &[usize]) -> Result<State, MetricError> {
    let mut state = State::new(params(&[metric]))?;
    let text = |column: &str, item: usize| case["cols"][column][item].as_str();
    let predictions: Vec<Option<&str>> = items.iter().map(|&i| text("hyp", i)).collect();
    let labels: Vec<&str> = items.iter().map(|&i| text("ref", i).unwrap()).collect();
    state.update(&predictions, &labels)?;
    State::from_bytes(params(&[metric]), &state.to_bytes())
}

fn params(ids: &[&str]) -> Params {
    Params {
        kinds: ids.iter().map(|id| parse(id).unwrap_or_else(|| panic!("{id} is not parsed")).0).collect(),
    }
}

fn state(ids: &[&str], pairs: &[(Option<&str>, &str)]) -> State {
    let mut state = State::new(params(ids)).unwrap();
    let (predictions, labels): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    state.update(&predictions, &labels).unwrap();
    state
}

#[test]
fn values_equal_the_goldens_for_any_sharding() {
    let asr = [
        ("canon.hsdi", COUNT),
        ("errors", COUNT),
        ("ref_words", COUNT),
        ("jiwer.hsdi", ALIGNMENT),
        ("jiwer.mer", ALIGNMENT),
        ("jiwer.wil", ALIGNMENT),
        ("jiwer.wip", ALIGNMENT),
    ];
    let asr = golden::check_suite("asr", &asr, f64::NAN, state_of);
    let ocr = [("edits", COUNT), ("ref_chars", COUNT)];
    let ocr = golden::check_suite("ocr_text", &ocr, f64::NAN, state_of);
    assert_eq!((asr, ocr), (51 * 4, 90 * 4));
}

#[test]
fn edit_counts_equal_the_goldens() {
    for case in golden::cases("asr") {
        let items: Vec<usize> = (0..case["n"].as_u64().unwrap() as usize).collect();
        let state = state_of(&case, "canon.mer", &items).unwrap();
        let want = &case["expect"]["canon.hsdi"];
        let EditCounts { hits, substitutions, deletions, insertions } = state.edit_counts().unwrap();
        assert_eq!(*want, serde_json::json!([hits, substitutions, deletions, insertions]), "{}", case["id"]);
        let errors = substitutions + deletions + insertions;
        assert_eq!(case["expect"]["errors"], errors, "{}", case["id"]);
        assert_eq!(case["expect"]["ref_words"], hits + substitutions + deletions, "{}", case["id"]);
    }
    assert_eq!(state(&["wer"], &[(Some("a"), "a")]).edit_counts(), None);
}

#[test]
fn ids_are_parsed_and_nothing_else_is() {
    for info in &METRICS {
        assert_eq!(parse(info.id).unwrap().1, info.id);
    }
    for id in ["", "WER", "wer ", "cer.", "canon.hsdi", "jiwer.mer", "accuracy"] {
        assert!(parse(id).is_none(), "{id} was taken for a metric of transcripts");
    }
}

#[test]
fn a_text_may_be_as_long_as_the_limit_and_no_longer() {
    let longest = "é".repeat(TEXT_BYTES_MAX / 2);
    let mut state = state(&["cer"], &[(Some(&longest), &longest)]);
    let before = state.to_bytes();
    let longer = format!("{longest}.");
    let transcript = state.update(&[Some("a"), Some(&longer)], &["a", "a"]).unwrap_err();
    assert!(matches!(transcript, MetricError::AnswerOutOfDomain { item: 1, .. }), "{transcript}");
    let reference = state.update(&[Some("a"), Some(&longer)], &["a", &longer]).unwrap_err();
    assert!(matches!(reference, MetricError::OutOfDomain { item: 1, .. }), "{reference}");
    let lengths = MetricError::LengthMismatch { expected: 2, found: 1 };
    assert_eq!(state.update(&[Some("a")], &["a", "b"]), Err(lengths));
    assert_eq!(state.to_bytes(), before);
    // The longest texts there are fit a state, whatever the unit makes of them.
    let widest = "\u{fdfa}".repeat(TEXT_BYTES_MAX / 3);
    let folded = self::state(&["cer.nfkc_lower_nospace"], &[(Some(&widest), "a")]);
    assert!(State::from_bytes(params(&["cer.nfkc_lower_nospace"]), &folded.to_bytes()).is_ok());
}

#[test]
fn a_missing_transcript_is_an_empty_one() {
    let ids = ["wer", "cer", "ser", "one_minus_ned", "exact_match"];
    let missing = state(&ids, &[(None, "a b"), (Some("c"), "c")]);
    assert_eq!(missing.to_bytes(), state(&ids, &[(Some(""), "a b"), (Some("c"), "c")]).to_bytes());
    assert_eq!(missing.values().unwrap(), [Some(2.0 / 3.0), Some(0.75), Some(0.5), Some(0.5), Some(0.5)]);
    assert_eq!(state(&["canon.mer"], &[(None, "")]).values().unwrap(), [None]);
    assert_eq!(state(&ids, &[]).values(), Err(MetricError::Empty));
}

#[test]
fn states_of_other_parameters_do_not_mix() {
    let mut words = state(&["wer"], &[(Some("a"), "b")]);
    let with_hits = state(&["wer", "canon.mer"], &[(Some("a"), "b")]);
    assert_eq!(words.merge(&with_hits), Err(MetricError::Incompatible));
    for ids in [&["cer"][..], &["wer", "cer"], &["canon.mer"]] {
        assert_eq!(State::from_bytes(params(ids), &words.to_bytes()), Err(MetricError::Corrupt), "{ids:?}");
    }
    assert!(State::new(Params { kinds: vec![] }).is_err());
}

proptest! {
    #[test]
    fn any_bytes_give_a_state_that_can_be_used_or_an_error(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let ids = ["wer", "canon.mer", "cer.macro", "one_minus_ned"];
        let mut bytes = state(&ids, &[(Some("a b c"), "a c d e"), (None, "x")]).to_bytes();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(mut read) = State::from_bytes(params(&ids), &bytes) {
            let _ = (read.values(), read.edit_counts());
            let copy = read.clone();
            let _ = read.merge(&copy);
            prop_assert_eq!(State::from_bytes(params(&ids), &copy.to_bytes()), Ok(copy));
        }
    }

    #[test]
    fn shares_stay_in_range_and_rates_agree(pairs in prop::collection::vec(("[ab 字]{0,12}", "[ab 字]{0,12}"), 1..20)) {
        let ids: Vec<&str> = METRICS.iter().map(|info| info.id).collect();
        let pairs: Vec<(Option<&str>, &str)> = pairs.iter().map(|(p, l)| (Some(p.as_str()), l.as_str())).collect();
        for (info, value) in METRICS.iter().zip(state(&ids, &pairs).values().unwrap()) {
            if let Some(value) = value {
                prop_assert!((info.range.0..=info.range.1).contains(&value), "{} = {value}", info.id);
            }
        }
    }
}
