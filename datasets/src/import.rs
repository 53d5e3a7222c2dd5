use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use egret_contract::PartKind;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::labels::{ItemSet, Label, Parts, Place, RowReader};
use crate::media::{Bench, Origin, Source, Unusable};
use crate::{Problem, Progress, TaskManifest, Truth, boxes, masks};

/// Bytes of decoded items that are kept until they are packed; every thread may add one more item.
const BATCH_BYTES: usize = 16 << 20;
/// Items that are kept until they are packed.
const BATCH_ITEMS: usize = 1 << 14;

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

/// SHA-256 of an input as models get it.
pub(crate) type InputDigest = [u8; 32];

/// An item, decoded.
pub(crate) struct Decoded {
    pub item: u32,
    /// As [`egret_contract::item`] lays it out.
    pub input: Vec<u8>,
    pub digest: InputDigest,
    /// `None`: it follows from the item's links.
    pub truth: Option<Truth>,
}

/// Decodes a task's items on all cores.
pub(crate) struct Importer<'a> {
    dir: &'a Path,
    task: &'a TaskManifest,
    set: &'a ItemSet,
    meter: &'a Meter<'a>,
    /// One per thread.
    desks: Vec<Mutex<Desk>>,
}

/// What one thread needs, reused from item to item.
#[derive(Default)]
struct Desk {
    bench: Bench,
    rows: Option<RowReader>,
}

impl<'a> Importer<'a> {
    pub fn new(dir: &'a Path, task: &'a TaskManifest, set: &'a ItemSet, meter: &'a Meter<'a>) -> Self {
        let desks = (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect();
        Self { dir, task, set, meter, desks }
    }

    /// Decodes every item, keeping nothing but what `keep` makes of it. In the order of the items.
    pub fn inspect<T: Send>(
        &self,
        keep: impl Fn(&Decoded) -> T + Sync,
        problems: &mut Vec<Problem>,
    ) -> Vec<Option<T>> {
        let noted = Mutex::new(Vec::new());
        let inspected = self.set.numbers().into_par_iter().map_init(
            || (Desk::default(), Vec::new()),
            |(desk, input), item| {
                input.clear();
                match self.one(desk, item, std::mem::take(input)) {
                    Ok(decoded) => {
                        let kept = keep(&decoded);
                        *input = decoded.input;
                        Some(kept)
                    }
                    Err(wrong) => {
                        noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(wrong);
                        None
                    }
                }
            },
        );
        let inspected = inspected.collect();
        problems.extend(noted.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
        inspected
    }

    /// Decodes as many of these items as fit into a batch, in their order and at least one; `pack` gets the place of each.
    pub fn batch<T: Send>(
        &self,
        items: &[u32],
        pack: impl Fn(usize, Decoded) -> Result<T, Vec<Problem>> + Sync,
    ) -> Vec<Result<T, Vec<Problem>>> {
        let items = &items[..items.len().min(BATCH_ITEMS)];
        let (next, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // Places are given out in order and each is finished, so that what is done has no holes.
        let done = rayon::broadcast(|thread| {
            let mut desk =
                self.desks[thread.index()].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let mut done = Vec::new();
            while bytes.load(Ordering::Relaxed) < BATCH_BYTES {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(place) else { break };
                let decoded = self.one(&mut desk, *item, Vec::new());
                if let Ok(decoded) = &decoded {
                    bytes.fetch_add(decoded.input.len(), Ordering::Relaxed);
                }
                done.push((place, decoded.and_then(|decoded| pack(place, decoded))));
            }
            done
        });
        let mut done: Vec<_> = done.into_iter().flatten().collect();
        done.sort_unstable_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, packed)| packed).collect()
    }

    fn one(&self, desk: &mut Desk, item: u32, mut input: Vec<u8>) -> Result<Decoded, Vec<Problem>> {
        let imported = self
            .sources(desk, item)
            .and_then(|sources| desk.bench.import(&sources, &self.task.input, &mut input));
        self.meter.tick();
        let origins = imported.map_err(|wrong| vec![self.problem(item, wrong)])?;
        let truth = self.truth(item, &origins)?;
        let digest = Sha256::digest(&input).into();
        Ok(Decoded { item, input, digest, truth })
    }

    /// Where the parts of an item come from.
    fn sources(&self, desk: &mut Desk, item: u32) -> Result<Vec<Source>, Unusable> {
        let Parts::Row { file, column_count, places } = &self.set.parts else {
            return Ok(vec![self.file(self.set.id(item))]);
        };
        let changed =
            |what: String| Unusable::new(what, "leave the file alone while it is being read, and try again");
        let rows = match &mut desk.rows {
            Some(rows) => rows,
            none => none.insert(
                RowReader::open(&self.dir.join(file))
                    .map_err(|error| changed(format!("the file cannot be read: {error}")))?,
            ),
        };
        let fields = rows.fields(self.set.row_at(item), *column_count);
        let fields = fields.ok_or_else(|| changed("the row is no longer there".into()))?;
        let source = |place: &Place| match *place {
            Place::Text(column) => Source::Text(fields[column].to_owned()),
            Place::File(column) => self.file(fields[column].trim()),
        };
        Ok(places.iter().map(source).collect())
    }

    fn file(&self, name: &str) -> Source {
        let path = self.dir.join(&self.task.media).join(name);
        if path.is_dir() { Source::Folder(path) } else { Source::File(path) }
    }

    /// What is true of an item whose pictures are of these sizes.
    fn truth(&self, item: u32, origins: &[Origin]) -> Result<Option<Truth>, Vec<Problem>> {
        let picture = self.task.input.parts.iter().zip(origins).find_map(|(part, origin)| match &part.kind {
            PartKind::Image(image) => Some((image, *origin)),
            _ => None,
        });
        match (self.set.label(item), picture) {
            (Label::Known(truth), _) => Ok(Some(truth)),
            (Label::Boxes { canvas, boxes }, Some((_, origin))) => {
                boxes::truth(self.task, self.set.id(item), canvas, boxes, origin).map(Some)
            }
            (Label::Mask(file), Some((image, origin))) => {
                let classes = self.task.answer.classes().map_or(0, |classes| classes.class_count);
                let file = self.task.media.join(file);
                let mask = masks::read(&self.dir.join(&file), classes, origin, *image);
                mask.map(Some).map_err(|wrong| vec![Problem::of_file(file, wrong.what, wrong.remedy)])
            }
            _ => Ok(None),
        }
    }

    /// What is wrong with an item: in its file, or at its row.
    fn problem(&self, item: u32, wrong: Unusable) -> Problem {
        match &self.set.parts {
            Parts::Named => {
                Problem::of_file(self.task.media.join(self.set.id(item)), wrong.what, wrong.remedy)
            }
            Parts::Row { file, .. } => Problem::at_line(file, self.set.line(item), wrong.what, wrong.remedy),
        }
    }
}
