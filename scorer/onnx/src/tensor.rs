//! Tensors at the border: what a model declares, what is lent to it, and what it gives back.

use std::fmt;

use half::{bf16, f16};
use ort::value::{Outlet, TensorElementType, ValueType};

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

impl From<TensorElementType> for DType {
    fn from(element: TensorElementType) -> Self {
        match element {
            TensorElementType::Uint8 => Self::U8,
            TensorElementType::Int8 => Self::I8,
            TensorElementType::Uint16 => Self::U16,
            TensorElementType::Int16 => Self::I16,
            TensorElementType::Uint32 => Self::U32,
            TensorElementType::Int32 => Self::I32,
            TensorElementType::Uint64 => Self::U64,
            TensorElementType::Int64 => Self::I64,
            TensorElementType::Float16 => Self::F16,
            TensorElementType::Bfloat16 => Self::Bf16,
            TensorElementType::Float32 => Self::F32,
            TensorElementType::Float64 => Self::F64,
            TensorElementType::Bool => Self::Bool,
            TensorElementType::String => Self::String,
            _ => Self::Other,
        }
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

impl TensorInfo {
    pub(crate) fn of(outlet: &Outlet) -> Self {
        let (dtype, dims) = match outlet.dtype() {
            ValueType::Tensor { ty, shape, .. } => {
                (DType::from(*ty), shape.iter().map(|dim| u64::try_from(*dim).ok()).collect())
            }
            _ => (DType::NotATensor, Vec::new()),
        };
        Self { name: outlet.name().to_owned(), dtype, dims }
    }
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

/// A tensor lent to a run.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Which of the model's inputs.
    pub name: &'a str,
    /// Its shape; the product is the length of the data.
    pub shape: &'a [i64],
    /// Its elements, row-major.
    pub data: InputData<'a>,
}

/// The elements of an [`Input`]; they are not copied.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the names are the documentation
pub enum InputData<'a> {
    U8(&'a [u8]),
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    F16(&'a [f16]),
    F32(&'a [f32]),
    F64(&'a [f64]),
}

/// A tensor that a run produced, looked at in place.
#[derive(Clone, Copy, Debug)]
pub struct OutputView<'a> {
    /// Its shape, never negative.
    pub shape: &'a [i64],
    /// Its elements, row-major.
    pub data: OutputData<'a>,
}

/// The elements of an [`OutputView`].
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the names are the documentation
pub enum OutputData<'a> {
    U8(&'a [u8]),
    I8(&'a [i8]),
    U16(&'a [u16]),
    I16(&'a [i16]),
    U32(&'a [u32]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    F16(&'a [f16]),
    Bf16(&'a [bf16]),
    F32(&'a [f32]),
    F64(&'a [f64]),
    /// Something that cannot be an answer, by its type.
    Other(DType),
}

impl OutputData<'_> {
    /// Its element type.
    #[must_use]
    pub fn dtype(&self) -> DType {
        match self {
            Self::U8(_) => DType::U8,
            Self::I8(_) => DType::I8,
            Self::U16(_) => DType::U16,
            Self::I16(_) => DType::I16,
            Self::U32(_) => DType::U32,
            Self::I32(_) => DType::I32,
            Self::I64(_) => DType::I64,
            Self::F16(_) => DType::F16,
            Self::Bf16(_) => DType::Bf16,
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
            Self::Other(dtype) => *dtype,
        }
    }
}
