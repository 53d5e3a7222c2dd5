//! Samples, and spectrograms of them.

use egret_admission::adapter::{Affine, Layout, TensorFeed};
use egret_contract::LogMel;
use egret_onnx::InputData;

use super::element::Element;
use super::mel::MelBank;
use super::{Batch, Feed, Part, Tokens, Unfed, shape};

/// float32 samples, little-endian as they are stored; cut or zero-padded where the tensor has a length of its own.
pub struct Samples<T> {
    part: Part,
    dims: Vec<Option<u64>>,
    affine: Affine,
    buffer: Vec<T>,
}

impl<T: Element> Samples<T> {
    pub fn new(part: Part, feed: &TensorFeed, affine: Affine, buffer: Vec<T>) -> Self {
        Self { part, dims: feed.dims.clone(), affine, buffer }
    }
}

impl<T: Element> Feed for Samples<T> {
    fn fill(&mut self, batch: &Batch<'_>, _: &mut Tokens) -> Result<Vec<i64>, Unfed> {
        self.buffer.clear();
        let own = self.dims.iter().copied().product::<Option<u64>>();
        let mut dims = self.dims.clone();
        for item in batch.items {
            let samples = self.part.samples(item)?;
            let length = own.map_or(samples.len(), |own| own as usize);
            self.buffer.try_reserve(length)?;
            let end = self.buffer.len() + length;
            // float64 holds every float32 exactly: where the map is the identity, so is this.
            let values = samples.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
            self.buffer.extend(values.take(length).map(|sample| T::of(self.affine.of(sample))));
            self.buffer.resize(end, T::of(self.affine.of(0.0)));
            for dim in &mut dims {
                *dim = dim.or(Some(length as u64));
            }
        }
        Ok(shape(batch.items.len(), &dims))
    }

    fn lend<'a>(&'a self, _: &Batch<'a>) -> InputData<'a> {
        T::lend(&self.buffer)
    }
}

/// Log-mel spectrograms.
pub struct Spectrum<T> {
    part: Part,
    layout: Layout,
    bank: MelBank,
    affine: Affine,
    buffer: Vec<T>,
}

impl<T: Element> Spectrum<T> {
    pub fn new(
        part: Part,
        layout: Layout,
        mel: LogMel,
        sample_rate_hz: u32,
        affine: Affine,
        buffer: Vec<T>,
    ) -> Self {
        Self { part, layout, bank: MelBank::new(mel, sample_rate_hz), affine, buffer }
    }
}

impl<T: Element> Feed for Spectrum<T> {
    fn fill(&mut self, batch: &Batch<'_>, _: &mut Tokens) -> Result<Vec<i64>, Unfed> {
        self.buffer.clear();
        let bands = self.bank.bands();
        let mut columns = 0;
        for item in batch.items {
            let samples: Vec<f32> =
                self.part.samples(item)?.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            // Column by column: every band of one moment.
            let values = self.bank.of(&samples);
            columns = values.len() / bands;
            self.buffer.try_reserve(values.len())?;
            let number = |value: f32| T::of(self.affine.of(f64::from(value)));
            if matches!(self.layout, Layout::Ntf | Layout::Nctf) {
                self.buffer.extend(values.iter().map(|value| number(*value)));
            } else {
                for band in 0..bands {
                    self.buffer.extend(values.iter().skip(band).step_by(bands).map(|value| number(*value)));
                }
            }
        }
        let (bands, columns) = (bands as i64, columns as i64);
        let count = batch.items.len() as i64;
        Ok(match self.layout {
            Layout::Ntf => vec![count, columns, bands],
            Layout::Ncft => vec![count, 1, bands, columns],
            Layout::Nctf => vec![count, 1, columns, bands],
            _ => vec![count, bands, columns],
        })
    }

    fn lend<'a>(&'a self, _: &Batch<'a>) -> InputData<'a> {
        T::lend(&self.buffer)
    }
}
