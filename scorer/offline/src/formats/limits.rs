//! How much is read: every bound has a name, a unit and one place where it is checked.

use egret_metrics::ITEM_COUNT_MAX;

use super::wrong;
use crate::TableError;

/// Most bytes of one file: 4 GiB.
pub const FILE_BYTES_MAX: u64 = 4 << 30;
/// Most bytes of one line: 256 MiB, a picture of 8192 x 8192 pixels as a list of numbers.
pub const LINE_BYTES_MAX: u64 = 256 << 20;
/// Most rows of a table, which is most items of one state.
pub const ROW_COUNT_MAX: u64 = ITEM_COUNT_MAX;
/// Most cells of a row: a score for each of 100000 classes, and room for what else a row has.
pub const CELL_COUNT_MAX: u64 = 100_000 + 64;
/// Most files of a folder.
pub const FILE_COUNT_MAX: u64 = 1 << 20;
/// Most frames of all sequences together: 19 hours at 60 per second. Frames without a line are there too, so a number may not
/// be as large as somebody likes.
pub const FRAME_COUNT_MAX: u64 = 1 << 22;

/// All bounds together; tests bring smaller ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub file_bytes: u64,
    pub line_bytes: u64,
    pub row_count: u64,
    pub cell_count: u64,
    pub file_count: u64,
    pub frame_count: u64,
}

/// What holds for everybody.
pub(super) const LIMITS: Limits = Limits {
    file_bytes: FILE_BYTES_MAX,
    line_bytes: LINE_BYTES_MAX,
    row_count: ROW_COUNT_MAX,
    cell_count: CELL_COUNT_MAX,
    file_count: FILE_COUNT_MAX,
    frame_count: FRAME_COUNT_MAX,
};

/// Refuses more than a bound allows. `place` is made only where it is needed.
pub(super) fn check(
    found: u64,
    most: u64,
    unit: &str,
    remedy: &str,
    place: impl FnOnce() -> String,
) -> Result<(), TableError> {
    if found <= most {
        return Ok(());
    }
    Err(wrong(place(), format!("{found} {unit}; allowed are {most}"), remedy))
}
