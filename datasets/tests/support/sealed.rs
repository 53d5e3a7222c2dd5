//! A sealed test set, opened again.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fs::File;

use egret_datasets::{
    DataKey, Labels, PoolIdentity, Problem, Sample, SealedTestSet, Silent, Split, TaskManifest, Truth, load,
    open_inputs, open_labels, read_sample, seal, verify,
};
use tempfile::TempDir;

use super::Folder;

/// A task's test set and the key to it.
pub struct Sealed {
    pub task: TaskManifest,
    pub set: SealedTestSet,
    pub key: DataKey,
    pub out: TempDir,
}

impl Sealed {
    /// Seals the first task of a folder.
    pub fn try_of(folder: &Folder) -> Result<Self, Vec<Problem>> {
        let out = tempfile::tempdir().unwrap();
        let pool = PoolIdentity::generate();
        let task = load(folder.path())?.tasks.remove(0);
        let pools = [("main".to_owned(), pool.recipient())];
        let set = seal(folder.path(), &task, &pools, out.path(), &Silent)?;
        let key = DataKey::unwrap(&pool, &set.keys[0].1).unwrap();
        Ok(Self { task, set, key, out })
    }

    /// The same of a folder that must be in order; what holds of every test set is checked.
    #[track_caller]
    pub fn of(folder: &Folder) -> Self {
        folder.expect(&[]);
        let sealed = Self::try_of(folder).map_err(|problems| format!("{problems:?}")).unwrap();
        verify(&sealed.key, &sealed.task.input, &sealed.set.shards, &sealed.set.commitment).unwrap();
        let Sample { input, answer, metrics, grading, limits, shards } =
            read_sample(&sealed.set.sample_archive.path).unwrap();
        assert_eq!((&input, &answer), (&sealed.task.input, &sealed.task.public_answer()));
        assert_eq!((metrics, limits), (sealed.task.metrics.clone(), sealed.task.limits));
        assert_eq!(grading, sealed.task.grading);
        let opened = sealed.open(Split::Sample);
        assert_eq!(shards.len(), opened.len());
        for ((inputs, labels), (sealed_inputs, sealed_labels)) in shards.into_iter().zip(opened) {
            assert!(inputs == sealed_inputs, "the sample has other inputs than those that were sealed");
            assert!(
                labels.truths == sealed_labels.truths,
                "the sample has other truths than those that were sealed"
            );
            let place = |labels: &Labels| (labels.split, labels.index, labels.first_item, labels.ids.len());
            assert_eq!(place(&labels), place(&sealed_labels));
        }
        sealed
    }

    /// Inputs and labels of a split, shard by shard.
    pub fn open(&self, split: Split) -> Vec<(Vec<u8>, Labels)> {
        let of_split = self.set.shards.iter().filter(|shard| shard.split == split);
        let open = of_split.map(|shard| {
            let mut inputs = vec![0; shard.inputs_plain_bytes as usize];
            let header =
                open_inputs(&self.key, File::open(&shard.inputs.path).unwrap(), &mut inputs).unwrap();
            assert_eq!((header.split, header.index), (shard.split, shard.index));
            assert_eq!((header.item_count, header.bytes), (shard.item_count, shard.inputs_plain_bytes));
            (inputs, open_labels(&self.key, File::open(&shard.labels.path).unwrap()).unwrap())
        });
        open.collect()
    }

    /// (id, truth, input) of a split's items, in the order of sealing.
    pub fn items(&self, split: Split) -> Vec<(String, Truth, Vec<u8>)> {
        let mut items = Vec::new();
        for (inputs, labels) in self.open(split) {
            let views = self.task.input.items(&inputs, labels.ids.len() as u32).unwrap();
            let named = labels.ids.into_iter().zip(labels.truths).zip(views);
            items.extend(named.map(|((id, truth), input)| (id, truth, input.to_vec())));
        }
        items
    }

    /// What is true of an item of a split.
    #[track_caller]
    pub fn truth(&self, split: Split, id: &str) -> Truth {
        let found = self.items(split).into_iter().find(|(found, ..)| found == id);
        found.unwrap_or_else(|| panic!("{id} is not in {split}")).1
    }
}
