//! A model of our own, run once before any foreign one.
//!
//! It proves that ONNX Runtime works here, so that a later failure is the model's, and it makes ONNX Runtime do lazily what
//! it does lazily (CPU features, allocators, waking the pool) while that is still allowed.

use crate::{Input, InputData, Model, OutputData, Runtime, StartError};

/// `y = MatMul(x, x)`, float32, opset 17, both dimensions dynamic. The test below holds it equal to what
/// `build::warm_up()` writes.
const MODEL: &[u8] = b"\x08\x08\x12\x05egret\
    \x3a\x3c\x0a\x11\x0a\x01x\x0a\x01x\x12\x01y\x22\x06MatMul\x12\x05egret\
    \x5a\x0f\x0a\x01x\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x00\x0a\x00\
    \x62\x0f\x0a\x01y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x00\x0a\x00\
    \x42\x04\x0a\x00\x10\x11";

/// Large enough that the product is split over the pool's threads.
const SIDE: usize = 192;

/// Loads and runs the model, and checks the product of a matrix of ones with itself.
pub(crate) fn run(runtime: &Runtime) -> Result<(), StartError> {
    let mut model = Model::load(runtime, MODEL).map_err(|error| StartError::WarmUp(error.text))?;
    let ones = vec![1.0_f32; SIDE * SIDE];
    let x = Input { name: "x", shape: &[SIDE as i64, SIDE as i64], data: InputData::F32(&ones) };
    let expected = SIDE as f32;
    let right = model
        .run(&[x], &["y"], |y| match y[0].data {
            OutputData::F32(values) => values.iter().all(|value| value.to_bits() == expected.to_bits()),
            _ => false,
        })
        .map_err(|error| StartError::WarmUp(error.text))?;
    if right { Ok(()) } else { Err(StartError::WarmUp("a product of ones came out wrong".to_owned())) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_constant_is_what_the_builder_writes() {
        assert_eq!(super::MODEL, egret_onnx::build::warm_up());
    }
}
