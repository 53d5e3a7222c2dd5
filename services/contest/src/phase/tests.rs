use super::*;
use crate::PrizeRule;
use proptest::prelude::*;

fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}

fn phase(name: &str, kind: PhaseKind, start: i64, end: i64) -> Phase {
    Phase {
        id: id(name),
        kind,
        window: Window { start: Micros(start), end: Micros(end) },
        split: Split::Public,
        rules: PhaseRules::new(QuotaRule::default(), ReleaseRule::exact(4).unwrap()),
        changes: PhaseChanges::default(),
        marks: PhaseMarks::default(),
    }
}

fn at(phases: &[Phase], now: i64) -> Option<&str> {
    phase_at(phases, &id("digits"), &id("red"), Micros(now)).map(|phase| phase.id.as_str())
}

#[test]
fn the_end_is_outside() {
    let window = Window { start: Micros(10), end: Micros(20) };
    assert!(!window.contains(Micros(9)) && window.contains(Micros(10)));
    assert!(window.contains(Micros(19)) && !window.contains(Micros(20)));
}

#[test]
fn back_to_back_phases_hand_over_at_one_moment() {
    let phases = [phase("one", PhaseKind::Live, 0, 10), phase("two", PhaseKind::Live, 10, 20)];
    assert_eq!(Phase::check_all(&phases), Ok(()));
    assert_eq!((at(&phases, 9), at(&phases, 10), at(&phases, 20)), (Some("one"), Some("two"), None));
}

#[test]
fn live_goes_before_practice_and_nominating_phases_take_nothing() {
    let mut phases = [phase("practice", PhaseKind::Practice, 0, 99), phase("live", PhaseKind::Live, 10, 20)];
    assert_eq!((at(&phases, 15), at(&phases, 25)), (Some("live"), Some("practice")));
    phases[1].rules.nominations = Some(Nominations { from: id("practice"), count_max: 2 });
    assert_eq!(at(&phases, 15), Some("practice"));
}

#[test]
fn bad_lists_are_named() {
    use PhaseKind::{Final, Live};
    let problem = |phases: &[Phase]| Phase::check_all(phases).unwrap_err();
    assert_eq!(problem(&[]), PhaseProblem::None);
    assert_eq!(problem(&[phase("abc", Live, 5, 5)]), PhaseProblem::Empty(id("abc")));
    assert_eq!(
        problem(&[phase("abc", Live, 0, 5), phase("abc", Final, 0, 5)]),
        PhaseProblem::Duplicate(id("abc"))
    );
    let overlap = [phase("abc", Live, 0, 5), phase("abd", Live, 4, 9)];
    assert!(matches!(problem(&overlap), PhaseProblem::Overlap(_, _)));
    let with = |change: fn(&mut PhaseRules)| {
        let mut phases = [phase("live", Live, 0, 10), phase("last", Final, 10, 20)];
        change(&mut phases[1].rules);
        Phase::check_all(&phases)
    };
    assert_eq!(with(|rules| rules.freeze_at = Some(Micros(10))), Ok(()));
    assert_eq!(with(|rules| rules.freeze_at = Some(Micros(20))), Err(PhaseProblem::Freeze(id("last"))));
    let ends = |at| {
        let mut last = phase("last", Final, 10, 20);
        let rules = TaskRules { ends_at: Some(Micros(at)), ..TaskRules::default() };
        last.rules.tasks.push((id("digits"), rules));
        Phase::check_all(&[last])
    };
    assert_eq!((ends(11), ends(20)), (Ok(()), Ok(())));
    assert_eq!((ends(10), ends(21)), (ends(10), ends(10)));
    assert!(matches!(ends(10), Err(PhaseProblem::TaskEnd(_, _))));
    let gate = |phase: &str, at_least| Some(Gate { phase: id(phase), at_least });
    let gated = |gate: Option<Gate>| {
        let mut phases = [phase("live", Live, 0, 10), phase("last", Final, 10, 20)];
        phases[1].rules.gate = gate;
        Phase::check_all(&phases)
    };
    assert_eq!(gated(gate("live", 0.5)), Ok(()));
    assert_eq!(gated(gate("live", f64::NAN)), Err(PhaseProblem::GateValue(id("last"))));
    assert_eq!(gated(gate("last", 0.5)), Err(PhaseProblem::Reference(id("last"), id("last"))));
    assert!(matches!(gated(gate("other", 0.5)), Err(PhaseProblem::Reference(_, _))));
    let nominating = |from: &str, count_max| {
        let mut phases = [phase("live", Live, 0, 10), phase("last", Final, 10, 20)];
        phases[1].rules.nominations = Some(Nominations { from: id(from), count_max });
        Phase::check_all(&phases)
    };
    assert_eq!((nominating("live", 1), nominating("live", NOMINATIONS_MAX)), (Ok(()), Ok(())));
    for count in [0, NOMINATIONS_MAX + 1] {
        assert_eq!(nominating("live", count), Err(PhaseProblem::Nominations(id("last"), id("live"))));
    }
}

#[test]
fn prizes_are_of_phases_with_nominations() {
    let prizes =
        |places: &[u64]| Prizes { rule: PrizeRule::SplitEvenly, unit: "CNY".into(), places: places.to_vec() };
    let with = |change: &dyn Fn(&mut PhaseRules)| {
        let mut phases = [phase("live", PhaseKind::Live, 0, 10), phase("last", PhaseKind::Final, 10, 20)];
        phases[1].rules.nominations = Some(Nominations { from: id("live"), count_max: 1 });
        change(&mut phases[1].rules);
        Phase::check_all(&phases)
    };
    let own = |places: &[u64]| {
        let rules = TaskRules { prize_places: places.to_vec(), ..TaskRules::default() };
        vec![(id("digits"), rules)]
    };
    assert_eq!(with(&|rules| rules.prizes = Some(prizes(&[3, 2, 1]))), Ok(()));
    let problem = with(&|rules| (rules.prizes, rules.nominations) = (Some(prizes(&[])), None));
    assert_eq!(problem, Err(PhaseProblem::PrizesOfNoFinal(id("last"))));
    let problem = with(&|rules| rules.prizes = Some(prizes(&[1, 2])));
    assert_eq!(problem, Err(PhaseProblem::Prizes(id("last"), PrizeProblem::Rises(2))));
    let both = |of_phase: &[u64], of_task: &[u64]| {
        with(&|rules| (rules.prizes, rules.tasks) = (Some(prizes(of_phase)), own(of_task)))
    };
    assert_eq!((both(&[], &[9, 8]), both(&[9], &[0])), (Ok(()), Ok(())));
    let rises = PhaseProblem::TaskPrizes(id("last"), id("digits"), PrizeProblem::Rises(2));
    assert_eq!(both(&[9], &[8, 9]), Err(rises));
    let alone = with(&|rules| rules.tasks = own(&[9]));
    assert_eq!(alone, Err(PhaseProblem::PrizesOfTaskAlone(id("last"), id("digits"))));
    assert_eq!(with(&|rules| rules.tasks = own(&[])), Ok(()));
    let mut rules = PhaseRules::new(QuotaRule::default(), ReleaseRule::exact(4).unwrap());
    assert_eq!(rules.prizes_of(&id("digits")), None);
    (rules.prizes, rules.tasks) = (Some(prizes(&[3, 2])), own(&[9]));
    assert_eq!(rules.prizes_of(&id("digits")), Some(prizes(&[9])));
    assert_eq!(rules.prizes_of(&id("voices")), Some(prizes(&[3, 2])));
}

#[test]
fn a_removed_interval_moves_the_deadline_and_the_freeze() {
    let (task, team) = (id("digits"), id("red"));
    let mut live = phase("live", PhaseKind::Live, 0, 100);
    live.rules.freeze_at = Some(Micros(80));
    live.changes.removed =
        vec![Window { start: Micros(40), end: Micros(50) }, Window { start: Micros(90), end: Micros(95) }];
    assert_eq!(live.contest_time(Micros(40)), Micros(40));
    assert_eq!(live.contest_time(Micros(45)), Micros(40));
    assert_eq!(live.contest_time(Micros(60)), Micros(50));
    assert_eq!(live.closes_at(&task, Some(&team)), Micros(115));
    assert!(live.is_open(&task, &team, Micros(114)) && !live.is_open(&task, &team, Micros(115)));
    // Contest time is 80 when the second interval begins, and the freeze is at that very moment.
    assert_eq!(live.frozen_since(&task, Micros(89)), None);
    assert_eq!(live.frozen_since(&task, Micros(90)), Some(Micros(90)));
    live.marks.thawed_at = Some(Micros(96));
    assert_eq!(live.frozen_since(&task, Micros(97)), None);
}

#[test]
fn extensions_are_for_all_or_one() {
    let (task, red, blue) = (id("digits"), id("red"), id("blue"));
    let mut live = phase("live", PhaseKind::Live, 0, 100);
    live.changes.extensions = vec![(None, 10), (Some(id("red")), 5), (Some(id("red")), 2)];
    assert_eq!(live.closes_at(&task, Some(&red)), Micros(117));
    assert_eq!(live.closes_at(&task, Some(&blue)), Micros(110));
    assert_eq!(live.closes_at(&task, None), Micros(117));
    // A task that ends before its phase is extended with it.
    live.rules.tasks.push((task.clone(), TaskRules { ends_at: Some(Micros(50)), ..TaskRules::default() }));
    assert_eq!(live.closes_at(&task, Some(&blue)), Micros(60));
}

proptest! {
    #[test]
    fn windows_overlap_iff_they_share_a_moment(a in 0i64..20, b in 1i64..9, c in 0i64..20, d in 1i64..9) {
        let (x, y) = (
            Window { start: Micros(a), end: Micros(a + b) },
            Window { start: Micros(c), end: Micros(c + d) },
        );
        let shared = (0..40).any(|t| x.contains(Micros(t)) && y.contains(Micros(t)));
        prop_assert_eq!(x.overlaps(&y), shared);
    }

    /// The clock at a contest time is the first moment that has it, and contest time never runs backwards.
    #[test]
    fn contest_time_and_clock_are_inverse(a in 0i64..30, b in 1i64..9, gap in 1i64..9, c in 1i64..9, t in 0i64..80) {
        let mut live = phase("live", PhaseKind::Live, 0, 100);
        let second = a + b + gap;
        live.changes.removed = vec![
            Window { start: Micros(a), end: Micros(a + b) },
            Window { start: Micros(second), end: Micros(second + c) },
        ];
        let clock = live.clock_time(Micros(t));
        prop_assert_eq!(live.contest_time(clock), Micros(t));
        if clock.0 > 0 { prop_assert!(live.contest_time(Micros(clock.0 - 1)) <= Micros(t)); }
        prop_assert!(live.contest_time(Micros(t)) <= live.contest_time(Micros(t + 1)));
    }
}
