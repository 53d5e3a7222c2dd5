use serde::{Deserialize, Serialize};

use crate::MetricError;

/// Most pixels of a side of an image.
pub const SIDE_MAX: u32 = 1 << 15;

/// Which pixels belong to an object: runs of pixels down the columns, as COCO writes them. The first run is outside and may
/// be empty, then inside and outside take turns; no other is empty, and together they are the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(u32, u32, Vec<u32>)", into = "(u32, u32, Vec<u32>)")]
pub struct Mask {
    height: u32,
    width: u32,
    runs: Vec<u32>,
}

impl Mask {
    /// From run lengths, the first outside. Empty runs are taken out.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for a side of 0 or above [`SIDE_MAX`], and for runs that are not `height · width` pixels.
    pub fn from_runs(height: u32, width: u32, runs: &[u32]) -> Result<Self, MetricError> {
        check_sides(height, width)?;
        let (allowed, mut pixels) = (u64::from(height * width), 0_u64);
        let mut merged = vec![0];
        for (place, run) in runs.iter().enumerate().filter(|(_, run)| **run > 0) {
            pixels += u64::from(*run);
            if pixels > allowed {
                break;
            }
            push_run(&mut merged, *run, place % 2 == 1);
        }
        if pixels == allowed {
            return Ok(Self { height, width, runs: merged });
        }
        let what = format!("runs of {pixels} pixels in a mask of {height} by {width}");
        Err(MetricError::Invalid(what))
    }

    /// From COCO's compressed text: each run, from the fourth on less the one two before it, in groups of five bits from the
    /// lowest, as characters from `0` on; the sixth bit says that more follow, the fifth of the last is the sign.
    ///
    /// # Errors
    /// As [`Self::from_runs`]; [`MetricError::Invalid`] for characters that are no such text.
    pub fn from_text(height: u32, width: u32, text: &str) -> Result<Self, MetricError> {
        let strange = || MetricError::Invalid("a compressed mask that is none".to_owned());
        let mut runs: Vec<u32> = Vec::with_capacity(text.len());
        let (mut run, mut shift) = (0_i64, 0);
        for byte in text.bytes() {
            let group = i64::from(byte) - 48;
            // 2^30 pixels and a sign fit into seven groups.
            if !(0..64).contains(&group) || shift > 30 {
                return Err(strange());
            }
            run |= (group & 0x1F) << shift;
            shift += 5;
            if group & 0x20 != 0 {
                continue;
            }
            if group & 0x10 != 0 {
                run -= 1 << shift;
            }
            if runs.len() > 2 {
                run += i64::from(runs[runs.len() - 2]);
            }
            runs.push(u32::try_from(run).map_err(|_| strange())?);
            (run, shift) = (0, 0);
        }
        if shift > 0 {
            return Err(strange());
        }
        Self::from_runs(height, width, &runs)
    }

    /// COCO's compressed text; see [`Self::from_text`].
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (place, run) in self.runs.iter().enumerate() {
            let before = if place > 2 { self.runs[place - 2] } else { 0 };
            let mut rest = i64::from(*run) - i64::from(before);
            loop {
                let group = (rest & 0x1F) as u8;
                rest >>= 5;
                let is_last = rest == if group & 0x10 == 0 { 0 } else { -1 };
                text.push(char::from(48 + group + if is_last { 0 } else { 0x20 }));
                if is_last {
                    break;
                }
            }
        }
        text
    }

    /// All pixels of any of the masks; `None` of no mask. All have the sides of the first.
    pub(super) fn union(masks: &[Self]) -> Option<Self> {
        let (first, more) = masks.split_first()?;
        let mut all = first.clone();
        for mask in more {
            let mut runs = vec![0];
            all.walk(mask, |length, a, b| push_run(&mut runs, length, a || b));
            all.runs = runs;
        }
        Some(all)
    }

    /// Pixels of the image downwards.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Pixels of the image across.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels inside.
    pub fn area(&self) -> u64 {
        self.runs.iter().skip(1).step_by(2).map(|run| u64::from(*run)).sum()
    }

    /// Left, upper, width and height of the least box around the pixels inside; zeros if there are none.
    pub fn bounding_box(&self) -> [u32; 4] {
        let (mut left, mut upper, mut right, mut lower) = (u32::MAX, u32::MAX, 0, 0);
        let mut start = 0;
        for pair in self.runs.chunks(2) {
            start += pair[0];
            let Some(run) = pair.get(1) else { break };
            let (first, last) = (start, start + run - 1);
            let (column, end) = (first / self.height, last / self.height);
            (left, right) = (left.min(column), right.max(end));
            // A run into the next column has the bottom of one and the top of another.
            let (top, bottom) =
                if column == end { (first % self.height, last % self.height) } else { (0, self.height - 1) };
            (upper, lower) = (upper.min(top), lower.max(bottom));
            start += run;
        }
        if left > right { [0; 4] } else { [left, upper, right - left + 1, lower - upper + 1] }
    }

    /// Pixels inside both. The sides are the same.
    pub(super) fn shared(&self, other: &Self) -> u64 {
        let mut shared = 0;
        self.walk(other, |length, a, b| shared += if a && b { u64::from(length) } else { 0 });
        shared
    }

    /// Stretches of the image in which neither mask changes: their length and which masks they are inside of.
    fn walk(&self, other: &Self, mut stretch: impl FnMut(u32, bool, bool)) {
        let (mut a, mut b) = (self.runs.iter(), other.runs.iter());
        let (mut a_left, mut b_left) = (a.next().copied().unwrap_or(0), b.next().copied().unwrap_or(0));
        let (mut in_a, mut in_b) = (false, false);
        loop {
            let length = a_left.min(b_left);
            if length > 0 {
                stretch(length, in_a, in_b);
            }
            (a_left, b_left) = (a_left - length, b_left - length);
            // Both end together, with the image.
            if a_left == 0 {
                let Some(next) = a.next() else { return };
                (a_left, in_a) = (*next, !in_a);
            }
            if b_left == 0 {
                let Some(next) = b.next() else { return };
                (b_left, in_b) = (*next, !in_b);
            }
        }
    }
}

/// Adds a stretch to runs that take turns, of which the first, outside, is there.
fn push_run(runs: &mut Vec<u32>, length: u32, is_inside: bool) {
    let last_is_inside = runs.len().is_multiple_of(2);
    match runs.last_mut() {
        Some(last) if last_is_inside == is_inside => *last += length,
        _ => runs.push(length),
    }
}

pub(super) fn check_sides(height: u32, width: u32) -> Result<(), MetricError> {
    let side = 1..=SIDE_MAX;
    if side.contains(&height) && side.contains(&width) {
        return Ok(());
    }
    let what = format!("an image of {height} by {width}; sides are 1 to {SIDE_MAX} pixels");
    Err(MetricError::Invalid(what))
}

impl TryFrom<(u32, u32, Vec<u32>)> for Mask {
    type Error = MetricError;

    fn try_from((height, width, runs): (u32, u32, Vec<u32>)) -> Result<Self, MetricError> {
        Self::from_runs(height, width, &runs)
    }
}

impl From<Mask> for (u32, u32, Vec<u32>) {
    fn from(mask: Mask) -> Self {
        (mask.height, mask.width, mask.runs)
    }
}
