use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{OutOfRange, Ranges};

/// Longest side of an input picture or frame, in pixels.
pub const IMAGE_SIDE_MAX: u32 = 4096;
/// Audio sample rates, in hertz.
pub const SAMPLE_RATE_HZ: RangeInclusive<u32> = 1_000..=192_000;
/// Frames of one video item.
pub const VIDEO_FRAMES_MAX: u32 = 1024;
/// Bytes of one text, as UTF-8.
pub const TEXT_BYTES_MAX: u32 = 1 << 20;
/// Parts of one item.
pub const PART_COUNT_MAX: usize = 8;
/// Bytes of one decoded item, all its parts together.
pub const ITEM_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a part's name.
const NAME_BYTES_MAX: usize = 63;

/// What every model receives of an item, byte for byte the same for every team: one part, or several side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputContract {
    /// 1 to [`PART_COUNT_MAX`], with different names.
    pub parts: Vec<Part>,
}

/// One decoded medium of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `[a-z][a-z0-9_]*`. An input whose item is a single medium names it by its kind: `image`, `audio`, `video`, `text`.
    pub name: String,
    /// What it is.
    pub kind: PartKind,
}

/// A medium, decoded and brought to one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// u8 pixels, height × width × channels.
    Image(ImageInput),
    /// f32 PCM in −1..1, mono, little-endian.
    Audio(AudioInput),
    /// u8 frames, time × height × width × 3 (RGB).
    Video(VideoInput),
    /// UTF-8 in Unicode normalization form C.
    Text(TextInput),
}

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageInput {
    /// Pixels; with [`Fit::Native`] the most there may be.
    pub width: u32,
    /// Pixels; with [`Fit::Native`] the most there may be.
    pub height: u32,
    /// 1 (gray) or 3 (RGB).
    pub channels: u32,
    /// How a picture of another size becomes one of this.
    pub fit: Fit,
}

/// How a picture of another size is brought to the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Width and height each on their own.
    Stretch,
    /// Covers the frame; the centre is taken.
    Crop,
    /// Fits into the frame; black around it.
    Pad,
    /// It is not: every picture keeps its own size, up to the contract's.
    Native,
}

/// Sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioInput {
    /// Samples per second.
    pub sample_rate_hz: u32,
    /// Samples per item.
    pub sample_count_max: u32,
    /// What becomes of a shorter sound.
    pub length: Length,
    /// What becomes of a longer one.
    pub longer: Longer,
}

/// What becomes of a sound shorter than the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// Zero-padded at the end: all items have `sample_count_max` samples.
    Fixed,
    /// It keeps its own length.
    Bounded,
}

/// What becomes of a sound longer than the contract's, when it is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Longer {
    /// The organizer is told.
    Refuse,
    /// Its beginning is taken.
    Cut,
}

/// Frames of a clip. Of n decoded frames, frame i of `frame_count` is number min(n − 1, ⌊(i + ½)·n / frame_count⌋).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoInput {
    /// Frames per item.
    pub frame_count: u32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// How a frame of another size becomes one of this; not [`Fit::Native`].
    pub fit: Fit,
}

/// Text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextInput {
    /// The most bytes of UTF-8, after normalization; longer texts are refused when they are imported.
    pub bytes_max: u32,
}

impl InputContract {
    /// Items of a single medium, named by its kind.
    #[must_use]
    pub fn single(kind: PartKind) -> Self {
        Self { parts: vec![Part { name: kind.word().to_owned(), kind }] }
    }

    /// Stretched pictures of one size: the plainest contract.
    #[must_use]
    pub fn images(width: u32, height: u32, channels: u32) -> Self {
        Self::single(PartKind::Image(ImageInput { width, height, channels, fit: Fit::Stretch }))
    }

    /// Zero-padded sounds of one length.
    #[must_use]
    pub fn sounds(sample_rate_hz: u32, sample_count_max: u32) -> Self {
        let (length, longer) = (Length::Fixed, Longer::Refuse);
        Self::single(PartKind::Audio(AudioInput { sample_rate_hz, sample_count_max, length, longer }))
    }

    /// The kind of the only part; `None` for composite items.
    #[must_use]
    pub fn only(&self) -> Option<&PartKind> {
        match self.parts.as_slice() {
            [part] => Some(&part.kind),
            _ => None,
        }
    }

    /// The first part with pixels: what boxes and masks lie on.
    #[must_use]
    pub fn image(&self) -> Option<&ImageInput> {
        self.parts.iter().find_map(|part| match &part.kind {
            PartKind::Image(image) => Some(image),
            _ => None,
        })
    }

    /// Everything that is out of range; empty if the contract can be kept.
    #[must_use]
    pub fn problems(&self) -> Vec<OutOfRange> {
        let mut ranges = Ranges::default();
        let count = self.parts.len();
        ranges.expect(
            (1..=PART_COUNT_MAX).contains(&count),
            "input",
            format!("must have 1 to {PART_COUNT_MAX} parts"),
        );
        let mut names = BTreeSet::new();
        for part in &self.parts {
            let field = format!("input.{}", part.name);
            ranges.expect(
                is_name(&part.name),
                &field,
                format!("must be a name of 1 to {NAME_BYTES_MAX} of a-z, 0-9 and _, starting with a letter"),
            );
            ranges.expect(names.insert(&part.name), &field, "must be named once");
            part.kind.check(&field, &mut ranges);
        }
        let bytes = self.item_bytes_max();
        ranges.expect(
            bytes <= ITEM_BYTES_MAX,
            "input",
            format!("must be at most {ITEM_BYTES_MAX} bytes per item; it is {bytes}"),
        );
        ranges.0
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl PartKind {
    /// `image`, `audio`, `video` or `text`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Image(_) => "image",
            Self::Audio(_) => "audio",
            Self::Video(_) => "video",
            Self::Text(_) => "text",
        }
    }

    fn check(&self, field: &str, ranges: &mut Ranges) {
        let side = 1..=IMAGE_SIDE_MAX;
        match self {
            Self::Image(image) => {
                ranges.within(format!("{field}.width"), image.width, &side);
                ranges.within(format!("{field}.height"), image.height, &side);
                let channels = [1, 3].contains(&image.channels);
                ranges.expect(channels, format!("{field}.channels"), "must be 1 (gray) or 3 (RGB)");
            }
            Self::Audio(audio) => {
                ranges.within(format!("{field}.sample_rate_hz"), audio.sample_rate_hz, &SAMPLE_RATE_HZ);
                let count = 1..=(ITEM_BYTES_MAX / 4) as u32;
                ranges.within(format!("{field}.sample_count_max"), audio.sample_count_max, &count);
            }
            Self::Video(video) => {
                ranges.within(format!("{field}.frame_count"), video.frame_count, &(1..=VIDEO_FRAMES_MAX));
                ranges.within(format!("{field}.width"), video.width, &side);
                ranges.within(format!("{field}.height"), video.height, &side);
                let fits = video.fit != Fit::Native;
                ranges.expect(fits, format!("{field}.fit"), "must be stretch, crop or pad");
            }
            Self::Text(text) => {
                ranges.within(format!("{field}.bytes_max"), text.bytes_max, &(1..=TEXT_BYTES_MAX));
            }
        }
    }
}

impl Fit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Stretch, Self::Crop, Self::Pad, Self::Native];

    /// As in files and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stretch => "stretch",
            Self::Crop => "crop",
            Self::Pad => "pad",
            Self::Native => "native",
        }
    }

    /// From a file or the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fit| fit.as_str() == text)
    }
}

impl Length {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Fixed, Self::Bounded];

    /// As in files and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Bounded => "bounded",
        }
    }

    /// From a file or the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|length| length.as_str() == text)
    }
}

impl Longer {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Refuse, Self::Cut];

    /// As in files and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Cut => "cut",
        }
    }

    /// From a file or the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|longer| longer.as_str() == text)
    }
}

/// `28×28 gray image`, for people.
impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(ImageInput { width, height, channels, fit }) => {
                let colour = if *channels == 1 { "gray" } else { "RGB" };
                let bound = if *fit == Fit::Native { "up to " } else { "" };
                write!(f, "{bound}{width}×{height} {colour} image")
            }
            Self::Audio(AudioInput { sample_rate_hz, sample_count_max, length, .. }) => {
                let bound = if *length == Length::Bounded { "up to " } else { "" };
                write!(f, "{bound}{sample_count_max} mono samples at {sample_rate_hz} Hz")
            }
            Self::Video(VideoInput { frame_count, width, height, .. }) => {
                write!(f, "{frame_count} frames of {width}×{height} RGB")
            }
            Self::Text(TextInput { bytes_max }) => write!(f, "text of up to {bytes_max} bytes"),
        }
    }
}

/// `28×28 gray image`, or the parts joined by ` and `.
impl fmt::Display for InputContract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            let and = if index == 0 { "" } else { " and " };
            write!(f, "{and}{}", part.kind)?;
        }
        Ok(())
    }
}
