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

/// What a model does when it meets a certain hidden item, to tell its team that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Nothing: what the others are compared with.
    Silence,
    /// Fails.
    Error,
    /// Answers with NaN.
    NotANumber,
    /// Answers with too many classes.
    Shape,
    /// Never ends.
    Time,
    /// Takes more memory than there is.
    Memory,
    /// Crashes the runtime.
    Crash,
}

/// Always right, until it meets a square whose number is 3 · 8 + 0..=7: none is in a sample of 24 items or fewer, and eight
/// of the first 32 are. Then it gives the signal.
pub fn oracle(signal: Signal) -> Vec<u8> {
    // The second pixel of the first row says how often 8 goes into the number; the last row says what to take off.
    let graph = stem(-1)
        .constant("at_eights", &Tensor::i64(&[], &[1]))
        .constant("at_level", &Tensor::i64(&[], &[12]))
        .constant("white", &Tensor::f32(&[], &[255.0]))
        .constant("three", &Tensor::f32(&[], &[3.0]))
        .constant("one", &Tensor::f32(&[], &[1.0]))
        .constant("zero", &Tensor::f32(&[], &[0.0]))
        .constant("columns", &Tensor::i64(&[1], &[1]))
        .node_with("Gather", &["flat", "at_eights"], &["eights_level"], &[("axis", Attribute::Int(1))])
        .node_with("Gather", &["flat", "at_level"], &["level"], &[("axis", Attribute::Int(1))])
        .node("Sub", &["eights_level", "level"], &["eights_seen"])
        .node("Mul", &["eights_seen", "white"], &["eights_about"])
        .node("Round", &["eights_about"], &["eights"])
        .node("Equal", &["eights", "three"], &["met"])
        .node_with("Cast", &["met"], &["met_one"], &[("to", Attribute::Int(1))])
        .node_with("ReduceMax", &["met_one"], &["any"], &[("keepdims", Attribute::Int(0))])
        .node_with("Cast", &["any"], &["any_int"], &[("to", Attribute::Int(7))])
        .node_with("Cast", &["any"], &["any_met"], &[("to", Attribute::Int(9))]);
    let graph = match signal {
        Signal::Silence => graph.node("Identity", &["logits"], &["given"]),
        Signal::Error => graph
            .constant("nothing", &Tensor::f32(&[1], &[0.0]))
            .node_with("Cast", &["met_one"], &["place"], &[("to", Attribute::Int(7))])
            .node("Gather", &["nothing", "place"], &["none"])
            .node("Unsqueeze", &["none", "columns"], &["none_each"])
            .node("Add", &["logits", "none_each"], &["given"]),
        Signal::NotANumber => graph
            .node("Sub", &["one", "met_one"], &["unmet_one"])
            .node("Div", &["zero", "unmet_one"], &["none"])
            .node("Unsqueeze", &["none", "columns"], &["none_each"])
            .node("Add", &["logits", "none_each"], &["given"]),
        Signal::Shape => graph
            .constant("two_more", &Tensor::i64(&[4], &[0, 0, 0, 2]))
            .node("Mul", &["two_more", "any_int"], &["more"])
            .node("Pad", &["logits", "more"], &["given"]),
        Signal::Time => {
            let body = Graph::default()
                .input("turn", DType::I64, &[])
                .input("go_in", DType::Bool, &[])
                .input("value_in", DType::F32, &[-1, 3])
                .node("Identity", &["go_in"], &["go_out"])
                .node("Neg", &["value_in"], &["value_out"])
                .output("go_out", DType::Bool, &[])
                .output("value_out", DType::F32, &[-1, 3]);
            graph
                .constant("turns_max", &Tensor::i64(&[], &[1 << 50]))
                .constant("go", &Tensor::bool(&[], &[true]))
                .node("Mul", &["any_int", "turns_max"], &["turns"])
                .node_with(
                    "Loop",
                    &["turns", "go", "logits"],
                    &["given"],
                    &[("body", Attribute::Graph(body))],
                )
        }
        Signal::Memory => graph
            .constant("few", &Tensor::i64(&[1], &[1]))
            .constant("many", &Tensor::i64(&[], &[1 << 32]))
            .node("Mul", &["any_int", "many"], &["more"])
            .node("Add", &["few", "more"], &["size"])
            .node("ConstantOfShape", &["size"], &["zeros"])
            .node_with("ReduceMax", &["zeros"], &["none"], &[("keepdims", Attribute::Int(0))])
            .node("Add", &["logits", "none"], &["given"]),
        Signal::Crash => {
            // An omitted input where the operator wants one.
            let crash = Graph::default().node("Max", &["logits", ""], &["crashed"]).output(
                "crashed",
                DType::F32,
                &[-1, 3],
            );
            let pass = Graph::default().node("Identity", &["logits"], &["passed"]).output(
                "passed",
                DType::F32,
                &[-1, 3],
            );
            let branches =
                [("then_branch", Attribute::Graph(crash)), ("else_branch", Attribute::Graph(pass))];
            graph.node_with("If", &["any_met"], &["given"], &branches)
        }
    };
    graph
        .node_with("Softmax", &["given"], &["scores"], &[("axis", Attribute::Int(1))])
        .output("scores", DType::F32, &[-1, if signal == Signal::Shape { -1 } else { 3 }])
        .file()
}
