//! Tasks of a competition.

use egret_contest::{BlobRef, Card, CompetitionId, Micros, Split, TaskId, TaskName, TaskSpec, TestSetName};

use crate::db::args;
use crate::request::Claim;
use crate::row::{Row, to_json};
use crate::session::Session;
use crate::test_sets::read_card;
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
    /// What is published of the live test set.
    pub card: Option<Card>,
}

impl Store {
    /// Creates a task at the end of its competition's list.
    pub async fn create_task(
        &self,
        request: &Request,
        competition: &CompetitionId,
        new: NewTask,
    ) -> Result<Task, StoreError> {
        const METHOD: &str = "create_task";
        if new.spec.metrics.is_empty() {
            return Err(StoreError::Invalid("a task needs a metric".into()));
        }
        let mut s = self.write().await?;
        if let Claim::Done(name) = request.claim(&mut s, METHOD).await? {
            let name = TaskName::parse(&name).map_err(|_| StoreError::Corrupt("resource"))?;
            return read_task(&mut s, &name).await;
        }
        // The competition's row is the lock of its list of tasks.
        s.one_locked("select id from competitions where id = $1", args![competition])
            .await?
            .ok_or(StoreError::NotFound("competition"))?;
        let now = s.now().await?;
        s.insert(
            "task",
            "insert into tasks (competition, id, ordinal, title, title_zh, description, description_zh, spec, created_at)
             values ($1, $2, (select count(*) from tasks where competition = $1), $3, $4, $5, $6, $7, $8)",
            args![
                competition,
                &new.id,
                new.title,
                new.title_zh,
                new.description,
                new.description_zh,
                to_json(&new.spec)?,
                now,
            ],
        )
        .await?;
        let name = TaskName::new(competition.clone(), new.id);
        request.settle(&mut s, METHOD, &name).await?;
        let task = read_task(&mut s, &name).await?;
        s.commit().await?;
        Ok(task)
    }

    /// A task.
    pub async fn get_task(&self, name: &TaskName) -> Result<Task, StoreError> {
        read_task(&mut self.read().await?, name).await
    }

    /// The tasks of a competition in the organizer's order.
    pub async fn list_tasks(
        &self,
        competition: &CompetitionId,
        page: Page,
    ) -> Result<Paged<Task>, StoreError> {
        let mut s = self.read().await?;
        let rows = s
            .rows(
                "select id, ordinal from tasks where competition = $1 and ordinal > $2 order by ordinal limit $3",
                args![competition, page.after_number(-1)?, page.limit()],
            )
            .await?;
        let mut tasks = Vec::with_capacity(rows.len());
        for row in &rows {
            let task = read_task(&mut s, &TaskName::new(competition.clone(), row.id("id")?)).await?;
            tasks.push((row.int("ordinal")?, task));
        }
        let paged = page.cut(tasks, |(ordinal, _)| ordinal.to_string());
        Ok(Paged { items: paged.items.into_iter().map(|(_, task)| task).collect(), next: paged.next })
    }
}

pub(crate) async fn read_task(s: &mut Session, name: &TaskName) -> Result<Task, StoreError> {
    let row = s
        .one(
            "select t.title, t.title_zh, t.description, t.description_zh, t.spec, t.created_at,
                 l.version, l.sample_sha256, b.bytes as sample_bytes
             from tasks t
             left join test_sets l on l.competition = t.competition and l.task = t.id and l.state = 'live'
             left join blobs b on b.sha256 = l.sample_sha256
             where t.competition = $1 and t.id = $2",
            args![&name.competition, &name.task],
        )
        .await?
        .ok_or(StoreError::NotFound("task"))?;
    let version: Option<i64> = row.get("version")?;
    let test_set = version
        .map(|version| u32::try_from(version).map_err(|_| StoreError::Corrupt("version")))
        .transpose()?
        .map(|version| TestSetName::new(name.competition.clone(), name.task.clone(), version));
    let (split_counts, card) = match &test_set {
        Some(test_set) => (count_items(s, test_set).await?, read_card(s, test_set).await?),
        None => (Vec::new(), None),
    };
    Ok(Task {
        name: name.clone(),
        title: row.text("title")?,
        title_zh: row.text("title_zh")?,
        description: row.text("description")?,
        description_zh: row.text("description_zh")?,
        spec: row.json("spec")?,
        created_at: row.at("created_at")?,
        test_set,
        split_counts,
        sample_archive: sample_of_row(&row)?,
        card,
    })
}

/// The sample archive in `sample_sha256` and `sample_bytes`, if there is one.
pub(crate) fn sample_of_row(row: &Row) -> Result<Option<BlobRef>, StoreError> {
    row.id_if_any("sample_sha256")?
        .map(|sha256| Ok(BlobRef { sha256, bytes: row.u64("sample_bytes")? }))
        .transpose()
}

async fn count_items(s: &mut Session, test_set: &TestSetName) -> Result<Vec<(Split, u64)>, StoreError> {
    let rows = s
        .rows(
            "select split, cast(sum(item_count) as bigint) as items from shards
             where competition = $1 and task = $2 and version = $3
             group by split, split_ordinal order by split_ordinal",
            args![&test_set.competition, &test_set.task, test_set.version],
        )
        .await?;
    rows.iter().map(|row| Ok((row.word("split", Split::parse)?, row.u64("items")?))).collect()
}
