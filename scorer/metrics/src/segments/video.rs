use super::{Segment, TrueSegment};

/// Matches the segments of one video and class, best first, as ActivityNet does: at every level each takes the true segment
/// that it overlaps most among those that no better one has taken. Returns, per segment, one bit per level: it is right.
pub(super) fn hits(found: &[Segment], truth: &[TrueSegment], levels: &[f64]) -> Vec<u32> {
    let mut taken = vec![0_u32; truth.len()];
    let of_one = |found: &Segment| {
        let mut overlaps: Vec<(f64, usize)> =
            truth.iter().enumerate().map(|(place, gold)| (overlap(found, gold), place)).collect();
        // Of equal overlaps the later one first. Overlaps are 0 to 1, so total_cmp is their order.
        overlaps.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        let mut hits = 0;
        for (bit, level) in levels.iter().enumerate() {
            let near = overlaps.iter().take_while(|(overlap, _)| overlap >= level);
            if let Some((_, place)) = near.into_iter().find(|(_, place)| taken[*place] >> bit & 1 == 0) {
                taken[*place] |= 1 << bit;
                hits |= 1 << bit;
            }
        }
        hits
    };
    found.iter().map(of_one).collect()
}

/// Intersection over union in time; 0 where nothing is shared.
fn overlap(found: &Segment, gold: &TrueSegment) -> f64 {
    let shared = found.end.min(gold.end) - found.start.max(gold.start);
    if shared <= 0.0 {
        return 0.0;
    }
    shared / ((gold.end - gold.start) + (found.end - found.start) - shared)
}
