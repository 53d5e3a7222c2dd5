//! What the judge asks of a runner: plain data that crosses the wall before it is closed.

use serde::{Deserialize, Serialize};

/// The most slots a plan may ask for; two are enough to fill one while the other is computed.
pub const SLOT_COUNT_MAX: u32 = 16;

/// One run of one model: what an item looks like, what an answer is, and how both travel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// One input item, as it lies in an input slot.
    pub item: ItemSpec,
    /// What the model has to say of an item.
    pub answer: AnswerSpec,
    /// How items become the model's tensors; empty fields are inferred from its signature.
    pub adapter: AdapterSpec,
    /// Threads that compute, the caller's included; fixed before the wall closes.
    pub threads: u32,
    /// The most items given to the model at once.
    pub batch_items_max: u32,
    /// Slots in the input and in the output memory.
    pub slot_count: u32,
    /// Bytes of one input slot.
    pub slot_input_bytes: u64,
    /// Bytes of one output slot; see [`crate::answers::bytes_max`].
    pub slot_output_bytes: u64,
    /// True only for the public sample: text made by the model or the runtime may reach the team.
    pub detail: bool,
}

impl RunPlan {
    /// Items of one full input slot.
    #[must_use]
    pub fn slot_items(&self) -> u32 {
        u32::try_from(self.slot_input_bytes / self.item.bytes().max(1)).unwrap_or(u32::MAX)
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
        if self.slot_input_bytes == 0 || self.slot_output_bytes == 0 {
            return Err("a slot has no bytes");
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

/// The layout of one decoded item. Items of a slot lie densely, one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemSpec {
    /// `u8`, height × width × channels.
    Image {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
        /// 1 for gray, 3 for RGB.
        channels: u32,
    },
    /// `f32` little-endian PCM in −1..1, mono, `sample_count` samples.
    Audio {
        /// Samples per second.
        sample_rate_hz: u32,
        /// Samples per item.
        sample_count: u32,
    },
}

impl ItemSpec {
    /// Bytes of one item.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match *self {
            Self::Image { width, height, channels } => {
                u64::from(width).saturating_mul(u64::from(height)).saturating_mul(u64::from(channels))
            }
            Self::Audio { sample_count, .. } => u64::from(sample_count) * 4,
        }
    }
}

/// The kind of answer the task asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSpec {
    /// One of `class_count` classes: scores of all of them, or the index of one.
    Classes {
        /// Number of classes.
        class_count: u32,
    },
}

/// The team's declaration of how items become tensors, as in `egret.v1.Adapter`; what is empty is inferred.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AdapterSpec {
    /// `nchw`, `nhwc`, …
    pub layout: Option<String>,
    /// Element type of the input tensor.
    pub dtype: Option<String>,
    /// Each value is multiplied by this first.
    pub scale: Option<f64>,
    /// Subtracted per channel after scaling.
    pub mean: Vec<f64>,
    /// Divided by per channel after the mean.
    pub std: Vec<f64>,
    /// `rgb` or `bgr`.
    pub channel_order: Option<String>,
    /// Name of the output that holds the answer.
    pub output: Option<String>,
    /// `softmax` where the output holds logits and probabilities are wanted.
    pub activation: Option<String>,
}
