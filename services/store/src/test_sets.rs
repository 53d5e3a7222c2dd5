//! Sealed test sets: shards by digest, and data keys wrapped for pools.

use egret_contest::{
    BlobRef, Card, CompetitionId, CompetitionState, Micros, Refusal, Shard, Split, TaskName, TestSetName,
    TestSetState, WrappedKey,
};

use crate::competitions::{check_ladders_of, read_competition};
use crate::db::args;
use crate::request::Claim;
use crate::row::{Row, to_json};
use crate::session::Session;
use crate::tasks::{read_task, sample_of_row};
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
    /// What is published of it. Its counts are those of the shards.
    pub card: Option<Card>,
}

/// A registered test set; it never changes but for its state and the pools that may open it.
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
    /// What is published of it.
    pub card: Option<Card>,
}

impl NewTestSet {
    /// Puts shards and keys in order and checks what the database cannot.
    fn checked(mut self) -> Result<Self, StoreError> {
        let invalid = |text: &str| Err(StoreError::Invalid(text.into()));
        self.shards.sort_by_key(|shard| (shard.split.ordinal(), shard.index));
        self.keys.sort_by(|a, b| a.pool.cmp(&b.pool));
        let mut next = (Split::Sample, 0);
        for shard in &self.shards {
            if shard.split != next.0 {
                next = (shard.split, 0);
            }
            if shard.index != next.1 {
                return invalid("the shards of a split must count from 0 without gaps");
            }
            if shard.item_count == 0 {
                return invalid("a shard must have items");
            }
            next.1 += 1;
        }
        if self.shards.first().is_none_or(|shard| shard.split != Split::Sample) {
            return invalid("a test set needs a sample split");
        }
        if self.keys.is_empty() || self.keys.windows(2).any(|pair| pair[0].pool == pair[1].pool) {
            return invalid("a test set needs a wrapped key for each pool once");
        }
        if self.keys.iter().all(WrappedKey::is_organizers) {
            return invalid("a test set needs a wrapped key for a pool of workers");
        }
        if let Some(card) = &self.card {
            let stated: Vec<_> = card.splits.iter().map(|split| (split.split, split.item_count)).collect();
            if stated != self.split_counts() || card.shard_roots.len() != self.shards.len() {
                return invalid(
                    "a test set's card must be of its shards: as many items, and a root for each shard",
                );
            }
        }
        Ok(self)
    }

    /// Items by split, of ordered shards.
    fn split_counts(&self) -> Vec<(Split, u64)> {
        let mut counts: Vec<(Split, u64)> = Vec::new();
        for shard in &self.shards {
            match counts.last_mut() {
                Some((split, count)) if *split == shard.split => *count += u64::from(shard.item_count),
                _ => counts.push((shard.split, u64::from(shard.item_count))),
            }
        }
        counts
    }

    fn blobs(&self) -> impl Iterator<Item = &BlobRef> {
        self.shards.iter().flat_map(|shard| [&shard.inputs, &shard.labels]).chain(&self.sample_archive)
    }
}

impl Store {
    /// Registers a test set as the task's next version. `MissingBlob` if bytes are not there, `Invalid` if shards are odd.
    pub async fn create_test_set(
        &self,
        request: &Request,
        task: &TaskName,
        new: NewTestSet,
    ) -> Result<TestSet, StoreError> {
        const METHOD: &str = "create_test_set";
        let new = new.checked()?;
        let mut s = self.write().await?;
        if let Claim::Done(name) = request.claim(&mut s, METHOD).await? {
            let name = TestSetName::parse(&name).map_err(|_| StoreError::Corrupt("resource"))?;
            return read_test_set(&mut s, &name).await;
        }
        lock_task(&mut s, task).await?;
        for blob in new.blobs() {
            require_blob(&mut s, &task.competition, blob).await?;
        }
        let row = s
            .one(
                "select coalesce(max(version), 0) + 1 as version from test_sets where competition = $1 and task = $2",
                args![&task.competition, &task.task],
            )
            .await?
            .ok_or(StoreError::Corrupt("version"))?;
        let name = TestSetName::new(task.competition.clone(), task.task.clone(), row.u32("version")?);
        insert_test_set(&mut s, &name, &new).await?;
        request.settle(&mut s, METHOD, &name).await?;
        let test_set = read_test_set(&mut s, &name).await?;
        s.commit().await?;
        Ok(test_set)
    }

    /// A test set.
    pub async fn get_test_set(&self, name: &TestSetName) -> Result<TestSet, StoreError> {
        read_test_set(&mut self.read().await?, name).await
    }

    /// A task's test sets, newest first.
    pub async fn list_test_sets(&self, task: &TaskName, page: Page) -> Result<Paged<TestSet>, StoreError> {
        let mut s = self.read().await?;
        let rows = s
            .rows(
                "select version from test_sets where competition = $1 and task = $2 and version < $3
                 order by version desc limit $4",
                args![&task.competition, &task.task, page.after_number(i64::MAX)?, page.limit()],
            )
            .await?;
        let mut test_sets = Vec::with_capacity(rows.len());
        for row in &rows {
            let name = TestSetName::new(task.competition.clone(), task.task.clone(), row.u32("version")?);
            test_sets.push(read_test_set(&mut s, &name).await?);
        }
        Ok(page.cut(test_sets, |test_set| test_set.name.version.to_string()))
    }

    /// Makes a sealed test set live and retires the one before, in one transaction. Activating the live one changes nothing;
    /// a retired one is refused (`WrongState`).
    pub async fn activate_test_set(&self, name: &TestSetName) -> Result<TestSet, StoreError> {
        let mut s = self.write().await?;
        lock_task(&mut s, &name.parent()).await?;
        let mut test_set = read_test_set(&mut s, name).await?;
        if test_set.state == TestSetState::Live {
            return Ok(test_set);
        }
        if !test_set.state.may_become(TestSetState::Live) {
            return Err(Refusal::WrongState { what: "the test set", state: test_set.state.as_str() }.into());
        }
        let competition = read_competition(&mut s, &name.competition).await?;
        if competition.state == CompetitionState::Published {
            let spec = read_task(&mut s, &name.parent()).await?.spec;
            check_ladders_of(&mut s, &name.parent(), name.version, &spec, &competition.phases).await?;
        }
        // Retire first: at no moment does a task have two live sets.
        s.run(
            "update test_sets set state = 'retired' where competition = $1 and task = $2 and state = 'live'",
            args![&name.competition, &name.task],
        )
        .await?;
        s.run(
            "update test_sets set state = 'live' where competition = $1 and task = $2 and version = $3",
            args![&name.competition, &name.task, name.version],
        )
        .await?;
        s.commit().await?;
        test_set.state = TestSetState::Live;
        Ok(test_set)
    }
}

impl Store {
    /// Lets one more pool open a test set. A pool that has a key keeps it: a retried call changes nothing.
    pub async fn add_test_set_key(
        &self,
        name: &TestSetName,
        key: &WrappedKey,
    ) -> Result<TestSet, StoreError> {
        let mut s = self.write().await?;
        lock_task(&mut s, &name.parent()).await?;
        let test_set = read_test_set(&mut s, name).await?;
        if test_set.keys.iter().any(|there| there.pool == key.pool) {
            return Ok(test_set);
        }
        insert_key(&mut s, name, key).await?;
        let test_set = read_test_set(&mut s, name).await?;
        s.commit().await?;
        Ok(test_set)
    }
}

async fn insert_key(s: &mut Session, name: &TestSetName, key: &WrappedKey) -> Result<(), StoreError> {
    s.run(
        "insert into wrapped_keys (competition, task, version, pool, sealed_key) values ($1, $2, $3, $4, $5)",
        args![&name.competition, &name.task, name.version, &key.pool, &key.sealed_key[..]],
    )
    .await
    .map(drop)
}

/// The task's row is the lock of its list of versions.
async fn lock_task(s: &mut Session, task: &TaskName) -> Result<(), StoreError> {
    s.one_locked(
        "select id from tasks where competition = $1 and id = $2",
        args![&task.competition, &task.task],
    )
    .await?
    .map(drop)
    .ok_or(StoreError::NotFound("task"))
}

/// It must have been uploaded for this competition: nobody registers what they never had.
async fn require_blob(
    s: &mut Session,
    competition: &CompetitionId,
    blob: &BlobRef,
) -> Result<(), StoreError> {
    let row = s
        .one(
            "select id from uploads where sha256 = $1 and size_bytes = $2 and state = 'complete' and purpose = 'test_set'
                 and competition = $3 limit 1",
            args![&blob.sha256, blob.bytes, competition],
        )
        .await?;
    row.map(drop).ok_or_else(|| StoreError::MissingBlob(blob.clone()))
}

async fn insert_test_set(s: &mut Session, name: &TestSetName, new: &NewTestSet) -> Result<(), StoreError> {
    let now = s.now().await?;
    s.run(
        "insert into test_sets (competition, task, version, state, sample_sha256, created_at)
         values ($1, $2, $3, 'sealed', $4, $5)",
        args![
            &name.competition,
            &name.task,
            name.version,
            new.sample_archive.as_ref().map(|blob| &blob.sha256),
            now,
        ],
    )
    .await?;
    for shard in &new.shards {
        s.run(
            "insert into shards (competition, task, version, split, split_ordinal, idx, item_count, inputs_sha256,
                 labels_sha256, inputs_plain_bytes)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            args![
                &name.competition,
                &name.task,
                name.version,
                shard.split.as_str(),
                shard.split.ordinal(),
                shard.index,
                shard.item_count,
                &shard.inputs.sha256,
                &shard.labels.sha256,
                shard.inputs_plain_bytes,
            ],
        )
        .await?;
    }
    for key in &new.keys {
        insert_key(s, name, key).await?;
    }
    if let Some(card) = &new.card {
        s.run(
            "insert into test_set_cards (competition, task, version, card) values ($1, $2, $3, $4)",
            args![&name.competition, &name.task, name.version, to_json(card)?],
        )
        .await?;
    }
    Ok(())
}

async fn read_test_set(s: &mut Session, name: &TestSetName) -> Result<TestSet, StoreError> {
    let row = s
        .one(
            "select t.state, t.created_at, t.sample_sha256, b.bytes as sample_bytes
             from test_sets t left join blobs b on b.sha256 = t.sample_sha256
             where t.competition = $1 and t.task = $2 and t.version = $3",
            args![&name.competition, &name.task, name.version],
        )
        .await?
        .ok_or(StoreError::NotFound("test set"))?;
    let keys = s
        .rows(
            "select pool, sealed_key from wrapped_keys
             where competition = $1 and task = $2 and version = $3 order by pool",
            args![&name.competition, &name.task, name.version],
        )
        .await?;
    let shards = s
        .rows(
            "select h.split, h.idx, h.item_count, h.inputs_sha256, i.bytes as inputs_bytes, h.labels_sha256,
                 l.bytes as labels_bytes, h.inputs_plain_bytes
             from shards h
             join blobs i on i.sha256 = h.inputs_sha256
             join blobs l on l.sha256 = h.labels_sha256
             where h.competition = $1 and h.task = $2 and h.version = $3
             order by h.split_ordinal, h.idx",
            args![&name.competition, &name.task, name.version],
        )
        .await?;
    Ok(TestSet {
        name: name.clone(),
        state: row.word("state", TestSetState::parse)?,
        created_at: row.at("created_at")?,
        shards: shards.iter().map(shard_of_row).collect::<Result<_, _>>()?,
        keys: keys
            .iter()
            .map(|row| Ok(WrappedKey { pool: row.id("pool")?, sealed_key: row.bytes("sealed_key")? }))
            .collect::<Result<_, StoreError>>()?,
        sample_archive: sample_of_row(&row)?,
        card: read_card(s, name).await?,
    })
}

/// What is published of a test set.
pub(crate) async fn read_card(s: &mut Session, name: &TestSetName) -> Result<Option<Card>, StoreError> {
    let row = s
        .one(
            "select card from test_set_cards where competition = $1 and task = $2 and version = $3",
            args![&name.competition, &name.task, name.version],
        )
        .await?;
    row.map(|row| row.json("card")).transpose()
}

/// The shards `first .. first + count` of a split, in order.
pub(crate) async fn read_shards(
    s: &mut Session,
    name: &TestSetName,
    split: Split,
    first: u32,
    count: u32,
) -> Result<Vec<Shard>, StoreError> {
    let rows = s
        .rows(
            "select h.split, h.idx, h.item_count, h.inputs_sha256, i.bytes as inputs_bytes, h.labels_sha256,
                 l.bytes as labels_bytes, h.inputs_plain_bytes
             from shards h
             join blobs i on i.sha256 = h.inputs_sha256
             join blobs l on l.sha256 = h.labels_sha256
             where h.competition = $1 and h.task = $2 and h.version = $3 and h.split = $4 and h.idx >= $5 and h.idx < $6
             order by h.idx",
            args![
                &name.competition,
                &name.task,
                name.version,
                split.as_str(),
                first,
                i64::from(first) + i64::from(count),
            ],
        )
        .await?;
    rows.iter().map(shard_of_row).collect()
}

fn shard_of_row(row: &Row) -> Result<Shard, StoreError> {
    Ok(Shard {
        split: row.word("split", Split::parse)?,
        index: row.u32("idx")?,
        item_count: row.u32("item_count")?,
        inputs: BlobRef { sha256: row.id("inputs_sha256")?, bytes: row.u64("inputs_bytes")? },
        labels: BlobRef { sha256: row.id("labels_sha256")?, bytes: row.u64("labels_bytes")? },
        inputs_plain_bytes: row.u64("inputs_plain_bytes")?,
    })
}
