//! What a search holds stays below its stated bound while the gallery goes by. A process of its own, for its memory is
//! what is measured.

use std::fs;

use egret_search::{Similarity, TopK, memory_bytes};

const DIM: usize = 256;
const K: usize = 500;
const THREADS: usize = 2;
const QUERIES: usize = 4000;
/// Rows of one part, of which there are [`PARTS`]: 160 MiB together, four times what the search may hold.
const PART_ROWS: usize = 512;
const PARTS: usize = 320;
/// The part that is being added, the stacks of the threads, and code.
const AROUND_BYTES: u64 = 4 << 20;

/// A line of what the kernel says of this process, in bytes.
fn resident(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let value = status.lines().find_map(|l| l.strip_prefix(line)).unwrap();
    value.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn the_bound_holds_and_the_gallery_is_not_kept() {
    let before = resident("VmRSS:");
    let bound = memory_bytes(QUERIES as u64, DIM, K, THREADS);
    assert!(bound * 4 < (PARTS * PART_ROWS * DIM * size_of::<f32>()) as u64, "the gallery would not fit");
    let mut element = 0_u32;
    let mut rows = |count: usize| {
        let next = || {
            element = element.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (element >> 8) as f32 - (1 << 23) as f32
        };
        std::iter::repeat_with(next).take(count * DIM).collect::<Vec<f32>>()
    };
    let mut search = TopK::new(rows(QUERIES), DIM, K, Similarity::Cosine, THREADS).unwrap();
    let part = rows(PART_ROWS);
    for index in 0..PARTS {
        search.add(&part, (index * PART_ROWS) as u32).unwrap();
    }
    let lists = search.finish();
    let held = resident("VmHWM:") - before;
    assert!(lists.iter().all(|list| list.len() == K));
    assert!(held <= bound + AROUND_BYTES, "{held} bytes were held; the bound is {bound}");
    assert!(held >= bound / 2, "the measure sees the search: {held} of {bound}");
}
