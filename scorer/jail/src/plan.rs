//! What the judge asks of a runner: plain data that crosses the wall before it is closed.

pub use egret_contract::{Adapter, AnswerContract, InputContract};
use serde::{Deserialize, Serialize};

/// The most slots a plan may ask for; two are enough to fill one while the other is computed.
pub const SLOT_COUNT_MAX: u32 = 16;

/// One run of one model: what an item looks like, what an answer is, and how both travel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// One input item; [`egret_contract::item`] says how items lie in an input slot.
    pub input: InputContract,
    /// What the model has to say of an item.
    pub answer: AnswerContract,
    /// How items become the model's tensors; empty fields are inferred from its signature.
    pub adapter: Adapter,
    /// Threads that compute, the caller's included; fixed before the wall closes.
    pub threads: u32,
    /// The most items given to the model at once.
    pub batch_items_max: u32,
    /// Slots in the input and in the output memory.
    pub slot_count: u32,
    /// Items of one slot at most.
    pub slot_items: u32,
    /// Bytes of one input slot.
    pub slot_input_bytes: u64,
    /// Bytes of one output slot; see [`crate::answers::bytes_max`].
    pub slot_output_bytes: u64,
    /// Bytes of a model at most, unpacked.
    pub model_bytes_max: u64,
    /// True only for the public sample: text made by the model or the runtime may reach the team.
    pub detail: bool,
}

impl RunPlan {
    /// A run with one thread, one slot of at most `slot_items` items of fixed or greatest size, nothing declared, and nothing
    /// hidden.
    #[must_use]
    pub fn new(input: InputContract, answer: AnswerContract, slot_items: u32) -> Self {
        Self {
            adapter: Adapter::default(),
            threads: 1,
            batch_items_max: slot_items,
            slot_count: 1,
            slot_items,
            slot_input_bytes: input.item_bytes_max().saturating_mul(u64::from(slot_items)),
            slot_output_bytes: crate::answers::bytes_max(&answer, &input, slot_items),
            model_bytes_max: 2 << 30,
            detail: true,
            input,
            answer,
        }
    }

    /// Says what is wrong with the plan, if anything is; the sizes become mappings, so they are checked once, here.
    pub fn check(&self) -> Result<(), &'static str> {
        if !(1..=SLOT_COUNT_MAX).contains(&self.slot_count) {
            return Err("slot_count is out of range");
        }
        if !(1..=1024).contains(&self.threads) {
            return Err("threads is out of range");
        }
        if self.batch_items_max == 0 {
            return Err("batch_items_max is zero");
        }
        if self.slot_items == 0 || self.slot_input_bytes == 0 || self.slot_output_bytes == 0 {
            return Err("a slot has no room");
        }
        let limit = isize::MAX as u64 / 4;
        for bytes in [self.slot_input_bytes, self.slot_output_bytes] {
            if bytes.checked_mul(u64::from(self.slot_count)).is_none_or(|total| total > limit) {
                return Err("the slots do not fit the address space");
            }
        }
        Ok(())
    }
}
