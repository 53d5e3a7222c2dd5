use std::io;

use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use rand::seq::SliceRandom;

use crate::Split;
use crate::labels::{ItemSet, Role};

/// The items of a split in the order in which shards hold them: all of them, or in a retrieval task the queries, then the gallery.
/// Hidden ones come in a secret random order, so that the place of an item says nothing of its name, class or neighbours. The
/// sample is public and stays as the organizer has it.
pub(super) fn of(split: Split, set: &ItemSet) -> io::Result<Vec<Vec<u32>>> {
    let mut orders = Vec::new();
    for role in [None, Some(Role::Query), Some(Role::Gallery)] {
        let chosen = set.numbers().filter(|item| set.split(*item) == split && set.role(*item) == role);
        let mut chosen: Vec<u32> = chosen.collect();
        if split.is_hidden() {
            let mut rng = StdRng::try_from_rng(&mut SysRng).map_err(io::Error::other)?;
            chosen.shuffle(&mut rng);
        }
        if !chosen.is_empty() {
            orders.push(chosen);
        }
    }
    Ok(orders)
}
