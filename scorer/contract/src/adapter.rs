use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The team's wishes for how items become the model's tensors and its output an answer; what is unset is inferred from the
/// model's signature, and shown. The format of `model.toml`, with the fields of [`Adapter::parts`] under `[parts.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adapter {
    /// The model's input; needed where several could take the part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tensor: Option<String>,
    /// `nchw`, `nhwc`, `nhw`, `flat`; `nt`, `nct`, `ntc`; `ntchw`, `ncthw`, `nthwc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// `u8`, `f32`, `f16`, `f64`, `i8`, `i16`, `i32`, `i64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
    /// x · scale comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Then (x − mean) / std; one value, or one per channel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f64>,
    /// See `mean`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub std: Vec<f64>,
    /// `rgb` or `bgr`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_order: Option<String>,
    /// How pictures are brought to the model's own size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize: Option<Resize>,
    /// How text becomes numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<TextEncoding>,
    /// Tokens or characters per text; zero-padded or cut. Unset: the model's own, or as many as there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_length: Option<u32>,
    /// Sound as a log-mel spectrogram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_mel: Option<LogMel>,
    /// Wishes for one part of a composite item, over those for all.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, Adapter>,
    /// Items per run, at most; unset: as many as the platform gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// The output tensor to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// `none`, `softmax` or `sigmoid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<String>,
    /// How a detector's output is read: `rows`, `tensors`, `yolov5`, `yolov8`, `yolox`, `fastestdet`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boxes: Option<String>,
    /// Boxes with a lower score are dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_min: Option<f64>,
    /// Of two boxes of a class that overlap more than this (intersection over union), the better one stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iou_max: Option<f64>,
    /// What the model's token ids mean, where it differs from the task's vocabulary.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vocabulary: Vec<String>,
    /// The token that CTC leaves out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blank: Option<u32>,
    /// What stands between two tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
}

impl Resize {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bilinear, Self::Area, Self::Nearest];

    /// As in files and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bilinear => "bilinear",
            Self::Area => "area",
            Self::Nearest => "nearest",
        }
    }

    /// From a file or the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resize| resize.as_str() == text)
    }
}

impl TextEncoding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::String, Self::Tokenizer, Self::Codepoints, Self::Bytes];

    /// As in files and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Tokenizer => "tokenizer",
            Self::Codepoints => "codepoints",
            Self::Bytes => "bytes",
        }
    }

    /// From a file or the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|text_encoding| text_encoding.as_str() == text)
    }
}

/// How pictures are brought to the model's own size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// A triangle filter as wide as the scale: Pillow's `BILINEAR`.
    Bilinear,
    /// The mean of what falls on a pixel, parts of pixels by their area: OpenCV's `INTER_AREA` where a picture shrinks. Where
    /// it grows, bilinear.
    Area,
    /// The nearest pixel: Pillow's `NEAREST`.
    Nearest,
}

/// How text becomes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextEncoding {
    /// A string tensor `[n]` or `[n, 1]`.
    String,
    /// `tokenizer.json` of the package: `input_ids`, `attention_mask`, `token_type_ids`.
    Tokenizer,
    /// Unicode code points.
    Codepoints,
    /// Bytes of UTF-8.
    Bytes,
}

/// A log-mel spectrogram as librosa makes it: `log(max(mel, floor))` of `melspectrogram(power = 2, htk = false, norm = "slaney",
/// center = true, pad_mode = "constant", window = "hann")`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogMel {
    /// Samples of one window, zero-padded Fourier transform included.
    pub fft_size: u32,
    /// Samples from one window to the next.
    pub hop: u32,
    /// Bands.
    pub mel_count: u32,
    /// Hertz.
    #[serde(default)]
    pub f_min: f64,
    /// Hertz; unset: half the sample rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f_max: Option<f64>,
    /// Power below this counts as this.
    #[serde(default = "floor")]
    pub floor: f64,
    /// 10·log10 instead of the natural logarithm.
    #[serde(default)]
    pub decibels: bool,
}

impl LogMel {
    /// The floor where none is given.
    pub const FLOOR: f64 = 1e-10;
}

fn floor() -> f64 {
    LogMel::FLOOR
}

impl Adapter {
    /// These wishes, and where they are silent those of `other`.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        let list = |mine: Vec<f64>, theirs: Vec<f64>| if mine.is_empty() { theirs } else { mine };
        let mut parts = other.parts;
        for (name, mine) in self.parts {
            let theirs = parts.remove(&name).unwrap_or_default();
            parts.insert(name, mine.over(theirs));
        }
        Self {
            tensor: self.tensor.or(other.tensor),
            layout: self.layout.or(other.layout),
            dtype: self.dtype.or(other.dtype),
            scale: self.scale.or(other.scale),
            mean: list(self.mean, other.mean),
            std: list(self.std, other.std),
            channel_order: self.channel_order.or(other.channel_order),
            resize: self.resize.or(other.resize),
            text: self.text.or(other.text),
            text_length: self.text_length.or(other.text_length),
            log_mel: self.log_mel.or(other.log_mel),
            parts,
            batch: self.batch.or(other.batch),
            output: self.output.or(other.output),
            activation: self.activation.or(other.activation),
            boxes: self.boxes.or(other.boxes),
            score_min: self.score_min.or(other.score_min),
            iou_max: self.iou_max.or(other.iou_max),
            vocabulary: if self.vocabulary.is_empty() { other.vocabulary } else { self.vocabulary },
            blank: self.blank.or(other.blank),
            separator: self.separator.or(other.separator),
        }
    }

    /// The wishes for one part: its own, and where they are silent those for all.
    #[must_use]
    pub fn of_part(&self, name: &str) -> Self {
        let all = Self { parts: BTreeMap::new(), ..self.clone() };
        self.parts.get(name).cloned().unwrap_or_default().over(all)
    }
}
