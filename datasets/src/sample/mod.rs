//! The public sample as a plain zip, which is itself a small task: what an organizer's folder would hold, but with the exact inputs.
//!
//! `task.toml` with the contract, `classes.json` or `vocabulary.json` where there are some, `labels.csv`, and for embeddings
//! `trials.csv` or `relevance.csv`. In `media/` lie pictures and masks as PNG, sound as WAV with f32 samples, clips as folders of
//! PNG; texts stand in the labels. Boxes keep the pixels of the original pictures, whose size the labels state. Whoever decodes all
//! this has what the server feeds to models and scores them by, bit for bit; [`read`] does.
//!
//! Items are numbered in the order of the organizer's labels, and groups are left out: the organizer's own names may say something
//! of the hidden items.

mod labels;
mod manifest;
mod media;
mod read;

use std::io::{self, Write};
use std::path::Path;

use egret_contract::InputContract;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::labels::ItemSet;
use crate::seal::{BlobFile, LocalBlob};
use crate::{TaskManifest, Truth};
use labels::Tables;

pub use read::{Sample, SampleError, read_sample};

/// What a sample may still take: files, and bytes of them or of the inputs in memory.
#[derive(Clone, Copy)]
struct Bounds {
    files: u64,
    bytes: u64,
}

impl Bounds {
    const DEFAULT: Self = Self { files: 1 << 20, bytes: 4 << 30 };

    fn take_file(&mut self) -> io::Result<()> {
        let left = self.files.checked_sub(1);
        self.files = left.ok_or_else(|| too_large("it has too many files"))?;
        Ok(())
    }

    fn take_bytes(&mut self, bytes: u64) -> io::Result<()> {
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.ok_or_else(|| too_large("its files take too many bytes"))?;
        Ok(())
    }
}

fn too_large(what: &str) -> io::Error {
    let Bounds { files, bytes } = Bounds::DEFAULT;
    let most = format!("{what}; a sample has at most {files} files, and {} MiB of them", bytes >> 20);
    io::Error::new(io::ErrorKind::FileTooLarge, most)
}

/// Writes the sample.
pub(crate) struct Archive<'a> {
    zip: Zip,
    /// Bytes of inputs that it may still hold: whoever reads it has them in memory.
    inputs: Bounds,
    input: &'a InputContract,
    tables: Tables,
    count: u32,
}

/// A zip that is written from front to back.
struct Zip {
    writer: ZipWriter<StreamWriter<BlobFile>>,
    bounds: Bounds,
}

impl Zip {
    /// The same entries give the same bytes: they carry no time of day.
    fn entry(&mut self, name: &str, method: CompressionMethod, bytes: &[u8]) -> io::Result<()> {
        self.bounds.take_file()?;
        self.bounds.take_bytes(bytes.len() as u64)?;
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(zip::DateTime::default());
        self.writer.start_file(name, options)?;
        self.writer.write_all(bytes)
    }
}

impl<'a> Archive<'a> {
    pub fn create(path: &Path, task: &'a TaskManifest) -> io::Result<Self> {
        let writer = ZipWriter::new_stream(BlobFile::create(path)?);
        let mut zip = Zip { writer, bounds: Bounds::DEFAULT };
        for (name, text) in manifest::files(task)? {
            zip.entry(name, CompressionMethod::Deflated, text.as_bytes())?;
        }
        Ok(Self { zip, inputs: Bounds::DEFAULT, input: &task.input, tables: Tables::new(task)?, count: 0 })
    }

    /// Adds an item, in the order of sealing.
    pub fn add(&mut self, set: &ItemSet, item: u32, input: &[u8], truth: &Truth) -> io::Result<()> {
        self.inputs.take_bytes(input.len() as u64)?;
        let name = format!("{:06}", self.count);
        let views = self.input.views(input).map_err(io::Error::other)?;
        let mut sources = Vec::new();
        for (part, view) in self.input.parts.iter().zip(views) {
            let stem =
                if self.input.parts.len() == 1 { name.clone() } else { format!("{name}.{}", part.name) };
            sources.push(media::write(&mut self.zip, &part.kind, view, &stem)?);
        }
        if let Truth::Mask { width, height, classes } = truth {
            let mask = media::mask(*width, *height, classes)?;
            self.zip.entry(&format!("media/{name}.mask.png"), CompressionMethod::Stored, &mask)?;
        }
        self.tables.add(set.role(item), &name, &sources, truth)?;
        self.count += 1;
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<LocalBlob> {
        for (name, table) in self.tables.finish()? {
            self.zip.entry(name, CompressionMethod::Deflated, &table)?;
        }
        self.zip.writer.finish()?.into_inner().finish()
    }
}
