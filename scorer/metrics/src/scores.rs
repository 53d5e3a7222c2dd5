/// One score per item of a shard; f32 is widened to f64 before anything.
#[derive(Debug, Clone, Copy)]
pub enum Scores<'a> {
    /// As models give them.
    F32(&'a [f32]),
    /// Twice as exact.
    F64(&'a [f64]),
    /// Of items of which some have none.
    Some(&'a [Option<f64>]),
}

impl<'a, S: AsRef<[Option<f64>]> + ?Sized> From<&'a S> for Scores<'a> {
    fn from(scores: &'a S) -> Self {
        Self::Some(scores.as_ref())
    }
}

/// Does the same with whichever scores they are: `$each` is an iterator of `Option<f64>` that can be cloned.
macro_rules! with_scores {
    ($scores:expr, $each:ident => $do:expr) => {
        match $scores {
            $crate::scores::Scores::F32(scores) => {
                let $each = scores.iter().map(|score| Some(f64::from(*score)));
                $do
            }
            $crate::scores::Scores::F64(scores) => {
                let $each = scores.iter().map(|score| Some(*score));
                $do
            }
            $crate::scores::Scores::Some(scores) => {
                let $each = scores.iter().copied();
                $do
            }
        }
    };
}
pub(crate) use with_scores;
