use egret_contract::{Fit, Frame, ImageInput, Rect};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::Unusable;
use super::picture::Picture;

/// Brings a picture to the contract's size, as its [`Frame`] says.
pub(super) fn fit(resizer: &mut Resizer, picture: Picture, to: &ImageInput) -> Result<Picture, Unusable> {
    let (width, height) = (picture.width, picture.height);
    if to.fit == Fit::Native {
        return native(picture, to);
    }
    if (width, height) == (to.width, to.height) {
        return Ok(picture);
    }
    let Some(Frame { source, target }) = Frame::new(width, height, to) else {
        return Err(Unusable::new("the picture has no pixels", "replace or remove it"));
    };
    let inner = (target.width as u32, target.height as u32);
    let resized = resize(resizer, picture, to.channels, source, inner)?;
    let whole = inner == (to.width, to.height);
    Ok(if whole { resized } else { paste(&resized, (target.left as u32, target.top as u32), to) })
}

fn native(picture: Picture, to: &ImageInput) -> Result<Picture, Unusable> {
    if picture.width > to.width || picture.height > to.height {
        let what = format!(
            "the picture has {} × {} pixels, the contract up to {} × {}",
            picture.width, picture.height, to.width, to.height
        );
        return Err(Unusable::new(
            what,
            "scale it down, or raise `width` and `height` of [input] in task.toml",
        ));
    }
    Ok(picture)
}

fn resize(
    resizer: &mut Resizer,
    from: Picture,
    channels: u32,
    part: Rect,
    (width, height): (u32, u32),
) -> Result<Picture, Unusable> {
    if (from.width, from.height) == (width, height) {
        return Ok(from);
    }
    let pixel = if channels == 1 { PixelType::U8 } else { PixelType::U8x3 };
    let failed = |error: &dyn std::fmt::Display| {
        Unusable::new(format!("cannot be resized: {error}"), "replace the file")
    };
    let mut samples = vec![0; (width * height * channels) as usize];
    let source =
        ImageRef::new(from.width, from.height, &from.samples, pixel).map_err(|error| failed(&error))?;
    let mut target =
        Image::from_slice_u8(width, height, &mut samples, pixel).map_err(|error| failed(&error))?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        part.left,
        part.top,
        part.width,
        part.height,
    );
    resizer.resize(&source, &mut target, &options).map_err(|error| failed(&error))?;
    Ok(Picture { width, height, samples })
}

/// On black.
fn paste(inner: &Picture, (left, top): (u32, u32), to: &ImageInput) -> Picture {
    let row = |width: u32| (width * to.channels) as usize;
    let mut samples = vec![0; row(to.width) * to.height as usize];
    let lines = samples.chunks_exact_mut(row(to.width)).skip(top as usize);
    for (line, source) in lines.zip(inner.samples.chunks_exact(row(inner.width))) {
        line[row(left)..][..source.len()].copy_from_slice(source);
    }
    Picture { width: to.width, height: to.height, samples }
}
