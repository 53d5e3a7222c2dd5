use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, Limits};

use super::{Unusable, jpeg};

/// Longest side of a source picture.
pub(super) const SIDE_MAX: u32 = 30_000;
/// Pixels of a source picture: 64 Mi, so that one thread never holds more than about a gigabyte.
pub(super) const PIXELS_MAX: u64 = 64 << 20;
/// What a decoder may allocate beside the picture.
const DECODER_BYTES_MAX: u64 = 1 << 30;

/// 8-bit samples, rows from the top, channels interleaved.
pub(super) struct Picture {
    pub width: u32,
    pub height: u32,
    pub samples: Vec<u8>,
}

/// Decodes a picture of any accepted format, by its content and not by its name.
pub(super) fn decode(bytes: &[u8], channels: u32) -> Result<Picture, Unusable> {
    let image = still(bytes, channels).map_err(|wrong| match wrong {
        Wrong::Image(error) => damaged(&error),
        Wrong::Unusable(wrong) => wrong,
    })?;
    convert(image, channels)
}

fn still(bytes: &[u8], channels: u32) -> Result<DynamicImage, Wrong> {
    let input = || Cursor::new(bytes);
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => Ok(jpeg::decode(bytes, channels)?),
        Ok(ImageFormat::Png) => {
            let decoder = PngDecoder::new(input())?;
            if decoder.is_apng()? { Err(animated().into()) } else { through(decoder) }
        }
        Ok(ImageFormat::WebP) => {
            let decoder = WebPDecoder::new(input())?;
            if decoder.has_animation() { Err(animated().into()) } else { through(decoder) }
        }
        Ok(ImageFormat::Bmp) => through(BmpDecoder::new(input())?),
        Ok(ImageFormat::Tiff) => through(TiffDecoder::new(input())?),
        _ => {
            let what = "the file is not a picture that can be read";
            Err(Unusable::new(what, "use PNG, JPEG, WebP, BMP or TIFF").into())
        }
    }
}

/// Why there is no picture.
enum Wrong {
    Image(ImageError),
    Unusable(Unusable),
}

impl From<ImageError> for Wrong {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl From<Unusable> for Wrong {
    fn from(wrong: Unusable) -> Self {
        Self::Unusable(wrong)
    }
}

fn animated() -> Unusable {
    Unusable::new("the picture is animated", "save the frame that is meant as a still PNG")
}

fn through(mut decoder: impl ImageDecoder) -> Result<DynamicImage, Wrong> {
    let (width, height) = decoder.dimensions();
    bounded(width, height)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Refuses decompression bombs by what the header declares.
pub(crate) fn bounded(width: u32, height: u32) -> Result<(), Unusable> {
    if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        let what = format!("the picture is too large: {width} × {height}");
        let remedy = format!("at most {SIDE_MAX} pixels a side and {PIXELS_MAX} in all; scale it down");
        return Err(Unusable::new(what, remedy));
    }
    if width == 0 || height == 0 {
        return Err(Unusable::new("the picture has no pixels", "replace or remove it"));
    }
    Ok(())
}

fn damaged(error: &ImageError) -> Unusable {
    let what = match error {
        ImageError::Unsupported(_) => format!("the picture is of a kind that is not read: {error}"),
        ImageError::Limits(_) => format!("the picture is too large: {error}"),
        _ => format!("the picture is damaged: {error}"),
    };
    Unusable::new(what, "replace the file or save it anew as PNG")
}

/// To one or three 8-bit channels, by the rules at the top of [`super`].
fn convert(image: DynamicImage, channels: u32) -> Result<Picture, Unusable> {
    let (width, height) = (image.width(), image.height());
    let samples = match (image, channels) {
        (DynamicImage::ImageLuma8(gray), 1) => gray.into_raw(),
        (DynamicImage::ImageRgb8(rgb), 3) => rgb.into_raw(),
        (DynamicImage::ImageLuma8(gray), _) => gray.into_raw().into_iter().flat_map(|v| [v; 3]).collect(),
        (DynamicImage::ImageRgb8(rgb), _) => rgb.as_raw().as_chunks().0.iter().map(|p| gray(*p)).collect(),
        (DynamicImage::ImageLumaA8(image), _) => {
            spread(image.pixels().map(|p| [over(p.0[0], p.0[1]); 3]), channels)
        }
        (DynamicImage::ImageRgba8(image), _) => spread(
            image.pixels().map(|p| {
                let [r, g, b, a] = p.0;
                [over(r, a), over(g, a), over(b, a)]
            }),
            channels,
        ),
        (DynamicImage::ImageLuma16(image), _) => {
            spread(image.pixels().map(|p| [narrow(p.0[0]); 3]), channels)
        }
        (DynamicImage::ImageRgb16(image), _) => spread(image.pixels().map(|p| p.0.map(narrow)), channels),
        (DynamicImage::ImageLumaA16(image), _) => {
            spread(image.pixels().map(|p| [over(narrow(p.0[0]), narrow(p.0[1])); 3]), channels)
        }
        (DynamicImage::ImageRgba16(image), _) => spread(
            image.pixels().map(|p| {
                let [r, g, b, a] = p.0.map(narrow);
                [over(r, a), over(g, a), over(b, a)]
            }),
            channels,
        ),
        _ => {
            let what = "the picture has floating-point samples";
            return Err(Unusable::new(what, "save it with 8 or 16 bits per sample"));
        }
    };
    Ok(Picture { width, height, samples })
}

fn spread(pixels: impl Iterator<Item = [u8; 3]>, channels: u32) -> Vec<u8> {
    // Equal channels stay what they are: the weights of gray sum to 65536.
    if channels == 1 { pixels.map(gray).collect() } else { pixels.flatten().collect() }
}

fn gray([r, g, b]: [u8; 3]) -> u8 {
    ((u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471 + 32_768) >> 16) as u8
}

/// round(v / 257)
fn narrow(v: u16) -> u8 {
    ((u32::from(v) + 128) / 257) as u8
}

/// A sample of this opacity over black: round(v · a / 255).
fn over(v: u8, a: u8) -> u8 {
    ((u32::from(v) * u32::from(a) + 127) / 255) as u8
}
