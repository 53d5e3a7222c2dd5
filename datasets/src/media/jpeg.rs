use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::Unusable;
use super::picture::{SIDE_MAX, bounded};

/// Decodes a JPEG, to gray where one channel is wanted and the file holds luma as such. Not through the image crate, whose decoder
/// fills what is missing from a truncated file with gray.
pub(super) fn decode(bytes: &[u8], channels: u32) -> Result<DynamicImage, Unusable> {
    if !ends(bytes) {
        return Err(Unusable::new("the JPEG is truncated", "copy the file again, or replace it"));
    }
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(SIDE_MAX as usize)
        .set_max_height(SIDE_MAX as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions().unwrap_or((0, 0));
    let (width, height) = (width as u32, height as u32);
    bounded(width, height)?;
    let gray = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => true,
        Some(ColorSpace::YCbCr) => channels == 1,
        _ => false,
    };
    let wanted = if gray { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let samples = decoder.decode().map_err(|error| damaged(&error))?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let image = if gray {
        GrayImage::from_raw(width, height, samples).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, samples).map(DynamicImage::from)
    };
    let mut image =
        image.ok_or_else(|| Unusable::new("the JPEG has an unexpected size", "save it anew as PNG"))?;
    image.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    Ok(image)
}

/// Whether an end-of-image marker follows the last start of a scan; inside of a scan neither can occur.
fn ends(bytes: &[u8]) -> bool {
    let marker = |bytes: &[u8], marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    marker(bytes, 0xd9).is_some_and(|end| marker(&bytes[end..], 0xda).is_none())
}

fn damaged(error: &DecodeErrors) -> Unusable {
    // The decoder's texts may be long; the first line says what matters.
    let text = error.to_string();
    let text = text.lines().next().unwrap_or_default();
    Unusable::new(format!("the JPEG is damaged: {text}"), "replace the file or save it anew")
}
