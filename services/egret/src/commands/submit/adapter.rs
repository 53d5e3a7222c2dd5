use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use egret_admission::package;
use egret_contract::{Adapter, Resize, TextEncoding};

use crate::numbers::number;
use crate::{Exit, failure::Failure};

/// Flags that declare how items become the model's tensors. They go before `model.toml`.
#[derive(Args, Clone, Debug, Default)]
#[command(
    next_help_heading = "Adapter (what is not declared is inferred from the ONNX signature; model.toml beside the \
                               model may declare the same)"
)]
pub(in crate::commands) struct Flags {
    /// Order of the input's dimensions: nchw, nhwc, nhw, flat; nt, nct, ntc; ntchw, ncthw, nthwc
    #[arg(long, value_name = "LAYOUT")]
    layout: Option<String>,
    /// Type of the input's elements
    #[arg(long, value_enum)]
    dtype: Option<DType>,
    /// Multiplies every value first: 0.5, 1/255 [default: 1/255 for float images, else 1]
    #[arg(long, value_name = "NUMBER", value_parser = number, allow_negative_numbers = true)]
    scale: Option<f64>,
    /// Subtracted next: one number, or one per channel
    #[arg(long, value_name = "A,B,C", value_parser = number, value_delimiter = ',', allow_hyphen_values = true)]
    mean: Vec<f64>,
    /// Divides last: one number, or one per channel
    #[arg(long, value_name = "A,B,C", value_parser = number, value_delimiter = ',')]
    std: Vec<f64>,
    /// Order of the color channels [default: rgb]
    #[arg(long, value_enum)]
    channel_order: Option<ChannelOrder>,
    /// How pictures are brought to the model's own size: bilinear, area or nearest [default: bilinear]
    #[arg(long, value_parser = |text: &str| Resize::parse(text).ok_or("use bilinear, area or nearest"))]
    resize: Option<Resize>,
    /// How text becomes numbers: string, tokenizer (of the zip), codepoints or bytes
    #[arg(long, value_parser = |text: &str| TextEncoding::parse(text).ok_or("use string, tokenizer, codepoints or bytes"))]
    text: Option<TextEncoding>,
    /// Tokens or characters per text; zero-padded or cut
    #[arg(long, value_name = "COUNT")]
    text_length: Option<u32>,
    /// Items per run, at most
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// The output to read [default: the only one that fits]
    #[arg(long, value_name = "NAME")]
    output_tensor: Option<String>,
    /// Applied to the model's scores [default: none]
    #[arg(long, value_enum)]
    activation: Option<Activation>,
    /// How a detector's output is read: rows, tensors, yolov5, yolov8, yolox, fastestdet
    #[arg(long, value_name = "FORM")]
    boxes: Option<String>,
    /// Drops boxes and segments with a lower score
    #[arg(long, value_name = "NUMBER", value_parser = number, allow_negative_numbers = true)]
    score_min: Option<f64>,
    /// Of two boxes of a class that overlap more than this, the better one stays
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    iou_max: Option<f64>,
    /// What the model's token ids mean: a text file, one token a line
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// The token that CTC leaves out
    #[arg(long, value_name = "INDEX")]
    blank: Option<u32>,
    /// What stands between two tokens
    #[arg(long, value_name = "TEXT")]
    separator: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DType {
    U8,
    F32,
    F16,
    F64,
    I8,
    I16,
    I32,
    I64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ChannelOrder {
    Rgb,
    Bgr,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Activation {
    None,
    Softmax,
    Sigmoid,
}

/// A choice as the API names it: as the flag does.
fn word<V: ValueEnum>(choice: Option<&V>) -> Option<String> {
    let value = choice.and_then(ValueEnum::to_possible_value);
    value.map(|value| value.get_name().to_owned())
}

impl Flags {
    /// The flags alone.
    fn flags(&self) -> Result<Adapter> {
        let vocabulary = self.vocabulary.as_deref().map_or_else(|| Ok(Vec::new()), vocabulary)?;
        Ok(Adapter {
            layout: self.layout.clone(),
            dtype: word(self.dtype.as_ref()),
            scale: self.scale,
            mean: self.mean.clone(),
            std: self.std.clone(),
            channel_order: word(self.channel_order.as_ref()),
            resize: self.resize,
            text: self.text,
            text_length: self.text_length,
            batch: self.batch,
            output: self.output_tensor.clone(),
            activation: word(self.activation.as_ref()),
            boxes: self.boxes.clone(),
            score_min: self.score_min,
            iou_max: self.iou_max,
            vocabulary,
            blank: self.blank,
            separator: self.separator.clone(),
            ..Adapter::default()
        })
    }

    /// Whether a flag is given.
    pub fn any(&self) -> Result<bool> {
        Ok(self.flags()? != Adapter::default())
    }

    /// The adapter as declared for a model: by the flags, and where they are silent by `model.toml` beside it.
    pub fn declared(&self, model: &Path) -> Result<Adapter> {
        let beside = model.with_file_name("model.toml");
        let flags = self.flags()?;
        let Ok(text) = fs::read(&beside) else { return Ok(flags) };
        let declared = package::adapter(&text).map_err(|wrong| {
            Failure::new(Exit::Usage, format!("{}: {}", beside.display(), wrong.detail)).next(wrong.remedy)
        })?;
        Ok(flags.over(declared))
    }
}

fn vocabulary(file: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::new(Exit::Usage, format!("{}: {error}", file.display()))
            .next("name a text file, one token a line")
    })?;
    Ok(text.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Flags,
    }

    fn declared(line: &str) -> Adapter {
        Line::try_parse_from(line.split(' ')).unwrap().flags.flags().unwrap()
    }

    #[test]
    fn flags_are_the_words_of_the_api() {
        let line = "x --layout nhwc --dtype u8 --scale 1/255 --mean 0.5,-0.25,1/2 --std 1 --channel-order bgr --activation softmax";
        let adapter = declared(line);
        assert_eq!((adapter.layout.as_deref(), adapter.dtype.as_deref()), (Some("nhwc"), Some("u8")));
        assert_eq!(
            (adapter.channel_order.as_deref(), adapter.activation.as_deref()),
            (Some("bgr"), Some("softmax"))
        );
        assert_eq!(
            (adapter.scale, adapter.mean, adapter.std),
            (Some(1.0 / 255.0), vec![0.5, -0.25, 0.5], vec![1.0])
        );
        assert_eq!(declared("x"), Adapter::default());
        assert_eq!(declared("x --mean -1,-2").mean, [-1.0, -2.0]);
    }

    #[test]
    fn flags_go_before_the_file_beside_the_model() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("model.toml"), "scale = 2.0\nlayout = \"nhwc\"\n").unwrap();
        let flags = Line::try_parse_from(["x", "--scale", "3"]).unwrap().flags;
        let adapter = flags.declared(&folder.path().join("m.onnx")).unwrap();
        assert_eq!((adapter.scale, adapter.layout.as_deref()), (Some(3.0), Some("nhwc")));
        fs::write(folder.path().join("model.toml"), "scael = 2.0\n").unwrap();
        let error = flags.declared(&folder.path().join("m.onnx")).unwrap_err();
        assert!(Failure::of(&error).unwrap().what.contains("scael"));
    }
}
