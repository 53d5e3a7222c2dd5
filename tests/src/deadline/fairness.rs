//! Whether equals waited equally long.
//!
//! A submission waits from the moment its check has passed until its release; both are the moments at which a worker was
//! told that its result is in. Its *turn* is its place in its own team's line at that moment: a team that sends ten at once has
//! nobody else to blame for the tenth. Submissions are comparable if they were queued in the same five simulated minutes and
//! had the same turn. A submission's relative wait is its wait by the mean of those comparable with it, a team's is the mean
//! over its submissions, and Jain's index of n teams' relative waits x is (Σx)² / (n Σx²): 1 if all are equal, 1/n if one
//! team had all the waiting. Submissions whose worker died are left out: a lease's end has no equal.

use std::collections::{BTreeMap, HashMap};

/// Comparable submissions were queued within so many simulated minutes, counted from the start of the burst.
const SLOT_MINUTES: f64 = 5.0;

/// One submission that waited, in simulated minutes.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    pub team: usize,
    pub queued: f64,
    pub released: f64,
}

/// Jain's index of the teams' relative waits, and the largest of them.
pub fn jain_of(waits: &[Wait], burst: f64) -> (f64, f64) {
    let mut lines: BTreeMap<usize, Vec<Wait>> = BTreeMap::new();
    for wait in waits {
        lines.entry(wait.team).or_default().push(*wait);
    }
    let cohort = |wait: &Wait| {
        let before = |other: &&Wait| other.queued < wait.queued && other.released > wait.queued;
        let turn = lines[&wait.team].iter().filter(before).count();
        (((wait.queued - burst) / SLOT_MINUTES).floor() as i64, turn)
    };
    let mut cohorts: HashMap<(i64, usize), Vec<f64>> = HashMap::new();
    for wait in waits {
        cohorts.entry(cohort(wait)).or_default().push(wait.released - wait.queued);
    }
    let relative = |wait: &Wait| (wait.released - wait.queued) / mean(&cohorts[&cohort(wait)]);
    let teams: Vec<f64> =
        lines.values().map(|line| mean(&line.iter().map(relative).collect::<Vec<_>>())).collect();
    (jain(&teams), teams.iter().copied().fold(f64::NAN, f64::max))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// NaN of nothing.
fn jain(values: &[f64]) -> f64 {
    let (sum, squares) = values.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    sum * sum / (values.len() as f64 * squares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_equals_is_one_and_of_one_among_four_a_quarter() {
        assert_eq!((jain(&[3.0; 7]), jain(&[0.0, 5.0, 0.0, 0.0])), (1.0, 0.25));
        assert!(jain(&[]).is_nan());
    }

    #[test]
    fn who_sends_much_is_compared_with_who_sends_much() {
        // Team 0's line is three long, and so is team 1's; team 2 sends one.
        let line = |team| [1.0, 2.0, 3.0].map(|n| Wait { team, queued: 0.01 * n, released: 2.0 * n });
        let mut waits = [line(0), line(1)].concat();
        waits.push(Wait { team: 2, queued: 0.01, released: 2.0 });
        assert!((jain_of(&waits, 0.0).0 - 1.0).abs() < 1e-12);
        // That one waits like a third one: an equal of the first ones is treated worse.
        waits[6].released = 6.0;
        let (jain, longest) = jain_of(&waits, 0.0);
        assert!(jain < 0.95 && longest > 1.5, "{jain} {longest}");
    }

    #[test]
    fn what_was_queued_at_another_time_is_not_comparable() {
        let early = Wait { team: 0, queued: 1.0, released: 2.0 };
        let late = Wait { team: 1, queued: 7.0, released: 17.0 };
        assert!((jain_of(&[early, late], 0.0).0 - 1.0).abs() < 1e-12);
    }
}
