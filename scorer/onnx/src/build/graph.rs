//! A graph, node by node, and the file around it. Field numbers are those of `onnx.proto`.

use super::protobuf::Message;
use crate::DType;

/// A constant of a graph.
pub struct Tensor {
    code: i64,
    dims: Vec<i64>,
    raw: Vec<u8>,
}

impl Tensor {
    /// float32.
    #[must_use]
    pub fn f32(dims: &[i64], values: &[f32]) -> Self {
        Self {
            code: code(DType::F32),
            dims: dims.to_vec(),
            raw: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }

    /// int64.
    #[must_use]
    pub fn i64(dims: &[i64], values: &[i64]) -> Self {
        Self {
            code: code(DType::I64),
            dims: dims.to_vec(),
            raw: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }

    /// bool.
    #[must_use]
    pub fn bool(dims: &[i64], values: &[bool]) -> Self {
        let raw = values.iter().map(|value| u8::from(*value)).collect();
        Self { code: code(DType::Bool), dims: dims.to_vec(), raw }
    }

    fn message(&self, name: &str) -> Message {
        let dims = self.dims.iter().fold(Message::default(), |message, dim| message.int(1, *dim));
        dims.int(2, self.code).text(8, name).bytes(9, &self.raw)
    }
}

/// An attribute of a node.
pub enum Attribute {
    /// INT
    Int(i64),
    /// INTS
    Ints(Vec<i64>),
    /// FLOAT
    Float(f32),
    /// TENSOR
    Tensor(Tensor),
    /// GRAPH: the body of a Loop or an If.
    Graph(Graph),
}

impl Attribute {
    fn message(&self, name: &str) -> Message {
        let named = Message::default().text(1, name);
        match self {
            Self::Float(value) => named.float(2, *value).int(20, 1),
            Self::Int(value) => named.int(3, *value).int(20, 2),
            Self::Tensor(value) => named.nest(5, &value.message("")).int(20, 4),
            Self::Graph(value) => named.nest(6, &value.message()).int(20, 5),
            Self::Ints(values) => {
                values.iter().fold(named, |message, value| message.int(8, *value)).int(20, 7)
            }
        }
    }
}

/// A graph being written.
#[derive(Clone, Default)]
pub struct Graph {
    nodes: Vec<Message>,
    initializers: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
}

impl Graph {
    /// Declares an input; a negative dimension is dynamic.
    #[must_use]
    pub fn input(mut self, name: &str, dtype: DType, dims: &[i64]) -> Self {
        self.inputs.push(value_info(name, dtype, dims));
        self
    }

    /// Declares an output; a negative dimension is dynamic.
    #[must_use]
    pub fn output(mut self, name: &str, dtype: DType, dims: &[i64]) -> Self {
        self.outputs.push(value_info(name, dtype, dims));
        self
    }

    /// Adds a constant.
    #[must_use]
    pub fn constant(mut self, name: &str, tensor: &Tensor) -> Self {
        self.initializers.push(tensor.message(name));
        self
    }

    /// Adds a node.
    #[must_use]
    pub fn node(self, op: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        self.node_with(op, inputs, outputs, &[])
    }

    /// Adds a node with attributes.
    #[must_use]
    pub fn node_with(
        mut self,
        op: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> Self {
        let node = inputs.iter().fold(Message::default(), |node, name| node.text(1, name));
        let node = outputs.iter().fold(node, |node, name| node.text(2, name)).text(4, op);
        self.nodes.push(
            attributes.iter().fold(node, |node, (name, attribute)| node.nest(5, &attribute.message(name))),
        );
        self
    }

    fn message(&self) -> Message {
        let fields = [(1, &self.nodes), (5, &self.initializers), (11, &self.inputs), (12, &self.outputs)];
        let mut graph = Message::default();
        for (field, messages) in fields {
            graph = messages.iter().fold(graph, |graph, message| graph.nest(field, message));
            if field == 1 {
                graph = graph.text(2, "egret");
            }
        }
        graph
    }

    /// The ONNX file: IR version 8, opset 17.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let opset = Message::default().text(1, "").int(2, 17);
        Message::default().int(1, 8).text(2, "egret").nest(7, &self.message()).nest(8, &opset).0
    }
}

fn value_info(name: &str, dtype: DType, dims: &[i64]) -> Message {
    let shape = dims.iter().fold(Message::default(), |shape, dim| {
        let dim = if *dim < 0 { Message::default() } else { Message::default().int(1, *dim) };
        shape.nest(1, &dim)
    });
    let tensor = Message::default().int(1, code(dtype)).nest(2, &shape);
    Message::default().text(1, name).nest(2, &Message::default().nest(1, &tensor))
}

/// `TensorProto.DataType`.
fn code(dtype: DType) -> i64 {
    match dtype {
        DType::F32 => 1,
        DType::U8 => 2,
        DType::I8 => 3,
        DType::U16 => 4,
        DType::I16 => 5,
        DType::I32 => 6,
        DType::I64 => 7,
        DType::String => 8,
        DType::Bool => 9,
        DType::F16 => 10,
        DType::F64 => 11,
        DType::U32 => 12,
        DType::U64 => 13,
        DType::Bf16 => 16,
        DType::Other | DType::NotATensor => 0,
    }
}
