//! The scan's memory is bounded whatever the file's size: a tree of owned messages would be gigabytes here. Alone in its
//! process, which is what is measured.

use std::fs;

use egret_admission::{SCAN_MEMORY_BYTES_MAX, admit};
use prost::encoding::{WireType, encode_key, encode_varint};

const FILE_BYTES: usize = 100 << 20;

/// The memory, in bytes, that `work` adds at its peak to what this process has resident.
fn peak_of(work: impl FnOnce()) -> usize {
    let resident = |line: &str| {
        let status = fs::read_to_string("/proc/self/status").expect("Linux says what a process uses");
        let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap().to_owned();
        line.split_whitespace().next().unwrap().parse::<usize>().unwrap() << 10
    };
    // Forgets the peak so far.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = resident("VmRSS:");
    work();
    resident("VmHWM:").saturating_sub(before)
}

/// A length-delimited field.
fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut field = Vec::with_capacity(bytes.len() + 10);
    encode_key(number, WireType::LengthDelimited, &mut field);
    encode_varint(bytes.len() as u64, &mut field);
    field.extend_from_slice(bytes);
    field
}

/// IR version 8, opset 17, and this graph.
fn file(graph: &[u8]) -> Vec<u8> {
    [&[0x08, 8], field(8, &[0x10, 17]).as_slice(), &field(7, graph)].concat()
}

/// As many messages of a graph's field as `each` makes, with names as long as names may be.
fn named(count: u32, number: u32, name_field: u32, rest: &[u8]) -> Vec<u8> {
    let each =
        |i| field(number, &[field(name_field, format!("{i:0256}").as_bytes()).as_slice(), rest].concat());
    (0..count).flat_map(each).collect()
}

#[test]
fn a_hundred_megabytes_of_empty_messages_cost_next_to_nothing() {
    let empty = |number| field(number, &[]).repeat(FILE_BYTES / 2);
    // A float tensor of 32 dynamic dimensions.
    let of_type = field(2, &field(1, &[&[0x08, 1], field(2, &field(1, &[]).repeat(32)).as_slice()].concat()));
    let functions = (0..10_000).flat_map(|i| {
        let name = format!("{i:0256}");
        field(
            25,
            &[field(1, name.as_bytes()), field(10, name.as_bytes()), field(13, name.as_bytes())].concat(),
        )
    });
    let files = [
        ("nodes", file(&empty(1))),
        ("values", file(&empty(13))),
        ("inputs of one node", file(&field(1, &empty(1)))),
        ("as many initializers as there may be", file(&named(100_000, 5, 8, &[0x10, 2, 0x08, 0]))),
        ("as many outputs as there may be", file(&named(16_384, 12, 1, &of_type))),
        ("as many functions as there may be", file(&[]).into_iter().chain(functions).collect()),
    ];
    let control = peak_of(|| drop(std::hint::black_box(vec![1_u8; 2 * SCAN_MEMORY_BYTES_MAX])));
    assert!(control > SCAN_MEMORY_BYTES_MAX, "the measure sees what is used: {control} bytes");
    for (what, file) in &files {
        let used = peak_of(|| {
            let admitted = admit(file);
            assert_eq!(admitted.is_ok(), what.starts_with("as many"), "{what}: {:?}", admitted.err());
        });
        assert!(used <= SCAN_MEMORY_BYTES_MAX, "{what}: {used} bytes");
    }
}
