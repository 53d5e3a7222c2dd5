//! What ordinary exporters write is admitted, and read as they meant it.

use egret_admission::{Admitted, DType, admit};
use egret_onnx::build::{Linear, identity, warm_up};

use crate::craft::{
    Message, attribute, branch, call, calling, foreign, function, graph, message, model, named, node, shaped,
    tensor, value, with_constant, with_initializer, with_node,
};

#[track_caller]
fn admitted(file: &[u8]) -> Admitted {
    admit(file).unwrap_or_else(|refused| panic!("{refused}"))
}

#[test]
fn the_signature_is_what_the_file_declares() {
    let file = Linear::new(DType::U8, &[-1, 2, 4, 3], 3).label_and_probabilities_file();
    let Admitted { signature, facts } = admitted(&file);
    assert_eq!(
        signature.inputs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["`input` uint8 [n,2,4,3]"]
    );
    assert_eq!(
        signature.outputs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["`label` int64 [n]", "`probabilities` float32 [n,3]"]
    );
    assert!(signature.outputs_are_complete);
    assert_eq!((facts.ir_version, facts.opset, facts.ml_opset), (8, Some(17), None));
    assert_eq!((facts.nodes, facts.nodes_expanded, facts.initializers), (5, 5, 2));
    assert_eq!((facts.parameters, facts.producer.as_str()), (24 * 3 + 3, "egret"));
    assert_eq!(facts.bytes, file.len() as u64);
}

#[test]
fn models_that_misbehave_only_when_they_run_are_admitted() {
    let linear = Linear::new(DType::F32, &[-1, 4], 3);
    for file in [
        linear.endless_file(),
        linear.memory_bomb_file(1 << 40),
        linear.quoting_file(),
        linear.nan_file(),
        linear.undeclared_width_file(),
        identity(DType::Bf16, &[1]),
        warm_up(),
    ] {
        admitted(&file);
    }
    let endless = admitted(&linear.endless_file()).facts;
    assert_eq!((endless.subgraph_depth, endless.nodes), (1, 6));
}

#[test]
fn an_input_with_a_value_is_no_input() {
    // As IR versions before 4 must write it.
    let constant = tensor("w", 1, &[1], &[0; 4]);
    let sparse =
        message().with(1, &tensor("s", 1, &[1], &[0; 4])).with(2, &tensor("", 7, &[1], &[0; 8])).int(3, 2);
    let graph =
        graph().with(11, &value("w", &[1])).with(11, &value("s", &[2])).with(5, &constant).with(15, &sparse);
    let names: Vec<String> =
        admitted(&model(&graph).0).signature.inputs.into_iter().map(|input| input.name).collect();
    assert_eq!(names, ["x"]);
}

#[test]
fn every_way_to_store_a_constant_is_read() {
    let packed = |code, dims: &[i64], field, bytes: &[u8]| shaped(code, dims).bytes(field, bytes);
    let cases = [
        ("scalar", tensor("", 1, &[], &[0; 4])),
        ("empty", shaped(1, &[0, 3])),
        ("floats, packed", packed(1, &[2], 4, &[0; 8])),
        ("floats, one by one", shaped(1, &[2]).raw(&[0x25, 0, 0, 0, 0, 0x25, 0, 0, 0, 0])),
        ("doubles", packed(11, &[2], 10, &[0; 16])),
        ("doubles, one by one", shaped(11, &[1]).raw(&[0x51, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("complex64", packed(14, &[2], 4, &[0; 16])),
        ("complex128", packed(15, &[1], 10, &[0; 16])),
        ("int64, packed", packed(7, &[3], 7, &[0x80, 0x01, 0x02, 0x03])),
        ("int64, one by one", shaped(7, &[2]).int(7, -1).int(7, 1)),
        ("int32 in two pieces", packed(6, &[3], 5, &[1, 2]).bytes(5, &[3])),
        ("uint32", shaped(12, &[1]).int(11, 1)),
        ("uint64", shaped(13, &[1]).int(11, -1)),
        ("float16 in int32_data", shaped(10, &[1]).int(5, 0x3c00)),
        ("bfloat16 raw", tensor("", 16, &[2], &[0; 4])),
        ("bool in int32_data", shaped(9, &[1]).int(5, 1)),
        ("strings", shaped(8, &[2]).text(6, "a").text(6, "")),
        ("int4 raw, odd", tensor("", 22, &[3], &[0; 2])),
        ("uint4 in int32_data, odd", packed(21, &[3], 5, &[0, 0])),
        ("float4", tensor("", 23, &[2], &[0])),
        ("int2 raw", tensor("", 26, &[5], &[0; 2])),
        ("uint2 in int32_data", packed(25, &[5], 5, &[0, 0])),
        ("float8", tensor("", 17, &[3], &[0; 3])),
        ("dims packed", message().bytes(1, &[2, 3]).int(2, 2).bytes(9, &[0; 6])),
        ("raw and empty lists", packed(1, &[1], 4, &[]).bytes(9, &[0; 4])),
        ("metadata and a name for people", tensor("", 1, &[], &[0; 4]).text(12, "doc").with(16, &message())),
        ("said to be inside", tensor("", 1, &[], &[0; 4]).int(14, 0)),
    ];
    for (what, constant) in cases {
        for file in [with_initializer(&constant), with_constant(&constant)] {
            assert!(admit(&file).is_ok(), "{what}: {:?}", admit(&file));
        }
    }
}

#[test]
fn a_dropout_that_is_off_is_as_good_as_none() {
    let dropout = |mode: &str| named("d", "Dropout").text(1, "x").text(1, "").text(1, mode);
    let off = tensor("off", 9, &[], &[0]);
    let constant = named("c", "Constant").text(2, "off").with(5, &attribute("value", 5, &off));
    for file in [
        with_node(&named("d", "Dropout").text(1, "x")),
        with_node(&dropout("")),
        model(&graph().with(1, &dropout("off")).with(5, &off)).0,
        model(&graph().with(1, &dropout("off")).with(5, &shaped(9, &[1]).text(8, "off").int(5, 0))).0,
        model(&graph().with(1, &constant).with(1, &dropout("off"))).0,
        // Known from the graph around it.
        model(&graph().with(5, &off).with(1, &branch(&message().with(1, &dropout("off"))))).0,
        calling(&[function("f", &[constant.clone(), dropout("off")])], &["f"]),
    ] {
        admitted(&file);
    }
    // What is false in a branch is not known beside it.
    let inside = branch(&message().with(5, &off));
    assert!(admit(&model(&graph().with(1, &inside).with(1, &dropout("off"))).0).is_err());
}

#[test]
fn functions_of_the_file_are_operators() {
    let inner = function("inner", &[node("Relu"), node("Add")]);
    let outer = function("outer", &[call("inner"), branch(&message().with(1, &call("inner")))]);
    let facts = admitted(&calling(&[outer, inner], &["outer", "inner"])).facts;
    assert_eq!((facts.functions, facts.nodes, facts.subgraph_depth), (2, 2 + 3 + 2, 1));
    // outer: two calls of 1 + 2, and the branch; the main graph: two calls, outer, inner.
    assert_eq!(facts.nodes_expanded, 2 + (2 * (1 + 2) + 1) + 2);
}

#[test]
fn standard_domains_have_their_names_and_unused_imports_are_nothing() {
    let imports = ["ai.onnx.ml", "com.microsoft", "com.ms.internal.nhwc", "org.pytorch.aten", ""];
    let graph = graph().with(1, &foreign("ai.onnx", "Relu")).with(1, &foreign("ai.onnx.ml", "TreeEnsemble"));
    let file = imports.iter().fold(message().int(1, 8).with(7, &graph), |model, domain| {
        model.with(8, &message().text(1, domain).int(2, if domain.is_empty() { 13 } else { 1 }))
    });
    let facts = admitted(&file.0).facts;
    assert_eq!((facts.opset, facts.ml_opset), (Some(13), Some(1)));
}

#[test]
fn what_a_later_onnx_adds_is_skipped() {
    let unknown = |message: Message| message.int(99, 1).text(98, "new").raw(&[0xad, 0x06, 0, 0, 0, 0]);
    let node = unknown(named("n", "Relu"));
    let tensor = unknown(tensor("w", 1, &[], &[0; 4]));
    admitted(&unknown(model(&unknown(graph().with(1, &node).with(5, &tensor)))).0);
}

#[test]
fn outputs_that_are_left_open_are_known_to_be() {
    let complete = |outputs: &[Message]| {
        let inputs = message().with(11, &value("x", &[-1, 4]));
        let graph = outputs.iter().fold(inputs, |graph, output| graph.with(12, output));
        admitted(&model(&graph).0).signature.outputs_are_complete
    };
    let float = message().with(1, &message().int(1, 1));
    let map = message().with(4, &message().with(1, &message().with(5, &message().int(1, 7).with(2, &float))));
    assert!(complete(&[value("y", &[-1, 10])]));
    assert!(complete(&[value("label", &[-1]), message().text(1, "maps").with(2, &map)]));
    assert!(!complete(&[value("y", &[-1, 10]), value("z", &[-1, -1])]));
    assert!(!complete(&[message().text(1, "y").with(2, &float)]));
    assert!(!complete(&[message().text(1, "y")]));
}
