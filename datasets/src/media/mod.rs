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

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::InputContract;
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
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// What one thread needs to import media, reused from file to file.
#[derive(Default)]
pub(crate) struct Bench {
    resizer: fast_image_resize::Resizer,
    resampler: Option<Resampler>,
}

impl Bench {
    /// Brings one file to the contract; `out` has exactly [`InputContract::item_bytes`].
    pub fn import(&mut self, path: &Path, contract: &InputContract, out: &mut [u8]) -> Result<(), Unusable> {
        // Decoders are other people's code on other people's bytes. One that gives up must not take along the report on
        // thousands of other files.
        let import = AssertUnwindSafe(|| self.try_import(path, contract, out));
        catch_unwind(import).unwrap_or_else(|_| {
            *self = Self::default();
            Err(Unusable::new("the file makes its decoder fail", "replace the file or save it anew"))
        })
    }

    fn try_import(&mut self, path: &Path, contract: &InputContract, out: &mut [u8]) -> Result<(), Unusable> {
        let bytes = read(path)?;
        match contract {
            InputContract::Image(image) => {
                let picture = picture::decode(&bytes, image.channels)?;
                fit::fit(&mut self.resizer, &picture, image, out)
            }
            InputContract::Audio(audio) => {
                let sound = sound::decode(bytes, path, *audio)?;
                let samples = resample::to_rate(&mut self.resampler, sound, *audio)?;
                pcm::write(&samples, out)
            }
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
