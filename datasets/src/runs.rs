//! Run-length coding of masks, as serde's `with`: a sequence of (run, class), runs in the order of pixels.

use std::fmt;

use egret_contract::IMAGE_SIDE_MAX;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserializer, Serialize as _, Serializer};

/// Pixels of one mask: those of the largest picture of a contract.
pub(crate) const MASK_PIXELS_MAX: usize = (IMAGE_SIDE_MAX * IMAGE_SIDE_MAX) as usize;

pub(crate) fn serialize<S: Serializer>(classes: &[u16], to: S) -> Result<S::Ok, S::Error> {
    let runs = classes.chunk_by(|a, b| a == b).map(|run| (run.len() as u32, run[0]));
    runs.collect::<Vec<_>>().serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u16>, D::Error> {
    from.deserialize_seq(Runs)
}

struct Runs;

impl<'de> Visitor<'de> for Runs {
    type Value = Vec<u16>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "runs of at most {MASK_PIXELS_MAX} pixels in all")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut runs: A) -> Result<Vec<u16>, A::Error> {
        let mut classes = Vec::new();
        while let Some((run, class)) = runs.next_element::<(u32, u16)>()? {
            // A few bytes of runs must not become more memory than a mask can take.
            if run as usize > MASK_PIXELS_MAX - classes.len() {
                return Err(A::Error::custom("more pixels than a mask has"));
            }
            classes.resize(classes.len() + run as usize, class);
        }
        Ok(classes)
    }
}
