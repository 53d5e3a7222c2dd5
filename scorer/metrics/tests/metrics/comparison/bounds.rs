//! What is refused, and what has no intervals.

use egret_metrics::{
    ClassesPredictions, MetricError, OutcomeForm, Outcomes, Shape, Shard,
    comparison::{
        COMPARED_ITEM_COUNT_MAX, ComparisonError, Draw, GROUP_COUNT_MIN, NoIntervals, REPLICATE_COUNT_MAX,
        REPLICATE_COUNT_MIN, Resampler, Sample,
    },
};
use proptest::prelude::*;

use super::{SEED, TWO, sample, scoring};

fn trials(groups: &[u64]) -> Sample {
    let scoring = scoring(Shape::Pairs, "roc_auc");
    let (scores, labels) = (vec![Some(0.5); groups.len()], vec![true; groups.len()]);
    sample(&scoring, &[(Shard::Pairs(&scores, &labels), groups)])
}

fn own_groups(count: usize) -> Vec<u64> {
    (0..count as u64).collect()
}

#[test]
fn replicates_and_groups_are_bounded() {
    let sample = trials(&own_groups(GROUP_COUNT_MIN));
    for (count, is_allowed) in [
        (REPLICATE_COUNT_MIN - 1, false),
        (REPLICATE_COUNT_MIN, true),
        (REPLICATE_COUNT_MAX, true),
        (REPLICATE_COUNT_MAX + 1, false),
    ] {
        assert_eq!(Draw::new(&SEED, count, &sample).is_ok(), is_allowed, "{count}");
    }
    let mut groups = own_groups(GROUP_COUNT_MIN);
    groups[1] = groups[0];
    let few = Draw::new(&SEED, REPLICATE_COUNT_MIN, &trials(&groups)).err();
    assert_eq!(few, Some(NoIntervals::TooFewGroups { found: GROUP_COUNT_MIN - 1 }.into()));
}

#[test]
fn beyond_the_bound_there_are_no_intervals() {
    let scoring = scoring(Shape::Pairs, "roc_auc");
    let half = COMPARED_ITEM_COUNT_MAX / 2;
    let mut outcomes = Outcomes::new(&scoring).unwrap();
    let groups: Vec<u64> = (0..half as u64).map(|item| item % 64).collect();
    outcomes.add(Shard::Pairs(&vec![Some(0.5); half], &vec![true; half]), &groups).unwrap();
    let mut sample = Sample::new(&scoring).unwrap();
    sample.add(&outcomes).unwrap();
    sample.add(&outcomes).unwrap();
    let draw = Draw::new(&SEED, REPLICATE_COUNT_MIN, &sample).unwrap();
    let mut one = Outcomes::new(&scoring).unwrap();
    one.add(Shard::Pairs(&[Some(0.5)], &[true]), &[0]).unwrap();
    sample.add(&one).unwrap();
    let too_many = ComparisonError::NoIntervals(NoIntervals::TooManyItems);
    assert_eq!(Draw::new(&SEED, REPLICATE_COUNT_MIN, &sample).err(), Some(too_many.clone()));
    sample.add(&one).unwrap();
    assert_eq!(Resampler::new(&draw, sample).err(), Some(too_many), "and none later");
}

#[test]
fn some_metrics_are_not_reckoned() {
    let none = |shape: Shape, id: &str| Sample::new(&scoring(shape, id)).err();
    assert_eq!(none(Shape::Values(1), "max_error"), Some(NoIntervals::Metric));
    assert_eq!(none(Shape::Values(2), "mae"), Some(NoIntervals::Metric));
    assert_eq!(none(TWO, "ece15"), Some(NoIntervals::Metric));
    assert_eq!(none(Shape::Boxes(3), "AP"), Some(NoIntervals::Metric));
    assert_eq!(none(Shape::Values(1), "mae"), None);
}

#[test]
fn models_of_other_items_are_not_compared() {
    let groups = own_groups(30);
    let draw = Draw::new(&SEED, REPLICATE_COUNT_MIN, &trials(&groups)).unwrap();
    let mut backwards = groups.clone();
    backwards.reverse();
    assert!(Resampler::new(&draw, trials(&backwards)).is_ok());
    let (mut other, mut twice) = (groups.clone(), groups.clone());
    other[3] = 99;
    twice.push(3);
    for groups in [&groups[1..], &other, &twice] {
        let error = Resampler::new(&draw, trials(groups)).err();
        assert_eq!(error, Some(ComparisonError::Outcomes(MetricError::Incompatible)));
    }
    let mut sample = trials(&groups);
    let other = Outcomes::new(&scoring(Shape::Pairs, "eer.interp")).unwrap();
    assert_eq!(sample.add(&other), Err(MetricError::Incompatible));
}

#[test]
fn numbers_that_no_item_gives_are_refused() {
    let groups = own_groups(20);
    let of_classes = |answer: u32, label: u32| {
        let (mut answers, mut labels) = ([Some(1); 20], [1; 20]);
        (answers[4], labels[5]) = (Some(answer), label);
        let shard = Shard::Classes(ClassesPredictions::Indices(&answers), &labels);
        let sample = sample(&scoring(TWO, "accuracy"), &[(shard, &groups)]);
        let draw = Draw::new(&SEED, REPLICATE_COUNT_MIN, &sample).unwrap();
        Resampler::new(&draw, sample).err()
    };
    let corrupt = Some(ComparisonError::Outcomes(MetricError::Corrupt));
    assert_eq!(of_classes(1, 1), None);
    assert_eq!((of_classes(2, 1), of_classes(1, 2)), (corrupt.clone(), corrupt));
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), Just(0.0), Just(1.0), Just(-1.0), 0.0..1.0_f64]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whoever holds the pool's key could write any numbers.
    #[test]
    fn any_numbers_give_replicates_or_an_error(
        numbers in prop::collection::vec((number(), number(), 0_u64..40), 20..60),
    ) {
        for (shape, id, form) in [
            (Shape::Text, "wer", OutcomeForm::Ratio),
            (TWO, "f1.macro", OutcomeForm::Classes),
            (Shape::Pairs, "roc_auc", OutcomeForm::Scores),
            (Shape::Pairs, "eer.rocch", OutcomeForm::Scores),
            (TWO, "binary.log_loss", OutcomeForm::Scores),
            (Shape::Values(1), "rmsle", OutcomeForm::Values),
            (Shape::Values(1), "pearson", OutcomeForm::Values),
            (Shape::Values(1), "kendall_b", OutcomeForm::Values),
        ] {
            let column = |of: fn(&(f64, f64, u64)) -> f64| numbers.iter().map(of).collect::<Vec<_>>();
            let groups: Vec<[u8; 8]> = numbers.iter().map(|(.., group)| group.to_le_bytes()).collect();
            let written = (form, false, column(|n| n.0), column(|n| n.1), groups);
            let bytes = postcard::to_extend(&written, vec![2_u8]).unwrap();
            let scoring = scoring(shape, id);
            let outcomes = Outcomes::from_bytes(&scoring, &bytes).unwrap();
            let mut sample = Sample::new(&scoring).unwrap();
            sample.add(&outcomes).unwrap();
            let Ok(draw) = Draw::new(&SEED, REPLICATE_COUNT_MIN, &sample) else { continue };
            if let Ok(resampler) = Resampler::new(&draw, sample) {
                let values = resampler.replicates(0..20);
                prop_assert!(values.iter().flatten().all(|value| !value.is_nan()));
            }
        }
    }
}
