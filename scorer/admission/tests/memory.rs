//! The scan's memory is bounded whatever the file's size: a tree of owned messages would be gigabytes here. Alone in its
//! process, which is what is measured.

use std::fs;

use egret_admission::{SCAN_MEMORY_BYTES_MAX, admit};

/// The most memory that this process has had resident, in bytes.
fn peak_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux says what a process uses");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

/// One ModelProto with this graph.
fn file(graph: &[u8]) -> Vec<u8> {
    let mut file = vec![0x08, 8, 0x42, 2, 0x10, 17, 0x3a];
    prost::encoding::encode_varint(graph.len() as u64, &mut file);
    file.extend_from_slice(graph);
    file
}

#[test]
fn a_hundred_megabytes_of_empty_messages_cost_next_to_nothing() {
    const BYTES: usize = 100 << 20;
    let names = |field: u8, count: u32| -> Vec<u8> {
        // Empty byte tensors with names of their own, or outputs.
        let each = (0..count).flat_map(|i| {
            let name = format!("{i:07}");
            let tail: &[u8] = if field == 0x2a { &[0x10, 2, 0x08, 0] } else { &[] };
            let tag = if field == 0x2a { 0x42 } else { 0x0a };
            let mut message = vec![field, (9 + tail.len()) as u8, tag, 7];
            message.extend_from_slice(name.as_bytes());
            message.extend_from_slice(tail);
            message
        });
        each.collect()
    };
    let files = [
        ("nodes", file(&[0x0a, 0].repeat(BYTES / 2))),
        ("values", file(&[0x6a, 0].repeat(BYTES / 2))),
        (
            "inputs of one node",
            file(&{
                let mut node = vec![0x0a];
                prost::encoding::encode_varint(BYTES as u64, &mut node);
                node.extend_from_slice(&[0x0a, 0].repeat(BYTES / 2));
                node
            }),
        ),
        ("initializers, as many as there may be", file(&names(0x2a, 100_000))),
        ("outputs, as many as there may be", file(&names(0x62, 16_384))),
    ];
    let before = peak_bytes();
    for (what, file) in &files {
        let admitted = admit(file);
        assert_eq!(admitted.is_ok(), what.ends_with("may be"), "{what}: {admitted:?}");
    }
    let used = peak_bytes() - before;
    assert!(used <= SCAN_MEMORY_BYTES_MAX, "{used} bytes");
}
