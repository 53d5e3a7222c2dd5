//! What models will see, for a person to look at: a sheet of the exact tensors.
//!
//! Each item is a cell, its parts side by side: a picture is itself; a video is its first, middle and last frame; a sound is the
//! logarithm of its spectrum, low frequencies at the bottom, over its waveform. Pixels of small pictures are shown as squares, pictures
//! larger than [`TILE_SIDE_MAX`] are scaled down. Text is not drawn: its beginning is in the captions, which are for a terminal.

mod sound;
mod tile;

use egret_contract::item::{Malformed, View};
use egret_contract::{InputContract, Part, PartKind};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use tile::Tile;

/// Longest side of a picture or a frame on the sheet, in pixels.
pub const TILE_SIDE_MAX: u32 = 512;
/// Items on a sheet; of more, the first are shown.
pub const ITEM_COUNT_MAX: usize = 64;
/// Characters of a text in a caption.
const TEXT_CHARS_MAX: usize = 80;
/// Between cells, and around all of them, in pixels.
const GAP: u32 = 8;
/// Neither black nor white, so that padding and paper are seen.
const BACKGROUND: [u8; 3] = [96, 112, 144];

/// A sheet of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// An RGB picture; `None` where items have nothing to look at.
    pub png: Option<Vec<u8>>,
    /// One per item shown: where it is on the sheet, and what its parts are.
    pub captions: Vec<String>,
}

/// Makes a sheet of the first [`ITEM_COUNT_MAX`] items, which are the contract's.
pub fn preview(contract: &InputContract, items: &[&[u8]]) -> Result<Preview, Malformed> {
    let items = &items[..items.len().min(ITEM_COUNT_MAX)];
    let views: Vec<Vec<View<'_>>> =
        items.iter().map(|item| contract.views(item)).collect::<Result<_, _>>()?;
    let cells: Vec<Tile> = views.iter().map(|views| cell(contract, views)).collect();
    let columns = (cells.len() as f64).sqrt().ceil().max(1.0) as usize;
    let seen = cells.iter().any(|cell| cell.width > 0);
    let place = |at: usize| {
        if seen { format!("row {}, column {}: ", at / columns + 1, at % columns + 1) } else { String::new() }
    };
    let captions =
        views.iter().enumerate().map(|(at, views)| place(at) + &caption(contract, views)).collect();
    let png = seen.then(|| png(&sheet(&cells, columns)));
    Ok(Preview { png, captions })
}

/// The parts of an item side by side.
fn cell(contract: &InputContract, views: &[View<'_>]) -> Tile {
    let parts = contract.parts.iter().zip(views);
    let tiles = parts.flat_map(|(Part { kind, .. }, view)| match (kind, view) {
        (PartKind::Image(image), View::Image { width, height, pixels }) => {
            vec![Tile::of_picture(*width, *height, image.channels, pixels)]
        }
        (PartKind::Video(video), View::Video(frames)) => {
            let bytes = frames.len() / video.frame_count as usize;
            let last = video.frame_count as usize - 1;
            let shown = [0, last / 2, last];
            let frame =
                |at: &usize| Tile::of_picture(video.width, video.height, 3, &frames[at * bytes..][..bytes]);
            shown[..shown.len().min(last + 1)].iter().map(frame).collect()
        }
        (PartKind::Audio(_), View::Audio(samples)) => vec![sound::tile(samples)],
        _ => Vec::new(),
    });
    Tile::row(&tiles.collect::<Vec<_>>(), BACKGROUND)
}

fn caption(contract: &InputContract, views: &[View<'_>]) -> String {
    let parts = contract.parts.iter().zip(views).map(|(Part { name, kind }, view)| match (kind, view) {
        (_, View::Image { width, height, .. }) => format!("{name} {width}×{height}"),
        (PartKind::Audio(audio), View::Audio(samples)) => {
            let seconds = (samples.len() / 4) as f64 / f64::from(audio.sample_rate_hz);
            format!("{name} {seconds:.3} s")
        }
        (PartKind::Video(video), _) => {
            format!("{name} {} frames of {}×{}", video.frame_count, video.width, video.height)
        }
        (_, View::Text(text)) => {
            let beginning: String = text.chars().take(TEXT_CHARS_MAX).collect();
            let more = if beginning.len() < text.len() { "…" } else { "" };
            format!("{name} {beginning:?}{more}")
        }
        _ => name.clone(),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Cells in rows; each column as wide as its widest, each row as high as its highest.
fn sheet(cells: &[Tile], columns: usize) -> Tile {
    let widths: Vec<u32> = (0..columns)
        .map(|column| cells.iter().skip(column).step_by(columns).map(|cell| cell.width).max().unwrap_or(0))
        .collect();
    let heights: Vec<u32> =
        cells.chunks(columns).map(|row| row.iter().map(|cell| cell.height).max().unwrap_or(0)).collect();
    let whole = |sides: &[u32]| sides.iter().map(|side| side + GAP).sum::<u32>() + GAP;
    let mut sheet = Tile::filled(whole(&widths), whole(&heights), BACKGROUND);
    let mut top = GAP;
    for (row, height) in cells.chunks(columns).zip(heights) {
        let mut left = GAP;
        for (cell, width) in row.iter().zip(&widths) {
            sheet.put(cell, left, top);
            left += width + GAP;
        }
        top += height + GAP;
    }
    sheet
}

fn png(sheet: &Tile) -> Vec<u8> {
    let mut png = Vec::new();
    // Into memory, and of as many bytes as it says.
    let _ =
        PngEncoder::new(&mut png).write_image(&sheet.rgb, sheet.width, sheet.height, ExtendedColorType::Rgb8);
    png
}
