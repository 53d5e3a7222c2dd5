//! The order of the axes in an input tensor, after the batch.
//!
//! Inference: the layouts of the tensor's rank are tried in the order of [`Layout::CANDIDATES`], and the first whose fixed
//! dimensions all agree with the item is taken; a dynamic dimension agrees with anything. So a tensor `[n,?,?,?]`, or one
//! whose height equals its channel count, is read as `nchw`, PyTorch's order, unless the team declares `nhwc`. Where none agrees,
//! the first whose channels (and frames) agree is taken, and the picture is resized to the tensor's own height and width.

use std::fmt;

/// Where the axes stand. `n` is the batch; H, W, C are a picture's; T is time; F is frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[n,C,H,W]`
    Nchw,
    /// `[n,H,W,C]`
    Nhwc,
    /// `[n,H,W]`: gray images only.
    Nhw,
    /// `[n,H*W*C]`, in the order rows, columns, channels, as `numpy.reshape` makes it of an image array.
    Flat,
    /// `[n,T]`
    Nt,
    /// `[n,1,T]`
    Nct,
    /// `[n,T,1]`
    Ntc,
    /// `[n,T,C,H,W]`
    Ntchw,
    /// `[n,C,T,H,W]`
    Ncthw,
    /// `[n,T,H,W,C]`
    Nthwc,
    /// `[n,F,T]`
    Nft,
    /// `[n,T,F]`
    Ntf,
    /// `[n,1,F,T]`
    Ncft,
    /// `[n,1,T,F]`
    Nctf,
}

/// One medium, ready to be laid out; a size is `None` where every item has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A picture.
    Picture {
        /// 1 or 3.
        channels: u64,
        /// Rows and columns.
        size: Option<(u64, u64)>,
    },
    /// Frames of three channels.
    Clip {
        /// How many.
        frames: u64,
        /// Rows and columns.
        size: (u64, u64),
    },
    /// Samples.
    Sound(Option<u64>),
    /// A spectrogram: bands, and columns.
    Spectrum(u64, Option<u64>),
}

impl Extent {
    /// The same picture in another size.
    #[must_use]
    pub fn resized(self, size: (u64, u64)) -> Self {
        match self {
            Self::Picture { channels, .. } => Self::Picture { channels, size: Some(size) },
            Self::Clip { frames, .. } => Self::Clip { frames, size },
            other => other,
        }
    }
}

impl Layout {
    /// In order of preference.
    const CANDIDATES: [Self; 14] = [
        Self::Nchw,
        Self::Nhwc,
        Self::Nhw,
        Self::Flat,
        Self::Nt,
        Self::Nct,
        Self::Ntc,
        Self::Ntchw,
        Self::Ncthw,
        Self::Nthwc,
        Self::Nft,
        Self::Ntf,
        Self::Ncft,
        Self::Nctf,
    ];

    /// Those that can hold such items.
    pub fn candidates(extent: &Extent) -> impl Iterator<Item = Self> {
        Self::CANDIDATES.into_iter().filter(move |layout| layout.dims(extent).is_some())
    }

    /// The declared name, if it is one and can hold such items.
    pub fn parse(name: &str, extent: &Extent) -> Option<Self> {
        Self::candidates(extent).find(|layout| layout.to_string() == name)
    }

    /// The dimensions after the batch, for one item; `None` if the layout cannot hold it.
    pub fn dims(self, extent: &Extent) -> Option<Vec<Option<u64>>> {
        let dims = match *extent {
            Extent::Picture { channels, size } => {
                let (h, w, c) = (size.map(|size| size.0), size.map(|size| size.1), Some(channels));
                match self {
                    Self::Nchw => vec![c, h, w],
                    Self::Nhwc => vec![h, w, c],
                    Self::Nhw if channels == 1 => vec![h, w],
                    Self::Flat => vec![size.map(|(h, w)| h * w * channels)],
                    _ => return None,
                }
            }
            Extent::Clip { frames, size: (h, w) } => {
                let (t, h, w, c) = (Some(frames), Some(h), Some(w), Some(3));
                match self {
                    Self::Ntchw => vec![t, c, h, w],
                    Self::Ncthw => vec![c, t, h, w],
                    Self::Nthwc => vec![t, h, w, c],
                    _ => return None,
                }
            }
            Extent::Sound(t) => match self {
                Self::Nt => vec![t],
                Self::Nct => vec![Some(1), t],
                Self::Ntc => vec![t, Some(1)],
                _ => return None,
            },
            Extent::Spectrum(bands, t) => {
                let f = Some(bands);
                match self {
                    Self::Nft => vec![f, t],
                    Self::Ntf => vec![t, f],
                    Self::Ncft => vec![Some(1), f, t],
                    Self::Nctf => vec![Some(1), t, f],
                    _ => return None,
                }
            }
        };
        Some(dims)
    }

    /// Where height and width stand among the dimensions after the batch.
    fn size_at(self) -> Option<(usize, usize)> {
        match self {
            Self::Nhwc | Self::Nhw => Some((0, 1)),
            Self::Ntchw | Self::Ncthw => Some((2, 3)),
            Self::Nchw | Self::Nthwc => Some((1, 2)),
            _ => None,
        }
    }

    /// The height and width that a declared tensor, batch included, insists on.
    pub fn own_size(self, declared: &[Option<u64>]) -> Option<(u64, u64)> {
        let (height, width) = self.size_at()?;
        Some(((*declared.get(height + 1)?)?, (*declared.get(width + 1)?)?))
    }

    /// Whether a declared tensor, batch included, can take such items in this layout. Where the item has sizes of its own, only
    /// a dynamic dimension takes them.
    pub fn fits(self, extent: &Extent, declared: &[Option<u64>]) -> bool {
        let Some(wanted) = self.dims(extent) else { return false };
        declared.len() == wanted.len() + 1
            && declared[1..].iter().zip(&wanted).all(|(found, want)| found.is_none() || found == want)
    }

    /// `[n,3,224,224]`, for people; `n` is `batch` where that is fixed.
    pub fn shape_text(self, extent: &Extent, batch: Option<u64>) -> String {
        shape_text(&self.dims(extent).unwrap_or_default(), batch)
    }

    /// Whether one channel's samples stand together.
    pub fn is_planar(self) -> bool {
        matches!(self, Self::Nchw | Self::Ntchw | Self::Ncthw)
    }
}

/// `[n,3,?,?]`, for people; `n` is `batch` where that is fixed.
pub(super) fn shape_text(dims: &[Option<u64>], batch: Option<u64>) -> String {
    let batch = batch.map_or_else(|| "n".to_owned(), |size| size.to_string());
    let size = |size: &Option<u64>| size.map_or_else(|| "?".to_owned(), |size| size.to_string());
    let dims: Vec<String> = std::iter::once(batch).chain(dims.iter().map(size)).collect();
    format!("[{}]", dims.join(","))
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nchw => "nchw",
            Self::Nhwc => "nhwc",
            Self::Nhw => "nhw",
            Self::Flat => "flat",
            Self::Nt => "nt",
            Self::Nct => "nct",
            Self::Ntc => "ntc",
            Self::Ntchw => "ntchw",
            Self::Ncthw => "ncthw",
            Self::Nthwc => "nthwc",
            Self::Nft => "nft",
            Self::Ntf => "ntf",
            Self::Ncft => "ncft",
            Self::Nctf => "nctf",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB: Extent = Extent::Picture { channels: 3, size: Some((4, 5)) };
    const GRAY: Extent = Extent::Picture { channels: 1, size: Some((28, 28)) };
    const NATIVE: Extent = Extent::Picture { channels: 3, size: None };
    const CLIP: Extent = Extent::Clip { frames: 12, size: (72, 72) };
    const AUDIO: Extent = Extent::Sound(Some(8000));
    const SPEECH: Extent = Extent::Sound(None);
    const MEL: Extent = Extent::Spectrum(80, None);

    fn first(extent: &Extent, dims: &[i64]) -> Option<Layout> {
        let declared: Vec<Option<u64>> = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        Layout::candidates(extent).find(|layout| layout.fits(extent, &declared))
    }

    #[test]
    fn the_layout_follows_from_fixed_dimensions() {
        let cases: &[(&Extent, &[i64], Option<Layout>)] = &[
            (&RGB, &[-1, 3, 4, 5], Some(Layout::Nchw)),
            (&RGB, &[-1, 4, 5, 3], Some(Layout::Nhwc)),
            (&RGB, &[-1, -1, -1, 3], Some(Layout::Nhwc)),
            (&RGB, &[-1, 3, -1, -1], Some(Layout::Nchw)),
            (&RGB, &[-1, -1, -1, -1], Some(Layout::Nchw)),
            (&RGB, &[-1, 60], Some(Layout::Flat)),
            (&RGB, &[-1, 3, 5, 4], None),
            (&RGB, &[-1, 1, 4, 5], None),
            (&RGB, &[-1, 4, 5], None),
            (&GRAY, &[1, 1, 28, 28], Some(Layout::Nchw)),
            (&GRAY, &[1, 28, 28, 1], Some(Layout::Nhwc)),
            (&GRAY, &[-1, 28, 28], Some(Layout::Nhw)),
            (&GRAY, &[-1, 784], Some(Layout::Flat)),
            (&NATIVE, &[-1, 3, -1, -1], Some(Layout::Nchw)),
            (&NATIVE, &[-1, -1, -1, 3], Some(Layout::Nhwc)),
            (&NATIVE, &[-1, 3, 224, 224], None),
            (&CLIP, &[-1, 12, 72, 72, 3], Some(Layout::Nthwc)),
            (&CLIP, &[-1, 12, 3, 72, 72], Some(Layout::Ntchw)),
            (&CLIP, &[-1, 3, 12, 72, 72], Some(Layout::Ncthw)),
            (&CLIP, &[-1, 16, 72, 72, 3], None),
            (&AUDIO, &[-1, 8000], Some(Layout::Nt)),
            (&AUDIO, &[-1, -1], Some(Layout::Nt)),
            (&AUDIO, &[-1, 1, 8000], Some(Layout::Nct)),
            (&AUDIO, &[-1, 8000, 1], Some(Layout::Ntc)),
            (&AUDIO, &[-1, 16000], None),
            (&AUDIO, &[-1, 1, 1, 8000], None),
            (&SPEECH, &[1, -1], Some(Layout::Nt)),
            (&SPEECH, &[1, 8000], None),
            (&MEL, &[-1, 80, -1], Some(Layout::Nft)),
            (&MEL, &[-1, -1, 80], Some(Layout::Ntf)),
            (&MEL, &[-1, 1, 80, -1], Some(Layout::Ncft)),
            (&MEL, &[-1, 1, -1, 80], Some(Layout::Nctf)),
        ];
        for (extent, dims, layout) in cases {
            assert_eq!(first(extent, dims), *layout, "{extent:?} {dims:?}");
        }
    }

    #[test]
    fn a_square_of_three_pixels_is_read_channels_first() {
        let tiny = Extent::Picture { channels: 3, size: Some((3, 3)) };
        assert_eq!(first(&tiny, &[-1, 3, 3, 3]), Some(Layout::Nchw));
    }

    #[test]
    fn names_parse_only_for_the_items_they_can_hold() {
        assert_eq!(Layout::parse("nhwc", &RGB), Some(Layout::Nhwc));
        assert_eq!(Layout::parse("nhw", &RGB), None);
        assert_eq!(Layout::parse("nhw", &GRAY), Some(Layout::Nhw));
        assert_eq!(Layout::parse("nt", &RGB), None);
        assert_eq!(Layout::parse("NCHW", &RGB), None);
        assert_eq!(Layout::parse("ncthw", &CLIP), Some(Layout::Ncthw));
    }
}
