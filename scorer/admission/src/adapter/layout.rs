//! The order of the axes in the input tensor, after the batch.
//!
//! Inference: the layouts of the tensor's rank are tried in the order of [`Layout::CANDIDATES`], and the first whose fixed
//! dimensions all agree with the item is taken; a dynamic dimension agrees with anything. So a tensor `[n,?,?,?]`, or one
//! whose height equals its channel count, is read as `nchw`, PyTorch's order, unless the team declares `nhwc`.

use std::fmt;

use egret_jail::plan::ItemSpec;

/// Where the axes stand. `n` is the batch; H, W, C are an image's; T is time.
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
}

impl Layout {
    /// In order of preference.
    const CANDIDATES: [Self; 7] =
        [Self::Nchw, Self::Nhwc, Self::Nhw, Self::Flat, Self::Nt, Self::Nct, Self::Ntc];

    /// Those that can hold such items.
    pub fn candidates(item: &ItemSpec) -> impl Iterator<Item = Self> {
        Self::CANDIDATES.into_iter().filter(move |layout| layout.dims(item).is_some())
    }

    /// The declared name, if it is one and can hold such items.
    pub fn parse(name: &str, item: &ItemSpec) -> Option<Self> {
        Self::candidates(item).find(|layout| layout.to_string() == name)
    }

    /// The dimensions after the batch, for one item; `None` if the layout cannot hold it.
    pub fn dims(self, item: &ItemSpec) -> Option<Vec<u64>> {
        let dims = match *item {
            ItemSpec::Image { width, height, channels } => match self {
                Self::Nchw => vec![channels, height, width],
                Self::Nhwc => vec![height, width, channels],
                Self::Nhw if channels == 1 => vec![height, width],
                Self::Flat => {
                    return Some(vec![u64::from(height) * u64::from(width) * u64::from(channels)]);
                }
                _ => return None,
            },
            ItemSpec::Audio { sample_count, .. } => match self {
                Self::Nt => vec![sample_count],
                Self::Nct => vec![1, sample_count],
                Self::Ntc => vec![sample_count, 1],
                _ => return None,
            },
        };
        Some(dims.into_iter().map(u64::from).collect())
    }

    /// Whether a declared tensor, batch included, can take such items in this layout.
    pub fn fits(self, item: &ItemSpec, declared: &[Option<u64>]) -> bool {
        let Some(wanted) = self.dims(item) else { return false };
        declared.len() == wanted.len() + 1
            && declared[1..].iter().zip(&wanted).all(|(found, want)| found.is_none_or(|found| found == *want))
    }

    /// `[n,3,224,224]`, for people; `n` is `batch` where that is fixed.
    pub fn shape_text(self, item: &ItemSpec, batch: Option<u64>) -> String {
        let batch = batch.map_or_else(|| "n".to_owned(), |size| size.to_string());
        let dims = self.dims(item).unwrap_or_default();
        let dims: Vec<String> = std::iter::once(batch).chain(dims.iter().map(u64::to_string)).collect();
        format!("[{}]", dims.join(","))
    }

    /// Whether one channel's samples stand together.
    pub fn is_planar(self) -> bool {
        self == Self::Nchw
    }
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
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB: ItemSpec = ItemSpec::Image { width: 5, height: 4, channels: 3 };
    const GRAY: ItemSpec = ItemSpec::Image { width: 28, height: 28, channels: 1 };
    const AUDIO: ItemSpec = ItemSpec::Audio { sample_rate_hz: 8000, sample_count: 8000 };

    fn first(item: &ItemSpec, dims: &[i64]) -> Option<Layout> {
        let declared: Vec<Option<u64>> = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        Layout::candidates(item).find(|layout| layout.fits(item, &declared))
    }

    #[test]
    fn the_layout_follows_from_fixed_dimensions() {
        let cases: &[(&ItemSpec, &[i64], Option<Layout>)] = &[
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
            (&AUDIO, &[-1, 8000], Some(Layout::Nt)),
            (&AUDIO, &[-1, -1], Some(Layout::Nt)),
            (&AUDIO, &[-1, 1, 8000], Some(Layout::Nct)),
            (&AUDIO, &[-1, 8000, 1], Some(Layout::Ntc)),
            (&AUDIO, &[-1, 16000], None),
            (&AUDIO, &[-1, 1, 1, 8000], None),
        ];
        for (item, dims, layout) in cases {
            assert_eq!(first(item, dims), *layout, "{dims:?}");
        }
    }

    #[test]
    fn a_square_of_three_pixels_is_read_channels_first() {
        let tiny = ItemSpec::Image { width: 3, height: 3, channels: 3 };
        assert_eq!(first(&tiny, &[-1, 3, 3, 3]), Some(Layout::Nchw));
    }

    #[test]
    fn names_parse_only_for_the_items_they_can_hold() {
        assert_eq!(Layout::parse("nhwc", &RGB), Some(Layout::Nhwc));
        assert_eq!(Layout::parse("nhw", &RGB), None);
        assert_eq!(Layout::parse("nhw", &GRAY), Some(Layout::Nhw));
        assert_eq!(Layout::parse("nt", &RGB), None);
        assert_eq!(Layout::parse("NCHW", &RGB), None);
    }
}
