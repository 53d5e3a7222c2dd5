//! A run of a model of our own, whole and as every run is, with answers that are known to the last bit.

use std::time::Duration;

use crate::answers::{self, Answers};
use crate::error::JailError;
use crate::judge::{Event, spawn};
use crate::plan::{AnswerContract, InputContract, RunPlan};
use crate::site::{Limits, Site};

/// A linear classifier of 4 × 2 RGB pixels: `scores = pixels · weights + bias`. A test of the runner holds it equal to what
/// the builder of ONNX files writes.
const MODEL: &[u8] = include_bytes!("control.onnx");
const CLASSES: u32 = 3;
/// 4 × 2 RGB.
const ITEM_BYTES: usize = 24;
const ITEMS: u32 = 5;
/// More than one, so that the count of threads after the start means something.
const THREADS: u32 = 2;

/// Runs it. Whether the answers are exactly those of the arithmetic below, or why there are none.
pub(super) fn run(site: &Site) -> Result<bool, String> {
    let told = |error: JailError| error.to_string();
    let (input, answer) = (InputContract::images(4, 2, 3), AnswerContract::one_of(CLASSES));
    // As if there were something to hide: with every wall, or not at all.
    let plan = RunPlan { threads: THREADS, detail: false, ..RunPlan::new(input, answer, ITEMS) };
    let limits = Limits { wall: Duration::from_secs(30), cpu_s: 30, memory_mib: 512, threads: THREADS };
    let mut running = spawn(site, &plan, MODEL, &limits).map_err(told)?;
    let items = items();
    running.slot_mut(0).copy_from_slice(&items);
    running.submit(0, ITEMS).map_err(told)?;
    loop {
        match running.next().map_err(told)? {
            Event::Ready { .. } | Event::Loaded { .. } => {}
            Event::Done { answers, .. } => {
                let found = answers::decode(&answers, &plan.answer, &plan.input, ITEMS);
                return Ok(found == Ok(Answers::Rows { width: CLASSES, values: expected(&items) }));
            }
            Event::Faulted(report) => {
                return Err(format!("{}: {}", report.code, report.operator_note));
            }
        }
    }
}

fn items() -> Vec<u8> {
    (0..ITEM_BYTES * ITEMS as usize).map(|index| (index * 37 % 251) as u8).collect()
}

/// Bytes times small whole weights: the sums are exact in any order.
fn expected(items: &[u8]) -> Vec<f32> {
    let weight = |feature: usize, class: usize| ((feature * CLASSES as usize + class) % 5) as f32 - 2.0;
    let score = |item: &[u8], class: usize| {
        let products = item.iter().enumerate().map(|(at, byte)| f32::from(*byte) * weight(at, class));
        products.sum::<f32>() - class as f32
    };
    let rows = items.chunks(ITEM_BYTES);
    rows.flat_map(|item| (0..CLASSES as usize).map(move |class| score(item, class))).collect()
}
