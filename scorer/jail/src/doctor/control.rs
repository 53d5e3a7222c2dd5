//! A run of a model of our own, whole and as every run is, with answers that are known to the last bit.

use std::time::Duration;

use crate::answers::{self, Answers};
use crate::error::JailError;
use crate::judge::{Event, spawn};
use crate::plan::{AdapterSpec, AnswerSpec, ItemSpec, RunPlan};
use crate::site::{Limits, Site};

/// A linear classifier of 4 × 2 RGB pixels: `scores = pixels · weights + bias`. A test of the runner holds it equal to what
/// the builder of ONNX files writes.
const MODEL: &[u8] = include_bytes!("control.onnx");
const CLASSES: u32 = 3;
const ITEM: ItemSpec = ItemSpec::Image { width: 4, height: 2, channels: 3 };
const ITEMS: u32 = 5;
/// More than one, so that the count of threads after the start means something.
const THREADS: u32 = 2;

/// Runs it. Whether the answers are exactly those of the arithmetic below, or why there are none.
pub(super) fn run(site: &Site) -> Result<bool, String> {
    let told = |error: JailError| error.to_string();
    let answer = AnswerSpec::Classes { class_count: CLASSES };
    let plan = RunPlan {
        item: ITEM,
        answer,
        adapter: AdapterSpec::default(),
        threads: THREADS,
        batch_items_max: ITEMS,
        slot_count: 1,
        slot_input_bytes: ITEM.bytes() * u64::from(ITEMS),
        slot_output_bytes: answers::bytes_max(&answer, ITEMS),
        // As if there were something to hide: with every wall, or not at all.
        detail: false,
    };
    let limits = Limits { wall: Duration::from_secs(30), cpu_s: 30, memory_mib: 512, threads: THREADS };
    let mut running = spawn(site, &plan, MODEL, &limits).map_err(told)?;
    let items = items();
    running.slot_mut(0).copy_from_slice(&items);
    running.submit(0, ITEMS).map_err(told)?;
    loop {
        match running.next().map_err(told)? {
            Event::Ready { .. } | Event::Loaded { .. } => {}
            Event::Done { answers, .. } => {
                let found = answers::decode(&answers, &answer, ITEMS);
                return Ok(found == Ok(Answers::Scores(expected(&items))));
            }
            Event::Faulted(report) => {
                return Err(format!("{}: {}", report.code, report.operator_note));
            }
        }
    }
}

fn items() -> Vec<u8> {
    (0..ITEM.bytes() * u64::from(ITEMS)).map(|index| (index * 37 % 251) as u8).collect()
}

/// Bytes times small whole weights: the sums are exact in any order.
fn expected(items: &[u8]) -> Vec<f32> {
    let weight = |feature: usize, class: usize| ((feature * CLASSES as usize + class) % 5) as f32 - 2.0;
    let score = |item: &[u8], class: usize| {
        let products = item.iter().enumerate().map(|(at, byte)| f32::from(*byte) * weight(at, class));
        products.sum::<f32>() - class as f32
    };
    let rows = items.chunks(ITEM.bytes() as usize);
    rows.flat_map(|item| (0..CLASSES as usize).map(move |class| score(item, class))).collect()
}
