//! Tasks of a competition.

use egret_contest::{BlobRef, CompetitionId, Micros, Split, TaskId, TaskName, TaskSpec, TestSetName};

use crate::{Page, Paged, Request, Store, StoreError};

/// A task to create.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// Title.
    pub title: String,
    /// Title in Chinese, or empty.
    pub title_zh: String,
    /// Plain text.
    pub description: String,
    /// Plain text in Chinese, or empty.
    pub description_zh: String,
    /// Contract, metrics and limits.
    pub spec: TaskSpec,
}

/// A task with what its live test set says.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name.
    pub name: TaskName,
    /// Title.
    pub title: String,
    /// Title in Chinese, or empty.
    pub title_zh: String,
    /// Plain text.
    pub description: String,
    /// Plain text in Chinese, or empty.
    pub description_zh: String,
    /// Contract, metrics and limits.
    pub spec: TaskSpec,
    /// When it was created.
    pub created_at: Micros,
    /// The live test set.
    pub test_set: Option<TestSetName>,
    /// Items of the live test set, in the order sample, public, private; splits without items are left out.
    pub split_counts: Vec<(Split, u64)>,
    /// The plain public sample of the live test set.
    pub sample_archive: Option<BlobRef>,
}

impl Store {
    /// Creates a task at the end of its competition's list.
    pub async fn create_task(
        &self,
        _request: &Request,
        _competition: &CompetitionId,
        _new: NewTask,
    ) -> Result<Task, StoreError> {
        todo!()
    }

    /// A task.
    pub async fn get_task(&self, _name: &TaskName) -> Result<Task, StoreError> {
        todo!()
    }

    /// The tasks of a competition in the organizer's order.
    pub async fn list_tasks(
        &self,
        _competition: &CompetitionId,
        _page: Page,
    ) -> Result<Paged<Task>, StoreError> {
        todo!()
    }
}
