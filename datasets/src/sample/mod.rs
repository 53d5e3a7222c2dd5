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

use std::io::{self, Write};
use std::path::Path;

use egret_contract::InputContract;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::labels::ItemSet;
use crate::seal::{BlobFile, LocalBlob};
use crate::{TaskManifest, Truth};
use labels::Tables;

/// Writes the sample.
pub(crate) struct Archive<'a> {
    zip: Zip,
    input: &'a InputContract,
    tables: Tables,
    count: u32,
}

/// A zip that is written from front to back.
struct Zip(ZipWriter<StreamWriter<BlobFile>>);

impl Zip {
    /// The same entries give the same bytes: they carry no time of day.
    fn entry(&mut self, name: &str, method: CompressionMethod, bytes: &[u8]) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(zip::DateTime::default());
        self.0.start_file(name, options)?;
        self.0.write_all(bytes)
    }
}

impl<'a> Archive<'a> {
    pub fn create(path: &Path, task: &'a TaskManifest) -> io::Result<Self> {
        let mut zip = Zip(ZipWriter::new_stream(BlobFile::create(path)?));
        for (name, text) in manifest::files(task)? {
            zip.entry(name, CompressionMethod::Deflated, text.as_bytes())?;
        }
        Ok(Self { zip, input: &task.input, tables: Tables::new(task)?, count: 0 })
    }

    /// Adds an item, in the order of sealing.
    pub fn add(&mut self, set: &ItemSet, item: u32, input: &[u8], truth: &Truth) -> io::Result<()> {
        let name = format!("{:06}", self.count);
        let views = self.input.views(input).map_err(io::Error::other)?;
        let mut sources = Vec::new();
        for (part, view) in self.input.parts.iter().zip(views) {
            let stem = if self.input.parts.len() == 1 { name.clone() } else { format!("{name}.{}", part.name) };
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
        self.zip.0.finish()?.into_inner().finish()
    }
}
