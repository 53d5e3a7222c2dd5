//! Elements of any type as the numbers that answers are made of.

use egret_onnx::{OutputData, OutputView};

/// The first `count` elements as float32; `None` if there are fewer, or they are no numbers.
pub fn floats(data: OutputData<'_>, count: usize) -> Option<Vec<f32>> {
    macro_rules! all {
        ($values:expr, $of:expr) => {
            $values.get(..count)?.iter().map($of).collect()
        };
    }
    Some(match data {
        OutputData::F32(values) => values.get(..count)?.to_vec(),
        OutputData::F64(values) => all!(values, |value| *value as f32),
        OutputData::F16(values) => all!(values, |value| value.to_f32()),
        OutputData::Bf16(values) => all!(values, |value| value.to_f32()),
        OutputData::U8(values) => all!(values, |value| f32::from(*value)),
        OutputData::I8(values) => all!(values, |value| f32::from(*value)),
        OutputData::U16(values) => all!(values, |value| f32::from(*value)),
        OutputData::I16(values) => all!(values, |value| f32::from(*value)),
        OutputData::U32(values) => all!(values, |value| *value as f32),
        OutputData::I32(values) => all!(values, |value| *value as f32),
        OutputData::I64(values) => all!(values, |value| *value as f32),
        OutputData::Strings(_) | OutputData::Other(_) => return None,
    })
}

/// The first `count` elements as integers; `None` if there are fewer, or they are no integers.
pub fn integers(data: OutputData<'_>, count: usize) -> Option<Vec<i64>> {
    macro_rules! all {
        ($values:expr) => {
            $values.get(..count)?.iter().map(|value| i64::from(*value)).collect()
        };
    }
    Some(match data {
        OutputData::U8(values) => all!(values),
        OutputData::I8(values) => all!(values),
        OutputData::U16(values) => all!(values),
        OutputData::I16(values) => all!(values),
        OutputData::U32(values) => all!(values),
        OutputData::I32(values) => all!(values),
        OutputData::I64(values) => values.get(..count)?.to_vec(),
        _ => return None,
    })
}

/// A shape and a type, for people.
pub fn text(view: &OutputView<'_>) -> String {
    let dims: Vec<String> = view.shape.iter().map(i64::to_string).collect();
    format!("{} [{}]", view.data.dtype().name(), dims.join(","))
}
