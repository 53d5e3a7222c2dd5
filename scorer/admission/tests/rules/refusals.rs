//! Each rule, broken in every place where it can be: what is said, and that there is a remedy.

use egret_admission::{Inadmissible, RULES, admit};

use crate::craft::{
    Message, attribute, branch, call, calling, foreign, function, graph, message, model, named, node, shaped,
    tensor, value, with_constant, with_initializer, with_node,
};

fn refused(file: &[u8]) -> Inadmissible {
    admit(file).expect_err("a refusal")
}

/// Each file breaks this rule and is told so in these words.
#[track_caller]
fn expect(rule: &str, cases: &[(Vec<u8>, &str)]) {
    assert!(RULES.iter().any(|(name, _)| *name == rule), "{rule} is in the list");
    for (file, text) in cases {
        let refused = refused(file);
        assert_eq!((refused.rule.name(), refused.to_string().as_str()), (rule, *text));
        assert!(!refused.rule.remedy().is_empty());
    }
}

/// A tensor that says it is outside, with these entries.
fn outside(entries: &[(&str, &str)]) -> Message {
    let entry = |(key, value): &(&str, &str)| message().text(1, key).text(2, value);
    entries.iter().fold(shaped(1, &[2]).text(8, "w"), |t, pair| t.with(13, &entry(pair))).int(14, 1)
}

fn sparse(values: &Message, indices: &Message, dims: &[i64]) -> Message {
    dims.iter().fold(message().with(1, values).with(2, indices), |sparse, dim| sparse.int(3, *dim))
}

#[test]
fn what_is_not_onnx_says_where_it_stops_being_it() {
    let whole = with_node(&node("Relu"));
    expect(
        "malformed",
        &[
            (b"PK\x03\x04 a zip file".to_vec(), "the file: not ONNX: no field of ONNX at byte 2"),
            (
                whole[..whole.len() - 1].to_vec(),
                "the file: not ONNX: a field that is longer than what is left at byte 6",
            ),
            (vec![0x02, 0x00], "the file: not ONNX: field number 0 at byte 0"),
            (vec![0xff; 12], "the file: not ONNX: a broken number at byte 0"),
            (vec![0x08, 0xff], "the file: not ONNX: a broken number at byte 0"),
            (
                [0xfb, 0xff, 0xff, 0xff, 0x7f].to_vec(),
                "the file: not ONNX: a field number out of range at byte 0",
            ),
            // A group, which protobuf still skips.
            (vec![0x0b, 0x0c], "the file: not ONNX: no field of ONNX at byte 0"),
            // The graph as a number.
            (
                message().int(7, 1).0,
                "the file: not ONNX: a field that is no message or text, but must be at byte 0",
            ),
            (
                message().text(1, "8").0,
                "the file: not ONNX: a field that is no integer, but must be at byte 0",
            ),
            (
                with_initializer(&shaped(1, &[1]).bytes(4, &[0; 3])),
                "initializer `` in the main graph: not ONNX: a list that is not one of floats, but must be at byte 61",
            ),
            (
                with_initializer(&shaped(7, &[1]).bytes(7, &[0x80])),
                "initializer `` in the main graph: not ONNX: a list that is not one of integers, but must be at byte 61",
            ),
            (
                with_node(&message().bytes(3, &[0xff])),
                "the main graph: not ONNX: text that is not UTF-8 at byte 57",
            ),
        ],
    );
}

#[test]
fn a_field_of_one_value_stands_once() {
    let graph_twice = model(&graph()).with(7, &graph());
    let tensor_twice = tensor("w", 1, &[1], &[0; 4]).bytes(9, &[0; 4]);
    let attribute = attribute("a", 6, &message()).with(6, &message());
    for (file, place) in [
        (graph_twice.0, "the file"),
        (message().int(1, 8).int(1, 8).0, "the file"),
        (with_initializer(&tensor_twice), "initializer `w` in the main graph"),
        (with_initializer(&shaped(1, &[]).int(2, 1)), "initializer `` in the main graph"),
        (with_initializer(&message().int(14, 0).int(14, 1)), "initializer `` in the main graph"),
        (with_node(&foreign("", "A").text(7, "evil")), "node `n` (A) in the main graph"),
        (with_node(&node("If").with(5, &attribute)), "attribute `a` of node #0 (If) in the main graph"),
        (with_node(&node("A").text(4, "B")), "the main graph"),
    ] {
        let refused = refused(&file);
        assert_eq!((refused.place.as_str(), refused.rule.name()), (place, "repeated"));
    }
}

#[test]
fn other_formats_and_empty_models_are_named() {
    expect(
        "ort_format",
        &[(b"\x28\0\0\0ORTM\0\0".to_vec(), "the file: this is ONNX Runtime's own format, not ONNX")],
    );
    expect(
        "no_graph",
        &[
            (vec![], "the file: not an ONNX model: it has no graph"),
            (message().int(1, 8).0, "the file: not an ONNX model: it has no graph"),
        ],
    );
    expect(
        "ir_version",
        &[
            (message().with(7, &graph()).0, "the file: not an ONNX model: it has no IR version"),
            (
                message().int(1, 14).with(7, &graph()).0,
                "the file: IR version 14; ONNX Runtime 1.31.1 reads 3 to 13",
            ),
        ],
    );
    let opset = |domain, version| message().text(1, domain).int(2, version);
    let old = function("f", &[]).with(9, &opset("", 6));
    expect(
        "opset",
        &[
            (message().int(1, 8).with(7, &graph()).0, "the file: imports no operators"),
            (
                model(&graph()).with(8, &opset("ai.onnx", 27)).0,
                "the file: opset 27 of domain ``; ONNX Runtime 1.31.1 has 7 to 26",
            ),
            (
                model(&graph()).with(8, &opset("ai.onnx.ml", 6)).0,
                "the file: opset 6 of domain `ai.onnx.ml`; ONNX Runtime 1.31.1 has 1 to 5",
            ),
            (calling(&[old], &[]), "function `f`: opset 6 of domain ``; ONNX Runtime 1.31.1 has 7 to 26"),
        ],
    );
    expect(
        "training_info",
        &[(model(&graph()).with(20, &message()).0, "the file: holds training information")],
    );
}

#[test]
fn values_outside_of_the_file_are_found_wherever_a_tensor_can_stand() {
    let etc = outside(&[("location", "../etc/passwd")]);
    let constant = |tensor: &Message| named("c", "Constant").with(5, &attribute("value", 5, tensor));
    let inner = branch(&message().with(5, &etc));
    let dense = tensor("", 7, &[1], &[0; 8]);
    let why = "its values are outside, in `../etc/passwd`";
    let cases = [
        (with_initializer(&etc), "initializer `w` in the main graph"),
        (with_constant(&etc), "attribute `value` of node `c` (Constant) in the main graph"),
        (
            with_node(&named("c", "C").with(5, &attribute("ts", 10, &etc))),
            "attribute `ts` of node `c` (C) in the main graph",
        ),
        (model(&graph().with(15, &sparse(&etc, &dense, &[2]))).0, "sparse initializer `w` in the main graph"),
        (
            model(&graph().with(15, &sparse(&tensor("s", 1, &[1], &[0; 4]), &etc, &[2]))).0,
            "sparse initializer `s` in the main graph",
        ),
        (
            with_node(&named("c", "Constant").with(5, &attribute("v", 22, &sparse(&etc, &dense, &[2])))),
            "attribute `v` of node `c` (Constant) in the main graph",
        ),
        (
            with_node(&named("c", "C").with(5, &attribute("v", 23, &sparse(&etc, &dense, &[2])))),
            "attribute `v` of node `c` (C) in the main graph",
        ),
        (with_node(&inner), "initializer `w` in attribute `then_branch` of node `b` (If) in the main graph"),
        (
            with_node(&named("s", "S").with(5, &attribute("gs", 11, &message().with(1, &constant(&etc))))),
            "attribute `value` of node `c` (Constant) in attribute `gs` of node `s` (S) in the main graph",
        ),
        (
            calling(&[function("f", &[constant(&etc)])], &[]),
            "attribute `value` of node `c` (Constant) in function `f`",
        ),
        (
            calling(&[function("f", &[]).with(11, &attribute("default", 5, &etc))], &[]),
            "attribute `default` of function `f`",
        ),
    ];
    for (file, place) in cases {
        expect("external_data", &[(file, &format!("{place}: {why}"))]);
    }
    let unsaid = "initializer `w` in the main graph: its values are outside of the file";
    expect(
        "external_data",
        &[
            (with_initializer(&shaped(1, &[2]).text(8, "w").int(14, 1)), unsaid),
            // 1 in the 32 bits that protobuf would keep.
            (with_initializer(&shaped(1, &[2]).text(8, "w").int(14, (1 << 32) | 1)), unsaid),
            (with_initializer(&outside(&[("offset", "0")])), unsaid),
            // Data inside as well, and no flag.
            (with_initializer(&tensor("w", 1, &[1], &[0; 4]).with(13, &message())), unsaid),
        ],
    );
    let address = outside(&[("location", "*/_ORT_MEM_ADDR_/*"), ("offset", "140737488355328")]);
    let text = "initializer `w` in the main graph: its values are named by an address in memory";
    expect("memory_address", &[(with_initializer(&address), text)]);
}

#[test]
fn operators_of_other_domains_are_refused_whatever_is_imported() {
    let imported = model(&graph().with(1, &foreign("com.microsoft", "EPContext")))
        .with(8, &message().text(1, "com.microsoft").int(2, 1));
    expect(
        "domain",
        &[
            (
                imported.0,
                "node `n` (EPContext) in the main graph: operators of domain `com.microsoft` are not admitted",
            ),
            (
                with_node(&branch(&message().with(1, &foreign("x", "Y")))),
                "node `n` (Y) in attribute `then_branch` of node `b` (If) in the main graph: operators of domain `x` are not admitted",
            ),
            (
                calling(&[function("f", &[foreign("x", "Y")])], &["f"]),
                "node `n` (Y) in function `f`: operators of domain `x` are not admitted",
            ),
            // A function of the name, but of another overload.
            (
                calling(&[function("f", &[]).text(13, "a")], &["f"]),
                "node #0 (f) in the main graph: operators of domain `f` are not admitted",
            ),
        ],
    );
}

#[test]
fn a_function_named_like_an_operator_excuses_nothing() {
    let domain =
        "node `n` (EPContext) in the main graph: operators of domain `com.microsoft` are not admitted";
    let random = "node `n` (RandomNormal) in the main graph: draws random numbers; the same input must give the same answer";
    let defined = |node: &Message, domain: &str, name: &str| {
        model(&graph().with(1, node)).with(25, &message().text(10, domain).text(1, name)).0
    };
    let context = foreign("com.microsoft", "EPContext");
    expect("domain", &[(defined(&context, "com.microsoft", "EPContext"), domain)]);
    expect(
        "random",
        &[
            (defined(&foreign("", "RandomNormal"), "", "RandomNormal"), random),
            // Joined with colons, the node's overload and the function's name are the same.
            (defined(&foreign("", "RandomNormal").text(8, "x"), ":RandomNormal", "x"), random),
        ],
    );
    for near in ["com.microsofts", "ai.onnxscript", "pkg.com.microsoft"] {
        assert!(admit(&defined(&foreign(near, "f"), near, "f")).is_ok(), "{near}");
    }
}

#[test]
fn random_operators_are_refused_wherever_they_stand() {
    for op in
        ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"]
    {
        let text = "draws random numbers; the same input must give the same answer";
        for domain in ["", "ai.onnx"] {
            let node = foreign(domain, op);
            let place = format!("node `n` ({op}) in");
            expect(
                "random",
                &[
                    (with_node(&node), &format!("{place} the main graph: {text}")),
                    (
                        calling(&[function("f", std::slice::from_ref(&node))], &[]),
                        &format!("{place} function `f`: {text}"),
                    ),
                    (
                        with_node(&branch(&message().with(1, &node))),
                        &format!(
                            "{place} attribute `then_branch` of node `b` (If) in the main graph: {text}"
                        ),
                    ),
                ],
            );
        }
    }
}

#[test]
fn a_dropout_must_be_known_to_be_off() {
    let dropout = named("d", "Dropout").text(1, "x").text(1, "").text(1, "training");
    let text = "node `d` (Dropout) in the main graph: drops values at random: its training_mode is not a constant false";
    let with = |initializer: &Message| model(&graph().with(1, &dropout).with(5, initializer)).0;
    expect(
        "dropout",
        &[
            (with_node(&dropout), text),
            (with(&tensor("training", 9, &[], &[1])), text),
            (with(&tensor("training", 2, &[], &[0])), text),
            (with(&tensor("other", 9, &[], &[0])), text),
            (with(&tensor("training", 9, &[2], &[0, 0])), text),
        ],
    );
}

#[test]
fn names_are_printed_as_they_are_or_refused() {
    expect(
        "name",
        &[
            (
                with_node(&named("\u{1b}[2J", "Relu")),
                "the main graph: the name `\\u{1b}[2J` has characters that are not printed",
            ),
            (
                with_node(&named("a\u{202e}b", "Relu")),
                "the main graph: the name `a\\u{202e}b` has characters that are not printed",
            ),
            (
                with_node(&named("n", "Relu").text(1, "\n")),
                "node `n` (Relu) in the main graph: the name `\\u{a}` has characters that are not printed",
            ),
        ],
    );
}

#[test]
fn nothing_has_two_meanings() {
    let w = tensor("w", 1, &[1], &[0; 4]);
    let of_sparse = sparse(&w, &tensor("", 7, &[1], &[0; 8]), &[2]);
    let second = "a second initializer of this name";
    expect(
        "duplicate",
        &[
            (
                model(&graph().with(5, &w).with(5, &w)).0,
                &format!("initializer `w` in the main graph: {second}"),
            ),
            (
                model(&graph().with(5, &w).with(15, &of_sparse)).0,
                &format!("sparse initializer `w` in the main graph: {second}"),
            ),
            (
                model(&graph().with(11, &value("x", &[1]))).0,
                "input `x` in the main graph: a second input of this name",
            ),
            (
                calling(&[function("f", &[]), function("f", &[])], &[]),
                "function `f`: a second function of this name",
            ),
            // ONNX Runtime joins domain and name with a colon: these two are one to it.
            (
                calling(
                    &[message().text(10, "a").text(1, "b:c"), message().text(10, "a:b").text(1, "c")],
                    &[],
                ),
                "function `c`: a second function of this name",
            ),
        ],
    );
}

#[test]
fn functions_do_not_call_in_circles_and_take_no_graphs() {
    let calls = |name: &str, callees: &[&str]| {
        function(name, &callees.iter().map(|callee| call(callee)).collect::<Vec<_>>())
    };
    let ring: Vec<Message> = (0..9).map(|i| calls(&i.to_string(), &[&((i + 1) % 9).to_string()])).collect();
    expect(
        "recursion",
        &[
            (
                calling(&[calls("f", &["f"])], &[]),
                "the file: functions call each other in a circle: `f` → `f`",
            ),
            (
                calling(&[calls("a", &["leaf", "b"]), calls("b", &["a"]), calls("leaf", &[])], &["a"]),
                "the file: functions call each other in a circle: `b` → `a` → `b`",
            ),
            // `out` calls the circle and is not in it.
            (
                calling(&[calls("out", &["b"]), calls("b", &["b"])], &[]),
                "the file: functions call each other in a circle: `b` → `b`",
            ),
            (
                calling(&[function("f", &[branch(&message().with(1, &call("f")))])], &[]),
                "the file: functions call each other in a circle: `f` → `f`",
            ),
        ],
    );
    assert!(refused(&calling(&ring, &[])).to_string().ends_with(" → …"));
    let argument = call("f").with(5, &attribute("body", 6, &message()));
    let default = function("f", &[]).with(11, &attribute("body", 6, &message()));
    expect(
        "graph_argument",
        &[
            (
                model(&graph().with(1, &argument)).with(25, &function("f", &[])).0,
                "attribute `body` of node #0 (f) in the main graph: hands a graph to a function",
            ),
            (calling(&[default], &[]), "attribute `body` of function `f`: hands a graph to a function"),
        ],
    );
}

#[test]
fn three_kilobytes_that_are_a_billion_nodes_are_counted_without_expanding() {
    let twice = |i: u64| function(&i.to_string(), &[call(&(i + 1).to_string()), call(&(i + 1).to_string())]);
    let laughs: Vec<Message> = (0..60).map(twice).chain([function("60", &[node("Relu")])]).collect();
    let file = calling(&laughs, &["0"]);
    assert!(file.len() < 3000, "{}", file.len());
    let refused = refused(&file);
    assert_eq!(refused.rule.to_string(), "more than 50000 nodes when its functions are expanded");
}

#[test]
fn constants_hold_what_their_shape_says() {
    let place = "initializer `w` in the main graph: ";
    let values = |tensor: &Message, text: &str| {
        (with_initializer(&tensor.clone().text(8, "w")), format!("{place}{text}"))
    };
    let cases = [
        values(&shaped(1, &[3, 4]).bytes(9, &[0; 47]), "float32 [3,4] takes 48 bytes, but 47 are there"),
        values(&shaped(1, &[3, 4]).bytes(9, &[0; 49]), "float32 [3,4] takes 48 bytes, but 49 are there"),
        values(&shaped(1, &[1]), "float32 [1] takes 1 values, but 0 are there"),
        values(&shaped(1, &[0]).bytes(9, &[0]), "float32 [0] takes 0 bytes, but 1 are there"),
        values(&shaped(7, &[1]).int(7, 0).int(7, 0), "int64 [1] takes 1 values, but 2 are there"),
        values(&shaped(8, &[2]).text(6, "a"), "string [2] takes 2 values, but 1 are there"),
        values(
            &shaped(1, &[1 << 62]).bytes(9, &[]),
            "float32 [4611686018427387904] takes 18446744073709551616 bytes, but 0 are there",
        ),
        values(&shaped(22, &[3]).bytes(9, &[0]), "element type 22 [3] takes 2 bytes, but 1 are there"),
    ];
    for (file, text) in cases {
        expect("values", &[(file, &text)]);
    }
    let one = |tensor: &Message| with_initializer(&tensor.clone().text(8, "w"));
    let in_two =
        "initializer `w` in the main graph: its values are in two fields, or in one that is not for its type";
    expect(
        "data",
        &[
            (one(&shaped(1, &[1]).bytes(9, &[0; 4]).bytes(4, &[0; 4])), in_two),
            (one(&shaped(1, &[1]).int(5, 0)), in_two),
            (one(&shaped(7, &[2]).int(7, 0).int(5, 0)), in_two),
            (one(&shaped(8, &[1]).bytes(9, &[0])), in_two),
        ],
    );
    for (dims, text) in [
        (vec![-1], "[-1]"),
        (vec![i64::MAX, 2], "[9223372036854775807,2]"),
        (vec![0, i64::MAX, 2], "[0,9223372036854775807,2]"),
        (vec![i64::MAX; 32], &format!("[{}]", vec!["9223372036854775807"; 32].join(","))),
    ] {
        let text = format!("{place}the shape {text} has a negative dimension or too many elements");
        expect("dims", &[(one(&shaped(1, &dims)), &text)]);
    }
    let unknown = |code| format!("{place}element type {code} is unknown to ONNX Runtime 1.31.1");
    for code in [0, 27, -1, 1 << 32 | 1] {
        expect("element_type", &[(one(&shaped(code, &[1])), &unknown(code))]);
    }
    let segment = shaped(1, &[]).bytes(9, &[0; 4]).with(3, &message());
    expect(
        "segment",
        &[(one(&segment), "initializer `w` in the main graph: is a segment of another tensor")],
    );
}

#[test]
fn the_parts_of_a_sparse_tensor_fit() {
    let floats = |count: i64| tensor("s", 1, &[count], &vec![0; 4 * count as usize]);
    let places = |dims: &[i64]| tensor("", 7, dims, &vec![0; 8 * dims.iter().product::<i64>() as usize]);
    let case = |sparse: Message, text: &str| {
        (model(&graph().with(15, &sparse)).0, format!("sparse initializer `s` in the main graph: {text}"))
    };
    let indices = "the indices of a sparse tensor are not int64, one or one row for each value";
    for (file, text) in [
        case(message().with(1, &floats(1)), "a sparse tensor without values or without indices"),
        case(
            sparse(&tensor("s", 1, &[], &[0; 4]), &places(&[1]), &[4]),
            "the values of a sparse tensor are not a list",
        ),
        case(sparse(&floats(2), &places(&[1]), &[4]), indices),
        case(sparse(&floats(2), &places(&[2, 3]), &[2, 2]), indices),
        case(sparse(&floats(2), &tensor("", 6, &[2], &[0; 8]), &[4]), indices),
        case(sparse(&floats(5), &places(&[5]), &[4]), "a sparse tensor with more values than elements"),
    ] {
        expect("sparse", &[(file, &text)]);
    }
    let huge = sparse(&floats(1), &places(&[1]), &[i64::MAX, 2]);
    assert_eq!(refused(&model(&graph().with(15, &huge)).0).rule.name(), "dims");
}

#[test]
fn inputs_are_dense_tensors() {
    let float = message().with(1, &message().int(1, 1));
    let of = |of_type: &Message| model(&message().with(11, &message().text(1, "x").with(2, of_type))).0;
    let other =
        "input `x` in the main graph: is a sequence, map or optional, or has no type, not a dense tensor";
    expect(
        "input",
        &[
            (of(&message().with(4, &message().with(1, &float))), other),
            (of(&message().with(5, &message().int(1, 7).with(2, &float))), other),
            (of(&message().with(9, &message().with(1, &float))), other),
            (of(&message().with(8, &message().int(1, 1))), other),
            (of(&message().with(7, &message())), other),
            (of(&message()), other),
        ],
    );
}

#[test]
fn a_long_way_is_cut_in_the_middle_and_long_names_at_the_end() {
    let inner = foreign("x", &"é".repeat(128));
    let nested = (0..12).fold(inner, |inner, _| branch(&message().with(1, &inner)));
    let text = refused(&with_node(&nested)).to_string();
    assert!(
        text.starts_with(&format!("node `n` ({}…) in attribute `then_branch` of", "é".repeat(64))),
        "{text}"
    );
    assert!(text.contains(" … in the main graph: "), "{text}");
    assert!(text.len() < 600, "{text}");
}
