use super::{Condition, Recording, Seconds, Turn, assignment::assignment, data::speakers};

/// Ticks of a second. Times are rounded to them once; all else is whole numbers, so that no order of adding matters.
pub(super) const TICKS: f64 = 1e9;

/// What begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Collar,
    /// A speaker by place.
    Truth(usize),
    Found(usize),
}

/// The changes of a recording in order: when, what, and by how much.
type Changes = Vec<(i64, Part, i32)>;

/// Adds the errors of one recording.
pub(super) fn add_recording(condition: Condition, truth: &Recording, found: &[Turn], to: &mut Seconds) {
    let (true_speakers, found_speakers) = (speakers(&truth.turns), speakers(found));
    let counts = (true_speakers.len(), found_speakers.len());
    let place = |speakers: &[u32], turn: &Turn| speakers.partition_point(|speaker| *speaker < turn.speaker);
    let end = ticks(truth.duration);
    let mut changes: Changes = Vec::with_capacity(2 * (truth.turns.len() + found.len()));
    let mut add = |start: i64, stop: i64, part: Part| {
        let (start, stop) = (start.clamp(0, end), stop.clamp(0, end));
        if start < stop {
            changes.extend([(start, part, 1), (stop, part, -1)]);
        }
    };
    let collar = i64::from(condition.collar_ms) * 1_000_000;
    for turn in &truth.turns {
        let (start, stop) = (ticks(turn.start), ticks(turn.end));
        add(start, stop, Part::Truth(place(&true_speakers, turn)));
        add(start - collar, start + collar, Part::Collar);
        add(stop - collar, stop + collar, Part::Collar);
    }
    for turn in found {
        add(ticks(turn.start), ticks(turn.end), Part::Found(place(&found_speakers, turn)));
    }
    changes.sort_unstable();

    let mut together = vec![vec![0_i128; counts.0]; counts.1];
    sweep(condition, &changes, counts, |length, truth, found| {
        for (row, times) in together.iter_mut().zip(found).filter(|(_, times)| **times > 0) {
            let gains = truth.iter().map(|more| i128::from(length) * i128::from(*more * times));
            row.iter_mut().zip(gains).for_each(|(gain, more)| *gain += more);
        }
    });
    let meant = assignment(&together);
    sweep(condition, &changes, counts, |length, truth, found| {
        let sum = |heard: &[i64]| heard.iter().sum::<i64>();
        let (true_count, found_count) = (sum(truth), sum(found));
        let right: i64 =
            meant.iter().zip(found).filter_map(|(speaker, times)| Some(truth[(*speaker)?].min(*times))).sum();
        let add = |to: &mut u128, count: i64| *to += length as u128 * count as u128;
        let both = true_count.min(found_count);
        add(&mut to.total, true_count);
        add(&mut to.missed, true_count - both);
        add(&mut to.false_alarm, found_count - both);
        add(&mut to.confusion, both - right);
    });
}

/// Visits every stretch that counts: its length in ticks, and how often each speaker is heard in truth and as found.
fn sweep(
    condition: Condition,
    changes: &Changes,
    (true_count, found_count): (usize, usize),
    mut visit: impl FnMut(i64, &[i64], &[i64]),
) {
    let (mut truth, mut found) = (vec![0_i64; true_count], vec![0_i64; found_count]);
    let (mut collars, mut heard, mut last) = (0, 0, 0);
    for (time, part, step) in changes {
        if *time > last {
            if collars == 0 && !(condition.skip_overlap && heard > 1) {
                visit(time - last, &truth, &found);
            }
            last = *time;
        }
        match part {
            Part::Collar => collars += step,
            Part::Truth(place) => {
                truth[*place] += i64::from(*step);
                heard += step;
            }
            Part::Found(place) => found[*place] += i64::from(*step),
        }
    }
}

/// A time rounded to ticks; what is far beyond all recordings is at the end of time.
fn ticks(seconds: f64) -> i64 {
    ((seconds * TICKS).round() as i64).clamp(i64::MIN / 4, i64::MAX / 4)
}
