use clap::{Args, ValueEnum};
use egret_proto::v1::Adapter;

use crate::numbers::number;

/// Flags that declare how items become the model's input.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Adapter (what is not declared is inferred from the ONNX signature)")]
pub(in crate::commands) struct Flags {
    /// Order of the input's dimensions
    #[arg(long, value_enum)]
    layout: Option<Layout>,
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
    /// The output to read [default: the only one that fits]
    #[arg(long, value_name = "NAME")]
    output_tensor: Option<String>,
    /// Applied to the model's scores [default: none]
    #[arg(long, value_enum)]
    activation: Option<Activation>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Layout {
    Nchw,
    Nhwc,
    Nhw,
    Flat,
    Nt,
    Nct,
    Ntc,
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
}

/// A choice as the API names it: as the flag does. Empty: not declared.
fn word<V: ValueEnum>(choice: Option<&V>) -> String {
    let value = choice.and_then(ValueEnum::to_possible_value);
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

impl Flags {
    /// The adapter as declared; `None` if nothing is.
    pub fn declared(&self) -> Option<Adapter> {
        let adapter = Adapter {
            layout: word(self.layout.as_ref()),
            dtype: word(self.dtype.as_ref()),
            scale: self.scale,
            mean: self.mean.clone(),
            std: self.std.clone(),
            channel_order: word(self.channel_order.as_ref()),
            output: self.output_tensor.clone().unwrap_or_default(),
            activation: word(self.activation.as_ref()),
        };
        (adapter != Adapter::default()).then_some(adapter)
    }
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

    fn declared(line: &str) -> Option<Adapter> {
        Line::try_parse_from(line.split(' ')).unwrap().flags.declared()
    }

    #[test]
    fn flags_are_the_words_of_the_api() {
        let line = "x --layout nhwc --dtype u8 --scale 1/255 --mean 0.5,-0.25,1/2 --std 1 --channel-order bgr --activation softmax";
        let adapter = declared(line).unwrap();
        assert_eq!((adapter.layout.as_str(), adapter.dtype.as_str()), ("nhwc", "u8"));
        assert_eq!((adapter.channel_order.as_str(), adapter.activation.as_str()), ("bgr", "softmax"));
        assert_eq!(
            (adapter.scale, adapter.mean, adapter.std),
            (Some(1.0 / 255.0), vec![0.5, -0.25, 0.5], vec![1.0])
        );
        assert_eq!(declared("x"), None);
        assert_eq!(declared("x --mean -1,-2").unwrap().mean, [-1.0, -2.0]);
    }
}
