use super::*;
use proptest::prelude::*;

/// A unit is its team's number.
fn unit(team: usize, class: WorkClass, charge_ms: u64) -> Waiting<usize> {
    Waiting { unit: team, class, since: Micros(0), charge_ms }
}

fn lane(units: impl IntoIterator<Item = Waiting<usize>>) -> Lane<usize> {
    Lane { flow: Flow::default(), waiting: units.into_iter().collect() }
}

fn contest(lanes: Vec<Lane<usize>>) -> Contestants<usize> {
    Contestants { flow: Flow::default(), clock_ms: 0, lanes }
}

fn queue(competitions: Vec<Contestants<usize>>) -> Queue<usize> {
    Queue { clock_ms: 0, in_flight_max: InFlightMax::default(), competitions }
}

fn served(queue: &mut Queue<usize>, count: usize) -> Vec<usize> {
    (0..count).map_while(|_| queue.next().and_then(|turn| queue.serve(turn))).map(|one| one.unit).collect()
}

fn many(team: usize, class: WorkClass, charge_ms: u64, count: usize) -> Lane<usize> {
    lane((0..count).map(|_| unit(team, class, charge_ms)))
}

/// (Σx)² / (n·Σx²): 1 where all have the same.
fn jain(shares: &[f64]) -> f64 {
    let (sum, squares) = (shares.iter().sum::<f64>(), shares.iter().map(|x| x * x).sum::<f64>());
    sum * sum / (shares.len() as f64 * squares)
}

#[test]
fn who_comes_new_is_next_however_much_another_has_queued() {
    for class in [WorkClass::Check, WorkClass::Live] {
        let mut both = many(0, WorkClass::Check, 500, 1_000);
        both.waiting.extend((0..1_000).map(|_| unit(0, WorkClass::Live, 2_000)));
        let mut queue = queue(vec![contest(vec![both, lane([])])]);
        served(&mut queue, 17);
        queue.competitions[0].lanes[1].waiting.push_back(unit(1, class, 2_000));
        assert_eq!(served(&mut queue, 1), [1], "{class:?}");
    }
}

#[test]
fn competitions_share_first_however_many_teams_they_have() {
    let crowd = (0..50).map(|team| many(team, WorkClass::Live, 1_000, 20)).collect();
    let mut queue = queue(vec![contest(crowd), contest(vec![many(99, WorkClass::Live, 1_000, 200)])]);
    let alone = served(&mut queue, 100).iter().filter(|&&team| team == 99).count();
    assert_eq!(alone, 50);
}

#[test]
fn machine_time_is_shared_and_not_units() {
    let mut queue = queue(vec![contest(vec![
        many(0, WorkClass::Live, 8_000, 100),
        many(1, WorkClass::Live, 1_000, 800),
    ])]);
    let large = served(&mut queue, 90).iter().filter(|&&team| team == 0).count();
    assert_eq!(large, 10);
}

#[test]
fn practice_gets_a_fifth_beside_the_contest() {
    let practising = many(0, WorkClass::Live, 1_000 * PRACTICE_PACE, 100);
    let mut queue = queue(vec![contest(vec![practising, many(1, WorkClass::Live, 1_000, 100)])]);
    assert_eq!(served(&mut queue, 50).iter().filter(|&&team| team == 0).count(), 10);
}

#[test]
fn classes_go_before_turns() {
    let mut queue = queue(vec![
        contest(vec![lane([unit(0, WorkClass::Final, 1)])]),
        contest(vec![lane([unit(1, WorkClass::Live, 1)]), lane([unit(2, WorkClass::Check, 1)])]),
        contest(vec![lane([unit(3, WorkClass::Finalize, 1)])]),
    ]);
    // The lanes that would be served first by turn.
    queue.competitions[1].flow.finish_ms = 7;
    queue.competitions[2].flow.finish_ms = 9;
    assert_eq!(served(&mut queue, 9), [3, 2, 1, 0]);
}

#[test]
fn lanes_at_their_cap_let_others_pass() {
    let lanes = vec![many(0, WorkClass::Live, 1_000, 9), many(1, WorkClass::Live, 1_000, 9)];
    let mut queue = queue(vec![contest(lanes)]);
    queue.in_flight_max = InFlightMax { team: 2, competition: 3 };
    assert_eq!(served(&mut queue, 9), [0, 1, 0]);
    queue.competitions[0].flow.in_flight -= 1;
    assert_eq!(served(&mut queue, 9), [1]);
    queue.in_flight_max.competition = 0;
    assert_eq!(served(&mut queue, 9), [] as [usize; 0]);
    queue.in_flight_max.team = 3;
    assert_eq!(served(&mut queue, 9), [0, 1]);
}

#[test]
fn a_lane_that_was_idle_has_saved_nothing() {
    let mut queue = queue(vec![contest(vec![many(0, WorkClass::Live, 1_000, 200), lane([])])]);
    served(&mut queue, 100);
    queue.competitions[0].lanes[1] = many(1, WorkClass::Live, 1_000, 100);
    assert_eq!(served(&mut queue, 10).iter().filter(|&&team| team == 1).count(), 5);
}

#[test]
fn what_is_expected_is_bounded_by_the_limit() {
    let limits =
        Limits { wall_s_max: 60, cpu_s_max: 60, memory_mib_max: 1, thread_count: 1, model_mib_max: 1 };
    assert_eq!(expected_ms(&limits, 100, 1_000, None), 6_000);
    assert_eq!(expected_ms(&limits, 100, 1_000, Some(10.5)), 1_050);
    assert_eq!(expected_ms(&limits, 100, 1_000, Some(f64::INFINITY)), 6_000);
    assert_eq!(expected_ms(&limits, 100, 1_000, Some(0.0)), CHARGE_MS_MIN);
    assert_eq!(expected_ms(&limits, 0, 0, None), CHARGE_MS_MIN);
    // A sample larger than the hidden split: no more than the limit.
    assert_eq!(expected_ms(&limits, 2_000, 1_000, None), 60_000);
}

#[test]
fn classes_are_their_numbers() {
    for class in WorkClass::ALL {
        assert_eq!(WorkClass::of_priority(class.priority()), Some(class));
    }
    assert_eq!(WorkClass::of_priority(4), None);
}

#[test]
fn every_class_is_taken_by_one_of_the_two_kinds_of_slots() {
    for class in WorkClass::ALL {
        assert!(SlotKind::Any.takes(class));
        assert_ne!(SlotKind::Checks.takes(class), SlotKind::AllButChecks.takes(class), "{class:?}");
        assert_eq!(SlotKind::Checks.takes(class), class == WorkClass::Check);
    }
}

/// Several workers on a clock of milliseconds, up to a moment; how much each team had.
fn simulate(mut queue: Queue<usize>, workers: usize, until_ms: u64) -> Vec<u64> {
    let teams: usize = queue.competitions.iter().map(|one| one.lanes.len()).sum();
    let (mut had, mut free_at) = (vec![0; teams], vec![0; workers]);
    loop {
        let worker = (0..workers).min_by_key(|&worker| free_at[worker]).unwrap();
        if free_at[worker] >= until_ms {
            return had;
        }
        let Some(turn) = queue.next() else { return had };
        let one = queue.serve(turn).unwrap();
        had[one.unit] += one.charge_ms;
        free_at[worker] += one.charge_ms;
    }
}

#[test]
fn teams_of_unequal_loads_get_equal_time_while_they_wait() {
    // From 40 units of half a second to 1,600 of up to 2 s: all of them have something waiting to the end.
    let lanes = (0..40).map(|team| many(team, WorkClass::Live, 500 + 37 * team as u64, 40 * (1 + team)));
    let had = simulate(queue(vec![contest(lanes.collect())]), 4, 100_000);
    let shares: Vec<f64> = had.iter().map(|&ms| ms as f64).collect();
    assert!(jain(&shares) > 0.99, "{}: {had:?}", jain(&shares));
}

proptest! {
    /// Two lanes that both wait never differ by more than their largest units: the theorem of the scheduler.
    #[test]
    fn no_lane_gets_ahead_by_more_than_two_units(
        charges in proptest::collection::vec(proptest::collection::vec(1u64..5_000, 60), 2..7),
        steps in 1usize..60,
    ) {
        let largest: Vec<u64> = charges.iter().map(|lane| *lane.iter().max().unwrap()).collect();
        let lanes = charges.iter().enumerate().map(|(team, lane_charges)| {
            lane(lane_charges.iter().map(|&charge| unit(team, WorkClass::Live, charge)))
        });
        let mut queue = queue(vec![contest(lanes.collect())]);
        let mut had = vec![0u64; charges.len()];
        for _ in 0..steps {
            let turn = queue.next().unwrap();
            let one = queue.serve(turn).unwrap();
            had[one.unit] += one.charge_ms;
            for a in 0..had.len() {
                for b in 0..had.len() {
                    prop_assert!(had[a] <= had[b] + largest[a] + largest[b]);
                }
            }
        }
    }
}
