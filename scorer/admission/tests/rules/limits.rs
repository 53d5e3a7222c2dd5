//! A file at a limit is admitted, and one more is not.

use egret_admission::limits::{self, Limit};
use egret_admission::{Rule, admit, admit_size};

use crate::craft::{
    Message, attribute, branch, call, calling, function, graph, message, model, node, shaped, value,
    with_node,
};

/// A file that counts `n` of a limit's unit.
type Made = fn(u64) -> Vec<u8>;

/// At least one way to reach each limit but that of the file's size.
const WAYS: [(&Limit, &str, Made); 19] = [
    (&limits::MESSAGE_DEPTH_MAX, "sequences of sequences", depth),
    (&limits::MESSAGES_MAX, "metadata", messages),
    (&limits::NODES_MAX, "main graph", |n| model(&graph().times(n, 1, &message())).0),
    (&limits::NODES_MAX, "unused functions", |n| {
        let body = function("a", &[]).times(n / 2, 7, &message());
        let rest = function("b", &[]).times(n - n / 2, 7, &message());
        calling(&[body, rest], &[])
    }),
    (&limits::NODES_EXPANDED_MAX, "calls in the main graph", |n| {
        // 100 calls of 1 + 499 nodes, and the rest plainly.
        let main = graph().times(100, 1, &call("f")).times(n - 50_000, 1, &message());
        model(&main).with(25, &function("f", &[]).times(499, 7, &message())).0
    }),
    (&limits::NODES_EXPANDED_MAX, "an unused function", |n| {
        let outer = function("o", &[]).times(100, 7, &call("f")).times(n - 50_000, 7, &message());
        calling(&[outer, function("f", &[]).times(499, 7, &message())], &[])
    }),
    (&limits::SUBGRAPH_DEPTH_MAX, "branches in branches", |n| with_node(&branches(n, &node("Identity")))),
    (&limits::SUBGRAPH_DEPTH_MAX, "branches in functions in branches", |n| {
        let inner = function("f", &[branches(n - 8, &node("Identity"))]);
        model(&graph().with(1, &branches(8, &call("f")))).with(25, &inner).0
    }),
    (&limits::FUNCTIONS_MAX, "empty ones", |n| {
        (0..n).fold(model(&graph()), |model, i| model.with(25, &function(&i.to_string(), &[]))).0
    }),
    (&limits::CALL_DEPTH_MAX, "a chain", |n| {
        let link = |i: u64| function(&i.to_string(), &[call(&(i + 1).to_string())]);
        let chain: Vec<Message> = (1..n).map(link).chain([function(&n.to_string(), &[])]).collect();
        calling(&chain, &["1"])
    }),
    (&limits::NODE_ENDS_MAX, "inputs and outputs of a node", |n| {
        with_node(&node("Identity").times(n / 2, 1, &message()).times(n - n / 2, 2, &message()))
    }),
    (&limits::NODE_ENDS_MAX, "inputs and outputs of a function", |n| {
        let ends = function("f", &[]).times(n / 2, 4, &message()).times(n - n / 2, 5, &message());
        calling(&[ends], &[])
    }),
    (&limits::GRAPH_ENDS_MAX, "outputs", |n| {
        model(&message().with(11, &value("x", &[1])).times(n - 1, 12, &value("y", &[1]))).0
    }),
    (&limits::ATTRIBUTES_MAX, "attributes", |n| with_node(&node("Identity").times(n, 5, &message()))),
    (&limits::INITIALIZERS_MAX, "scalars", |n| {
        let all = (0..n)
            .fold(graph(), |graph, i| graph.with(5, &shaped(2, &[]).text(8, &i.to_string()).bytes(9, &[0])));
        model(&all).0
    }),
    (&limits::TENSOR_RANK_MAX, "a constant", |n| {
        let ones = vec![1; n as usize];
        model(&graph().with(5, &shaped(2, &ones).text(8, "t").bytes(9, &[0]))).0
    }),
    (&limits::TENSOR_RANK_MAX, "an input", |n| {
        model(&message().with(11, &value("x", &vec![1; n as usize]))).0
    }),
    (&limits::NAME_BYTES_MAX, "a node", |n| with_node(&node("Identity").text(3, &"a".repeat(n as usize)))),
    (&limits::NAME_BYTES_MAX, "an initializer, in UTF-8", |n| {
        let name = "白".repeat(85) + &"a".repeat(n as usize - 255);
        model(&graph().with(5, &shaped(2, &[]).text(8, &name).bytes(9, &[0]))).0
    }),
];

/// Files whose innermost message stands in `n` others. The type of `x` stands in 3.
fn depth(n: u64) -> Vec<u8> {
    // Types at odd depths, sequences at even ones.
    let innermost = message();
    let of_type = (4..=n)
        .rev()
        .fold(innermost, |inner, depth| message().with(if depth % 2 == 0 { 4 } else { 1 }, &inner));
    let values = message().text(1, "x").with(2, &of_type);
    model(&graph().with(13, &values)).0
}

/// The graph and the import are two; the two ends of the graph have two types, two tensors, two shapes and four dimensions.
fn messages(n: u64) -> Vec<u8> {
    let file = model(&graph());
    let own = 2 + 2 * 4 + 4;
    file.raw(&[0x72, 0x00].repeat((n - own) as usize)).0
}

fn branches(n: u64, innermost: &Message) -> Message {
    (0..n).fold(innermost.clone(), |inner, _| branch(&message().with(1, &inner)))
}

#[test]
fn a_file_at_a_limit_is_admitted_and_one_more_is_not() {
    for (limit, way, made) in WAYS {
        let at = admit(&made(limit.max));
        assert!(at.is_ok(), "{} by {way}: {at:?}", limit.name);
        let beyond = admit(&made(limit.max + 1)).expect_err(way);
        assert_eq!(beyond.rule, Rule::Limit(limit), "{way}: {beyond}");
        assert!(beyond.to_string().contains(&limit.max.to_string()), "{beyond}");
    }
}

#[test]
fn the_size_of_the_file_is_a_limit_too() {
    let max = limits::FILE_BYTES_MAX.max;
    assert_eq!(admit_size(max), Ok(()));
    assert_eq!(admit_size(max + 1).unwrap_err().rule, Rule::Limit(&limits::FILE_BYTES_MAX));
}

#[test]
fn no_limit_is_left_out() {
    for limit in limits::ALL {
        let tested = WAYS.iter().any(|(tested, ..)| tested == limit) || *limit == &limits::FILE_BYTES_MAX;
        assert!(tested, "{}", limit.name);
    }
}

#[test]
fn a_limit_that_is_met_is_named_where_it_is_met() {
    let file = with_node(&node("Identity").times(257, 5, &attribute("a", 2, &message())));
    let refused = admit(&file).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "node #0 (Identity) in the main graph: more than 256 attributes of one node"
    );
}

#[test]
fn versions_are_bounded_on_both_sides() {
    let file = |ir: i64, opset: i64, ml: i64| {
        let imports = [("ai.onnx", opset), ("ai.onnx.ml", ml), ("com.microsoft", 99)];
        imports.iter().fold(message().int(1, ir).with(7, &graph()), |model, (domain, version)| {
            model.with(8, &message().text(1, domain).int(2, *version))
        })
    };
    let ends = |range: &std::ops::RangeInclusive<i64>| [*range.start(), *range.end()];
    for ir in ends(&limits::IR_VERSIONS) {
        assert_eq!(admit(&file(ir, 17, 3).0).unwrap().facts.ir_version, ir);
    }
    for opset in ends(&limits::OPSETS) {
        assert_eq!(admit(&file(8, opset, 3).0).unwrap().facts.opset, Some(opset));
    }
    for ml in ends(&limits::ML_OPSETS) {
        assert_eq!(admit(&file(8, 17, ml).0).unwrap().facts.ml_opset, Some(ml));
    }
    for (ir, opset, ml) in
        [(2, 17, 3), (14, 17, 3), (8, 6, 3), (8, 27, 3), (8, 17, 0), (8, 17, 6), (-1, 17, 3)]
    {
        assert!(admit(&file(ir, opset, ml).0).is_err(), "{ir} {opset} {ml}");
    }
    let nothing = message().int(1, 8).with(7, &graph());
    assert_eq!(admit(&nothing.0).unwrap_err().rule, Rule::Opset(None));
}
