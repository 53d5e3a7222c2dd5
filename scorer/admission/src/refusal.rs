//! Why a file is not admitted: where, which rule, and what to do.

use std::borrow::Cow;
use std::fmt;

use crate::limits::{IR_VERSIONS, Limit, ML_OPSETS, OPSETS};

/// The file is not admitted. It displays as the place and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {rule}")]
pub struct Inadmissible {
    /// The node or tensor and the way to it: ``node `r` (RandomNormal) in the main graph``.
    pub place: String,
    /// What is wrong there.
    pub rule: Rule,
}

/// The rules. Names in them are cut and printable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The bytes are no protobuf message of ONNX, from this byte of the file on.
    Malformed {
        /// What was found.
        what: &'static str,
        /// Where.
        byte: u64,
    },
    /// A field that has one value is written twice, and readers may differ about which counts.
    Repeated {
        /// Where the second one stands.
        byte: u64,
    },
    /// ONNX Runtime's own flatbuffer format.
    OrtFormat,
    /// A ModelProto without a graph.
    NoGraph,
    /// A bound of [`crate::limits`].
    Limit(&'static Limit),
    /// A format version out of [`IR_VERSIONS`], or none.
    IrVersion(Option<i64>),
    /// A version of the operators of a standard domain out of [`OPSETS`] or [`ML_OPSETS`]; `None`: no import at all.
    Opset(Option<(&'static str, i64)>),
    /// Values of a tensor are kept in another file.
    ExternalData(String),
    /// Values of a tensor are named by an address in memory.
    MemoryAddress,
    /// The model is one in training.
    TrainingInfo,
    /// An operator of a domain other than ONNX's and the file's own functions.
    Domain(String),
    /// An operator that draws random numbers.
    Random,
    /// A Dropout that is not known to be switched off.
    Dropout,
    /// A name with characters that are not printed.
    Name(String),
    /// Two of one name: initializers or inputs of a graph, or functions.
    Duplicate(&'static str),
    /// Functions that call each other in a circle.
    Recursion(String),
    /// A graph handed to a function, which may use it any number of times.
    GraphArgument,
    /// An element type that ONNX Runtime 1.31.1 does not know.
    ElementType(i64),
    /// A negative dimension, or more elements than can be counted.
    Dims(String),
    /// A tensor whose values are not as many as its shape says.
    Values {
        /// Type and shape.
        tensor: String,
        /// What they take.
        expected: i128,
        /// What is there.
        found: u64,
        /// Bytes or elements.
        unit: &'static str,
    },
    /// A tensor whose values stand in two fields, or in one that is not for its type.
    Data,
    /// A tensor that says it is a piece of another.
    Segment,
    /// A sparse tensor whose parts do not fit each other.
    Sparse(&'static str),
    /// An input of the model that is no dense tensor.
    Input(&'static str),
}

/// Each rule's name and what it asks, for documentation.
pub const RULES: [(&str, &str); 24] = [
    (
        "malformed",
        "the bytes are one ONNX ModelProto to the end; groups and known fields of another wire type are none",
    ),
    ("repeated", "a field that has one value stands once"),
    ("ort_format", "no flatbuffer of ONNX Runtime (bytes 4 to 8 are not `ORTM`)"),
    ("no_graph", "the model has a graph"),
    ("limit", "every bound below is kept"),
    ("ir_version", "the format version is one that ONNX Runtime 1.31.1 reads"),
    ("opset", "operators are imported, in versions that ONNX Runtime 1.31.1 has"),
    (
        "external_data",
        "all weights are inside: no external data in initializers, sparse tensors, attributes, subgraphs, functions",
    ),
    ("memory_address", "no tensor names an address in memory"),
    ("training_info", "no training information"),
    (
        "domain",
        "operators are of the domains `ai.onnx` (also written as the empty one) and `ai.onnx.ml`, `Tokenizer` of `com.microsoft`, or functions that the file defines in a domain that is not ONNX Runtime's own",
    ),
    ("random", "no RandomNormal, RandomNormalLike, RandomUniform, RandomUniformLike, Bernoulli, Multinomial"),
    ("dropout", "a Dropout has no training_mode, or a constant false one"),
    ("name", "names are printable UTF-8"),
    ("duplicate", "initializers and inputs of a graph have different names, and functions too"),
    ("recursion", "functions do not call each other in a circle"),
    ("graph_argument", "no graph is an argument, or the default of one, of a function of the file"),
    ("element_type", "element types are those of ONNX Runtime 1.31.1"),
    ("dims", "dimensions of constants are not negative, and their product fits 63 bits"),
    ("values", "a constant has exactly the values that its type and shape take"),
    ("data", "the values of a constant stand in one field, the one for its type or raw_data"),
    ("segment", "no tensor is a segment of another"),
    ("sparse", "values, indices and shape of a sparse tensor fit each other"),
    ("input", "inputs of the main graph that are not initializers are dense tensors of numbers or strings"),
];

impl Rule {
    /// Its name in [`RULES`].
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::Repeated { .. } => "repeated",
            Self::OrtFormat => "ort_format",
            Self::NoGraph => "no_graph",
            Self::Limit(_) => "limit",
            Self::IrVersion(_) => "ir_version",
            Self::Opset(_) => "opset",
            Self::ExternalData(_) => "external_data",
            Self::MemoryAddress => "memory_address",
            Self::TrainingInfo => "training_info",
            Self::Domain(_) => "domain",
            Self::Random => "random",
            Self::Dropout => "dropout",
            Self::Name(_) => "name",
            Self::Duplicate(_) => "duplicate",
            Self::Recursion(_) => "recursion",
            Self::GraphArgument => "graph_argument",
            Self::ElementType(_) => "element_type",
            Self::Dims(_) => "dims",
            Self::Values { .. } => "values",
            Self::Data => "data",
            Self::Segment => "segment",
            Self::Sparse(_) => "sparse",
            Self::Input(_) => "input",
        }
    }

    /// What a team can do about it.
    #[must_use]
    pub fn remedy(&self) -> Cow<'static, str> {
        const AGAIN: &str = "export the model again, and compare size and digest where it was copied";
        const INFERENCE: &str = "export for inference: model.eval() in PyTorch, training=False in Keras";
        const INSIDE: &str = "save one file with its weights inside: onnx.save(onnx.load(path), path, \
             save_as_external_data=False), or external_data=False in torch.onnx.export";
        let fixed = match self {
            Self::Malformed { .. } | Self::NoGraph => AGAIN,
            Self::Repeated { .. } => {
                "load and save the file with the onnx package, which writes every field once"
            }
            Self::OrtFormat => "submit the .onnx file that the .ort file was made from",
            Self::Limit(limit) => limit.remedy,
            Self::IrVersion(_) => {
                let (least, most) = (IR_VERSIONS.start(), IR_VERSIONS.end());
                return format!(
                    "export with IR version {least} to {most}, or set model.ir_version with the onnx package"
                )
                .into();
            }
            Self::Opset(_) => {
                let (least, most) = (OPSETS.start(), OPSETS.end());
                return format!("export with opset {least} to {most}, or use onnx.version_converter").into();
            }
            Self::ExternalData(_) | Self::MemoryAddress => INSIDE,
            Self::TrainingInfo => "export for inference, or clear training_info with the onnx package",
            Self::Domain(_) => {
                "export with standard operators (domains `` and ai.onnx.ml): the file from before ONNX Runtime's own \
                 optimisation, and quantised models in QDQ form"
            }
            Self::Random => {
                "make the model's answers depend on its input alone: replace the operator by a constant"
            }
            Self::Dropout => INFERENCE,
            Self::Name(_) => "rename it with letters, digits and punctuation",
            Self::Duplicate(_) => "give each a name of its own",
            Self::Recursion(_) => "export without functions",
            Self::GraphArgument => "inline the functions, for example with onnx.inliner",
            Self::ElementType(_) => "convert the tensor to an element type that ONNX Runtime 1.31.1 has",
            Self::Dims(_) | Self::Values { .. } | Self::Data | Self::Segment | Self::Sparse(_) => {
                "export the model again; onnx.checker names what else is wrong with the file"
            }
            Self::Input(_) => "give the model input tensors of numbers or strings",
        };
        fixed.into()
    }
}

/// What is wrong, without the place.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { what, byte } => write!(f, "not ONNX: {what} at byte {byte}"),
            Self::Repeated { byte } => {
                write!(f, "a field that has one value stands there again at byte {byte}")
            }
            Self::OrtFormat => f.write_str("this is ONNX Runtime's own format, not ONNX"),
            Self::NoGraph => f.write_str("not an ONNX model: it has no graph"),
            Self::Limit(limit) => write!(f, "more than {} {}", limit.max, limit.counts),
            Self::IrVersion(None) => f.write_str("not an ONNX model: it has no IR version"),
            Self::IrVersion(Some(found)) => {
                let (least, most) = (IR_VERSIONS.start(), IR_VERSIONS.end());
                write!(f, "IR version {found}; ONNX Runtime 1.31.1 reads {least} to {most}")
            }
            Self::Opset(None) => f.write_str("imports no operators"),
            Self::Opset(Some((domain, found))) => {
                let range = if *domain == ML { ML_OPSETS } else { OPSETS };
                let (least, most) = (range.start(), range.end());
                write!(f, "opset {found} of domain `{domain}`; ONNX Runtime 1.31.1 has {least} to {most}")
            }
            Self::ExternalData(file) if file.is_empty() => f.write_str("its values are outside of the file"),
            Self::ExternalData(file) => write!(f, "its values are outside, in {file}"),
            Self::MemoryAddress => f.write_str("its values are named by an address in memory"),
            Self::TrainingInfo => f.write_str("holds training information"),
            Self::Domain(domain) => {
                write!(f, "operators of domain {domain} are not admitted")
            }
            Self::Random => f.write_str("draws random numbers; the same input must give the same answer"),
            Self::Dropout => f.write_str("drops values at random: its training_mode is not a constant false"),
            Self::Name(name) => write!(f, "the name {name} has characters that are not printed"),
            Self::Duplicate(what) => write!(f, "a second {what} of this name"),
            Self::Recursion(path) => write!(f, "functions call each other in a circle: {path}"),
            Self::GraphArgument => f.write_str("hands a graph to a function"),
            Self::ElementType(code) => write!(f, "element type {code} is unknown to ONNX Runtime 1.31.1"),
            Self::Dims(dims) => write!(f, "the shape {dims} has a negative dimension or too many elements"),
            Self::Values { tensor, expected, found, unit } => {
                write!(f, "{tensor} takes {expected} {unit}, but {found} are there")
            }
            Self::Data => f.write_str("its values are in two fields, or in one that is not for its type"),
            Self::Segment => f.write_str("is a segment of another tensor"),
            Self::Sparse(what) => write!(f, "{what}"),
            Self::Input(what) => write!(f, "is {what}, not a dense tensor"),
        }
    }
}

/// The domain of the operators for classical machine learning.
pub(crate) const ML: &str = "ai.onnx.ml";
