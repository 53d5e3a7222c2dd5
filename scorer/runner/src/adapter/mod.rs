//! Items into the model's tensors, as `egret-admission` resolved them: the part that touches every sample.
//!
//! | module | question |
//! |---|---|
//! | [`element`] | which element does a number become? |
//! | [`pixels`] | pictures and frames: the tight loops, and resizing |
//! | [`sound`] | samples, and log-mel spectrograms |
//! | [`text`] | strings, code points, tokens |
//!
//! No threads can be created in the jail, so all of it runs on the caller's thread between two runs of the model.

mod area;
mod element;
mod mel;
mod pixels;
mod sound;
#[cfg(test)]
mod tests;
mod text;

use std::collections::TryReserveError;

use egret_admission::DType;
use egret_admission::adapter::{How, TensorFeed};
use egret_contract::InputContract;
use egret_contract::item::View;
use egret_onnx::InputData;
use half::f16;

pub use text::Tokens;

/// Why a tensor cannot be filled.
#[derive(Debug)]
pub enum Unfed {
    /// A refused allocation.
    Memory,
    /// The item is not what the contract says: ours.
    Malformed,
    /// The team's tokenizer fails on a text; its words may quote the text.
    Tokenizer(String),
}

impl From<TryReserveError> for Unfed {
    fn from(_: TryReserveError) -> Self {
        Self::Memory
    }
}

/// The items of one run.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// Each as a whole; a short batch of a model with a fixed one is filled up with repeats of the last item.
    pub items: &'a [&'a [u8]],
    /// The same bytes in one piece.
    pub dense: &'a [u8],
}

/// Fills one tensor.
pub trait Feed {
    /// Fills the tensor with these items and says its shape, the batch included.
    fn fill(&mut self, batch: &Batch<'_>, tokens: &mut Tokens) -> Result<Vec<i64>, Unfed>;
    /// The elements, valid until the next call of [`Feed::fill`]. `batch` is that of the last.
    fn lend<'a>(&'a self, batch: &Batch<'a>) -> InputData<'a>;
}

/// Prepares the loops and their buffer for at most `items_max` items at once.
pub fn feed(feed: &TensorFeed, input: &InputContract, items_max: usize) -> Result<Box<dyn Feed>, Unfed> {
    if let How::Pixels(pixels) = &feed.how
        && pixels::Stored::suits(feed, pixels, input)
    {
        return Ok(Box::new(pixels::Stored::new(feed)));
    }
    match feed.dtype {
        DType::U8 => typed::<u8>(feed, input, items_max),
        DType::I8 => typed::<i8>(feed, input, items_max),
        DType::I16 => typed::<i16>(feed, input, items_max),
        DType::I32 => typed::<i32>(feed, input, items_max),
        DType::I64 => typed::<i64>(feed, input, items_max),
        DType::F16 => typed::<f16>(feed, input, items_max),
        DType::F64 => typed::<f64>(feed, input, items_max),
        DType::String => Ok(Box::new(text::Strings::new(feed, input))),
        // Resolving let nothing else through.
        _ => typed::<f32>(feed, input, items_max),
    }
}

fn typed<T: element::Element>(
    feed: &TensorFeed,
    input: &InputContract,
    items_max: usize,
) -> Result<Box<dyn Feed>, Unfed> {
    let part = Part { input: input.clone(), index: feed.part };
    let mut buffer = Vec::<T>::new();
    // What every item has of its own is reserved item by item.
    let fixed = feed.dims.iter().copied().product::<Option<u64>>().unwrap_or(0) as usize;
    buffer.try_reserve_exact(fixed.saturating_mul(items_max))?;
    Ok(match &feed.how {
        How::Pixels(pixels) => Box::new(pixels::Converted::new(part, feed, pixels, buffer)),
        How::Samples { affine, .. } => Box::new(sound::Samples::new(part, feed, *affine, buffer)),
        How::Spectrum { layout, mel, sample_rate_hz, affine } => {
            Box::new(sound::Spectrum::new(part, *layout, *mel, *sample_rate_hz, *affine, buffer))
        }
        How::Codes(encoding, field) => Box::new(text::Codes::new(part, feed, *encoding, *field, buffer)),
        How::Strings => Box::new(text::Strings::new(feed, input)),
    })
}

/// One part of every item.
struct Part {
    input: InputContract,
    index: usize,
}

impl Part {
    fn of<'a>(&self, item: &'a [u8]) -> Result<View<'a>, Unfed> {
        let views = self.input.views(item).map_err(|_| Unfed::Malformed)?;
        views.into_iter().nth(self.index).ok_or(Unfed::Malformed)
    }

    fn text<'a>(&self, item: &'a [u8]) -> Result<&'a str, Unfed> {
        match self.of(item)? {
            View::Text(text) => Ok(text),
            _ => Err(Unfed::Malformed),
        }
    }

    /// f32 little-endian samples.
    fn samples<'a>(&self, item: &'a [u8]) -> Result<&'a [[u8; 4]], Unfed> {
        match self.of(item)? {
            View::Audio(samples) => Ok(samples.as_chunks::<4>().0),
            _ => Err(Unfed::Malformed),
        }
    }
}

/// The shape of a batch whose items all have these dimensions.
fn shape(count: usize, dims: &[Option<u64>]) -> Vec<i64> {
    std::iter::once(count as i64).chain(dims.iter().map(|dim| dim.unwrap_or(0) as i64)).collect()
}
