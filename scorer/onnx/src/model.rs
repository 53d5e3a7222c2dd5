//! One loaded model: its signature, and running it.

use ort::logging::LogLevel;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel};
use ort::session::{OutputSelector, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType, TensorRef};

use crate::failure::guarded;
use crate::tensor::{DType, Input, InputData, OutputData, OutputView, TensorInfo, dtype, info};
use crate::{LoadError, RunError, Runtime};

/// A session and its signature.
pub struct Model {
    session: Session,
    inputs: Vec<TensorInfo>,
    outputs: Vec<TensorInfo>,
}

impl Model {
    /// Parses and optimises an ONNX file held in memory. Only ONNX protobuf is accepted: ONNX Runtime's own flatbuffer
    /// format reaches code that trusts its input.
    ///
    /// Creates no threads and opens no files, external data excepted, which ONNX Runtime looks for beneath the working
    /// directory: callers with something to hide have none there.
    pub fn load(runtime: &Runtime, bytes: &[u8]) -> Result<Self, LoadError> {
        guarded(|| {
            let session = Session::builder(&runtime.environment)?
                .with_auto_device(AutoDevicePolicy::PreferCPU)?
                .with_optimization_level(GraphOptimizationLevel::All)?
                .with_deterministic_compute(true)?
                .with_log_level(LogLevel::Fatal)?
                .with_config_entry("session.load_model_format", "ONNX")?
                .commit_from_memory(bytes)?;
            let inputs = session.inputs().iter().map(info).collect();
            let outputs = session.outputs().iter().map(info).collect();
            Ok(Self { session, inputs, outputs })
        })
        .map_err(LoadError::new)
    }

    /// The inputs that a run must be given. Initialisers that could be overridden are not among them.
    #[must_use]
    pub fn inputs(&self) -> &[TensorInfo] {
        &self.inputs
    }

    /// The outputs that a run can be asked for.
    #[must_use]
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }

    /// Runs on `inputs`, computes only `outputs`, and lets `read` look at them in place, in that order.
    ///
    /// The views are what the model produced, whatever it declared: `read` checks the shapes before it trusts them.
    pub fn run<R>(
        &mut self,
        inputs: &[Input<'_>],
        outputs: &[&str],
        read: impl FnOnce(&[OutputView<'_>]) -> R,
    ) -> Result<R, RunError> {
        guarded(|| {
            let feeds = inputs
                .iter()
                .map(|input| Ok((input.name, lend(input)?)))
                .collect::<ort::Result<Vec<(&str, SessionInputValue<'_>)>>>()?;
            let selector = outputs.iter().fold(OutputSelector::no_default(), |all, name| all.with(*name));
            let options = RunOptions::new()?.with_outputs(selector);
            let produced = self.session.run_with_options(feeds, &options)?;
            let value = |name: &&str| {
                produced
                    .get(*name)
                    .ok_or_else(|| ort::Error::new(format!("the model has no output `{name}`")))
            };
            let values = outputs.iter().map(value).collect::<ort::Result<Vec<_>>>()?;
            let texts = values.iter().map(|value| texts(value)).collect::<ort::Result<Vec<_>>>()?;
            let views = values.iter().zip(&texts).map(|(value, texts)| look(value, texts));
            Ok(read(&views.collect::<ort::Result<Vec<_>>>()?))
        })
        .map_err(RunError::new)
    }
}

fn lend<'a>(input: &Input<'a>) -> ort::Result<SessionInputValue<'a>> {
    let shape = input.shape;
    Ok(match input.data {
        InputData::U8(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::I8(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::I16(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::I32(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::I64(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::F16(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::F32(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::F64(data) => TensorRef::from_array_view((shape, data))?.into(),
        InputData::Strings(data) => Tensor::from_string_array((shape, data))?.into(),
    })
}

/// The strings of a tensor of strings; ONNX Runtime does not lend them.
fn texts(value: &DynValue) -> ort::Result<Vec<String>> {
    if value.dtype().tensor_type() != Some(TensorElementType::String) {
        return Ok(Vec::new());
    }
    Ok(value.try_extract_strings()?.1)
}

fn look<'a>(value: &'a DynValue, texts: &'a [String]) -> ort::Result<OutputView<'a>> {
    macro_rules! view {
        ($variant:ident, $element:ty) => {{
            let (shape, data) = value.try_extract_tensor::<$element>()?;
            OutputView { shape, data: OutputData::$variant(data) }
        }};
    }
    let dtype = value.dtype().tensor_type().map_or(DType::NotATensor, dtype);
    Ok(match dtype {
        DType::U8 => view!(U8, u8),
        DType::I8 => view!(I8, i8),
        DType::U16 => view!(U16, u16),
        DType::I16 => view!(I16, i16),
        DType::U32 => view!(U32, u32),
        DType::I32 => view!(I32, i32),
        DType::I64 => view!(I64, i64),
        DType::F16 => view!(F16, half::f16),
        DType::Bf16 => view!(Bf16, half::bf16),
        DType::F32 => view!(F32, f32),
        DType::F64 => view!(F64, f64),
        DType::String => {
            let shape = value.dtype().tensor_shape().map_or(&[][..], |shape| shape);
            OutputView { shape, data: OutputData::Strings(texts) }
        }
        other => OutputView { shape: &[], data: OutputData::Other(other) },
    })
}
