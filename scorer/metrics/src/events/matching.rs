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
    let mut by_start: Vec<usize> = (0..found.len()).collect();
    by_start.sort_by(|a, b| found[*a].start.total_cmp(&found[*b].start));
    // The found events near a true one, of any class, in the order given.
    let near = |gold: &Event| {
        let allowed = collar.max(END_SHARE * (gold.end - gold.start));
        let first = by_start.partition_point(|index| gold.start - found[*index].start > collar);
        let end = by_start.partition_point(|index| found[*index].start - gold.start <= collar);
        let ends_near = |index: &&usize| !with_ends || (gold.end - found[**index].end).abs() <= allowed;
        let mut near: Vec<usize> = by_start[first..end].iter().filter(ends_near).copied().collect();
        near.sort_unstable();
        near
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
        for index in near(gold).into_iter().filter(|index| found[*index].class == gold.class) {
            if choices[index].is_empty() {
                order.push(index);
            }
            choices[index].push(place);
        }
    }
    let taken_by = greatest_matching(&order, &choices, truth.len());
    let mut is_left = vec![true; found.len()];
    for (gold, index) in truth.iter().zip(&taken_by).filter(|(_, index)| **index != NONE) {
        counts.classes[gold.class as usize].right += 1;
        is_left[*index] = false;
    }
    for (gold, _) in truth.iter().zip(&taken_by).filter(|(_, index)| **index == NONE) {
        if let Some(index) = near(gold).into_iter().find(|index| is_left[*index]) {
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
    // The found event that a true one was reached from. From what a search in vain has reached no free one ever will be: it stays
    // marked, so that later searches pass it by.
    let mut reached_from = vec![NONE; truth_count];
    let mut reached: Vec<usize> = Vec::new();
    for start in left {
        reached.clear();
        let mut queue = VecDeque::from([start]);
        'search: while let Some(index) = queue.pop_front() {
            for &place in &choices[index] {
                if reached_from[place] != NONE {
                    continue;
                }
                reached_from[place] = index;
                reached.push(place);
                if taken_by[place] == NONE {
                    shift(place, start, &reached_from, &mut taken_by);
                    for place in &reached {
                        reached_from[*place] = NONE;
                    }
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
