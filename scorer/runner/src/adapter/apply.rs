//! Items into the input tensor: the only loops of ours that touch every sample.
//!
//! No threads can be created in the jail, so this runs on the caller's thread between two runs of the model. Image samples
//! are bytes: each channel's map is a table of 256 numbers, computed once, and a pixel costs a look-up per channel. Where
//! the model takes the stored bytes as they are, nothing is copied at all.

use std::collections::TryReserveError;

use egret_admission::DType;
use egret_admission::adapter::{Affine, Feeding};
use egret_jail::plan::ItemSpec;
use egret_onnx::InputData;
use half::f16;

use super::element::Element;

/// Turns dense items into the elements of a tensor.
pub trait Feed {
    /// The tensor of these items, valid until the next call. `items` is a whole number of items, at most as many as the
    /// feed was made for.
    fn feed<'a>(&'a mut self, items: &'a [u8]) -> InputData<'a>;
}

/// Prepares the loops and their buffer, for batches of at most `feeding.batch.items_max()` items, of which no more than
/// `items_max` ever come. The error is a refused allocation.
pub fn feed(feeding: &Feeding, items_max: usize) -> Result<Box<dyn Feed>, TryReserveError> {
    Ok(match (feeding.dtype, &feeding.item) {
        (DType::U8, ItemSpec::Image { channels, .. })
            if *channels == 1 || !(feeding.layout.is_planar() || feeding.reversed) =>
        {
            Box::new(Stored)
        }
        (DType::U8, _) => typed::<u8>(feeding, items_max)?,
        (DType::I8, _) => typed::<i8>(feeding, items_max)?,
        (DType::I16, _) => typed::<i16>(feeding, items_max)?,
        (DType::I32, _) => typed::<i32>(feeding, items_max)?,
        (DType::I64, _) => typed::<i64>(feeding, items_max)?,
        (DType::F16, _) => typed::<f16>(feeding, items_max)?,
        (DType::F64, _) => typed::<f64>(feeding, items_max)?,
        // Resolving let nothing else through.
        (_, _) => typed::<f32>(feeding, items_max)?,
    })
}

fn typed<T: Element>(feeding: &Feeding, items_max: usize) -> Result<Box<dyn Feed>, TryReserveError> {
    let item_elements = feeding.dims.iter().product::<u64>() as usize;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(item_elements.saturating_mul(items_max))?;
    buffer.resize(item_elements * items_max, T::of(0.0));
    Ok(match feeding.item {
        ItemSpec::Image { channels, .. } => Box::new(Pixels::<T> {
            sources: tables(&feeding.channels, feeding.reversed),
            convert: match (feeding.layout.is_planar(), channels) {
                (_, 1) => planes::<T, 1>,
                (true, 2) => planes::<T, 2>,
                (true, 3) => planes::<T, 3>,
                (true, _) => planes::<T, 4>,
                (false, 2) => pixels::<T, 2>,
                (false, 3) => pixels::<T, 3>,
                (false, _) => pixels::<T, 4>,
            },
            item_bytes: item_elements,
            buffer,
        }),
        ItemSpec::Audio { .. } => Box::new(Samples::<T> { affine: feeding.channels[0], buffer }),
    })
}

/// The stored bytes are the tensor.
struct Stored;

impl Feed for Stored {
    fn feed<'a>(&'a mut self, items: &'a [u8]) -> InputData<'a> {
        InputData::U8(items)
    }
}

/// One channel of the tensor: which channel of the pixel it is, and what its samples become.
struct Source<T> {
    channel: usize,
    table: Box<[T; 256]>,
}

/// Declared means and deviations belong to the tensor's channels, in the order in which the model sees them.
fn tables<T: Element>(channels: &[Affine], reversed: bool) -> Vec<Source<T>> {
    let last = channels.len() - 1;
    channels
        .iter()
        .enumerate()
        .map(|(index, affine)| Source {
            channel: if reversed { last - index } else { index },
            table: Box::new(std::array::from_fn(|sample| T::of(affine.of(sample as f64)))),
        })
        .collect()
}

struct Pixels<T> {
    sources: Vec<Source<T>>,
    /// One item's loop, made for its number of channels.
    convert: fn(&[u8], &[Source<T>], &mut [T]),
    /// Also the number of elements: a sample is a byte.
    item_bytes: usize,
    buffer: Vec<T>,
}

impl<T: Element> Feed for Pixels<T> {
    fn feed<'a>(&'a mut self, items: &'a [u8]) -> InputData<'a> {
        let tensor = &mut self.buffer[..items.len()];
        for (item, to) in items.chunks_exact(self.item_bytes).zip(tensor.chunks_exact_mut(self.item_bytes)) {
            (self.convert)(item, &self.sources, to);
        }
        T::lend(tensor)
    }
}

/// Channel by channel. With the pixel's size known to the compiler, no bounds are checked in the loop.
fn planes<T: Element, const C: usize>(item: &[u8], sources: &[Source<T>], tensor: &mut [T]) {
    let (pixels, _) = item.as_chunks::<C>();
    for (source, plane) in sources.iter().zip(tensor.chunks_exact_mut(pixels.len())) {
        let channel = source.channel % C;
        for (element, pixel) in plane.iter_mut().zip(pixels) {
            *element = source.table[usize::from(pixel[channel])];
        }
    }
}

/// Pixel by pixel.
fn pixels<T: Element, const C: usize>(item: &[u8], sources: &[Source<T>], tensor: &mut [T]) {
    let (pixels, _) = item.as_chunks::<C>();
    let (tensor, _) = tensor.as_chunks_mut::<C>();
    for (elements, pixel) in tensor.iter_mut().zip(pixels) {
        for (element, source) in elements.iter_mut().zip(sources) {
            *element = source.table[usize::from(pixel[source.channel % C])];
        }
    }
}

/// Audio: float32 samples, little-endian as they are stored.
struct Samples<T> {
    affine: Affine,
    buffer: Vec<T>,
}

impl<T: Element> Feed for Samples<T> {
    fn feed<'a>(&'a mut self, items: &'a [u8]) -> InputData<'a> {
        let (samples, _) = items.as_chunks::<4>();
        let tensor = &mut self.buffer[..samples.len()];
        for (element, bytes) in tensor.iter_mut().zip(samples) {
            // float64 holds every float32 exactly: where the map is the identity, so is this.
            *element = T::of(self.affine.of(f64::from(f32::from_le_bytes(*bytes))));
        }
        T::lend(tensor)
    }
}

#[cfg(test)]
mod tests {
    use egret_admission::TensorInfo;
    use egret_admission::adapter::resolve_feeding;
    use egret_jail::plan::AdapterSpec;

    use super::*;

    /// Two pixels by one, three channels.
    const RGB: ItemSpec = ItemSpec::Image { width: 2, height: 1, channels: 3 };
    const GRAY: ItemSpec = ItemSpec::Image { width: 2, height: 2, channels: 1 };
    const QUAD: ItemSpec = ItemSpec::Image { width: 2, height: 1, channels: 4 };

    fn fed(item: &ItemSpec, dtype: DType, dims: &[i64], spec: &AdapterSpec, items: &[u8]) -> String {
        let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        let input = TensorInfo { name: "t".to_owned(), dtype, dims };
        let mut feed = feed(&resolve_feeding(&[input], item, spec, 8).unwrap(), 8).unwrap();
        let once = format!("{:?}", feed.feed(items));
        assert_eq!(format!("{:?}", feed.feed(items)), once, "a buffer is not left over");
        once
    }

    fn raw() -> AdapterSpec {
        AdapterSpec { scale: Some(1.0), ..AdapterSpec::default() }
    }

    #[test]
    fn rows_of_pixels_become_planes() {
        let items = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16];
        assert_eq!(
            fed(&RGB, DType::F32, &[-1, 3, 1, 2], &raw(), &items),
            "F32([1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 11.0, 14.0, 12.0, 15.0, 13.0, 16.0])"
        );
        assert_eq!(
            fed(&RGB, DType::U8, &[-1, 3, 1, 2], &AdapterSpec::default(), &items),
            "U8([1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16])"
        );
    }

    #[test]
    fn four_channels_are_images_too() {
        let items = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(
            fed(&QUAD, DType::U8, &[-1, 4, 1, 2], &AdapterSpec::default(), &items),
            "U8([1, 5, 2, 6, 3, 7, 4, 8])"
        );
    }

    #[test]
    fn channels_last_and_flat_keep_the_order() {
        let items = [1, 2, 3, 4, 5, 6];
        for dims in [&[-1, 1, 2, 3][..], &[-1, 6]] {
            assert_eq!(fed(&RGB, DType::U8, dims, &AdapterSpec::default(), &items), "U8([1, 2, 3, 4, 5, 6])");
            assert_eq!(fed(&RGB, DType::I64, dims, &raw(), &items), "I64([1, 2, 3, 4, 5, 6])");
        }
    }

    #[test]
    fn bgr_reverses_pixels_and_not_the_declared_means() {
        let spec = AdapterSpec {
            channel_order: Some("bgr".to_owned()),
            mean: vec![0.0, 100.0, 200.0],
            scale: Some(1.0),
            ..AdapterSpec::default()
        };
        let items = [1, 2, 3, 4, 5, 6];
        assert_eq!(
            fed(&RGB, DType::F32, &[-1, 1, 2, 3], &spec, &items),
            "F32([3.0, -98.0, -199.0, 6.0, -95.0, -196.0])"
        );
        assert_eq!(
            fed(&RGB, DType::F32, &[-1, 3, 1, 2], &spec, &items),
            "F32([3.0, 6.0, -98.0, -95.0, -199.0, -196.0])"
        );
        let spec = AdapterSpec { channel_order: Some("bgr".to_owned()), ..AdapterSpec::default() };
        assert_eq!(fed(&RGB, DType::U8, &[-1, 1, 2, 3], &spec, &items), "U8([3, 2, 1, 6, 5, 4])");
    }

    #[test]
    fn gray_is_the_same_in_every_layout() {
        for dims in [&[-1, 1, 2, 2][..], &[-1, 2, 2, 1], &[-1, 2, 2], &[-1, 4]] {
            let none = AdapterSpec::default();
            assert_eq!(fed(&GRAY, DType::F32, dims, &none, &[0, 51, 102, 255]), "F32([0.0, 0.2, 0.4, 1.0])");
            assert_eq!(fed(&GRAY, DType::I8, dims, &none, &[0, 51, 102, 255]), "I8([-128, -77, -26, 127])");
            assert_eq!(fed(&GRAY, DType::U8, dims, &none, &[0, 51, 102, 255]), "U8([0, 51, 102, 255])");
        }
    }

    #[test]
    fn halves_and_doubles_are_rounded_once() {
        assert_eq!(
            fed(&GRAY, DType::F64, &[-1, 4], &AdapterSpec::default(), &[0, 1, 2, 255]),
            format!("F64({:?})", [0.0, 1.0 / 255.0, 2.0 / 255.0, 1.0])
        );
        let third = f16::from_f64(85.0 / 255.0);
        assert_eq!(
            fed(&GRAY, DType::F16, &[-1, 4], &AdapterSpec::default(), &[0, 85, 85, 255]),
            format!("F16({:?})", [f16::ZERO, third, third, f16::ONE])
        );
    }

    #[test]
    fn audio_is_passed_on_to_the_last_bit() {
        let audio = ItemSpec::Audio { sample_rate_hz: 8000, sample_count: 2 };
        let items: Vec<u8> = [0.1_f32, -1.0, f32::MIN_POSITIVE, 1e-45]
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        let none = AdapterSpec::default();
        for dims in [&[-1, 2][..], &[-1, 1, 2], &[-1, 2, 1]] {
            assert_eq!(
                fed(&audio, DType::F32, dims, &none, &items),
                format!("F32({:?})", [0.1_f32, -1.0, f32::MIN_POSITIVE, 1e-45])
            );
        }
        let spec = AdapterSpec { scale: Some(2.0), mean: vec![1.0], std: vec![0.5], ..none };
        assert_eq!(fed(&audio, DType::F64, &[-1, 2], &spec, &items[4..8]), format!("F64({:?})", [-6.0]));
    }
}
