use std::io::{self, Cursor, Write};
use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::LocalBlob;
use super::blob::BlobFile;
use crate::labels::Item;
use crate::{AnswerContract, AudioInput, ImageInput, InputContract, TaskManifest};

/// The public sample as a plain zip: `labels.csv` (file,label) and in `media/` the exact inputs, as PNG or as WAV with
/// f32 samples. Whoever decodes them has what the server feeds to models, bit for bit. Files are numbered in the order of
/// the organizer's `labels.csv`, for the organizer's own names may say something of the hidden items.
pub(super) struct SampleArchive {
    zip: ZipWriter<StreamWriter<BlobFile>>,
    labels: csv::Writer<Vec<u8>>,
    input: InputContract,
    classes: Vec<String>,
    count: u32,
}

impl SampleArchive {
    pub fn create(path: &Path, task: &TaskManifest) -> io::Result<Self> {
        let AnswerContract::Classes(answer) = &task.answer;
        let classes = if answer.class_names_public {
            answer.classes.clone()
        } else {
            (0..answer.classes.len()).map(|index| index.to_string()).collect()
        };
        let mut labels = csv::Writer::from_writer(Vec::new());
        labels.write_record(["file", "label"])?;
        let zip = ZipWriter::new_stream(BlobFile::create(path)?);
        Ok(Self { zip, labels, input: task.input, classes, count: 0 })
    }

    /// Adds items with their inputs, side by side.
    pub fn add(&mut self, items: &[&Item], inputs: &[u8]) -> io::Result<()> {
        let item_bytes = self.input.item_bytes() as usize;
        for (item, input) in items.iter().zip(inputs.chunks_exact(item_bytes)) {
            let (extension, method, encoded) = match &self.input {
                // PNG is compressed already.
                InputContract::Image(image) => ("png", CompressionMethod::Stored, png(image, input)?),
                InputContract::Audio(audio) => ("wav", CompressionMethod::Deflated, wav(*audio, input)?),
            };
            let file = format!("media/{:06}.{extension}", self.count);
            self.entry(&file, method, &encoded)?;
            let label = self.classes.get(item.class as usize).map_or("", String::as_str);
            self.labels.write_record([file.trim_start_matches("media/"), label])?;
            self.count += 1;
        }
        Ok(())
    }

    /// The same items give the same bytes: entries carry no time of day.
    fn entry(&mut self, name: &str, method: CompressionMethod, bytes: &[u8]) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(zip::DateTime::default());
        self.zip.start_file(name, options)?;
        self.zip.write_all(bytes)
    }

    pub fn finish(mut self) -> io::Result<LocalBlob> {
        let labels = std::mem::replace(&mut self.labels, csv::Writer::from_writer(Vec::new()));
        let labels = labels.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.entry("labels.csv", CompressionMethod::Deflated, &labels)?;
        self.zip.finish()?.into_inner().finish()
    }
}

fn png(image: &ImageInput, pixels: &[u8]) -> io::Result<Vec<u8>> {
    let color = if image.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let mut encoded = Vec::new();
    let encoder = PngEncoder::new(&mut encoded);
    encoder.write_image(pixels, image.width, image.height, color).map_err(io::Error::other)?;
    Ok(encoded)
}

fn wav(audio: AudioInput, samples: &[u8]) -> io::Result<Vec<u8>> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: audio.sample_rate_hz,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut encoded = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut encoded, spec).map_err(io::Error::other)?;
    for bytes in samples.chunks_exact(4) {
        let sample = f32::from_le_bytes(bytes.try_into().map_err(io::Error::other)?);
        writer.write_sample(sample).map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    Ok(encoded.into_inner())
}
