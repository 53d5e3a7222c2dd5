use std::io::{self, Cursor};

use egret_contract::item::View;
use egret_contract::{AudioInput, PartKind, VideoInput};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use zip::CompressionMethod;

use super::Zip;
use crate::Truth;

/// Puts a part of an item into the archive; what stands for it in the labels: the name of its file or folder, or its text.
pub(super) fn write(zip: &mut Zip, kind: &PartKind, view: View<'_>, stem: &str) -> io::Result<String> {
    match (kind, view) {
        (PartKind::Image(image), View::Image { width, height, pixels }) => {
            let name = format!("{stem}.png");
            let color = if image.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
            // PNG is compressed already.
            zip.entry(
                &format!("media/{name}"),
                CompressionMethod::Stored,
                &png(width, height, color, pixels)?,
            )?;
            Ok(name)
        }
        (PartKind::Audio(audio), View::Audio(samples)) => {
            let name = format!("{stem}.wav");
            zip.entry(&format!("media/{name}"), CompressionMethod::Deflated, &wav(*audio, samples)?)?;
            Ok(name)
        }
        (PartKind::Video(VideoInput { width, height, .. }), View::Video(frames)) => {
            let frame_bytes = *width as usize * *height as usize * 3;
            for (index, frame) in frames.chunks_exact(frame_bytes).enumerate() {
                let png = png(*width, *height, ExtendedColorType::Rgb8, frame)?;
                zip.entry(&format!("media/{stem}/{index:05}.png"), CompressionMethod::Stored, &png)?;
            }
            Ok(stem.to_owned())
        }
        (_, View::Text(text)) => Ok(text.to_owned()),
        _ => Err(io::Error::other("an item is not of its contract")),
    }
}

fn png(width: u32, height: u32, color: ExtendedColorType, pixels: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoded = Vec::new();
    PngEncoder::new(&mut encoded).write_image(pixels, width, height, color).map_err(io::Error::other)?;
    Ok(encoded)
}

/// A mask as gray levels: of 8 bits where 255 classes are enough, else of 16. The highest level is void.
pub(super) fn mask(width: u32, height: u32, classes: &[u16]) -> io::Result<Vec<u8>> {
    let known = |class: &&u16| **class != Truth::VOID;
    if classes.iter().filter(known).all(|class| *class < u16::from(u8::MAX)) {
        // Void becomes 255.
        let levels: Vec<u8> = classes.iter().map(|class| *class as u8).collect();
        return png(width, height, ExtendedColorType::L8, &levels);
    }
    // The encoder takes samples as this machine has them.
    let levels: Vec<u8> = classes.iter().flat_map(|class| class.to_ne_bytes()).collect();
    png(width, height, ExtendedColorType::L16, &levels)
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
