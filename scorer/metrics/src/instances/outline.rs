use super::mask::{Mask, check_sides};
use crate::MetricError;

/// Most corners of all outlines of a mask.
pub const CORNER_COUNT_MAX: usize = 100_000;
/// Longest boundary of all outlines of a mask, in steps of a fifth of a pixel.
pub const BOUNDARY_STEPS_MAX: u64 = 1 << 24;
/// Greatest distance of a corner from 0, in pixels.
pub const CORNER_MAX: f64 = 1e6;

/// Boundaries are walked on a grid this much finer than the pixels.
const SCALE: f64 = 5.0;

impl Mask {
    /// The pixels inside of any outline, as pycocotools finds them (`rleFrPoly`, `rleMerge`): the boundary is walked on a grid
    /// five times finer, and each column is entered and left where the walk crosses its middle. Outlines may cross themselves
    /// and leave the image.
    ///
    /// `outlines`: corners `[x, y]` in pixels.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for sides out of range, no outline, one without a corner, a corner that is not within
    /// [`CORNER_MAX`], more than [`CORNER_COUNT_MAX`] corners, and a boundary of more than [`BOUNDARY_STEPS_MAX`].
    pub fn from_outlines(height: u32, width: u32, outlines: &[Vec<[f64; 2]>]) -> Result<Self, MetricError> {
        check_sides(height, width)?;
        let refused = |what: &str| Err(MetricError::Invalid(what.to_owned()));
        if outlines.is_empty() || outlines.iter().any(Vec::is_empty) {
            return refused("an outline without a corner");
        }
        if outlines.iter().map(Vec::len).sum::<usize>() > CORNER_COUNT_MAX {
            return refused("too many corners of a mask");
        }
        if outlines.iter().flatten().flatten().any(|number| !(-CORNER_MAX..=CORNER_MAX).contains(number)) {
            return refused("a corner of a mask too far away");
        }
        let fine: Vec<Vec<[i64; 2]>> = outlines.iter().map(|outline| refined(outline)).collect();
        if fine.iter().flat_map(|corners| edges(corners)).map(|(a, b)| steps(a, b)).sum::<u64>()
            > BOUNDARY_STEPS_MAX
        {
            return refused("too long a boundary of a mask");
        }
        let masks: Result<Vec<Self>, _> = fine.iter().map(|corners| filled(height, width, corners)).collect();
        Ok(Self::union(&masks?).expect("there is an outline"))
    }
}

/// Corners on the finer grid, rounded half up and, below zero, towards it, as a C cast does.
fn refined(outline: &[[f64; 2]]) -> Vec<[i64; 2]> {
    outline.iter().map(|corner| corner.map(|number| (SCALE * number + 0.5) as i64)).collect()
}

fn edges(corners: &[[i64; 2]]) -> impl Iterator<Item = ([i64; 2], [i64; 2])> {
    corners.iter().copied().zip(corners.iter().copied().cycle().skip(1))
}

fn steps(a: [i64; 2], b: [i64; 2]) -> u64 {
    (a[0] - b[0]).unsigned_abs().max((a[1] - b[1]).unsigned_abs()) + 1
}

/// The points of an edge, one per step of its longer axis, from `a` to `b`. Always reckoned from the lower end, so that an edge
/// has the same points either way.
fn points(a: [i64; 2], b: [i64; 2]) -> impl Iterator<Item = [i64; 2]> {
    let (dx, dy) = ((b[0] - a[0]).abs(), (b[1] - a[1]).abs());
    let (along, across) = if dx >= dy { (0, 1) } else { (1, 0) };
    let is_flipped = a[along] > b[along];
    let (from, to) = if is_flipped { (b, a) } else { (a, b) };
    let length = dx.max(dy);
    let slope = if length == 0 { 0.0 } else { (to[across] - from[across]) as f64 / length as f64 };
    (0..=length).map(move |step| {
        let t = if is_flipped { length - step } else { step };
        let mut point = [0; 2];
        point[along] = from[along] + t;
        point[across] = (from[across] as f64 + slope * t as f64 + 0.5) as i64;
        point
    })
}

/// The pixels inside of one outline.
fn filled(height: u32, width: u32, corners: &[[i64; 2]]) -> Result<Mask, MetricError> {
    // Places, down the columns, where inside and outside change.
    let mut changes: Vec<u32> = Vec::new();
    let mut last: Option<[i64; 2]> = None;
    for [x, y] in edges(corners).flat_map(|(a, b)| points(a, b)) {
        if let Some([before_x, before_y]) = last.replace([x, y])
            && x != before_x
        {
            let crossed = if x < before_x { x } else { x - 1 };
            let column = (crossed as f64 + 0.5) / SCALE - 0.5;
            let row = ((y.min(before_y) as f64 + 0.5) / SCALE - 0.5).clamp(0.0, f64::from(height)).ceil();
            if column.fract() == 0.0 && (0.0..=f64::from(width - 1)).contains(&column) {
                changes.push(column as u32 * height + row as u32);
            }
        }
    }
    changes.sort_unstable();
    changes.push(height * width);
    let mut runs = Vec::with_capacity(changes.len());
    let mut before = 0;
    for change in changes {
        runs.push(change - before);
        before = change;
    }
    Mask::from_runs(height, width, &runs)
}
