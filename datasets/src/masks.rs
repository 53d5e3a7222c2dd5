//! Masks: PNG with a class per pixel, brought to the contract's picture as the picture itself is, but each pixel whole.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use egret_contract::{Frame, ImageInput};
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use crate::Truth;
use crate::media::{Origin, Unusable};

/// Bytes that a decoder may take beside the mask.
const DECODER_BYTES_MAX: usize = 64 << 20;

/// A mask as it stands in its file.
struct Mask {
    width: u32,
    height: u32,
    /// Rows from the top.
    levels: Vec<u16>,
    /// The level that is void: the highest of 8 or of 16 bits.
    void: u16,
}

/// The mask of an item in the contract's picture. Levels are the gray values, or the indices into the palette; the highest of 8
/// or of 16 bits (255, 65535) is void. A pixel takes the class at its centre, and is void where the picture is padded.
pub(crate) fn read(path: &Path, class_count: u32, origin: Origin, to: ImageInput) -> Result<Truth, Unusable> {
    let mask = decode(path)?;
    if (mask.width, mask.height) != (origin.width, origin.height) {
        let what = format!(
            "the mask is {} × {}, its picture {} × {}",
            mask.width, mask.height, origin.width, origin.height
        );
        return Err(Unusable::new(what, "save it at the size of its picture, with its EXIF orientation"));
    }
    let odd = mask.levels.iter().find(|level| **level != mask.void && u32::from(**level) >= class_count);
    if let Some(level) = odd {
        let what = format!("the mask has a pixel of class {level}; classes are 0 to {}", class_count - 1);
        return Err(Unusable::new(what, format!("use class indices, and {} for void", mask.void)));
    }
    let nothing = || Unusable::new("the mask has no pixels", "replace it");
    let frame = Frame::new(mask.width, mask.height, &to).ok_or_else(nothing)?;
    let (width, height) = match to.fit {
        egret_contract::Fit::Native => (mask.width, mask.height),
        _ => (to.width, to.height),
    };
    let columns: Vec<Option<usize>> =
        (0..width).map(|x| inside(frame.to_original([f64::from(x) + 0.5, 0.5])[0], mask.width)).collect();
    let mut classes = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        let row = inside(frame.to_original([0.5, f64::from(y) + 0.5])[1], mask.height);
        classes.extend(columns.iter().map(|column| match (row, column) {
            (Some(row), Some(column)) => mask.class(row, *column),
            _ => Truth::VOID,
        }));
    }
    Ok(Truth::Mask { width, height, classes })
}

/// The pixel that a place lies in.
fn inside(place: f64, side: u32) -> Option<usize> {
    (0.0..f64::from(side)).contains(&place).then_some(place as usize)
}

impl Mask {
    fn class(&self, row: usize, column: usize) -> u16 {
        let level = self.levels[row * self.width as usize + column];
        if level == self.void { Truth::VOID } else { level }
    }
}

fn decode(path: &Path) -> Result<Mask, Unusable> {
    let damaged = |error: &dyn std::fmt::Display| {
        Unusable::new(format!("the mask cannot be read: {error}"), "save it as PNG, gray or with a palette")
    };
    let file = File::open(path).map_err(|error| damaged(&error))?;
    let mut decoder = Decoder::new_with_limits(BufReader::new(file), Limits { bytes: DECODER_BYTES_MAX });
    // Indices, and not the colours that a palette has for them.
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(|error| damaged(&error))?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    crate::media::bounded(width, height)?;
    let (color, depth) = (info.color_type, info.bit_depth);
    if !matches!(color, ColorType::Grayscale | ColorType::Indexed) {
        let what = format!("the mask is of the kind {color:?}");
        return Err(Unusable::new(what, "save it as gray or with a palette, one class index per pixel"));
    }
    let bytes = reader.output_buffer_size().ok_or_else(|| damaged(&"it is too large"))?;
    let mut packed = vec![0; bytes];
    reader.next_frame(&mut packed).map_err(|error| damaged(&error))?;
    let lines = packed.chunks_exact(bytes / height as usize);
    let levels = lines.flat_map(|line| unpack(line, depth).take(width as usize)).collect();
    let void = if depth == BitDepth::Sixteen { u16::MAX } else { u16::from(u8::MAX) };
    Ok(Mask { width, height, levels, void })
}

/// The samples of a line.
fn unpack(line: &[u8], depth: BitDepth) -> Box<dyn Iterator<Item = u16> + '_> {
    let bits = match depth {
        BitDepth::One => 1,
        BitDepth::Two => 2,
        BitDepth::Four => 4,
        BitDepth::Eight => return Box::new(line.iter().map(|byte| u16::from(*byte))),
        BitDepth::Sixteen => {
            return Box::new(line.chunks_exact(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]])));
        }
    };
    let samples = move |byte: &u8| {
        let byte = *byte;
        (0..8 / bits).rev().map(move |place| u16::from(byte >> (place * bits)) & ((1 << bits) - 1))
    };
    Box::new(line.iter().flat_map(samples))
}
