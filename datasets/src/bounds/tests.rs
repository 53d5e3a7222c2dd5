use egret_contract::{
    BoxesAnswer, ClassNames, ClassesAnswer, EmbeddingAnswer, SegmentsAnswer, Similarity, ValuesAnswer,
};

use super::*;

fn classes(class_count: u32) -> ClassNames {
    ClassNames { class_count, class_names: Vec::new() }
}

fn boxes(box_count_max: u32) -> AnswerContract {
    AnswerContract::Boxes(BoxesAnswer { classes: classes(20), box_count_max })
}

fn segments(segment_count_max: u32) -> AnswerContract {
    AnswerContract::Segments(SegmentsAnswer { classes: classes(1), segment_count_max })
}

fn vectors(search: Search) -> AnswerContract {
    AnswerContract::Embedding(EmbeddingAnswer { dimension_max: 128, similarity: Similarity::Dot, search })
}

fn one_of(class_count: u32) -> AnswerContract {
    AnswerContract::Classes(ClassesAnswer { classes: classes(class_count), reject: None })
}

fn values(count: usize) -> AnswerContract {
    AnswerContract::Values(ValuesAnswer { value_names: vec!["v".into(); count] })
}

fn found(answer: &AnswerContract, metric: &str, counts: Counts) -> Vec<(String, String)> {
    assert!(egret_metrics::find(Shape::of(answer).kind(), metric).is_some(), "{metric}");
    beyond(answer, &[metric.to_owned()], counts)
}

fn scored(scored: u64) -> Counts {
    Counts { scored, ..Counts::default() }
}

/// So many items in units of so many.
fn units(items: u64, items_max: u64) -> Counts {
    Counts { kept: 0, scored: items, units: Units { count: items.div_ceil(items_max), items_max } }
}

#[test]
fn what_metrics_keep_is_bounded_from_both_sides() {
    let lists = vectors(Search::Retrieval { top_count: 100 });
    let cases = [
        (boxes(100), "AP", 1_000_000, "lower `box_count_max` in [answer] to 99 or less"),
        (segments(100), "map.avg", 1_000_000, "lower `segment_count_max` in [answer] to 99 or less"),
        (vectors(Search::Verification), "eer.interp", 100_000_000, "list fewer"),
        (
            vectors(Search::Verification),
            "binary.roc_auc",
            1 << 26,
            "take other metrics than `binary.roc_auc`",
        ),
        (lists, "copy_detection.uap", 1_000_000, "lower `top_count` in [answer] to 99 or less"),
        (one_of(100), "roc_auc.ovr.macro", 2_400_000, "take other metrics than `roc_auc.ovr.macro`"),
        (one_of(16), "cavg.min_exact", (12 << 20) / 16, "take other metrics than `cavg.min_exact`"),
        (
            AnswerContract::Multilabel(classes(16)),
            "map.micro",
            (12 << 20) / 16,
            "take other metrics than `map.micro`",
        ),
        (AnswerContract::Multilabel(classes(16)), "hit@1", 1 << 26, "have fewer items in this split"),
        (values(3), "spearman", 1 << 20, "take other metrics than `spearman`"),
        (values(3), "mae", 1 << 20, "ask for fewer values"),
    ];
    for (answer, metric, most, remedy) in cases {
        assert_eq!(found(&answer, metric, scored(most)), [], "{metric}");
        let [(what, advice)] = &found(&answer, metric, scored(most + 1))[..] else { panic!("{metric}") };
        assert!(what.ends_with("are scored") && advice.contains(remedy), "{what}: {advice}");
    }
    let [(what, _)] = &found(&boxes(100), "AP", scored(1_000_001))[..] else { panic!("boxes") };
    assert_eq!(what, "1000001 items with up to 100 boxes, 100000100 in all; at most 100000000 are scored");
    let [(what, _)] = &found(&vectors(Search::Verification), "eer.interp", scored(100_000_001))[..] else {
        panic!("trials")
    };
    assert_eq!(what, "100000001 trials; at most 100000000 are scored");
}

#[test]
fn vectors_that_a_worker_keeps_are_bounded_from_both_sides() {
    // 2 GiB of 512 bytes; of 512 and 64 lists of 8 bytes each.
    let pairs = (vectors(Search::Verification), "eer.interp", 1 << 22);
    let lists = (vectors(Search::Retrieval { top_count: 64 }), "recall@1", 1 << 21);
    for (answer, metric, most) in [pairs, lists] {
        let of = |kept| found(&answer, metric, Counts { kept, ..Counts::default() });
        assert_eq!(of(most), [], "{answer:?}");
        let [(what, remedy)] = &of(most + 1)[..] else { panic!("{answer:?}") };
        assert!(what.ends_with("2049 MiB; a worker keeps 2048 MiB"), "{what}");
        assert!(remedy.contains("`dimension_max`"), "{remedy}");
    }
}

/// The most items of a unit that are not refused, by halving.
fn most_of_unit(answer: &AnswerContract, metric: &str) -> u64 {
    let (mut fits, mut too_many) = (1, 1 << 30);
    while too_many - fits > 1 {
        let middle = fits + (too_many - fits) / 2;
        // Two units, the other of one item.
        let counts = Counts { kept: 0, scored: middle + 1, units: Units { count: 2, items_max: middle } };
        *(if found(answer, metric, counts).is_empty() { &mut fits } else { &mut too_many }) = middle;
    }
    fits
}

#[test]
fn the_state_of_a_unit_is_bounded_from_both_sides() {
    const BYTES: u64 = UNIT_STATE_BYTES_MAX;
    let cases = [
        (one_of(50), "roc_auc.ovr.macro", BYTES / (11 * 50)),
        (boxes(100), "AP", BYTES / (40 * 100)),
        (segments(100), "map.avg", BYTES / (30 * 100)),
        (one_of(50), "cavg.min_exact", BYTES / (17 * 50)),
    ];
    for (answer, metric, most) in cases {
        let fits = most_of_unit(&answer, metric);
        // The frames and seals take less than a hundredth.
        assert!(fits <= most && fits > most - most / 100 - 1, "{metric}: {fits} of {most}");
    }
    let [(what, remedy)] = &found(&boxes(1000), "AP", units(20_000, 10_000))[..] else { panic!("boxes") };
    assert_eq!(
        what,
        "units of up to 10000 items, each with a metric state of up to 382 MiB; a server takes 64 MiB"
    );
    assert_eq!(remedy, "lower `box_count_max` in [answer] to 167 or less");
    assert_eq!(found(&boxes(167), "AP", units(20_000, 10_000)), []);
    // Alone, a unit leaves no state.
    assert_eq!(found(&boxes(1000), "AP", units(10_000, 10_000)), []);
    // What does not grow with the items does not hinder many of them.
    assert_eq!(found(&one_of(1000), "accuracy", units(6_000_000, 500_000)), []);
}

#[test]
fn the_states_of_all_units_are_bounded_from_both_sides() {
    let of = |units| units_of(&one_of(100), "roc_auc.ovr.macro", units);
    // Of 100 classes 60 KiB of lists each, and 11 MB of scores per 10,000 items.
    assert_eq!(of(12), []);
    let [(what, remedy)] = &of(13)[..] else { panic!("13 units") };
    assert!(what.starts_with("13 units, whose metric states have up to 13"), "{what}");
    assert!(what.ends_with("MiB together; a server takes 128 MiB"), "{what}");
    assert!(remedy.contains("`roc_auc.ovr.macro`"), "{remedy}");
    let [(_, remedy)] = &units_of(&boxes(30), "AP", 20)[..] else { panic!("boxes") };
    assert_eq!(remedy, "lower `box_count_max` in [answer] to 16 or less");
}

fn units_of(answer: &AnswerContract, metric: &str, count: u64) -> Vec<(String, String)> {
    found(answer, metric, units(10_000 * count, 10_000))
}
