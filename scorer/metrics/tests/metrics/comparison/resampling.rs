//! A replicate is the suite's own metric of items written down as often as they were drawn.

use egret_metrics::{ClassesPredictions, Shape, Shard, State, comparison::Draw, rankings};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::{SEED, replicates, sample, scoring, weight};

const ITEM_COUNT: usize = 90;
const GROUP_COUNT: u64 = 30;
const REPLICATE_COUNT: u32 = 200;
/// Every so many replicates one is reckoned the other way too.
const CHECKED_STEP: usize = 23;

/// Every item with its group, and as many copies as the replicate has.
fn check(shape: Shape, id: &str, tolerance: f64, shard: impl Fn(&[usize], &mut dyn FnMut(Shard<'_>))) {
    let scoring = scoring(shape, id);
    let groups: Vec<u64> = (0..ITEM_COUNT as u64).map(|item| item * item % GROUP_COUNT).collect();
    let distinct: std::collections::BTreeSet<u64> = groups.iter().copied().collect();
    // The groups that no square meets are filled up, so that there are enough.
    let groups: Vec<u64> = if distinct.len() < 20 {
        (0..ITEM_COUNT as u64).map(|item| item % GROUP_COUNT).collect()
    } else {
        groups
    };
    let all: Vec<usize> = (0..ITEM_COUNT).collect();
    let mut whole = None;
    shard(&all, &mut |shard| whole = Some(sample(&scoring, &[(shard, &groups)])));
    let whole = whole.unwrap();
    let draw = Draw::new(&SEED, REPLICATE_COUNT, &whole).unwrap();
    let got = replicates(&draw, whole);
    let value = |items: &[usize]| {
        let mut state = State::new(scoring.clone()).unwrap();
        shard(items, &mut |shard| state.update(shard).unwrap());
        state.finish().unwrap().values[0].value
    };
    let close = |got: Option<f64>, want: Option<f64>, what: &str| match (got, want) {
        (Some(a), Some(b)) => {
            assert!(
                (a - b).abs() <= tolerance * b.abs().max(1.0) || a.total_cmp(&b).is_eq(),
                "{id}, {what}: {a} {b}"
            );
        }
        _ => assert_eq!(got, want, "{id}, {what}"),
    };
    close(got.value, value(&all), "the items as they are");
    let mut defined = 0;
    for replicate in (0..got.replicates.len()).step_by(CHECKED_STEP) {
        let times = |item: usize| weight(&SEED, groups[item], replicate as u64);
        let drawn: Vec<usize> =
            all.iter().flat_map(|item| std::iter::repeat_n(*item, times(*item))).collect();
        close(got.replicates[replicate], value(&drawn), &format!("replicate {replicate}"));
        defined += usize::from(got.replicates[replicate].is_some());
    }
    assert!(defined > 5, "{id}: {defined} replicates are defined");
}

fn random() -> SmallRng {
    SmallRng::seed_from_u64(11)
}

#[test]
fn classes() {
    let mut random = random();
    let labels: Vec<u32> = (0..ITEM_COUNT).map(|_| random.random_range(0..4)).collect();
    let answer = |label: &u32| if random.random_bool(0.6) { *label } else { random.random_range(0..4) };
    let answers: Vec<Option<u32>> = labels.iter().map(answer).map(Some).collect();
    let some: Vec<Option<u32>> =
        answers.iter().enumerate().map(|(item, class)| class.filter(|_| item % 11 != 0)).collect();
    let shape = Shape::Classes { class_count: 4, reject: None };
    let shard = |answers: &[Option<u32>], items: &[usize], take: &mut dyn FnMut(Shard<'_>)| {
        let answers: Vec<_> = items.iter().map(|item| answers[*item]).collect();
        let labels: Vec<_> = items.iter().map(|item| labels[*item]).collect();
        take(Shard::Classes(ClassesPredictions::Indices(&answers), &labels));
    };
    for id in ["accuracy", "balanced_accuracy", "precision.macro", "recall.weighted", "f1.micro", "f2.macro"]
    {
        check(shape, id, 0.0, |items, take| shard(&some, items, take));
    }
    for id in ["jaccard.macro", "mcc", "kappa", "f1.macro_skip_undefined"] {
        check(shape, id, 0.0, |items, take| shard(&some, items, take));
    }
    for id in ["kappa.linear", "qwk"] {
        check(shape, id, 0.0, |items, take| shard(&answers, items, take));
    }
}

#[test]
fn scores_of_classes() {
    let mut random = random();
    let labels: Vec<u32> = (0..ITEM_COUNT).map(|_| random.random_range(0..3)).collect();
    let rows: Vec<[f32; 3]> = labels
        .iter()
        .map(|label| {
            let mut row = [0_f32; 3].map(|_| random.random_range(0.1..1.0));
            row[*label as usize] += 0.3;
            row.map(|score| score / 2.0)
        })
        .collect();
    let shape = Shape::Classes { class_count: 3, reject: None };
    for id in ["log_loss", "brier.multiclass", "top2.lowest_index"] {
        check(shape, id, 1e-12, |items, take| {
            let scores: Vec<f32> = items.iter().flat_map(|item| rows[*item]).collect();
            let answered: Vec<bool> = items.iter().map(|item| item % 13 != 0).collect();
            let labels: Vec<_> = items.iter().map(|item| labels[*item]).collect();
            let some = ClassesPredictions::SomeScores { scores: &scores, answered: &answered };
            take(Shard::Classes(some, &labels));
        });
    }
}

#[test]
fn yes_or_no_and_trials() {
    let mut random = random();
    let labels: Vec<bool> = (0..ITEM_COUNT).map(|_| random.random_bool(0.4)).collect();
    // Coarse, so that there are ties.
    let score = |label: &bool| (random.random_range(0.0..0.8_f64) + 0.2 * f64::from(u8::from(*label))) * 20.0;
    let scores: Vec<f64> = labels.iter().map(score).map(|score| score.round() / 20.0).collect();
    let trials = |missing: usize, items: &[usize], take: &mut dyn FnMut(Shard<'_>)| {
        let scores: Vec<_> =
            items.iter().map(|item| (item % missing != 1).then_some(scores[*item])).collect();
        let labels: Vec<_> = items.iter().map(|item| labels[*item]).collect();
        take(Shard::Pairs(&scores, &labels));
    };
    for id in [
        "roc_auc",
        "roc_auc.max_fpr0.2",
        "average_precision",
        "pr_auc.trapezoid",
        "d_prime",
        "best_f1",
        "recall_at_precision0.6",
        "f1@0.5",
        "accuracy@0.5",
        "mcc@0.5",
    ] {
        check(Shape::Pairs, id, 0.0, |items, take| trials(17, items, take));
    }
    for id in ["binary.log_loss", "binary.brier"] {
        check(super::TWO, id, 1e-12, |items, take| {
            let row = |item: &usize| [1.0 - scores[*item] as f32, scores[*item] as f32];
            let rows: Vec<f32> = items.iter().flat_map(row).collect();
            let answered: Vec<bool> = items.iter().map(|item| item % 17 != 1).collect();
            let labels: Vec<u32> = items.iter().map(|item| u32::from(labels[*item])).collect();
            let some = ClassesPredictions::SomeScores { scores: &rows, answered: &answered };
            take(Shard::Classes(some, &labels));
        });
    }
    for id in ["tar@far0.1.interp", "frr@far0.1.strict", "min_cllr", "min_dcf.sre16", "eer.max_argmin"] {
        check(Shape::Pairs, id, 0.0, |items, take| trials(17, items, take));
    }
    check(Shape::Pairs, "cllr", 0.0, |items, take| trials(1000, items, take));
}

#[test]
fn values() {
    let mut random = random();
    let truths: Vec<f64> = (0..ITEM_COUNT).map(|_| f64::from(random.random_range(0..40_u32)) / 4.0).collect();
    let predicted: Vec<f64> =
        truths.iter().map(|truth| (truth + random.random_range(-3.0..3.0_f64)).max(0.0)).collect();
    for id in [
        "mae",
        "mse",
        "rmse",
        "mape",
        "smape",
        "rmsle",
        "pinball0.3",
        "median_ae",
        "r2",
        "explained_variance",
        "pearson",
        "ccc",
        "spearman",
        "kendall_b",
    ] {
        for scale in [1.0_f64, 1e60] {
            // The one takes logarithms, the other divides by a truth of 0: of this scale no other item counts beside it.
            if scale > 1.0 && ["rmsle", "mape"].contains(&id) {
                continue;
            }
            check(Shape::Values(1), id, 1e-9 * scale.min(10.0), |items, take| {
                let pick = |of: &[f64]| items.iter().map(|item| of[*item] * scale).collect::<Vec<_>>();
                take(Shard::Values(&pick(&predicted), &vec![true; items.len()], &pick(&truths)));
            });
        }
    }
}

/// What has no answer is as wrong as the ends of the whole truth say, in every replicate.
#[test]
fn values_without_an_answer() {
    let (mut truths, mut answered) = (vec![0.0, 10.0], vec![true, true]);
    truths.extend((0..40).map(|item| f64::from(item % 7)));
    answered.extend((0..40).map(|item| item % 4 != 0));
    let scoring = scoring(Shape::Values(1), "mae");
    let groups: Vec<u64> = (0..truths.len() as u64).collect();
    let predicted: Vec<f64> = truths.iter().map(|truth| truth + 1.0).collect();
    let sample = sample(&scoring, &[(Shard::Values(&predicted, &answered, &truths), &groups)]);
    let draw = Draw::new(&SEED, REPLICATE_COUNT, &sample).unwrap();
    let got = replicates(&draw, sample);
    let error = |item: usize| if answered[item] { 1.0 } else { truths[item].max(10.0 - truths[item]) };
    for (replicate, got) in got.replicates.iter().enumerate() {
        let times = |item: usize| weight(&SEED, item as u64, replicate as u64) as f64;
        let sum: f64 = (0..truths.len()).map(|item| times(item) * error(item)).sum();
        let count: f64 = (0..truths.len()).map(times).sum();
        assert!((got.unwrap() - sum / count).abs() < 1e-12, "{replicate}");
    }
}

#[test]
fn texts_rankings_and_labels() {
    let mut random = random();
    let words = ["heron", "egret", "stork"];
    let text = |random: &mut SmallRng| -> String {
        let count = random.random_range(1..5);
        (0..count).map(|_| words[random.random_range(0..3)]).collect::<Vec<_>>().join(" ")
    };
    let labels: Vec<String> = (0..ITEM_COUNT).map(|_| text(&mut random)).collect();
    let texts: Vec<Option<String>> =
        (0..ITEM_COUNT).map(|item| (item % 9 != 0).then(|| text(&mut random))).collect();
    for id in ["wer", "cer", "ser", "canon.mer", "cer.macro", "one_minus_ned", "exact_match"] {
        check(Shape::Text, id, 1e-12, |items, take| {
            let texts: Vec<_> = items.iter().map(|item| texts[*item].clone()).collect();
            let labels: Vec<_> = items.iter().map(|item| labels[*item].clone()).collect();
            take(Shard::Text(&texts, &labels));
        });
    }
    let list = |random: &mut SmallRng| {
        let first = random.random_range(0..6);
        Some((0..3_u32).map(|rank| (first + rank, 1.0 - rank as f32 / 4.0)).collect::<Vec<_>>())
    };
    let lists: Vec<_> = (0..ITEM_COUNT).map(|_| list(&mut random)).collect();
    let relevant: Vec<u32> = (0..ITEM_COUNT).map(|_| random.random_range(0..6)).collect();
    for id in ["map", "recip_rank", "ndcg", "cmc@1"] {
        check(Shape::Rankings(3), id, 1e-12, |items, take| {
            let lists: Vec<_> = items.iter().map(|item| lists[*item].clone()).collect();
            let query =
                |item: &usize| rankings::Query { judged: vec![(relevant[*item], 1)], excluded: vec![] };
            take(Shard::Rankings(&lists, &items.iter().map(query).collect::<Vec<_>>()));
        });
    }
    let truths: Vec<Vec<u32>> = (0..ITEM_COUNT).map(|item| (0..(item % 3) as u32).collect()).collect();
    let rows: Vec<[f32; 3]> =
        (0..ITEM_COUNT).map(|_| [0_f32; 3].map(|_| random.random_range(0.0..1.0))).collect();
    for id in ["lrap", "lwlrap", "f1.samples", "hamming_loss"] {
        check(Shape::Multilabel(3), id, 1e-12, |items, take| {
            let scores: Vec<f32> = items.iter().flat_map(|item| rows[*item]).collect();
            let truths: Vec<_> = items.iter().map(|item| truths[*item].clone()).collect();
            take(Shard::Multilabel(&scores, &vec![true; items.len()], &truths));
        });
    }
}

/// One wild answer decides where it is drawn, and costs the others nothing where it is not.
#[test]
fn a_wild_answer_leaves_the_others_their_digits() {
    let truths: Vec<f64> = (0..ITEM_COUNT).map(|item| (item * 7 % 23) as f64).collect();
    let mut predicted: Vec<f64> = truths.iter().map(|truth| truth * 0.5 + 1.0).collect();
    predicted[40] = 1e90;
    for id in ["pearson", "r2"] {
        let scoring = scoring(Shape::Values(1), id);
        let groups: Vec<u64> = (0..ITEM_COUNT as u64).collect();
        let sample = sample(&scoring, &[(Shard::Values(&predicted, &[true; ITEM_COUNT], &truths), &groups)]);
        let draw = Draw::new(&SEED, REPLICATE_COUNT, &sample).unwrap();
        let got = replicates(&draw, sample).replicates;
        let tame = |replicate: &usize| weight(&SEED, 40, *replicate as u64) == 0;
        let tame: Vec<usize> = (0..got.len()).filter(tame).collect();
        assert!(tame.len() > 40, "{}", tame.len());
        for replicate in tame {
            let value = got[replicate].unwrap();
            let is_right =
                if id == "r2" { (-1.0..1.0).contains(&value) } else { (value - 1.0).abs() < 1e-12 };
            assert!(is_right, "{id}: {value}");
        }
    }
}
