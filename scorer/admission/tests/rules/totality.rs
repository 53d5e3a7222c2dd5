//! No bytes do more than be refused.

use egret_admission::{DType, admit};
use egret_onnx::build::Linear;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::craft::{
    Message, attribute, branch, calling, function, graph, message, model, named, node, tensor, with_node,
};

/// A small file with something of everything.
fn rich() -> Vec<u8> {
    let w = tensor("w", 1, &[2], &[0; 8]);
    let indices = tensor("", 7, &[1], &[0; 8]);
    let sparse = message().with(1, &tensor("s", 1, &[1], &[0; 4])).with(2, &indices).int(3, 2);
    let constant = named("c", "Constant").text(2, "k").with(5, &attribute("value", 5, &w));
    let inner = branch(&message().with(1, &constant));
    let graph = graph().with(5, &w).with(15, &sparse).with(1, &inner).with(16, &message());
    let body = function("f", &[node("Relu").text(1, "a").text(2, "b")]).with(9, &message().int(2, 17));
    model(&graph.with(1, &node("f").text(7, "f"))).with(25, &body).with(14, &message()).0
}

#[test]
fn every_truncation_is_refused() {
    for whole in [rich(), Linear::new(DType::F32, &[-1, 4], 3).endless_file()] {
        assert!(admit(&whole).is_ok(), "{:?}", admit(&whole));
        let graph_end = (0..whole.len()).rev().find(|end| admit(&whole[..*end]).is_err());
        assert_eq!(graph_end, Some(whole.len() - 1), "the last byte counts");
        for end in 0..whole.len() {
            // A cut between two fields of the file itself is seen only by what is missing then.
            let _ = admit(&whole[..end]);
        }
    }
}

#[test]
fn every_byte_may_be_any_other() {
    let mut file = rich();
    for at in 0..file.len() {
        let was = file[at];
        for byte in 0..=u8::MAX {
            file[at] = byte;
            let _ = admit(&file);
        }
        file[at] = was;
    }
}

#[test]
fn depth_does_not_reach_the_stack() {
    let node = (0..2_000).fold(node("Identity"), |inner, _| branch(&message().with(1, &inner)));
    let refused = admit(&with_node(&node)).unwrap_err();
    assert_eq!(refused.rule.name(), "limit");
}

/// Messages with any fields of ONNX's numbers, in one another.
fn messages() -> impl Strategy<Value = Message> {
    let leaf = prop_oneof![
        (1..27_u32, any::<i64>()).prop_map(|(field, value)| message().int(field, value)),
        (1..27_u32, vec(any::<u8>(), 0..12)).prop_map(|(field, bytes)| message().bytes(field, &bytes)),
        vec(any::<u8>(), 0..6).prop_map(|bytes| message().raw(&bytes)),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        vec((prop_oneof![Just(1), Just(5), Just(6), Just(7), Just(25), 1..27_u32], inner), 0..8)
            .prop_map(|fields| fields.iter().fold(message(), |m, (field, inner)| m.with(*field, inner)))
    })
}

proptest! {
    #[test]
    fn no_message_is_more_than_refused(message in messages()) {
        let _ = admit(&message.0);
        let _ = admit(&model(&message).0);
        let _ = admit(&with_node(&message));
        let _ = admit(&calling(&[message], &["f"]));
    }

    #[test]
    fn no_bytes_are_more_than_refused(bytes in vec(any::<u8>(), 0..200)) {
        let _ = admit(&bytes);
    }
}
