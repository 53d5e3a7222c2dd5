//! Media, decoded once at publish and brought to the task's contract: what every model receives, byte for byte.
//!
//! Rules, so that anybody can repeat them:
//! - Pictures: 8-bit samples; 16-bit ones become round(v / 257); transparency is composited on black; palettes are looked up (not those of TIFF, which are refused); the
//!   EXIF orientation is applied; gray is (19595 R + 38470 G + 7471 B + 32768) >> 16, Pillow's `L` (ITU-R 601), and of a JPEG in YCbCr
//!   its own luma, which is the same but for rounding and for colours beyond RGB. Embedded colour profiles are ignored. JPEG
//!   is decoded by zune-jpeg in its strict mode: a damaged file is refused, never guessed; CMYK and YCCK are taken as Adobe stores them, inverted, and become c · k / 255 per channel: Pillow's `convert("RGB")` within two levels.
//!   Of a TIFF with several pages the first counts; animated pictures are refused.
//! - Resampling is Pillow's `BILINEAR` (a triangle filter as wide as the scale, in fixed point; equal within one level), after the
//!   conversion to the contract's channels, between the rectangles of [`Frame`](egret_contract::Frame). A picture that has the
//!   contract's size already is not resampled.
//! - Sound: see [`sound`]; where the rate differs, [`resample`]; then f32, clipped to −1..1, zero-padded at the end where the length
//!   is fixed. At the contract's rate mono samples stay exactly as they are.
//! - Video: see [`video`]. Text: see [`text`].
//!
//! Sizes are checked before anything is allocated, so that a small file cannot ask for a large memory.

mod ffmpeg;
mod fit;
mod jpeg;
mod numbered;
mod pcm;
mod picture;
mod read;
mod resample;
mod sound;
mod text;
mod tracks;
mod video;

pub(crate) use picture::bounded;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use egret_contract::item::View;
use egret_contract::{InputContract, PartKind};
use ffmpeg::Ffmpeg;
use picture::Picture;
use resample::Resampler;

/// Where a part of an item comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A picture, a sound, a video, a text; of a video an audio part takes the first sound track.
    File(PathBuf),
    /// The frames of a video, as pictures.
    Folder(PathBuf),
    /// A text.
    Text(String),
}

/// Pixels of an original picture, upright; 0 × 0 for what is not a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Why a source cannot be an input, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// Which source it is, by place.
    pub source: usize,
}

impl Unusable {
    pub(crate) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into(), source: 0 }
    }
}

/// What one thread needs to import media, reused from item to item.
#[derive(Default)]
pub struct Bench {
    resizer: fast_image_resize::Resizer,
    resampler: Option<Resampler>,
    ffmpeg: Ffmpeg,
}

/// One part, decoded.
enum Decoded {
    Picture(Picture),
    Sound(Vec<u8>),
    Frames(Vec<u8>),
    Text(String),
}

impl Decoded {
    fn view(&self) -> View<'_> {
        match self {
            Self::Picture(Picture { width, height, samples }) => {
                View::Image { width: *width, height: *height, pixels: samples }
            }
            Self::Sound(samples) => View::Audio(samples),
            Self::Frames(frames) => View::Video(frames),
            Self::Text(text) => View::Text(text),
        }
    }
}

impl Bench {
    /// Appends an item to `item`: one source per part of the contract, in its order. If one cannot be used, nothing is appended.
    pub fn import(
        &mut self,
        sources: &[Source],
        contract: &InputContract,
        item: &mut Vec<u8>,
    ) -> Result<Vec<Origin>, Unusable> {
        if sources.len() != contract.parts.len() {
            let what = format!("{} source for {} parts", sources.len(), contract.parts.len());
            return Err(Unusable::new(what, "name one per part"));
        }
        let mut origins = Vec::with_capacity(sources.len());
        let mut parts = Vec::with_capacity(sources.len());
        for (place, (source, part)) in sources.iter().zip(&contract.parts).enumerate() {
            let (decoded, origin) =
                self.guarded(source, &part.kind).map_err(|wrong| Unusable { source: place, ..wrong })?;
            parts.push(decoded);
            origins.push(origin);
        }
        let views: Vec<View<'_>> = parts.iter().map(Decoded::view).collect();
        contract.write(&views, item);
        Ok(origins)
    }

    /// Decoders are other people's code on other people's bytes. One that gives up must not take along the report on
    /// thousands of other files.
    fn guarded(&mut self, source: &Source, kind: &PartKind) -> Result<(Decoded, Origin), Unusable> {
        catch_unwind(AssertUnwindSafe(|| self.decode(source, kind))).unwrap_or_else(|_| {
            *self = Self::default();
            Err(Unusable::new("the file makes its decoder fail", "replace the file or save it anew"))
        })
    }

    fn decode(&mut self, source: &Source, kind: &PartKind) -> Result<(Decoded, Origin), Unusable> {
        let decoded = match (kind, source) {
            (PartKind::Image(to), Source::File(path)) => {
                let picture = picture::decode(&read::whole(path)?, to.channels)?;
                let origin = Origin { width: picture.width, height: picture.height };
                return Ok((Decoded::Picture(fit::fit(&mut self.resizer, picture, to)?), origin));
            }
            (PartKind::Audio(to), Source::File(path)) => {
                let sound = sound::decode(path, to, &self.ffmpeg)?;
                Decoded::Sound(pcm::of(&resample::to_rate(&mut self.resampler, sound, to)?, to)?)
            }
            (PartKind::Video(to), Source::File(path)) => {
                Decoded::Frames(video::of_file(path, to, &self.ffmpeg, &mut self.resizer)?)
            }
            (PartKind::Video(to), Source::Folder(path)) => {
                Decoded::Frames(video::of_folder(path, to, &mut self.resizer)?)
            }
            (PartKind::Text(to), Source::File(path)) => {
                Decoded::Text(text::of_bytes(read::whole(path)?, *to)?)
            }
            (PartKind::Text(to), Source::Text(text)) => Decoded::Text(text::of(text, *to)?),
            (_, Source::Folder(_)) => {
                let what = format!("it is a folder; the input is {kind}");
                return Err(Unusable::new(what, "name a file: only a video may be a folder, of frames"));
            }
            (_, Source::Text(_)) => {
                let what = format!("it is a text; the input is {kind}");
                return Err(Unusable::new(what, "name a file"));
            }
        };
        Ok((decoded, Origin::default()))
    }
}
