//! Every bound on a file, in one table. A file at the bound is admitted, one more of the unit is not.
//!
//! The bounds are several times what large ordinary models need. They keep the scan's own time and memory small, and ONNX
//! Runtime out of depths at which its recursions are known to end badly.

/// A bound on what a file may hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, unit included.
    pub name: &'static str,
    /// The most that is admitted.
    pub max: u64,
    /// What is counted, and where.
    pub counts: &'static str,
    /// What a team can do about it.
    pub remedy: &'static str,
}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $max:literal, $counts:literal, $remedy:literal;)+) => {
        $(
            $(#[$doc])*
            pub const $name: Limit = Limit {
                name: stringify!($name),
                max: $max,
                counts: $counts,
                remedy: $remedy,
            };
        )+

        /// All of them.
        pub const ALL: &[&Limit] = &[$(&$name),+];
    };
}

limits! {
    /// What protobuf, and so ONNX Runtime, can read: 2 GiB less one byte. A task's own limit is usually far below.
    FILE_BYTES_MAX = 2_147_483_647,
    "bytes in the file",
    "store the weights in fewer bits, or take fewer";
    /// Messages in messages. 16 levels of subgraphs, and what lies in the innermost, need 55.
    MESSAGE_DEPTH_MAX = 64,
    "messages in one another",
    "export the model again; no exporter nests this deep";
    /// Messages of all kinds; large models have a few per node.
    MESSAGES_MAX = 2_000_000,
    "protobuf messages in the file",
    "strip metadata, intermediate value_info and unused tensors from the file";
    /// Nodes of all graphs and functions as they stand in the file.
    NODES_MAX = 50_000,
    "nodes in the file",
    "simplify the model, for example with onnxsim or onnxslim";
    /// Nodes of the main graph, or of a function, once every call in it is replaced by the function's body.
    NODES_EXPANDED_MAX = 50_000,
    "nodes when its functions are expanded",
    "export without functions, or call them less often";
    /// Graphs in nodes (If, Loop, Scan) in graphs, through calls of functions too. The main graph has depth 0.
    SUBGRAPH_DEPTH_MAX = 16,
    "subgraphs in one another",
    "replace nested control flow by tensor operators, or unroll it";
    /// Functions that the file defines.
    FUNCTIONS_MAX = 10_000,
    "functions in the file",
    "export without functions";
    /// Functions that call functions.
    CALL_DEPTH_MAX = 64,
    "calls of functions in one another",
    "export without functions";
    /// Inputs and outputs of one node or function.
    NODE_ENDS_MAX = 16_384,
    "inputs and outputs of one node or function",
    "split the node into several";
    /// Inputs (initializers not counted) and outputs of one graph.
    GRAPH_ENDS_MAX = 16_384,
    "inputs and outputs of one graph",
    "make what is not an input of the task an initializer, and declare only outputs that are needed";
    /// Attributes of one node.
    ATTRIBUTES_MAX = 256,
    "attributes of one node",
    "export the model again; no standard operator has this many";
    /// Initializers of all graphs, sparse ones included.
    INITIALIZERS_MAX = 100_000,
    "initializers in the file",
    "merge small constants, for example with onnxsim or onnxslim";
    /// Dimensions of one tensor or type.
    TENSOR_RANK_MAX = 32,
    "dimensions of one tensor",
    "reshape the tensor to fewer dimensions";
    /// A name of a node, operator, domain, tensor, attribute or function, in UTF-8.
    NAME_BYTES_MAX = 1024,
    "bytes in one name",
    "shorten the name";
}

/// Format versions that ONNX Runtime 1.31.1 reads; below 3 there was no release of ONNX.
pub const IR_VERSIONS: std::ops::RangeInclusive<i64> = 3..=13;
/// Versions of the standard operators that ONNX Runtime 1.31.1 guarantees.
pub const OPSETS: std::ops::RangeInclusive<i64> = 7..=26;
/// Versions of the `ai.onnx.ml` operators that ONNX Runtime 1.31.1 has.
pub const ML_OPSETS: std::ops::RangeInclusive<i64> = 1..=5;
