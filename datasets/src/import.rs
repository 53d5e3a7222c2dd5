use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::labels::Item;
use crate::media::Bench;
use crate::{Problem, Progress, TaskManifest, twins};

/// Counts finished items over several calls.
pub(crate) struct Meter<'a> {
    progress: &'a dyn Progress,
    done: AtomicU64,
    total: u64,
}

impl<'a> Meter<'a> {
    pub fn new(progress: &'a dyn Progress, total: u64) -> Self {
        progress.tick(0, total);
        Self { progress, done: AtomicU64::new(0), total }
    }

    fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.progress.tick(done, self.total);
    }
}

/// Decodes a task's items on all cores.
pub(crate) struct Importer<'a> {
    pub dir: &'a Path,
    pub task: &'a TaskManifest,
    pub meter: &'a Meter<'a>,
}

impl Importer<'_> {
    /// Decodes each item, keeping nothing but its digest. The order of the result is that of the items.
    pub fn inspect(&self, items: &[Item]) -> Vec<Result<u128, Problem>> {
        let bench = || (Bench::default(), vec![0; self.item_bytes()]);
        items.par_iter().map_init(bench, |(bench, input), item| self.one(bench, item, input)).collect()
    }

    /// Decodes items side by side into `inputs`, which is as long as they are.
    pub fn fill(&self, items: &[&Item], inputs: &mut [u8]) -> Vec<Result<u128, Problem>> {
        let places = inputs.par_chunks_exact_mut(self.item_bytes());
        let pairs = items.par_iter().zip(places);
        pairs.map_init(Bench::default, |bench, (item, input)| self.one(bench, item, input)).collect()
    }

    /// Bytes of one item in memory.
    pub fn item_bytes(&self) -> usize {
        // Bounded by the manifest's ranges.
        self.task.input.item_bytes() as usize
    }

    fn one(&self, bench: &mut Bench, item: &Item, input: &mut [u8]) -> Result<u128, Problem> {
        let file = self.task.media.join(&item.id);
        let imported = bench.import(&self.dir.join(&file), &self.task.input, input);
        self.meter.tick();
        imported
            .map(|()| twins::digest(input))
            .map_err(|wrong| Problem::of_file(file, wrong.what, wrong.remedy))
    }
}
