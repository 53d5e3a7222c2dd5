use super::{Counts, Event, Recording};

/// One change of what is heard: the segment from which on, the class, whether in truth, and whether it begins.
type Change = (u64, u32, bool, bool);

/// Counts the segments of one recording in which classes are true and found. Only changes are looked at, so that neither the
/// duration nor the resolution matters for time or memory.
pub(super) fn add_segments(truth: &Recording, found: &[Event], resolution: f64, counts: &mut Counts) {
    let segment_count = (truth.duration / resolution).ceil().max(0.0) as u64;
    let mut changes: Vec<Change> = Vec::new();
    for (events, is_true) in [(&truth.events[..], true), (found, false)] {
        for event in events {
            // An event covers every segment it touches. A cast of what is below 0 gives 0.
            let from = ((event.start / resolution).floor() as u64).min(segment_count);
            let to = ((event.end / resolution).ceil() as u64).min(segment_count);
            if from < to {
                changes.push((from, event.class, is_true, true));
                changes.push((to, event.class, is_true, false));
            }
        }
    }
    changes.sort_unstable();
    // Of each class how many true and found events are heard.
    let mut heard: Vec<[u64; 2]> = vec![[0; 2]; counts.classes.len()];
    let (mut totals, mut right) = ([0_u64; 2], 0_u64);
    // Per class, the segment from which on it is counted: one with neither true nor found events is at rest.
    let mut since: Vec<u64> = vec![0; counts.classes.len()];
    let mut last = 0;
    for (segment, class, is_true, begins) in changes {
        counts.substituted += (segment - last) * (totals[0].min(totals[1]) - right);
        last = segment;
        let (now, start) = (&mut heard[class as usize], &mut since[class as usize]);
        let (length, of_class) = (segment - *start, &mut counts.classes[class as usize]);
        of_class.truth += if now[0] > 0 { length } else { 0 };
        of_class.found += if now[1] > 0 { length } else { 0 };
        of_class.right += if now[0] > 0 && now[1] > 0 { length } else { 0 };
        *start = segment;
        let before = *now;
        let side = usize::from(!is_true);
        now[side] = if begins { now[side] + 1 } else { now[side] - 1 };
        for (total, (now, before)) in totals.iter_mut().zip(now.iter().zip(before)) {
            *total = *total + u64::from(*now > 0) - u64::from(before > 0);
        }
        right = right + u64::from(now[0] > 0 && now[1] > 0) - u64::from(before[0] > 0 && before[1] > 0);
    }
}
