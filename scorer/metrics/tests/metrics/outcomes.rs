//! Outcomes of single items: from them the metric is what its state says, over all items and over any choice of them.

use egret_metrics::{
    AnswerKind, ClassesPredictions, MetricError, OUTCOME_COUNT_MAX, OutcomeForm, Outcomes, Scoring, Shape,
    Shard, State, find, rankings,
};
use proptest::prelude::*;

fn scoring(shape: Shape, ids: &[&str]) -> Scoring {
    let metric = |id: &&str| find(shape.kind(), id).unwrap_or_else(|| panic!("no metric {id}"));
    Scoring { shape, metrics: ids.iter().map(metric).collect() }
}

/// The outcomes of a metric over shards, sent as bytes, against its state.
fn check(shape: Shape, id: &str, form: OutcomeForm, shards: &[Shard<'_>]) {
    let scoring = scoring(shape, &[id]);
    let mut state = State::new(scoring.clone()).unwrap();
    let mut outcomes = Outcomes::new(&scoring).unwrap_or_else(|| panic!("{id} has no outcomes"));
    assert_eq!(outcomes.value(), Err(MetricError::Empty));
    let mut keys = Vec::new();
    for shard in shards {
        let item_count = |state: &State| state.finish().map_or(0, |report| report.item_count);
        let before = item_count(&state);
        state.update(*shard).unwrap();
        let groups: Vec<u64> = (before..item_count(&state)).map(|place| u64::MAX - place / 2).collect();
        outcomes.add(*shard, &groups).unwrap();
        keys.extend(groups);
    }
    assert_eq!(outcomes.form(), form, "{id}");
    let outcomes = Outcomes::from_bytes(&scoring, &outcomes.to_bytes()).unwrap();
    let want = state.finish().unwrap();
    assert_eq!(outcomes.items().unwrap().len() as u64, want.item_count, "{id}");
    assert_eq!(outcomes.groups().unwrap(), keys, "{id}");
    let (got, want) = (outcomes.value().unwrap(), want.values[0].value);
    match (got, want) {
        (Some(got), Some(want)) => {
            assert!((got - want).abs() <= 1e-12 * want.abs().max(1.0), "{id}: {got} {want}");
        }
        (got, want) => assert_eq!(got, want, "{id}"),
    }
}

#[test]
fn classes() {
    let scores = [0.7, 0.2, 0.1, 0.1, 0.4, 0.5, 0.0, 0.0, 0.0, 0.2, 0.5, 0.3, 0.4, 0.3, 0.3];
    let answered = [true, true, false, true, true];
    let labels = [0, 1, 2, 1, 2];
    let shard = |items: std::ops::Range<usize>| {
        let scores = &scores[items.start * 3..items.end * 3];
        let predictions = ClassesPredictions::SomeScores { scores, answered: &answered[items.clone()] };
        Shard::Classes(predictions, &labels[items])
    };
    let shape = Shape::Classes { class_count: 3, reject: None };
    let shards = [shard(0..2), shard(2..2), shard(2..5)];
    for id in [
        "accuracy",
        "balanced_accuracy",
        "precision.macro",
        "recall.weighted",
        "f1.macro",
        "jaccard.macro",
        "mcc",
        "kappa",
    ] {
        check(shape, id, OutcomeForm::Classes, &shards);
    }
    for id in ["log_loss", "brier.multiclass", "top2.lowest_index", "top1.pessimistic"] {
        check(shape, id, OutcomeForm::Ratio, &shards);
    }
    let indices = [Some(0), None, Some(2)];
    let indices = Shard::Classes(ClassesPredictions::Indices(&indices), &[0, 1, 1]);
    check(shape, "f1.macro", OutcomeForm::Classes, &[indices]);
    assert_eq!(Outcomes::new(&scoring(shape, &["ece15", "accuracy"])), None, "of the first metric only");

    let two = Shape::Classes { class_count: 2, reject: None };
    let rows = [0.9, 0.1, 0.3, 0.7, 0.0, 0.0];
    let some = ClassesPredictions::SomeScores { scores: &rows, answered: &[true, true, false] };
    check(two, "roc_auc", OutcomeForm::Scores, &[Shard::Classes(some, &[0, 1, 1])]);
    check(two, "log_loss", OutcomeForm::Ratio, &[Shard::Classes(some, &[0, 1, 1])]);
}

#[test]
fn trials_values_and_labels() {
    let trials =
        Shard::Pairs(&[Some(0.9), Some(0.2), None, Some(0.4), None], &[true, true, true, false, false]);
    for id in ["eer.interp", "min_dcf@0.01", "roc_auc", "tar@far0.1.strict"] {
        check(Shape::Pairs, id, OutcomeForm::Scores, &[trials]);
    }
    let values = Shard::Values(&[1.0, 2.5, 0.0, 4.0], &[true, true, false, true], &[1.5, 2.0, 3.0, 4.5]);
    for id in ["mae", "rmse", "spearman", "r2"] {
        check(Shape::Values(1), id, OutcomeForm::Values, &[values]);
    }
    assert_eq!(Outcomes::new(&scoring(Shape::Values(2), &["mae"])), None, "several numbers of an item");

    let scores = [0.9, 0.4, 0.1, 0.3, 0.8, 0.6, 0.2, 0.2, 0.7];
    let labels = [vec![0], vec![0, 1], vec![]];
    let shard = Shard::Multilabel(&scores, &[true, true, false], &labels);
    for id in ["lrap", "lwlrap", "f1.samples", "hamming_loss", "coverage_error", "hit@1"] {
        check(Shape::Multilabel(3), id, OutcomeForm::Ratio, &[shard]);
    }
    assert_eq!(Outcomes::new(&scoring(Shape::Multilabel(3), &["map.macro_present"])), None);
}

#[test]
fn texts_and_rankings() {
    let texts = [Some("a quick fox".to_owned()), None, Some("白鹭".to_owned())];
    let labels = ["the quick fox".to_owned(), "jumps".to_owned(), "白鹭洲".to_owned()];
    let shard = Shard::Text(&texts, &labels);
    for id in
        ["wer", "cer", "ser", "canon.mer", "cer.macro", "one_minus_ned", "exact_match", "mixed_error_rate"]
    {
        check(Shape::Text, id, OutcomeForm::Ratio, &[shard]);
    }
    assert_eq!(
        Outcomes::new(&scoring(Shape::Text, &["bleu.13a"])),
        None,
        "a corpus is more than its sentences"
    );
    let lists = [Some(vec![(4, 0.8), (2, 0.7), (3, 0.6)]), None, Some(vec![(1, 0.5)])];
    let query = |judged: &[u32]| rankings::Query {
        judged: judged.iter().map(|item| (*item, 1)).collect(),
        excluded: vec![],
    };
    let queries = [query(&[2, 3]), query(&[1]), query(&[])];
    for id in ["map", "map@2", "recip_rank", "ndcg", "minp", "cmc@1"] {
        check(Shape::Rankings(3), id, OutcomeForm::Ratio, &[Shard::Rankings(&lists, &queries)]);
    }
}

#[test]
fn beyond_the_bound_none_are_kept() {
    let scoring = scoring(Shape::Pairs, &["eer.interp"]);
    let (scores, targets) = (vec![Some(0.5); OUTCOME_COUNT_MAX / 2], vec![true; OUTCOME_COUNT_MAX / 2]);
    let groups = vec![u64::MAX; OUTCOME_COUNT_MAX / 2];
    let mut outcomes = Outcomes::new(&scoring).unwrap();
    for _ in 0..2 {
        outcomes.add(Shard::Pairs(&scores, &targets), &groups).unwrap();
    }
    assert_eq!(outcomes.items().map(<[_]>::len), Some(OUTCOME_COUNT_MAX));
    assert!(
        outcomes.to_bytes().len() < (64 << 20) * 99 / 100,
        "with room for compressing and sealing in vain"
    );
    outcomes.add(Shard::Pairs(&[Some(0.5)], &[true]), &[1]).unwrap();
    assert_eq!((outcomes.items(), outcomes.groups()), (None, None));
    assert_eq!(outcomes.value(), Err(MetricError::Empty));
    let back = Outcomes::from_bytes(&scoring, &outcomes.to_bytes()).unwrap();
    assert_eq!(back.items(), None);
    assert_eq!(outcomes.add(Shard::Pairs(&[Some(0.5)], &[true]), &[1]), Ok(()), "and none later");
}

#[test]
fn a_shard_of_other_answers_is_refused() {
    let mut outcomes = Outcomes::new(&scoring(Shape::Text, &["wer"])).unwrap();
    assert_eq!(outcomes.add(Shard::Pairs(&[], &[]), &[]), Err(MetricError::Incompatible));
    let (texts, labels) = ([None], ["heron".to_owned()]);
    let mismatch = MetricError::LengthMismatch { expected: 1, found: 2 };
    assert_eq!(outcomes.add(Shard::Text(&texts, &labels), &[1, 1]), Err(mismatch));
    let kept = scoring(Shape::Pairs, &["eer.interp"]);
    assert!(Outcomes::from_bytes(&kept, &outcomes.to_bytes()).is_err(), "of another form");
    assert_eq!(find(AnswerKind::Boxes, "AP").unwrap().outcome_form(), None);
}

proptest! {
    #[test]
    fn any_bytes_give_outcomes_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let scoring = scoring(Shape::Classes { class_count: 3, reject: None }, &["accuracy"]);
        if let Ok(outcomes) = Outcomes::from_bytes(&scoring, &bytes) {
            let _ = outcomes.value();
        }
    }
}
