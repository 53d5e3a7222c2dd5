//! Models of the brightness competition, written without Python.

use std::{fs, path::Path};

use anyhow::Result;
use egret_onnx::{
    DType,
    build::{Attribute, Graph, Linear, Tensor},
};

/// Right of every square.
const BRIGHT: ([f32; 3], [f32; 3]) = ([-12.0, 0.0, 12.0], [4.5, 0.0, -8.5]);
const GLOOMY: ([f32; 3], [f32; 3]) = ([0.0; 3], [2.0, 0.0, 0.0]);

/// Two honest models: `bright.onnx` is always right, `gloomy.onnx` says `dark` of everything.
pub fn brightness_models(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("bright.onnx"), linear(-1, &BRIGHT).softmax_file())?;
    fs::write(dir.join("gloomy.onnx"), linear(-1, &GLOOMY).softmax_file())?;
    Ok(())
}

/// Always right, with this batch dimension; negative is dynamic.
pub fn bright(batch: i64) -> Linear {
    linear(batch, &BRIGHT)
}

/// Always right, and takes its time: `turns` (even) turns of a loop for every single item.
pub fn slow(turns: i64) -> Vec<u8> {
    assert_eq!(turns % 2, 0, "an odd number of negations would be one");
    let body = Graph::default()
        .input("turn", DType::I64, &[])
        .input("go_in", DType::Bool, &[])
        .input("value_in", DType::F32, &[1, 3])
        .node("Identity", &["go_in"], &["go_out"])
        .node("Neg", &["value_in"], &["value_out"])
        .output("go_out", DType::Bool, &[])
        .output("value_out", DType::F32, &[1, 3]);
    stem(1)
        .constant("turns", &Tensor::i64(&[], &[turns]))
        .constant("go", &Tensor::bool(&[], &[true]))
        .node_with("Loop", &["turns", "go", "logits"], &["looped"], &[("body", Attribute::Graph(body))])
        .node_with("Softmax", &["looped"], &["scores"], &[("axis", Attribute::Int(1))])
        .output("scores", DType::F32, &[1, 3])
        .file()
}

/// Always right, and some MiB large.
pub fn heavy(mib: usize) -> Vec<u8> {
    let ballast: Vec<f32> = (0..mib << 18).map(|i| i as f32).collect();
    stem(-1)
        .constant("ballast", &Tensor::f32(&[ballast.len() as i64], &ballast))
        .node_with("Softmax", &["logits"], &["scores"], &[("axis", Attribute::Int(1))])
        .output("scores", DType::F32, &[-1, 3])
        .file()
}

fn stem(batch: i64) -> Graph {
    let model = bright(batch);
    Graph::default()
        .input("input", DType::F32, &model.dims)
        .constant("weights", &Tensor::f32(&[16, 3], &model.weights))
        .constant("bias", &Tensor::f32(&[3], &model.bias))
        .node_with("Flatten", &["input"], &["flat"], &[("axis", Attribute::Int(1))])
        .node("Gemm", &["flat", "weights", "bias"], &["logits"])
}

/// From the mean brightness: `slope·mean + bias`, on float32 NCHW input in 0..=1.
fn linear(batch: i64, (slopes, bias): &([f32; 3], [f32; 3])) -> Linear {
    let weights = (0..16).flat_map(|_| slopes.map(|slope| slope / 16.0)).collect();
    let mut model = Linear::new(DType::F32, &[batch, 1, 4, 4], 3).weights(weights);
    model.bias = bias.to_vec();
    model
}
