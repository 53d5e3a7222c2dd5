//! Pictures and frames.
//!
//! Samples are bytes: each channel's map is a table of 256 numbers, computed once, and a pixel costs a look-up per channel. Where
//! the model takes the stored bytes as they are, nothing is copied at all. Resizing is Pillow's, in fixed point, before
//! the map: whole levels, as a file of that size would have had.

use egret_admission::DType;
use egret_admission::adapter::{Affine, Extent, Layout, Pixels, TensorFeed};
use egret_contract::item::View;
use egret_contract::{InputContract, Resize};
use egret_onnx::InputData;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::area;
use super::element::Element;
use super::{Batch, Feed, Part, Tokens, Unfed, shape};

/// The stored bytes are the tensor.
pub struct Stored {
    dims: Vec<Option<u64>>,
}

impl Stored {
    /// Whether they are.
    pub fn suits(feed: &TensorFeed, pixels: &Pixels, input: &InputContract) -> bool {
        let dense = input.only().is_some() && input.item_bytes().is_some();
        let gray = pixels.channels.len() == 1;
        let order = gray || !(pixels.layout.is_planar() || pixels.reversed);
        feed.dtype == DType::U8 && dense && order && pixels.resize.is_none()
    }

    pub fn new(feed: &TensorFeed) -> Self {
        Self { dims: feed.dims.clone() }
    }
}

impl Feed for Stored {
    fn fill(&mut self, batch: &Batch<'_>, _: &mut Tokens) -> Result<Vec<i64>, Unfed> {
        Ok(shape(batch.items.len(), &self.dims))
    }

    fn lend<'a>(&'a self, batch: &Batch<'a>) -> InputData<'a> {
        InputData::U8(batch.dense)
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

/// Pixels through tables, resized first where the model has a size of its own.
pub struct Converted<T> {
    part: Part,
    dims: Vec<Option<u64>>,
    layout: Layout,
    sources: Vec<Source<T>>,
    resize: Option<Resized>,
    buffer: Vec<T>,
}

struct Resized {
    height: u32,
    width: u32,
    options: ResizeOptions,
    /// Whether a picture that shrinks both ways does so by area.
    by_area: bool,
    resizer: Resizer,
    picture: Vec<u8>,
}

impl<T: Element> Converted<T> {
    pub fn new(part: Part, feed: &TensorFeed, pixels: &Pixels, buffer: Vec<T>) -> Self {
        let resize = pixels.resize.map(|((height, width), filter)| Resized {
            height: height as u32,
            width: width as u32,
            options: ResizeOptions::new().resize_alg(match filter {
                Resize::Bilinear | Resize::Area => ResizeAlg::Convolution(FilterType::Bilinear),
                Resize::Nearest => ResizeAlg::Nearest,
            }),
            by_area: filter == Resize::Area,
            resizer: Resizer::new(),
            picture: Vec::new(),
        });
        let sources = tables(&pixels.channels, pixels.reversed);
        Self { part, dims: feed.dims.clone(), layout: pixels.layout, sources, resize, buffer }
    }
}

impl Resized {
    /// One picture in the model's own size.
    fn of(&mut self, pixels: &[u8], (width, height): (u32, u32), channels: usize) -> Result<&[u8], Unfed> {
        let kind = if channels == 1 { PixelType::U8 } else { PixelType::U8x3 };
        let bytes = self.width as usize * self.height as usize * channels;
        self.picture.try_reserve(bytes.saturating_sub(self.picture.len()))?;
        self.picture.resize(bytes, 0);
        if self.by_area && width >= self.width && height >= self.height {
            area::shrink(pixels, (width, height), channels, &mut self.picture, (self.width, self.height));
            return Ok(&self.picture);
        }
        let from = ImageRef::new(width, height, pixels, kind).map_err(|_| Unfed::Malformed)?;
        let mut to = Image::from_slice_u8(self.width, self.height, &mut self.picture, kind)
            .map_err(|_| Unfed::Malformed)?;
        self.resizer.resize(&from, &mut to, &self.options).map_err(|_| Unfed::Malformed)?;
        Ok(&self.picture)
    }
}

impl<T: Element> Feed for Converted<T> {
    fn fill(&mut self, batch: &Batch<'_>, _: &mut Tokens) -> Result<Vec<i64>, Unfed> {
        let channels = self.sources.len();
        self.buffer.clear();
        let mut dims = self.dims.clone();
        for item in batch.items {
            let (width, height, pixels) = match self.part.of(item)? {
                View::Image { width, height, pixels } => (width, height, pixels),
                View::Video(frames) => self.frame_size(frames)?,
                _ => return Err(Unfed::Malformed),
            };
            let frame_bytes = width as usize * height as usize * channels;
            let start = self.buffer.len();
            for frame in pixels.chunks_exact(frame_bytes.max(1)) {
                let frame = match &mut self.resize {
                    Some(resize) => resize.of(frame, (width, height), channels)?,
                    None => frame,
                };
                self.buffer.try_reserve(frame.len())?;
                let from = self.buffer.len();
                self.buffer.resize(from + frame.len(), T::of(0.0));
                convert(frame, &self.sources, self.layout.is_planar(), &mut self.buffer[from..]);
            }
            if self.layout == Layout::Ncthw {
                frames_behind_channels(&mut self.buffer[start..], channels, &self.dims)?;
            }
            if let Some(own) = self.own_dims(width, height) {
                dims = own;
            }
        }
        Ok(shape(batch.items.len(), &dims))
    }

    fn lend<'a>(&'a self, _: &Batch<'a>) -> InputData<'a> {
        T::lend(&self.buffer)
    }
}

impl<T: Element> Converted<T> {
    /// The contract's width and height, and all frames as they lie.
    fn frame_size<'a>(&self, frames: &'a [u8]) -> Result<(u32, u32, &'a [u8]), Unfed> {
        match self.part.input.parts.get(self.part.index).map(|part| &part.kind) {
            Some(egret_contract::PartKind::Video(video)) => Ok((video.width, video.height, frames)),
            _ => Err(Unfed::Malformed),
        }
    }

    /// The dimensions of a picture of native size.
    fn own_dims(&self, width: u32, height: u32) -> Option<Vec<Option<u64>>> {
        if self.dims.iter().all(Option::is_some) {
            return None;
        }
        let channels = self.sources.len() as u64;
        let size = Some((u64::from(height), u64::from(width)));
        self.layout.dims(&Extent::Picture { channels, size })
    }
}

/// One picture, with the pixel's size known to the compiler: no bounds are checked in the loops.
fn convert<T: Element>(frame: &[u8], sources: &[Source<T>], planar: bool, tensor: &mut [T]) {
    match (planar, sources.len()) {
        (_, 1) => planes::<T, 1>(frame, sources, tensor),
        (true, _) => planes::<T, 3>(frame, sources, tensor),
        (false, _) => pixels::<T, 3>(frame, sources, tensor),
    }
}

/// Channel by channel.
fn planes<T: Element, const C: usize>(item: &[u8], sources: &[Source<T>], tensor: &mut [T]) {
    let (pixels, _) = item.as_chunks::<C>();
    for (source, plane) in sources.iter().zip(tensor.chunks_exact_mut(pixels.len().max(1))) {
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

/// `[T,C,H,W]` becomes `[C,T,H,W]`.
fn frames_behind_channels<T: Element>(
    clip: &mut [T],
    channels: usize,
    dims: &[Option<u64>],
) -> Result<(), Unfed> {
    let plane = dims[2..].iter().copied().product::<Option<u64>>().ok_or(Unfed::Malformed)? as usize;
    let mut planes = Vec::new();
    planes.try_reserve_exact(clip.len())?;
    for channel in 0..channels {
        for frame in clip.chunks_exact(plane * channels) {
            planes.extend_from_slice(&frame[channel * plane..(channel + 1) * plane]);
        }
    }
    clip.copy_from_slice(&planes);
    Ok(())
}
