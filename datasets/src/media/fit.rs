use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use egret_contract::{Fit, ImageInput};

use super::Unusable;
use super::picture::Picture;

/// Brings a picture to the contract's size, into `out`.
pub(super) fn fit(
    resizer: &mut Resizer,
    picture: &Picture,
    to: &ImageInput,
    out: &mut [u8],
) -> Result<(), Unusable> {
    if (picture.width, picture.height) == (to.width, to.height) {
        out.copy_from_slice(&picture.samples);
        return Ok(());
    }
    let triangle = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    match to.fit {
        Fit::Native => Err(Unusable::new("native size is not read from here", "use another fit")),
        Fit::Stretch => resize(resizer, picture, to.channels, (to.width, to.height), &triangle, out),
        // The largest centred part of the right shape, as Pillow's ImageOps.fit takes it.
        Fit::Crop => {
            let options = triangle.fit_into_destination(None);
            resize(resizer, picture, to.channels, (to.width, to.height), &options, out)
        }
        Fit::Pad => {
            let (width, height) = inner(picture, to);
            let mut inner = vec![0; (width * height * to.channels) as usize];
            if (width, height) == (picture.width, picture.height) {
                inner.copy_from_slice(&picture.samples);
            } else {
                resize(resizer, picture, to.channels, (width, height), &triangle, &mut inner)?;
            }
            paste(&inner, (width, height), to, out);
            Ok(())
        }
    }
}

fn resize(
    resizer: &mut Resizer,
    from: &Picture,
    channels: u32,
    (width, height): (u32, u32),
    options: &ResizeOptions,
    out: &mut [u8],
) -> Result<(), Unusable> {
    let pixel = if channels == 1 { PixelType::U8 } else { PixelType::U8x3 };
    let failed = |error: &dyn std::fmt::Display| {
        Unusable::new(format!("cannot be resized: {error}"), "replace the file")
    };
    let source =
        ImageRef::new(from.width, from.height, &from.samples, pixel).map_err(|error| failed(&error))?;
    let mut target = Image::from_slice_u8(width, height, out, pixel).map_err(|error| failed(&error))?;
    resizer.resize(&source, &mut target, options).map_err(|error| failed(&error))
}

/// The size inside of the frame: the long side fills it, the other is rounded and at least one pixel.
fn inner(picture: &Picture, to: &ImageInput) -> (u32, u32) {
    let (w, h) = (u64::from(picture.width), u64::from(picture.height));
    let (tw, th) = (u64::from(to.width), u64::from(to.height));
    let scaled = |side: u64, by: u64, over: u64| ((2 * side * by + over) / (2 * over)).max(1) as u32;
    if w * th >= h * tw {
        (to.width, scaled(h, tw, w).min(to.height))
    } else {
        (scaled(w, th, h).min(to.width), to.height)
    }
}

/// Centred on black; an odd pixel goes to the right and to the bottom.
fn paste(inner: &[u8], (width, height): (u32, u32), to: &ImageInput, out: &mut [u8]) {
    out.fill(0);
    let row = |width: u32| (width * to.channels) as usize;
    let left = row((to.width - width) / 2);
    let top = ((to.height - height) / 2) as usize;
    let lines = out.chunks_exact_mut(row(to.width)).skip(top);
    for (line, source) in lines.zip(inner.chunks_exact(row(width))) {
        line[left..left + source.len()].copy_from_slice(source);
    }
}
