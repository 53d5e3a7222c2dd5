use std::collections::BTreeMap;

use super::{TrackBox, assignment::assign, counts::Counts};

/// Distances are whole multiples of this, so that sums of them are exact.
const DISTANCE_UNITS: f64 = (1_u64 << 40) as f64;
/// Largest distance, one less the overlap, at which a box is taken for an object's.
const DISTANCE_MAX: f64 = 0.5;
/// More than any number of distances of one frame together: fewer boxes are never matched to be nearer.
const APART: i64 = 1 << 51;

/// Follows one sequence frame by frame (Bernardin and Stiefelhagen 2008): an object keeps its track as long as it overlaps,
/// the rest are matched anew, as many as can be and then as near as can be.
pub(super) fn follow(truth: &[Vec<TrackBox>], found: &[Vec<TrackBox>]) -> Counts {
    let mut counts = Counts::default();
    // The track that each object was last matched with.
    let mut tracks: BTreeMap<u32, u32> = BTreeMap::new();
    // Frames in which an object and a track overlap.
    let mut together: BTreeMap<(u32, u32), i64> = BTreeMap::new();
    for (objects, boxes) in truth.iter().zip(found) {
        counts.objects += objects.len() as u64;
        counts.predictions += boxes.len() as u64;
        let mut costs: Vec<i64> = Vec::with_capacity(objects.len() * boxes.len());
        for object in objects {
            for found in boxes {
                let near = distance(object, found);
                if near.is_some() {
                    *together.entry((object.track, found.track)).or_default() += 1;
                }
                costs.push(near.unwrap_or(APART));
            }
        }
        counts.add_frame(match_frame(objects, boxes, &costs, &mut tracks));
    }
    counts.identified = identified(&together);
    counts
}

/// Matches of one frame, and those of them that switch an object to another track.
fn match_frame(
    objects: &[TrackBox],
    boxes: &[TrackBox],
    costs: &[i64],
    tracks: &mut BTreeMap<u32, u32>,
) -> (u64, u64) {
    let (mut kept, mut switches) = (0, 0);
    let mut is_taken = vec![false; boxes.len()];
    let mut open = Vec::new();
    for (row, object) in objects.iter().enumerate() {
        let track = tracks.get(&object.track);
        let column = track.and_then(|track| boxes.iter().position(|found| found.track == *track));
        match column.filter(|column| !is_taken[*column] && costs[row * boxes.len() + column] < APART) {
            Some(column) => {
                is_taken[column] = true;
                kept += 1;
            }
            None => open.push(row),
        }
    }
    let free: Vec<usize> = (0..boxes.len()).filter(|column| !is_taken[*column]).collect();
    let cost = |(row, column): (usize, usize)| costs[row * boxes.len() + column];
    let rest: Vec<i64> =
        open.iter().flat_map(|row| free.iter().map(move |column| (*row, *column))).map(cost).collect();
    for (row, column) in open.iter().zip(assign(&rest, open.len(), free.len())) {
        let Some(column) = column.map(|column| free[column]).filter(|column| cost((*row, *column)) < APART)
        else {
            continue;
        };
        let track = boxes[column].track;
        let before = tracks.insert(objects[*row].track, track);
        if before.is_some_and(|before| before != track) {
            switches += 1;
        } else {
            kept += 1;
        }
    }
    (kept, switches)
}

/// Boxes identified right when each object is given one track for the whole sequence (Ristani et al. 2016).
fn identified(together: &BTreeMap<(u32, u32), i64>) -> u64 {
    let numbered = |ids: Vec<u32>| {
        let mut ids = ids;
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let objects = numbered(together.keys().map(|(object, _)| *object).collect());
    let tracks = numbered(together.keys().map(|(_, track)| *track).collect());
    let mut costs = vec![0; objects.len() * tracks.len()];
    for ((object, track), frames) in together {
        let (row, column) = (objects.binary_search(object), tracks.binary_search(track));
        if let (Ok(row), Ok(column)) = (row, column) {
            costs[row * tracks.len() + column] = -frames;
        }
    }
    let given = assign(&costs, objects.len(), tracks.len()).into_iter().enumerate();
    let frames = given.filter_map(|(row, column)| Some(-costs[row * tracks.len() + column?]));
    frames.sum::<i64>() as u64
}

/// One less the overlap of two boxes (intersection over union); `None` beyond [`DISTANCE_MAX`].
fn distance(a: &TrackBox, b: &TrackBox) -> Option<i64> {
    let shared =
        |a: f64, a_size: f64, b: f64, b_size: f64| ((a + a_size).min(b + b_size) - a.max(b)).max(0.0);
    let [ax, ay, aw, ah] = a.bounds;
    let [bx, by, bw, bh] = b.bounds;
    let intersection = shared(ax, aw, bx, bw) * shared(ay, ah, by, bh);
    let union = aw * ah + bw * bh - intersection;
    let distance = if union > 0.0 { 1.0 - intersection / union } else { 1.0 };
    (distance <= DISTANCE_MAX).then_some((distance * DISTANCE_UNITS) as i64)
}
