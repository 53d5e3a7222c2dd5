//! The models that tests name.

use super::graph::{Attribute, Graph, Tensor};
use crate::DType;

/// A classifier: `scores = flatten(input) · weights + bias`, in float32 whatever the input's element type.
#[derive(Clone)]
pub struct Linear {
    /// The input tensor's name.
    pub input: String,
    /// Its element type; cast to float32 first.
    pub dtype: DType,
    /// Its dimensions, the batch first; negative is dynamic, but only the batch may be.
    pub dims: Vec<i64>,
    /// The number of columns of the output `scores`.
    pub classes: i64,
    /// Row-major `[product of dims after the first, classes]`, in the order in which the model sees its input.
    pub weights: Vec<f32>,
    /// One per class.
    pub bias: Vec<f32>,
}

impl Linear {
    /// Weights that pick out nothing: every class scores its bias, which falls with its index.
    #[must_use]
    pub fn new(dtype: DType, dims: &[i64], classes: i64) -> Self {
        let features: i64 = dims[1..].iter().product();
        Self {
            input: "input".to_owned(),
            dtype,
            dims: dims.to_vec(),
            classes,
            weights: vec![0.0; (features * classes) as usize],
            bias: (0..classes).map(|class| -(class as f32)).collect(),
        }
    }

    /// The same with these weights.
    #[must_use]
    pub fn weights(mut self, weights: Vec<f32>) -> Self {
        assert_eq!(weights.len(), self.weights.len(), "one weight per feature and class");
        self.weights = weights;
        self
    }

    fn features(&self) -> i64 {
        self.dims[1..].iter().product()
    }

    /// Everything up to a tensor `logits`, which is not an output yet.
    fn stem(&self) -> Graph {
        Graph::default()
            .input(&self.input, self.dtype, &self.dims)
            .constant("weights", &Tensor::f32(&[self.features(), self.classes], &self.weights))
            .constant("bias", &Tensor::f32(&[self.classes], &self.bias))
            .node_with("Cast", &[&self.input], &["floats"], &[("to", Attribute::Int(1))])
            .node_with("Flatten", &["floats"], &["flat"], &[("axis", Attribute::Int(1))])
            .node("Gemm", &["flat", "weights", "bias"], &["logits"])
    }

    /// The stem, one more node from `logits` to `scores`, and the output.
    fn ending(&self, graph: &Graph) -> Vec<u8> {
        graph.clone().output("scores", DType::F32, &[self.dims[0], self.classes]).file()
    }

    /// The file: output `scores` float32 `[n, classes]`.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        self.ending(&self.stem().node("Identity", &["logits"], &["scores"]))
    }

    /// Probabilities: `scores = softmax(logits)`.
    #[must_use]
    pub fn softmax_file(&self) -> Vec<u8> {
        self.ending(&self.stem().node_with(
            "Softmax",
            &["logits"],
            &["scores"],
            &[("axis", Attribute::Int(1))],
        ))
    }

    /// Only the chosen class: output `label` int64 `[n]`.
    #[must_use]
    pub fn label_file(&self) -> Vec<u8> {
        self.arg_max().output("label", DType::I64, &[self.dims[0]]).file()
    }

    /// As scikit-learn's exporter writes it: `label` int64 `[n]`, then `probabilities` float32 `[n, classes]`.
    #[must_use]
    pub fn label_and_probabilities_file(&self) -> Vec<u8> {
        self.arg_max()
            .node_with("Softmax", &["logits"], &["probabilities"], &[("axis", Attribute::Int(1))])
            .output("label", DType::I64, &[self.dims[0]])
            .output("probabilities", DType::F32, &[self.dims[0], self.classes])
            .file()
    }

    /// Two float outputs `[n, classes]`, `logits` and `probabilities`: which one is meant must be declared.
    #[must_use]
    pub fn two_scores_file(&self) -> Vec<u8> {
        self.stem()
            .node_with("Softmax", &["logits"], &["probabilities"], &[("axis", Attribute::Int(1))])
            .output("logits", DType::F32, &[self.dims[0], self.classes])
            .output("probabilities", DType::F32, &[self.dims[0], self.classes])
            .file()
    }

    fn arg_max(&self) -> Graph {
        self.stem().node_with(
            "ArgMax",
            &["logits"],
            &["label"],
            &[("axis", Attribute::Int(1)), ("keepdims", Attribute::Int(0))],
        )
    }

    /// `scores` float32 `[n, classes, 1, 1]`, as a network ending in a global pooling writes it.
    #[must_use]
    pub fn pooled_file(&self) -> Vec<u8> {
        self.stem()
            .constant("axes", &Tensor::i64(&[2], &[2, 3]))
            .node("Unsqueeze", &["logits", "axes"], &["scores"])
            .output("scores", DType::F32, &[self.dims[0], self.classes, 1, 1])
            .file()
    }

    /// Every score is NaN.
    #[must_use]
    pub fn nan_file(&self) -> Vec<u8> {
        // 0 · log(−1): not a constant, so that it happens in a run and not when the model is loaded.
        self.ending(
            &self
                .stem()
                .constant("zero", &Tensor::f32(&[], &[0.0]))
                .constant("minus_one", &Tensor::f32(&[], &[-1.0]))
                .node("Mul", &["logits", "zero"], &["zeros"])
                .node("Add", &["zeros", "minus_one"], &["negative"])
                .node("Log", &["negative"], &["scores"]),
        )
    }

    /// Declares a second input that nobody feeds.
    #[must_use]
    pub fn extra_input_file(&self) -> Vec<u8> {
        self.ending(&self.stem().input("temperature", DType::F32, &[]).node(
            "Div",
            &["logits", "temperature"],
            &["scores"],
        ))
    }

    /// Declares nothing of its output's width, and produces two columns too many. The number two is computed in the run, or
    /// ONNX Runtime would infer the width when it loads the model.
    #[must_use]
    pub fn undeclared_width_file(&self) -> Vec<u8> {
        self.stem()
            .constant("nothing", &Tensor::f32(&[], &[0.0]))
            .constant("pads", &Tensor::i64(&[4], &[0, 0, 0, 2]))
            .node_with("ReduceMax", &["logits"], &["largest"], &[("keepdims", Attribute::Int(0))])
            .node("Mul", &["largest", "nothing"], &["zero"])
            .node_with("Cast", &["zero"], &["int_zero"], &[("to", Attribute::Int(7))])
            .node("Add", &["pads", "int_zero"], &["computed_pads"])
            .node("Pad", &["logits", "computed_pads"], &["scores"])
            .output("scores", DType::F32, &[-1, -1])
            .file()
    }

    /// Never ends: a Loop whose condition stays true. Which input is fed does not matter.
    #[must_use]
    pub fn endless_file(&self) -> Vec<u8> {
        self.turning_file(i64::MAX)
    }

    /// Adds one to every score in each of so many turns of a Loop.
    #[must_use]
    pub fn turning_file(&self, turns: i64) -> Vec<u8> {
        let body = Graph::default()
            .input("turn", DType::I64, &[])
            .input("go_in", DType::Bool, &[])
            .input("value_in", DType::F32, &[-1, self.classes])
            .constant("one", &Tensor::f32(&[], &[1.0]))
            .node("Identity", &["go_in"], &["go_out"])
            .node("Add", &["value_in", "one"], &["value_out"])
            .output("go_out", DType::Bool, &[])
            .output("value_out", DType::F32, &[-1, self.classes]);
        self.ending(
            &self
                .stem()
                .constant("turns", &Tensor::i64(&[], &[turns]))
                .constant("go", &Tensor::bool(&[], &[true]))
                .node_with(
                    "Loop",
                    &["turns", "go", "logits"],
                    &["scores"],
                    &[("body", Attribute::Graph(body))],
                ),
        )
    }

    /// A chain of `count` products of `side` × `side` matrices of zeros that does not depend on the input: ONNX Runtime folds it
    /// when it loads the model.
    #[must_use]
    pub fn folding_file(&self, side: i64, count: usize) -> Vec<u8> {
        let mut graph = self.stem().constant("square", &Tensor::i64(&[2], &[side, side])).node(
            "ConstantOfShape",
            &["square"],
            &["product0"],
        );
        for turn in 0..count {
            let (before, after) = (format!("product{turn}"), format!("product{}", turn + 1));
            graph = graph.node("MatMul", &[&before, "product0"], &[&after]);
        }
        let last = format!("product{count}");
        self.ending(
            &graph.node_with("ReduceMax", &[&last], &["zero"], &[("keepdims", Attribute::Int(0))]).node(
                "Add",
                &["logits", "zero"],
                &["scores"],
            ),
        )
    }

    /// Asks for `bytes` per item in a run, and uses them.
    #[must_use]
    pub fn memory_bomb_file(&self, bytes: i64) -> Vec<u8> {
        self.ending(
            &self
                .stem()
                .constant("first", &Tensor::i64(&[1], &[0]))
                .constant("floats_per_item", &Tensor::i64(&[1], &[bytes / 4]))
                .node("Shape", &["logits"], &["shape"])
                .node("Gather", &["shape", "first"], &["items"])
                .node("Mul", &["items", "floats_per_item"], &["size"])
                .node("ConstantOfShape", &["size"], &["huge"])
                .node_with("ReduceMax", &["huge"], &["zero"], &[("keepdims", Attribute::Int(0))])
                .node("Add", &["logits", "zero"], &["scores"]),
        )
    }

    /// The scores of an item are the row of `table` that its first sample names: float32 `[rows, classes]`. A sample that
    /// names no row fails the whole run.
    #[must_use]
    pub fn lookup_file(&self, table: &[f32]) -> Vec<u8> {
        let rows = table.len() as i64 / self.classes;
        self.ending(
            &self
                .stem()
                .constant("table", &Tensor::f32(&[rows, self.classes], table))
                .constant("first", &Tensor::i64(&[], &[0]))
                .node_with("Gather", &["flat", "first"], &["sample"], &[("axis", Attribute::Int(1))])
                .node_with("Cast", &["sample"], &["row"], &[("to", Attribute::Int(7))])
                .node("Gather", &["table", "row"], &["scores"]),
        )
    }

    /// Fails in a run, with a message of ONNX Runtime that quotes the input's values: it reshapes to what it was given.
    #[must_use]
    pub fn quoting_file(&self) -> Vec<u8> {
        self.ending(
            &self
                .stem()
                .constant("thousand", &Tensor::f32(&[], &[7_000.0]))
                .constant("flat_shape", &Tensor::i64(&[1], &[-1]))
                .node("Add", &["flat", "thousand"], &["large"])
                .node_with("Cast", &["large"], &["wild"], &[("to", Attribute::Int(7))])
                .node("Reshape", &["wild", "flat_shape"], &["wild_shape"])
                .node("Reshape", &["logits", "wild_shape"], &["scores"]),
        )
    }
}

/// Gives its input back: `[n, …]` to `output` of the same shape and type.
#[must_use]
pub fn identity(dtype: DType, dims: &[i64]) -> Vec<u8> {
    Graph::default()
        .input("input", dtype, dims)
        .node("Identity", &["input"], &["output"])
        .output("output", dtype, dims)
        .file()
}

/// `y = MatMul(x, x)`: the model that a runtime is warmed up with.
#[must_use]
pub fn warm_up() -> Vec<u8> {
    Graph::default()
        .input("x", DType::F32, &[-1, -1])
        .node("MatMul", &["x", "x"], &["y"])
        .output("y", DType::F32, &[-1, -1])
        .file()
}
