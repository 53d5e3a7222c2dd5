//! Media, decoded once at publish and brought to the task's contract: what every model receives, byte for byte.
//!
//! Rules, so that anybody can repeat them:
//! - Pictures: 8-bit samples; 16-bit ones become round(v / 257); transparency is composited on black; the EXIF orientation
//!   is applied; gray is (19595 R + 38470 G + 7471 B + 32768) >> 16, Pillow's `L` (ITU-R 601). Embedded colour profiles
//!   are ignored. JPEG is decoded by zune-jpeg in its strict mode: a damaged file is refused, never guessed.
//! - Resampling is Pillow's `BILINEAR` (a triangle filter as wide as the scale, in fixed point; equal within one level), after the conversion to
//!   the contract's channels. A picture that has the contract's size already is not resampled.
//! - Sound: mean of the channels in f64; where the rate differs, an FFT resampler of linear phase (rubato's `Fft`, f64);
//!   then f32, clipped to −1..1, zero-padded at the end. At the contract's rate mono samples stay exactly as they are.
//!
//! Sizes are checked before anything is allocated, so that a small file cannot ask for a large memory.

mod fit;
mod jpeg;
mod pcm;
mod picture;
mod resample;
mod sound;

pub(crate) use picture::bounded;

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use egret_contract::{InputContract, PartKind, item::View};
use resample::Resampler;

/// Bytes of one media file.
const FILE_BYTES_MAX: u64 = 512 << 20;

/// Why a file cannot be an input, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub what: String,
    pub remedy: String,
}

impl Unusable {
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// What one thread needs to import media, reused from file to file.
#[derive(Default)]
pub(crate) struct Bench {
    resizer: fast_image_resize::Resizer,
    resampler: Option<Resampler>,
}

/// Where a part of an item comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// The frames of a clip, one per file.
    Folder(PathBuf),
    /// The text itself.
    Text(String),
}

/// Pixels of an original picture, after its EXIF orientation; 0 × 0 for other media.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub width: u32,
    pub height: u32,
}

impl Bench {
    /// Brings an item to the contract, one source per part, and appends it to `item`; gives the origin of each part.
    pub fn import(
        &mut self,
        sources: &[Source],
        contract: &InputContract,
        item: &mut Vec<u8>,
    ) -> Result<Vec<Origin>, Unusable> {
        // Decoders are other people's code on other people's bytes. One that gives up must not take along the report on
        // thousands of other files.
        let import = AssertUnwindSafe(|| self.try_import(sources, contract, item));
        catch_unwind(import).unwrap_or_else(|_| {
            *self = Self::default();
            Err(Unusable::new("the file makes its decoder fail", "replace the file or save it anew"))
        })
    }

    fn try_import(
        &mut self,
        sources: &[Source],
        contract: &InputContract,
        item: &mut Vec<u8>,
    ) -> Result<Vec<Origin>, Unusable> {
        let mut parts: Vec<(Origin, Vec<u8>)> = Vec::new();
        for (part, source) in contract.parts.iter().zip(sources) {
            parts.push(self.part(source, &part.kind)?);
        }
        let views = contract.parts.iter().zip(&parts).map(|(part, (_, bytes))| match &part.kind {
            PartKind::Image(image) => View::Image { width: image.width, height: image.height, pixels: bytes },
            PartKind::Audio(_) => View::Audio(bytes),
            PartKind::Video(_) => View::Video(bytes),
            PartKind::Text(_) => View::Text(std::str::from_utf8(bytes).unwrap_or_default()),
        });
        contract.write(&views.collect::<Vec<_>>(), item);
        Ok(parts.into_iter().map(|(origin, _)| origin).collect())
    }

    fn part(&mut self, source: &Source, kind: &PartKind) -> Result<(Origin, Vec<u8>), Unusable> {
        let mut out = vec![0; kind.bytes().unwrap_or(0) as usize];
        match (source, kind) {
            (Source::File(path), PartKind::Image(image)) => {
                let picture = picture::decode(&read(path)?, image.channels)?;
                fit::fit(&mut self.resizer, &picture, image, &mut out)?;
                Ok((Origin { width: picture.width, height: picture.height }, out))
            }
            (Source::File(path), PartKind::Audio(audio)) => {
                let sound = sound::decode(read(path)?, path, *audio)?;
                let samples = resample::to_rate(&mut self.resampler, sound, *audio)?;
                pcm::write(&samples, &mut out)?;
                Ok((Origin::default(), out))
            }
            (Source::Text(text), PartKind::Text(_)) => Ok((Origin::default(), text.clone().into_bytes())),
            _ => Err(Unusable::new(format!("{} is not read from here", kind.word()), "use another kind")),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Unusable> {
    let unreadable = |error| Unusable::new(format!("the file cannot be read: {error}"), "make it readable");
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.is_empty() {
        return Err(Unusable::new("the file is empty", "replace or remove it"));
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Unusable::new(
            "the file is too large",
            format!("at most {} MiB are read", FILE_BYTES_MAX >> 20),
        ));
    }
    Ok(bytes)
}
