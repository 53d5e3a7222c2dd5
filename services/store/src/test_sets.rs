//! Sealed test sets: shards by digest, and data keys wrapped for pools.

use egret_contest::{BlobRef, Micros, Shard, TaskName, TestSetName, TestSetState, WrappedKey};

use crate::{Page, Paged, Request, Store, StoreError};

/// A test set to register. All its blobs must be uploaded.
#[derive(Clone, Debug)]
pub struct NewTestSet {
    /// In any order; within a split the indices count from 0 without gaps. A sample is needed.
    pub shards: Vec<Shard>,
    /// At least one, each pool once.
    pub keys: Vec<WrappedKey>,
    /// Plain zip of the public sample.
    pub sample_archive: Option<BlobRef>,
}

/// A registered test set; it never changes but for its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSet {
    /// Its name; versions of a task count from 1.
    pub name: TestSetName,
    /// Sealed, live or retired.
    pub state: TestSetState,
    /// When it was registered.
    pub created_at: Micros,
    /// Sample, then public, then private; within a split by index.
    pub shards: Vec<Shard>,
    /// By pool.
    pub keys: Vec<WrappedKey>,
    /// Plain zip of the public sample.
    pub sample_archive: Option<BlobRef>,
}

impl Store {
    /// Registers a test set as the task's next version. `MissingBlob` if bytes are not there, `Invalid` if shards are odd.
    pub async fn create_test_set(
        &self,
        _request: &Request,
        _task: &TaskName,
        _new: NewTestSet,
    ) -> Result<TestSet, StoreError> {
        todo!()
    }

    /// A test set.
    pub async fn get_test_set(&self, _name: &TestSetName) -> Result<TestSet, StoreError> {
        todo!()
    }

    /// A task's test sets, newest first.
    pub async fn list_test_sets(&self, _task: &TaskName, _page: Page) -> Result<Paged<TestSet>, StoreError> {
        todo!()
    }

    /// Makes a sealed test set live and retires the one before, in one transaction. Activating the live one changes nothing;
    /// a retired one is refused (`WrongState`).
    pub async fn activate_test_set(&self, _name: &TestSetName) -> Result<TestSet, StoreError> {
        todo!()
    }
}
