use std::collections::VecDeque;

use super::{Counts, Event};

/// What of the length of a true event its end may be off.
const END_SHARE: f64 = 0.5;
const NONE: usize = usize::MAX;

/// Matches the events of one recording and counts, as sed_eval does with its optimal matching.
pub(super) fn add_events(
    truth: &[Event],
    found: &[Event],
    collar: f64,
    with_ends: bool,
    counts: &mut Counts,
) {
    let near = |gold: &Event, event: &Event| {
        let allowed = collar.max(END_SHARE * (gold.end - gold.start));
        (gold.start - event.start).abs() <= collar && (!with_ends || (gold.end - event.end).abs() <= allowed)
    };
    for gold in truth {
        counts.classes[gold.class as usize].truth += 1;
    }
    for event in found {
        counts.classes[event.class as usize].found += 1;
    }
    // Found events in the order in which a walk over the true ones first meets them: where several matchings are greatest, this
    // decides which events are left.
    let mut order: Vec<usize> = Vec::new();
    let mut choices: Vec<Vec<usize>> = vec![Vec::new(); found.len()];
    for (place, gold) in truth.iter().enumerate() {
        for (index, event) in found.iter().enumerate() {
            if event.class == gold.class && near(gold, event) {
                if choices[index].is_empty() {
                    order.push(index);
                }
                choices[index].push(place);
            }
        }
    }
    let taken_by = greatest_matching(&order, &choices, truth.len());
    let mut is_left = vec![true; found.len()];
    for (gold, index) in truth.iter().zip(&taken_by).filter(|(_, index)| **index != NONE) {
        counts.classes[gold.class as usize].right += 1;
        is_left[*index] = false;
    }
    for (gold, _) in truth.iter().zip(&taken_by).filter(|(_, index)| **index == NONE) {
        if let Some(index) = (0..found.len()).find(|index| is_left[*index] && near(gold, &found[*index])) {
            is_left[index] = false;
            counts.substituted += 1;
        }
    }
}

/// Per true event the found one that takes it, or [`NONE`]: as many as possible, by augmenting paths.
fn greatest_matching(order: &[usize], choices: &[Vec<usize>], truth_count: usize) -> Vec<usize> {
    let mut taken_by = vec![NONE; truth_count];
    let mut left: Vec<usize> = Vec::new();
    for &index in order {
        match choices[index].iter().find(|place| taken_by[**place] == NONE) {
            Some(place) => taken_by[*place] = index,
            None => left.push(index),
        }
    }
    // The true event that a found one was reached through, per true event.
    let mut reached_from = vec![NONE; truth_count];
    for start in left {
        reached_from.fill(NONE);
        let mut queue = VecDeque::from([start]);
        'search: while let Some(index) = queue.pop_front() {
            for &place in &choices[index] {
                if reached_from[place] != NONE {
                    continue;
                }
                reached_from[place] = index;
                if taken_by[place] == NONE {
                    shift(place, start, &reached_from, &mut taken_by);
                    break 'search;
                }
                queue.push_back(taken_by[place]);
            }
        }
    }
    taken_by
}

/// Gives the free true event at the end of a path to the found one before it, what that one had to the one before, and so on.
fn shift(free: usize, start: usize, reached_from: &[usize], taken_by: &mut [usize]) {
    let mut place = free;
    loop {
        let index = reached_from[place];
        let before = taken_by.iter().position(|taken| *taken == index);
        taken_by[place] = index;
        match before {
            Some(before) if index != start => place = before,
            _ => return,
        }
    }
}
