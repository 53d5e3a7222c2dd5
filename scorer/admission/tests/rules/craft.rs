//! ONNX files written message by message, wrong where a test wants them wrong.

use prost::encoding::{WireType, encode_key, encode_varint};

/// A message being written. Field numbers are those of `onnx.proto`.
#[derive(Clone, Debug, Default)]
pub struct Message(pub Vec<u8>);

impl Message {
    /// A varint.
    pub fn int(mut self, field: u32, value: i64) -> Self {
        encode_key(field, WireType::Varint, &mut self.0);
        encode_varint(value as u64, &mut self.0);
        self
    }

    /// Length-delimited bytes.
    pub fn bytes(mut self, field: u32, value: &[u8]) -> Self {
        encode_key(field, WireType::LengthDelimited, &mut self.0);
        encode_varint(value.len() as u64, &mut self.0);
        self.0.extend_from_slice(value);
        self
    }

    /// Text.
    pub fn text(self, field: u32, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    /// A message in this one.
    pub fn with(self, field: u32, value: &Message) -> Self {
        self.bytes(field, &value.0)
    }

    /// The same message `count` times.
    pub fn times(self, count: u64, field: u32, value: &Message) -> Self {
        (0..count).fold(self, |message, _| message.with(field, value))
    }

    /// Anything.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

/// An empty message.
pub fn message() -> Message {
    Message::default()
}

/// A node of the main graph's own domain.
pub fn node(op: &str) -> Message {
    message().text(4, op)
}

/// A named one.
pub fn named(name: &str, op: &str) -> Message {
    message().text(3, name).text(4, op)
}

/// A node of another domain.
pub fn foreign(domain: &str, op: &str) -> Message {
    named("n", op).text(7, domain)
}

/// An attribute with one field.
pub fn attribute(name: &str, field: u32, value: &Message) -> Message {
    message().text(1, name).with(field, value)
}

/// A tensor of bytes: a type's number, dimensions, raw data.
pub fn tensor(name: &str, code: i64, dims: &[i64], raw: &[u8]) -> Message {
    shaped(code, dims).text(8, name).bytes(9, raw)
}

/// A tensor without data.
pub fn shaped(code: i64, dims: &[i64]) -> Message {
    dims.iter().fold(message(), |tensor, dim| tensor.int(1, *dim)).int(2, code)
}

/// A float input or output.
pub fn value(name: &str, dims: &[i64]) -> Message {
    let shape = dims.iter().fold(message(), |shape, dim| {
        shape.with(1, &if *dim < 0 { message().text(2, "n") } else { message().int(1, *dim) })
    });
    let tensor = message().int(1, 1).with(2, &shape);
    message().text(1, name).with(2, &message().with(1, &tensor))
}

/// `x` float `[n,4]` in, `y` float `[n,2]` out.
pub fn graph() -> Message {
    message().text(2, "g").with(11, &value("x", &[-1, 4])).with(12, &value("y", &[-1, 2]))
}

/// IR version 8, opset 17, and this graph.
pub fn model(graph: &Message) -> Message {
    message().int(1, 8).with(8, &message().int(2, 17)).with(7, graph)
}

/// The file of a graph with one node more.
pub fn with_node(node: &Message) -> Vec<u8> {
    model(&graph().with(1, node)).0
}

/// The file of a graph with one initializer more.
pub fn with_initializer(tensor: &Message) -> Vec<u8> {
    model(&graph().with(5, tensor)).0
}

/// The file of a model whose node `c` (Constant) has this tensor.
pub fn with_constant(tensor: &Message) -> Vec<u8> {
    with_node(&named("c", "Constant").with(5, &attribute("value", 5, tensor)))
}

/// A function of domain `f`.
pub fn function(name: &str, nodes: &[Message]) -> Message {
    nodes.iter().fold(message().text(1, name).text(10, "f"), |function, node| function.with(7, node))
}

/// A node that calls one.
pub fn call(name: &str) -> Message {
    node(name).text(7, "f")
}

/// A file with these functions, and a main graph that calls `names`.
pub fn calling(functions: &[Message], names: &[&str]) -> Vec<u8> {
    let graph = names.iter().fold(graph(), |graph, name| graph.with(1, &call(name)));
    functions.iter().fold(model(&graph), |model, function| model.with(25, function)).0
}

/// A node `b` (If) with this branch.
pub fn branch(graph: &Message) -> Message {
    named("b", "If").with(5, &attribute("then_branch", 6, graph))
}
