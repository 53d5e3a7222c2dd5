use super::*;
use proptest::prelude::*;

const UNIT: Scale = Scale { baseline: 0.0, best: 1.0, width: 1.0 };

fn ladder(levels: u32, bits: u32) -> Ladder {
    let rule = LadderRule { levels: Some(levels), budget: Some(Budget::Bits(bits)) };
    rule.resolve(Some(UNIT), 1_000_000).unwrap()
}

#[test]
fn charges_are_those_of_the_rules() {
    let bits: Vec<u64> = (1..=8).map(|jump| rise_millibits(jump) / 1_000).collect();
    assert_eq!(bits, [4, 6, 6, 8, 8, 8, 8, 10]);
    let null = -(7f64 / 8.0).log2() * 1_000.0;
    assert!((null..null + 1.0).contains(&(NULL_MILLIBITS as f64)));
}

#[test]
fn the_charges_are_a_prefix_code() {
    let kraft = |levels: u32| {
        let rises: f64 = (1..=levels).map(|jump| 2f64.powf(-(rise_millibits(jump) as f64) / 1_000.0)).sum();
        2f64.powf(-(NULL_MILLIBITS as f64) / 1_000.0) + rises
    };
    for levels in [1, 2, 3, 50, 200, LEVEL_COUNT_MAX] {
        assert!(kraft(levels) <= 1.0, "{levels}: {}", kraft(levels));
    }
    // And not a wasteful one.
    assert!(kraft(LEVEL_COUNT_MAX) > 0.999);
}

#[test]
fn levels_are_exact_at_their_edges() {
    let hundred = ladder(100, 32);
    // 0.29 · 100 is 28.999… in floating point.
    assert_eq!(hundred.level(Some(0.29)), 29);
    assert_eq!(hundred.level(Some(0.289_999_999_999)), 28);
    for level in 0..=100 {
        assert_eq!(hundred.level(Some(hundred.edge(level))), level);
    }
    for (score, level) in
        [(None, 0), (Some(f64::NAN), 0), (Some(-1.0), 0), (Some(2.0), 100), (Some(1.0), 100)]
    {
        assert_eq!(hundred.level(score), level);
    }
}

#[test]
fn lower_is_better_is_mirrored() {
    let scale = Scale { baseline: 2.3, best: 0.0, width: 2.3 };
    let ladder = LadderRule { levels: Some(23), budget: None }.resolve(Some(scale), 10_000).unwrap();
    assert_eq!(ladder.level(Some(2.3)), 0);
    assert_eq!(ladder.level(Some(2.2)), 1);
    assert_eq!(ladder.level(Some(0.0)), 23);
    assert_eq!(ladder.level(Some(9.0)), 0);
    assert!((ladder.edge(1) - 2.2).abs() < 1e-12 && (ladder.step() - 0.1).abs() < 1e-12);
}

#[test]
fn presets_go_by_the_number_of_items() {
    for (items, expected) in [
        (1_999, (10, 32)),
        (2_000, (50, 64)),
        (10_000, (50, 64)),
        (10_001, (100, 128)),
        (100_000, (100, 128)),
        (100_001, (200, 256)),
    ] {
        assert_eq!(preset(items), expected);
        let resolved = LadderRule::default().resolve(Some(UNIT), items).unwrap();
        assert_eq!(
            (resolved.levels(), resolved.budget_millibits()),
            (expected.0, 1_000 * u64::from(expected.1))
        );
    }
    // On few items the preset is as fine as the standard error and no finer: 2·√16 = 8.
    assert_eq!(LadderRule::default().resolve(Some(UNIT), 16).unwrap().levels(), 8);
}

#[test]
fn a_grid_finer_than_the_standard_error_is_refused() {
    let at =
        |levels, items, scale| LadderRule { levels: Some(levels), budget: None }.resolve(Some(scale), items);
    assert_eq!(at(20, 100, UNIT).unwrap().levels(), 20);
    assert_eq!(at(21, 100, UNIT), Err(BadLadder::TooFine { levels: 21, levels_max: 20, items: 100 }));
    // The range above the baseline is what the levels divide: 0.5 leaves half of them.
    let half = Scale { baseline: 0.5, ..UNIT };
    assert_eq!(at(10, 100, half).unwrap().levels(), 10);
    assert!(matches!(at(11, 100, half), Err(BadLadder::TooFine { levels_max: 10, .. })));
    assert!(matches!(at(1, 0, UNIT), Err(BadLadder::TooFine { levels_max: 0, .. })));
    assert_eq!(at(0, 100, UNIT), Err(BadLadder::Levels));
    assert_eq!(at(LEVEL_COUNT_MAX, 1 << 40, UNIT).unwrap().levels(), LEVEL_COUNT_MAX);
    assert_eq!(at(LEVEL_COUNT_MAX + 1, 1 << 40, UNIT), Err(BadLadder::Levels));
}

#[test]
fn scales_and_budgets_have_limits() {
    let scale =
        |baseline, best, width| LadderRule::default().resolve(Some(Scale { baseline, best, width }), 10_000);
    assert_eq!(LadderRule::default().resolve(None, 10_000), Err(BadLadder::NoScale));
    for (baseline, best, width) in
        [(0.5, 0.5, 1.0), (f64::NAN, 1.0, 1.0), (0.0, f64::INFINITY, 1.0), (0.0, 1.0, 0.0), (0.0, 1e12, 1.0)]
    {
        assert_eq!(scale(baseline, best, width), Err(BadLadder::Scale));
    }
    let budget = |budget| LadderRule { levels: None, budget: Some(budget) }.resolve(Some(UNIT), 10_000);
    for good in [Budget::Bits(1), Budget::Bits(BUDGET_BITS_MAX), Budget::Tau(0.05)] {
        assert!(budget(good).is_ok(), "{good:?}");
    }
    for bad in [Budget::Bits(0), Budget::Bits(BUDGET_BITS_MAX + 1), Budget::Tau(0.001), Budget::Tau(1.0)] {
        assert_eq!(budget(bad), Err(BadLadder::Budget), "{bad:?}");
    }
}

#[test]
fn tau_and_bits_are_each_others_inverse() {
    let bits = bits_of_tau(0.05, 10_000).unwrap();
    assert_eq!(bits, 66);
    let tau = tau_of_bits(f64::from(bits), 10_000);
    assert!(tau <= 0.05 && tau_of_bits(f64::from(bits + 1), 10_000) > 0.05, "{tau}");
    assert!((ladder(50, 64).tau() - tau_of_bits(64.0, 1_000_000)).abs() < 1e-15);
}

#[test]
fn the_cap_is_the_largest_rise_that_surely_fits() {
    for left in (0..40_000).step_by(97) {
        let by_search = (1..=200_000u32).take_while(|&jump| rise_millibits(jump) <= left).last().unwrap_or(0);
        assert_eq!(cap(left).min(200_000), by_search, "{left}");
    }
    assert_eq!(cap(u64::MAX), u32::MAX);
}

#[test]
fn what_may_not_fit_is_withheld_before_it_runs() {
    let ladder = ladder(50, 10);
    assert_eq!(ladder.turn(0, 0), Turn::Run { cap: 15 });
    assert_eq!(ladder.turn(6_000, 0), Turn::Run { cap: 1 });
    assert_eq!(ladder.turn(6_001, 0), Turn::Withheld);
    // At the top nothing can rise, and only the null charge must fit.
    assert_eq!(ladder.turn(10_000 - NULL_MILLIBITS, 50), Turn::Run { cap: 0 });
    assert_eq!(ladder.turn(10_001 - NULL_MILLIBITS, 50), Turn::Withheld);
    assert_eq!(ladder.turn(u64::MAX, 0), Turn::Withheld);
    assert_eq!(ladder.next_charge(0, 0), Some((NULL_MILLIBITS, 10_000)));
    assert_eq!(ladder.next_charge(0, 50), Some((NULL_MILLIBITS, NULL_MILLIBITS)));
    assert_eq!(ladder.next_charge(6_001, 0), None);
}

#[test]
fn failure_and_no_improvement_are_one() {
    let ladder = ladder(50, 64);
    let at_twenty = ladder.settle(15, 20, Some(0.399));
    for score in [None, Some(f64::NAN), Some(0.0), Some(0.4)] {
        assert_eq!(ladder.settle(15, 20, score), at_twenty);
    }
    assert_eq!(at_twenty, Step { level: 20, charge_millibits: NULL_MILLIBITS });
    assert_eq!(ladder.settle(15, 20, Some(0.42)), Step { level: 21, charge_millibits: 4_000 });
    assert_eq!(ladder.settle(15, 20, Some(0.99)), Step { level: 35, charge_millibits: 10_000 });
}

#[test]
fn an_honest_run_costs_what_the_rules_say() {
    // Sixty submissions, one in five of them better by a level or two: about 60 bits at 50 levels.
    let ladder = ladder(50, 1_000);
    let (mut spent, mut best) = (0, 0);
    for turn in 0..60u32 {
        let Turn::Run { cap } = ladder.turn(spent, best) else { panic!("withheld at {turn}") };
        let score = if turn % 5 == 0 { 0.3 + f64::from(turn) * 0.005 } else { 0.1 };
        let step = ladder.settle(cap, best, Some(score));
        spent += step.charge_millibits;
        best = step.level;
    }
    assert!((50_000..90_000).contains(&spent), "{spent}");
}

proptest! {
    /// Whatever is submitted, the budget holds, the best never falls, and what is withheld stays so while nothing else changes.
    #[test]
    fn no_budget_is_ever_overdrawn(scores in proptest::collection::vec(proptest::option::of(-0.2f64..1.2), 0..200), bits in 1u32..80, levels in 1u32..300) {
        let ladder = ladder(levels, bits);
        let (mut spent, mut best) = (0, 0);
        for score in scores {
            let Turn::Run { cap } = ladder.turn(spent, best) else { break };
            let step = ladder.settle(cap, best, score);
            prop_assert!(step.level >= best && step.level <= levels);
            prop_assert!(step.charge_millibits >= NULL_MILLIBITS);
            spent += step.charge_millibits;
            best = step.level;
            prop_assert!(spent <= ladder.budget_millibits());
        }
    }

    /// The transcripts that any strategy can tell apart, weighted by what they were charged, never exceed one: here over the whole tree
    /// of releases of a small ladder.
    #[test]
    fn the_tree_of_transcripts_obeys_kraft(levels in 1u32..5, bits in 1u32..14) {
        fn weight(ladder: &Ladder, spent: u64, best: u32, depth: u32) -> f64 {
            match ladder.turn(spent, best) {
                Turn::Run { cap } if depth > 0 => (0..=cap)
                    .map(|rise| {
                        let charge = if rise == 0 { NULL_MILLIBITS } else { rise_millibits(rise) };
                        2f64.powf(-(charge as f64) / 1_000.0) * weight(ladder, spent + charge, best + rise, depth - 1)
                    })
                    .sum(),
                _ => 1.0,
            }
        }
        prop_assert!(weight(&ladder(levels, bits), 0, 0, 9) <= 1.0 + 1e-9);
    }

    #[test]
    fn levels_follow_scores(a in -0.5f64..1.5, b in -0.5f64..1.5, levels in 1u32..200) {
        let ladder = ladder(levels, 32);
        if a <= b { prop_assert!(ladder.level(Some(a)) <= ladder.level(Some(b))); }
        prop_assert!(ladder.edge(ladder.level(Some(a))) <= a.max(0.0) + 1e-12);
    }
}
