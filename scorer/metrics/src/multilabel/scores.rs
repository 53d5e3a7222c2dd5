/// A shard's scores, row-major `[n, class_count]`; f32 is widened to f64 before anything.
#[derive(Debug, Clone, Copy)]
pub enum Scores<'a> {
    /// As models give them.
    F32(&'a [f32]),
    /// Twice as exact.
    F64(&'a [f64]),
}

impl Scores<'_> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::F32(scores) => scores.len(),
            Self::F64(scores) => scores.len(),
        }
    }

    pub(super) fn get(self, cell: usize) -> f64 {
        match self {
            Self::F32(scores) => f64::from(scores[cell]),
            Self::F64(scores) => scores[cell],
        }
    }
}
