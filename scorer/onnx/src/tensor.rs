//! Tensors at the border: what a model declares, what is lent to it, and what it gives back.

pub use egret_admission::{DType, TensorInfo};
use half::{bf16, f16};
use ort::value::{Outlet, TensorElementType, ValueType};

/// The name of an element type of ONNX Runtime.
pub(crate) fn dtype(element: TensorElementType) -> DType {
    match element {
        TensorElementType::Uint8 => DType::U8,
        TensorElementType::Int8 => DType::I8,
        TensorElementType::Uint16 => DType::U16,
        TensorElementType::Int16 => DType::I16,
        TensorElementType::Uint32 => DType::U32,
        TensorElementType::Int32 => DType::I32,
        TensorElementType::Uint64 => DType::U64,
        TensorElementType::Int64 => DType::I64,
        TensorElementType::Float16 => DType::F16,
        TensorElementType::Bfloat16 => DType::Bf16,
        TensorElementType::Float32 => DType::F32,
        TensorElementType::Float64 => DType::F64,
        TensorElementType::Bool => DType::Bool,
        TensorElementType::String => DType::String,
        _ => DType::Other,
    }
}

/// What ONNX Runtime says of an input or output.
pub(crate) fn info(outlet: &Outlet) -> TensorInfo {
    let (dtype, dims) = match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => {
            (dtype(*ty), shape.iter().map(|dim| u64::try_from(*dim).ok()).collect())
        }
        _ => (DType::NotATensor, Vec::new()),
    };
    TensorInfo { name: outlet.name().to_owned(), dtype, dims }
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

/// The elements of an [`Input`]; numbers are not copied.
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
    Strings(&'a [String]),
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
    Strings(&'a [String]),
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
            Self::Strings(_) => DType::String,
            Self::Other(dtype) => *dtype,
        }
    }
}
