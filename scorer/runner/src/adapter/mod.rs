//! Items into the model's input, as `egret-admission` resolved it: the part that touches every sample.
//!
//! | module | question |
//! |---|---|
//! | [`element`] | which element does a number become? |
//! | [`apply`] | the tight loops that do it, item by item |
//!
//! Items are never resized, cropped or resampled here: the contract fixes their size, and the same bytes go to everybody.

pub mod apply;
mod element;
