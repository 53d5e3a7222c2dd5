//! A test set as an organizer makes it: 8 × 8 gray pictures of four classes, sealed by `egret-datasets`.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use egret_contract::{AnswerContract, ClassNames, ClassesAnswer, Grading, InputContract, Limits};
use egret_datasets::{LabelFiles, LabelSource, PoolIdentity, Silent, Split, SplitRule, TaskManifest};
use egret_proto::{
    v1,
    worker::v1::{EvaluationSpec, ShardWork},
};
use image::{GrayImage, Luma};
use tempfile::TempDir;

use crate::control::Control;

/// Pixels of one side.
pub const SIDE: u32 = 8;
/// Items of each split, in the order of [`Split::ALL`]; one shard each.
pub const ITEMS: [u32; 3] = [8, 12, 16];

/// A sealed test set whose blobs the control plane has.
pub struct TestSet {
    dir: TempDir,
    shards: Vec<v1::Shard>,
    sealed_key: Vec<u8>,
}

impl TestSet {
    /// Every fourth picture shows class 3, the others 0, 1, 2 in turn.
    pub fn publish(control: &Control) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let identity = PoolIdentity::generate();
        identity.save(&dir.path().join("pool.key")).unwrap();
        let task = write_package(dir.path());
        let out = dir.path().join("sealed");
        fs::create_dir(&out).unwrap();
        let pools = [("default".to_owned(), identity.recipient())];
        let sealed = egret_datasets::seal(dir.path(), &task, &pools, &out, &Silent).unwrap();
        let put = |blob: &egret_datasets::LocalBlob| {
            let id = control.put(&fs::read(&blob.path).unwrap());
            assert_eq!(id.digest.to_string(), blob.sha256);
            Some(v1::BlobRef { sha256: blob.sha256.clone(), size_bytes: blob.bytes })
        };
        let shards = sealed.shards.iter().map(|shard| v1::Shard {
            split: wire_split(shard.split).into(),
            index: shard.index,
            item_count: shard.item_count,
            inputs: put(&shard.inputs),
            labels: put(&shard.labels),
            inputs_plain_bytes: shard.inputs_plain_bytes,
        });
        let shards: Vec<_> = shards.collect();
        assert_eq!(shards.iter().map(|shard| shard.item_count).collect::<Vec<_>>(), ITEMS);
        Self { dir, shards, sealed_key: sealed.keys[0].1.clone() }
    }

    /// The pool it is sealed to.
    pub fn identity(&self) -> PoolIdentity {
        PoolIdentity::load(&self.dir.path().join("pool.key")).unwrap()
    }

    /// The unit of these shards: 0 is the sample, 1 the public and 2 the private split.
    pub fn work(&self, control: &Control, model: &[u8], shards: &[usize], metrics: &[&str]) -> ShardWork {
        let shards: Vec<_> = shards.iter().map(|&at| self.shards[at].clone()).collect();
        let model = control.put(model);
        ShardWork {
            spec: Some(spec(metrics)),
            model: Some(v1::BlobRef { sha256: model.digest.to_string(), size_bytes: model.size_bytes }),
            adapter: None,
            split: shards[0].split,
            shards,
            sealed_key: self.sealed_key.clone(),
            sole_unit: true,
        }
    }
}

/// The task's contract with these metrics.
pub fn spec(metrics: &[&str]) -> EvaluationSpec {
    let (input, answer) = (InputContract::images(SIDE, SIDE, 1), AnswerContract::one_of(4));
    EvaluationSpec {
        input: Some((&input).into()),
        answer: Some(egret_proto::contract::answer_to_wire(&answer, &input)),
        metrics: metrics.iter().map(|&id| id.into()).collect(),
        limits: Some(v1::Limits {
            wall_s_max: 20,
            cpu_s_max: 10,
            memory_mib_max: 512,
            thread_count: 1,
            model_mib_max: 4,
        }),
    }
}

fn wire_split(split: Split) -> v1::Split {
    match split {
        Split::Sample => v1::Split::Sample,
        Split::Public => v1::Split::Public,
        Split::Private => v1::Split::Private,
    }
}

fn write_package(dir: &Path) -> TaskManifest {
    let class_names = ["zero", "one", "two", "three"].map(String::from).into();
    let classes = ClassNames { class_count: 4, class_names };
    let task = TaskManifest {
        id: "grays".into(),
        title: "Grays".into(),
        title_zh: String::new(),
        description: String::new(),
        description_zh: String::new(),
        licence: String::new(),
        input: InputContract::images(SIDE, SIDE, 1),
        answer: AnswerContract::Classes(ClassesAnswer { classes, reject: None }),
        class_names_public: true,
        metrics: vec!["accuracy".into()],
        ladder: None,
        grading: Grading::default(),
        limits: Limits {
            wall_s_max: 20,
            cpu_s_max: 10,
            memory_mib_max: 512,
            thread_count: 1,
            model_mib_max: 4,
        },
        split: SplitRule::Column,
        media: "tasks/grays/media".into(),
        labels: LabelFiles {
            source: LabelSource::Csv("tasks/grays/labels.csv".into()),
            trials: None,
            relevance: None,
            parts: vec!["file".into()],
            columns: BTreeMap::new(),
            ignored: Vec::new(),
        },
        files: Vec::new(),
    };
    fs::create_dir_all(dir.join(&task.media)).unwrap();
    let mut labels = String::from("file,label,split\n");
    let mut numbers = 0..;
    for (split, items) in Split::ALL.into_iter().zip(ITEMS) {
        for number in numbers.by_ref().take(items as usize) {
            let class = number % 4;
            let name = format!("{number}.png");
            // The class can be told from any pixel; the rest of the value tells the pictures apart.
            let picture = GrayImage::from_pixel(SIDE, SIDE, Luma([(class * 60 + number) as u8]));
            picture.save(dir.join(&task.media).join(&name)).unwrap();
            let label = ["zero", "one", "two", "three"][class as usize];
            writeln!(labels, "{name},{label},{split}").unwrap();
        }
    }
    fs::write(dir.join(task.labels_file()), labels).unwrap();
    task
}
