//! How one part of an item becomes one tensor, or, for text through a tokenizer, several.

use std::fmt;

use egret_contract::{
    Adapter, AudioInput, Fit, ImageInput, Length, LogMel, PartKind, Resize, TextEncoding, VideoInput,
};

use super::layout::{Extent, Layout, shape_text};
use super::numbers::{self, Affine};
use super::{Mismatch, declared};
use crate::{DType, TensorInfo};

/// Tokens or characters of one text at most.
const TEXT_LENGTH_MAX: u32 = 1 << 16;

/// How one tensor is filled.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorFeed {
    /// Which part of the item it is made of.
    pub part: usize,
    /// The model's input.
    pub tensor: String,
    /// Its element type.
    pub dtype: DType,
    /// Its dimensions after the batch; `None`: every item has its own, and goes in alone.
    pub dims: Vec<Option<u64>>,
    /// From what, and how.
    pub how: How,
}

/// From decoded media to elements.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// Pixels of a picture, or of the frames of a clip.
    Pixels(Pixels),
    /// Samples of a sound, cut or zero-padded to the tensor's own length where that is fixed.
    Samples {
        /// The axes.
        layout: Layout,
        /// The map of every sample.
        affine: Affine,
    },
    /// A log-mel spectrogram.
    Spectrum {
        /// The axes.
        layout: Layout,
        /// The transform.
        mel: LogMel,
        /// Samples per second.
        sample_rate_hz: u32,
        /// The map of every value.
        affine: Affine,
    },
    /// Text as it is.
    Strings,
    /// Text as numbers: zero-padded, or cut, to the tensor's own length where that is fixed.
    Codes(TextEncoding, Field),
}

/// Which of the tensors that a tokenizer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Token ids.
    Ids,
    /// 1 for a token, 0 for padding.
    Mask,
    /// Segment ids.
    Types,
}

/// How pixels become elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// The axes.
    pub layout: Layout,
    /// Whether channels go in reversed. Means and deviations are declared in the order of the tensor's own channels.
    pub reversed: bool,
    /// One map per channel of the tensor.
    pub channels: Vec<Affine>,
    /// Rows and columns that every picture is resized to first, and how; `None`: it goes in as it is.
    pub resize: Option<((u64, u64), Resize)>,
}

impl TensorFeed {
    /// Whether every item makes a tensor of the same shape.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.dims.iter().all(Option::is_some)
    }

    /// `` `image` float32 [n,3,224,224] (nchw) RGB, x/255``; `batch` where that is fixed.
    pub(super) fn text(&self, batch: Option<u64>) -> String {
        format!("`{}` {} {}{}", self.tensor, self.dtype.name(), shape_text(&self.dims, batch), self.how)
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pixels(Pixels { layout, reversed, channels, resize }) => {
                let order = match channels.len() {
                    1 => "gray",
                    _ if *reversed => "BGR",
                    _ => "RGB",
                };
                write!(f, " ({layout}) {order}, ")?;
                if let Some(((height, width), filter)) = resize {
                    write!(f, "resized to {width}×{height} ({}), ", filter.as_str())?;
                }
                f.write_str(&numbers::text(channels))
            }
            Self::Samples { layout, affine } => {
                write!(f, " ({layout}), {}", numbers::text(std::slice::from_ref(affine)))
            }
            Self::Spectrum { layout, mel, affine, .. } => {
                let LogMel { fft_size, hop, mel_count, decibels, .. } = mel;
                let unit = if *decibels { ", dB" } else { "" };
                let numbers = numbers::text(std::slice::from_ref(affine));
                write!(
                    f,
                    " ({layout}), log-mel of {mel_count} bands, windows of {fft_size} every {hop}{unit}, {numbers}"
                )
            }
            Self::Strings => f.write_str(", the text as it is"),
            Self::Codes(TextEncoding::Tokenizer, Field::Ids) => f.write_str(", token ids of tokenizer.json"),
            Self::Codes(_, Field::Mask) => f.write_str(", 1 for a token and 0 for padding"),
            Self::Codes(_, Field::Types) => f.write_str(", segment ids"),
            Self::Codes(TextEncoding::Bytes, _) => f.write_str(", bytes of UTF-8"),
            Self::Codes(..) => f.write_str(", Unicode code points"),
        }
    }
}

/// One part of the task's items, with what the team wishes for it.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    /// Its place among the parts.
    pub part: usize,
    /// What it is.
    pub kind: &'a PartKind,
    /// What the team wishes.
    pub adapter: &'a Adapter,
    /// Whether the package has a `tokenizer.json`.
    pub tokenizer: bool,
}

impl Wish<'_> {
    /// How this tensor would be filled with the part.
    pub fn feed(&self, input: &TensorInfo) -> Result<TensorFeed, Mismatch> {
        match self.kind {
            PartKind::Image(image) => self.picture(input, *image),
            PartKind::Video(video) => self.clip(input, *video),
            PartKind::Audio(audio) => match self.adapter.log_mel {
                Some(mel) => self.spectrum(input, *audio, mel),
                None => self.sound(input, *audio),
            },
            PartKind::Text(_) => self.text(input),
        }
    }

    fn made(&self, input: &TensorInfo, dims: Vec<Option<u64>>, how: How) -> TensorFeed {
        TensorFeed { part: self.part, tensor: input.name.clone(), dtype: input.dtype, dims, how }
    }

    fn picture(&self, input: &TensorInfo, image: ImageInput) -> Result<TensorFeed, Mismatch> {
        let own = (u64::from(image.height), u64::from(image.width));
        let size = (image.fit != Fit::Native).then_some(own);
        self.pixels(input, Extent::Picture { channels: u64::from(image.channels), size })
    }

    fn clip(&self, input: &TensorInfo, video: VideoInput) -> Result<TensorFeed, Mismatch> {
        let size = (u64::from(video.height), u64::from(video.width));
        self.pixels(input, Extent::Clip { frames: u64::from(video.frame_count), size })
    }

    fn pixels(&self, input: &TensorInfo, extent: Extent) -> Result<TensorFeed, Mismatch> {
        let (layout, resize) = match self.layout(input, &extent) {
            Ok(layout) => (layout, None),
            Err(mismatch) => {
                let (layout, size) = self.resized(input, &extent).ok_or(mismatch)?;
                (layout, Some((size, self.adapter.resize.unwrap_or(Resize::Bilinear))))
            }
        };
        let laid = resize.map_or(extent, |(size, _)| extent.resized(size));
        self.element_type(input, &NUMBERS)?;
        let reversed = self.reversed(&extent)?;
        let channels = numbers::resolve(&extent, input.dtype, self.adapter)?;
        if input.dtype == DType::U8 && !channels.iter().all(|channel| channel.is_identity()) {
            return Err(Mismatch::new(
                format!("input {input} takes bytes, but scale, mean or std is declared"),
                "leave scale, mean and std empty: the model gets the samples as they are, 0 to 255",
            ));
        }
        let dims = layout.dims(&laid).unwrap_or_default();
        Ok(self.made(input, dims, How::Pixels(Pixels { layout, reversed, channels, resize })))
    }

    /// A layout whose channels and frames agree, and whose fixed height and width are the model's own.
    fn resized(&self, input: &TensorInfo, extent: &Extent) -> Option<(Layout, (u64, u64))> {
        let wanted = declared(self.adapter.layout.as_deref());
        Layout::candidates(extent)
            .filter(|layout| wanted.is_none_or(|name| layout.to_string() == name))
            .filter_map(|layout| Some((layout, layout.own_size(&input.dims)?)))
            .filter(|(_, (height, width))| (1..=SIDE_MAX).contains(height) && (1..=SIDE_MAX).contains(width))
            .find(|(layout, size)| layout.fits(&extent.resized(*size), &input.dims))
    }

    fn sound(&self, input: &TensorInfo, audio: AudioInput) -> Result<TensorFeed, Mismatch> {
        let bounded = audio.length == Length::Bounded;
        let own = (!bounded).then_some(u64::from(audio.sample_count_max));
        let mut extent = Extent::Sound(own);
        if bounded && let Some(length) = sound_length(&input.dims) {
            // The model's own length: cut, or zero-padded.
            extent = Extent::Sound(Some(length));
        }
        let layout = self.layout(input, &extent)?;
        self.element_type(input, &FLOATS)?;
        let affine = numbers::resolve(&extent, input.dtype, self.adapter)?[0];
        let dims = layout.dims(&extent).unwrap_or_default();
        Ok(self.made(input, dims, How::Samples { layout, affine }))
    }

    fn spectrum(&self, input: &TensorInfo, audio: AudioInput, mel: LogMel) -> Result<TensorFeed, Mismatch> {
        check_mel(&mel, audio.sample_rate_hz)?;
        let frames = |samples: u32| 1 + u64::from(samples) / u64::from(mel.hop);
        let own = (audio.length == Length::Fixed).then(|| frames(audio.sample_count_max));
        let extent = Extent::Spectrum(u64::from(mel.mel_count), own);
        let layout = self.layout(input, &extent)?;
        self.element_type(input, &FLOATS)?;
        let affine = numbers::resolve(&extent, input.dtype, self.adapter)?[0];
        let dims = layout.dims(&extent).unwrap_or_default();
        let sample_rate_hz = audio.sample_rate_hz;
        Ok(self.made(input, dims, How::Spectrum { layout, mel, sample_rate_hz, affine }))
    }

    fn text(&self, input: &TensorInfo) -> Result<TensorFeed, Mismatch> {
        if input.dtype == DType::String {
            if !matches!(self.adapter.text, None | Some(TextEncoding::String)) {
                return Err(Mismatch::new(
                    format!("input {input} takes strings, but another encoding of text is declared"),
                    "leave `text` empty: the model gets the text as it is",
                ));
            }
            return match input.dims.as_slice() {
                [] | [_] => Ok(self.made(input, Vec::new(), How::Strings)),
                [_, None | Some(1)] => Ok(self.made(input, vec![Some(1)], How::Strings)),
                _ => Err(Mismatch::new(
                    format!("input {input}: expected string [n] or [n,1]"),
                    "export the model with one string per item",
                )),
            };
        }
        self.element_type(input, &CODES)?;
        let encoding = match self.adapter.text {
            Some(TextEncoding::String) | None if self.tokenizer => TextEncoding::Tokenizer,
            Some(TextEncoding::Tokenizer) if !self.tokenizer => {
                return Err(Mismatch::new(
                    "text through a tokenizer is declared, but there is no tokenizer.json",
                    "submit a zip with the model and its tokenizer.json",
                ));
            }
            Some(encoding) if encoding != TextEncoding::String => encoding,
            _ => {
                return Err(Mismatch::new(
                    format!("input {input} takes numbers, and nothing says how text becomes numbers"),
                    "submit a zip with the model and its tokenizer.json, or declare text = codepoints or bytes",
                ));
            }
        };
        let own = match input.dims.as_slice() {
            [] | [_, None] => None,
            [_, Some(length)] => Some(*length),
            _ => {
                return Err(Mismatch::new(
                    format!("input {input}: expected [n,length]"),
                    "export the model with one row of numbers per item",
                ));
            }
        };
        let wished = self.adapter.text_length.map(u64::from);
        if let (Some(own), Some(wished)) = (own, wished)
            && own != wished
        {
            return Err(Mismatch::new(
                format!("input {input}: the declared text_length is {wished}"),
                "leave text_length empty: the model's own length is taken",
            ));
        }
        let length = own.or(wished);
        if length.is_some_and(|length| !(1..=u64::from(TEXT_LENGTH_MAX)).contains(&length)) {
            return Err(Mismatch::new(
                format!("input {input}: a text of 1 to {TEXT_LENGTH_MAX} numbers is fed"),
                "declare a text_length in that range",
            ));
        }
        Ok(self.made(input, vec![length], How::Codes(encoding, Field::of(&input.name))))
    }

    fn layout(&self, input: &TensorInfo, extent: &Extent) -> Result<Layout, Mismatch> {
        let accepted =
            || Layout::candidates(extent).map(|layout| layout.to_string()).collect::<Vec<_>>().join(", ");
        if let Some(name) = declared(self.adapter.layout.as_deref()) {
            let layout = Layout::parse(name, extent).ok_or_else(|| {
                Mismatch::new(
                    format!("layout `{name}` is not one that {} can be fed in", self.kind),
                    format!("declare one of {}, or leave it empty", accepted()),
                )
            })?;
            // No dimensions at all: the model does not say, and the team has.
            if input.dims.is_empty() || layout.fits(extent, &input.dims) {
                return Ok(layout);
            }
            return Err(Mismatch::new(
                format!("input {input}: expected {} for layout `{name}`", layout.shape_text(extent, None)),
                "leave the layout empty to have it inferred, or export the model for that shape",
            ));
        }
        Layout::candidates(extent).find(|layout| layout.fits(extent, &input.dims)).ok_or_else(|| {
            if input.dims.is_empty() {
                return Mismatch::new(
                    format!("input {input} declares no shape"),
                    format!("declare the layout: one of {}", accepted()),
                );
            }
            let expected: Vec<String> =
                Layout::candidates(extent).map(|layout| layout.shape_text(extent, None)).collect();
            Mismatch::new(
                format!("input {input}: expected {}", expected.join(" or ")),
                format!(
                    "the task feeds {}; export the model for that, or begin it with a Reshape or Transpose",
                    self.kind
                ),
            )
        })
    }

    /// What the model takes is what it declares; a declared `dtype` can only agree.
    fn element_type(&self, input: &TensorInfo, fed: &[(&str, DType)]) -> Result<(), Mismatch> {
        if !fed.iter().any(|(_, dtype)| *dtype == input.dtype) {
            let names: Vec<&str> = fed.iter().map(|(_, dtype)| dtype.name()).collect();
            return Err(Mismatch::new(
                format!("input {input}: {} is fed as {}", self.kind, names.join(", ")),
                "begin the model with a Cast from one of these types",
            ));
        }
        let Some(name) = declared(self.adapter.dtype.as_deref()) else { return Ok(()) };
        if fed.iter().any(|(known, dtype)| *known == name && *dtype == input.dtype) {
            return Ok(());
        }
        Err(Mismatch::new(
            format!("input {input}: the declared dtype is `{name}`"),
            "leave dtype empty: the model's own is taken",
        ))
    }

    fn reversed(&self, extent: &Extent) -> Result<bool, Mismatch> {
        let gray = matches!(extent, Extent::Picture { channels: 1, .. });
        match declared(self.adapter.channel_order.as_deref()) {
            None | Some("rgb") => Ok(false),
            Some("bgr") if !gray => Ok(true),
            Some("bgr") => Err(Mismatch::new(
                format!("channel_order `bgr` needs three channels; the task feeds {}", self.kind),
                "leave channel_order empty",
            )),
            Some(other) => Err(Mismatch::new(
                format!("channel_order `{other}` is neither `rgb` nor `bgr`"),
                "declare `rgb` or `bgr`, or leave it empty",
            )),
        }
    }
}

/// Longest side that a picture is resized to, in pixels.
const SIDE_MAX: u64 = egret_contract::IMAGE_SIDE_MAX as u64;

const NUMBERS: [(&str, DType); 8] = [
    ("u8", DType::U8),
    ("f32", DType::F32),
    ("f16", DType::F16),
    ("f64", DType::F64),
    ("i8", DType::I8),
    ("i16", DType::I16),
    ("i32", DType::I32),
    ("i64", DType::I64),
];
const FLOATS: [(&str, DType); 3] = [("f32", DType::F32), ("f16", DType::F16), ("f64", DType::F64)];
const CODES: [(&str, DType); 3] = [("i64", DType::I64), ("i32", DType::I32), ("f32", DType::F32)];

impl Field {
    /// By the name that exporters give the tensor.
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if name.contains("mask") {
            Self::Mask
        } else if name.contains("type") || name.contains("segment") {
            Self::Types
        } else {
            Self::Ids
        }
    }
}

/// The length that a tensor of samples insists on.
fn sound_length(dims: &[Option<u64>]) -> Option<u64> {
    match dims {
        [_, Some(length)] | [_, Some(1), Some(length)] | [_, Some(length), Some(1)] => Some(*length),
        _ => None,
    }
    .filter(|length| (1..=egret_contract::ITEM_BYTES_MAX / 4).contains(length))
}

fn check_mel(mel: &LogMel, sample_rate_hz: u32) -> Result<(), Mismatch> {
    let nyquist = f64::from(sample_rate_hz) / 2.0;
    let top = mel.f_max.unwrap_or(nyquist);
    let holds = (16..=1 << 15).contains(&mel.fft_size)
        && (1..=1 << 15).contains(&mel.hop)
        && (1..=1024).contains(&mel.mel_count)
        && mel.f_min >= 0.0
        && mel.f_min < top
        && top <= nyquist
        && mel.floor > 0.0
        && mel.floor.is_finite();
    if holds {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("log_mel {mel:?} is out of range for {sample_rate_hz} Hz"),
        "declare fft_size 16 to 32768, hop 1 to 32768, mel_count 1 to 1024, 0 ≤ f_min < f_max ≤ half the sample rate, floor above 0",
    ))
}
