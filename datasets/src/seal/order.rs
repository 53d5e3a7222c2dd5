use std::io;

use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use rand::seq::SliceRandom;

use crate::Split;
use crate::labels::Item;

/// The items of a split in the order in which shards hold them. Hidden ones come in a secret random order, so that the
/// place of an item says nothing of its name, class or neighbours. The sample is public and stays as the organizer has it.
pub(super) fn of(split: Split, items: &[Item]) -> io::Result<Vec<&Item>> {
    let mut chosen: Vec<&Item> = items.iter().filter(|item| item.split == split).collect();
    if split.is_hidden() {
        let mut rng = StdRng::try_from_rng(&mut SysRng).map_err(io::Error::other)?;
        chosen.shuffle(&mut rng);
    }
    Ok(chosen)
}
