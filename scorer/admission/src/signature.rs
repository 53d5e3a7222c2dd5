//! What a model says of itself.

use std::fmt;

/// An element type that a signature can declare. What the platform neither feeds nor reads is [`DType::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the documentation
pub enum DType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    Bf16,
    F32,
    F64,
    Bool,
    String,
    Other,
    /// A sequence, a map or an optional.
    NotATensor,
}

impl DType {
    /// The element type of a number of `TensorProto.DataType`.
    #[must_use]
    pub fn of_code(code: i64) -> Self {
        match code {
            0 => Self::NotATensor,
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            4 => Self::U16,
            5 => Self::I16,
            6 => Self::I32,
            7 => Self::I64,
            8 => Self::String,
            9 => Self::Bool,
            10 => Self::F16,
            11 => Self::F64,
            12 => Self::U32,
            13 => Self::U64,
            16 => Self::Bf16,
            _ => Self::Other,
        }
    }

    /// ONNX's own name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Other => "an unusual element type",
            Self::NotATensor => "a sequence or map",
        }
    }

    /// float16 to float64.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32 | Self::F64)
    }

    /// Integers of at most 64 bits that fit an `i64`.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self, Self::U8 | Self::I8 | Self::U16 | Self::I16 | Self::U32 | Self::I32 | Self::I64)
    }
}

/// One declared input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// The tensor's name in the graph.
    pub name: String,
    /// Its element type.
    pub dtype: DType,
    /// Its dimensions; `None` is dynamic. Empty for a scalar, and also where the model declares no shape at all.
    pub dims: Vec<Option<u64>>,
}

/// As people write it: `` `image` float32 [n,3,?,?] ``; `n` is a dynamic first dimension.
impl fmt::Display for TensorInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} [", self.name, self.dtype.name())?;
        for (index, dim) in self.dims.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match dim {
                Some(size) => write!(f, "{comma}{size}")?,
                None if index == 0 => f.write_str("n")?,
                None => write!(f, "{comma}?")?,
            }
        }
        f.write_str("]")
    }
}

/// A model's inputs and outputs, as its file declares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What a run must be given: the graph's inputs that are not initializers.
    pub inputs: Vec<TensorInfo>,
    /// What a run can be asked for.
    pub outputs: Vec<TensorInfo>,
    /// Whether every output that is a tensor declares all its dimensions after the batch. Where one does not, ONNX Runtime
    /// infers them, and which output holds the answer is known only then.
    pub outputs_are_complete: bool,
}

/// Figures about a file, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its size.
    pub bytes: u64,
    /// Its format version.
    pub ir_version: i64,
    /// The version of the standard operators; `None` if they are not imported.
    pub opset: Option<i64>,
    /// The version of the `ai.onnx.ml` operators; `None` if they are not imported.
    pub ml_opset: Option<i64>,
    /// What wrote it, with version; may be empty. Printable.
    pub producer: String,
    /// Functions defined.
    pub functions: u64,
    /// Nodes as they stand in the file, in functions and subgraphs too.
    pub nodes: u64,
    /// Nodes of the main graph with every function put in.
    pub nodes_expanded: u64,
    /// Subgraphs in one another.
    pub subgraph_depth: u64,
    /// Initializers in all graphs.
    pub initializers: u64,
    /// Numbers in all constants.
    pub parameters: u64,
}
