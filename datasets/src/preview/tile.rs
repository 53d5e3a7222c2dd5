use super::{GAP, TILE_SIDE_MAX};

/// Below this, pixels are shown as squares.
const SMALL: u32 = 96;

/// RGB pixels, rows from the top.
pub(super) struct Tile {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

impl Tile {
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self { width, height, rgb: colour.repeat((width * height) as usize) }
    }

    /// A tile of which each pixel is made alone.
    pub fn from_fn(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Self {
        let rgb = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| pixel(x, y))
            .collect();
        Self { width, height, rgb }
    }

    /// A picture of one or three channels: as it is, its pixels as squares, or every so many pixels the mean of them.
    pub fn of_picture(width: u32, height: u32, channels: u32, pixels: &[u8]) -> Self {
        let longest = width.max(height);
        let sample = |x: u32, y: u32, c: u32| {
            u32::from(pixels[((y * width + x) * channels + c.min(channels - 1)) as usize])
        };
        if longest <= TILE_SIDE_MAX {
            let zoom = (SMALL / longest).max(1);
            return Self::from_fn(width * zoom, height * zoom, |x, y| {
                [0, 1, 2].map(|c| sample(x / zoom, y / zoom, c) as u8)
            });
        }
        let step = longest.div_ceil(TILE_SIDE_MAX);
        Self::from_fn(width.div_ceil(step), height.div_ceil(step), |x, y| {
            let (right, bottom) = (((x + 1) * step).min(width), ((y + 1) * step).min(height));
            let count = (right - x * step) * (bottom - y * step);
            [0, 1, 2].map(|c| {
                let rows = y * step..bottom;
                let sum: u32 = rows.map(|y| (x * step..right).map(|x| sample(x, y, c)).sum::<u32>()).sum();
                ((sum + count / 2) / count) as u8
            })
        })
    }

    /// Tiles side by side.
    pub fn row(tiles: &[Self], background: [u8; 3]) -> Self {
        let height = tiles.iter().map(|tile| tile.height).max().unwrap_or(0);
        let gaps = GAP / 2 * (tiles.len() as u32).saturating_sub(1);
        let mut row =
            Self::filled(tiles.iter().map(|tile| tile.width).sum::<u32>() + gaps, height, background);
        let mut left = 0;
        for tile in tiles {
            row.put(tile, left, 0);
            left += tile.width + GAP / 2;
        }
        row
    }

    /// Lays a tile upon this one, inside of which it lies.
    pub fn put(&mut self, tile: &Self, left: u32, top: u32) {
        let bytes = |pixels: u32| (pixels * 3) as usize;
        if tile.width == 0 {
            return;
        }
        let lines = self.rgb.chunks_exact_mut(bytes(self.width)).skip(top as usize);
        for (line, source) in lines.zip(tile.rgb.chunks_exact(bytes(tile.width))) {
            line[bytes(left)..][..source.len()].copy_from_slice(source);
        }
    }
}
