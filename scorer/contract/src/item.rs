//! Items as they lie in shards, in a runner's slots, and in memory: one behind the other.
//!
//! Where every part has a fixed size an item is its parts, dense, in the order of the contract. Otherwise it is a record: its
//! length (u32, without these four bytes), then the parts, then zeros to a multiple of four. In a record a part of fixed size is its
//! bytes; a picture of native size is width (u32), height (u32), pixels; sound of bounded length is its number of samples (u32),
//! samples; text is its number of bytes (u32), bytes. All little-endian.
//!
//! Readers are total: any bytes give items or [`Malformed`].

use crate::{AudioInput, Fit, ImageInput, InputContract, Length, Part, PartKind};

/// One part of one item, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View<'a> {
    /// u8 pixels, `height` × `width` × channels.
    Image {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Rows from the top, channels interleaved.
        pixels: &'a [u8],
    },
    /// f32 little-endian samples, a whole number of them.
    Audio(&'a [u8]),
    /// u8 frames, time × height × width × 3.
    Video(&'a [u8]),
    /// Text.
    Text(&'a str),
}

/// The bytes are not items of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not items of the task's input contract")]
pub struct Malformed;

impl PartKind {
    /// Bytes, if every item has as many.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::Image(ImageInput { fit: Fit::Native, .. })
            | Self::Audio(AudioInput { length: Length::Bounded, .. })
            | Self::Text(_) => None,
            _ => Some(self.payload_max()),
        }
    }

    /// Bytes of pixels, samples or text at most, without what stands before them in a record.
    fn payload_max(&self) -> u64 {
        match self {
            Self::Image(image) => area(image.width, image.height) * u64::from(image.channels),
            Self::Audio(audio) => u64::from(audio.sample_count_max) * 4,
            Self::Video(video) => {
                area(video.width, video.height).saturating_mul(3 * u64::from(video.frame_count))
            }
            Self::Text(text) => u64::from(text.bytes_max),
        }
    }

    /// Bytes at most, with what stands before them in a record.
    fn bytes_max(&self) -> u64 {
        let before = match (self, self.bytes()) {
            (_, Some(_)) => 0,
            (Self::Image(_), None) => 8,
            (_, None) => 4,
        };
        self.payload_max().saturating_add(before)
    }

    fn view<'a>(&self, rest: &mut &'a [u8]) -> Result<View<'a>, Malformed> {
        let fixed = self.bytes();
        Ok(match self {
            Self::Image(image) => {
                let (width, height) = match fixed {
                    Some(_) => (image.width, image.height),
                    None => (word(rest)?, word(rest)?),
                };
                let fits = (1..=image.width).contains(&width) && (1..=image.height).contains(&height);
                let bytes = area(width, height) * u64::from(image.channels);
                View::Image { width, height, pixels: take(rest, fits.then_some(bytes).ok_or(Malformed)?)? }
            }
            Self::Audio(audio) => {
                let count = if fixed.is_some() { audio.sample_count_max } else { word(rest)? };
                let fits = (1..=audio.sample_count_max).contains(&count);
                View::Audio(take(rest, fits.then_some(u64::from(count) * 4).ok_or(Malformed)?)?)
            }
            Self::Video(_) => View::Video(take(rest, self.payload_max())?),
            Self::Text(text) => {
                let bytes = word(rest)?;
                let text_bytes =
                    take(rest, u64::from((bytes <= text.bytes_max).then_some(bytes).ok_or(Malformed)?))?;
                View::Text(std::str::from_utf8(text_bytes).map_err(|_| Malformed)?)
            }
        })
    }
}

fn area(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height)
}

impl InputContract {
    /// Bytes of an item, if every item has as many.
    #[must_use]
    pub fn item_bytes(&self) -> Option<u64> {
        self.parts.iter().map(|part| part.kind.bytes()).sum()
    }

    /// Bytes of an item at most.
    #[must_use]
    pub fn item_bytes_max(&self) -> u64 {
        self.item_bytes().unwrap_or_else(|| {
            let body = self.parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.kind.bytes_max()));
            body.saturating_add(4).next_multiple_of(4)
        })
    }

    /// The items that lie in `bytes`, each as a whole; exactly `count` of them, and nothing behind.
    pub fn items<'a>(&self, bytes: &'a [u8], count: u32) -> Result<Vec<&'a [u8]>, Malformed> {
        let mut rest = bytes;
        let items = (0..count).map(|_| self.next(&mut rest)).collect::<Result<_, _>>()?;
        if rest.is_empty() { Ok(items) } else { Err(Malformed) }
    }

    /// Takes the next whole item off `rest`.
    pub fn next<'a>(&self, rest: &mut &'a [u8]) -> Result<&'a [u8], Malformed> {
        if let Some(bytes) = self.item_bytes() {
            return take(rest, bytes);
        }
        let body = word(&mut { *rest })?;
        let whole = (u64::from(body) + 4).next_multiple_of(4);
        if whole > self.item_bytes_max() {
            return Err(Malformed);
        }
        take(rest, whole)
    }

    /// The parts of one whole item, in the order of the contract.
    pub fn views<'a>(&self, item: &'a [u8]) -> Result<Vec<View<'a>>, Malformed> {
        let mut rest = item;
        if self.item_bytes().is_none() {
            let body = word(&mut rest)?;
            rest = take(&mut rest, u64::from(body))?;
        }
        let views = self.parts.iter().map(|part| part.kind.view(&mut rest)).collect::<Result<_, _>>()?;
        if rest.is_empty() { Ok(views) } else { Err(Malformed) }
    }

    /// Appends an item made of `views`, which are those of the contract: what [`InputContract::views`] gives back.
    ///
    /// # Panics
    /// If a view is not what the contract says of its part; importers bring media to the contract first.
    pub fn write(&self, views: &[View<'_>], to: &mut Vec<u8>) {
        assert_eq!(views.len(), self.parts.len(), "one view per part");
        let start = to.len();
        let record = self.item_bytes().is_none();
        if record {
            to.extend([0; 4]);
        }
        for (Part { kind, .. }, view) in self.parts.iter().zip(views) {
            put(kind, view, to);
        }
        if record {
            let body = (to.len() - start - 4) as u32;
            to[start..start + 4].copy_from_slice(&body.to_le_bytes());
            to.resize(start + (to.len() - start).next_multiple_of(4), 0);
        }
    }
}

fn put(kind: &PartKind, view: &View<'_>, to: &mut Vec<u8>) {
    let fixed = kind.bytes();
    let payload: &[u8] = match (kind, view) {
        (PartKind::Image(_), View::Image { width, height, pixels }) => {
            if fixed.is_none() {
                to.extend(width.to_le_bytes());
                to.extend(height.to_le_bytes());
            }
            pixels
        }
        (PartKind::Audio(_), View::Audio(samples)) => {
            if fixed.is_none() {
                to.extend(((samples.len() / 4) as u32).to_le_bytes());
            }
            samples
        }
        (PartKind::Video(_), View::Video(frames)) => frames,
        (PartKind::Text(_), View::Text(text)) => {
            to.extend((text.len() as u32).to_le_bytes());
            text.as_bytes()
        }
        _ => panic!("a {} part got something else", kind.word()),
    };
    assert!(
        fixed.is_none_or(|bytes| bytes == payload.len() as u64),
        "a {} part of a wrong size",
        kind.word()
    );
    to.extend_from_slice(payload);
}

fn word(rest: &mut &[u8]) -> Result<u32, Malformed> {
    let (bytes, behind) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
    *rest = behind;
    Ok(u32::from_le_bytes(*bytes))
}

fn take<'a>(rest: &mut &'a [u8], bytes: u64) -> Result<&'a [u8], Malformed> {
    let bytes = usize::try_from(bytes).map_err(|_| Malformed)?;
    let (taken, behind) = rest.split_at_checked(bytes).ok_or(Malformed)?;
    *rest = behind;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Longer, TextInput};

    fn image(fit: Fit) -> PartKind {
        PartKind::Image(ImageInput { width: 3, height: 2, channels: 1, fit })
    }

    fn named(kinds: &[PartKind]) -> InputContract {
        let part = |(index, kind): (usize, &PartKind)| Part { name: format!("p{index}"), kind: kind.clone() };
        InputContract { parts: kinds.iter().enumerate().map(part).collect() }
    }

    fn audio(length: Length) -> PartKind {
        let (sample_rate_hz, sample_count_max) = (8000, 2);
        PartKind::Audio(AudioInput { sample_rate_hz, sample_count_max, length, longer: Longer::Refuse })
    }

    #[test]
    fn parts_of_fixed_size_lie_densely() {
        let contract = named(&[image(Fit::Pad), audio(Length::Fixed)]);
        assert_eq!((contract.item_bytes(), contract.item_bytes_max()), (Some(14), 14));
        let views = [View::Image { width: 3, height: 2, pixels: &[1, 2, 3, 4, 5, 6] }, View::Audio(&[7; 8])];
        let mut bytes = Vec::new();
        contract.write(&views, &mut bytes);
        contract.write(&views, &mut bytes);
        assert_eq!(bytes.len(), 28);
        let items = contract.items(&bytes, 2).unwrap();
        assert_eq!(contract.views(items[1]).unwrap(), views);
        assert_eq!(contract.items(&bytes, 1), Err(Malformed));
        assert_eq!(contract.items(&bytes, 3), Err(Malformed));
    }

    #[test]
    fn records_keep_every_length_and_are_aligned() {
        let text = PartKind::Text(TextInput { bytes_max: 9 });
        let contract = named(&[image(Fit::Native), audio(Length::Bounded), text]);
        assert_eq!((contract.item_bytes(), contract.item_bytes_max()), (None, 4 + 8 + 6 + 4 + 8 + 4 + 9 + 1));
        let items = [
            [View::Image { width: 1, height: 2, pixels: &[1, 2] }, View::Audio(&[0; 4]), View::Text("鹭")],
            [View::Image { width: 3, height: 2, pixels: &[9; 6] }, View::Audio(&[0; 8]), View::Text("")],
            [
                View::Image { width: 3, height: 2, pixels: &[9; 6] },
                View::Audio(&[0; 8]),
                View::Text("123456789"),
            ],
        ];
        let mut bytes = Vec::new();
        for item in &items {
            contract.write(item, &mut bytes);
        }
        assert_eq!(bytes.len() % 4, 0);
        let found = contract.items(&bytes, 3).unwrap();
        for (item, views) in found.iter().zip(&items) {
            assert_eq!(contract.views(item).unwrap(), views);
            assert!(item.len() as u64 <= contract.item_bytes_max());
        }
        assert_eq!(found[2].len() as u64, contract.item_bytes_max());
    }

    #[test]
    fn no_bytes_panic_the_readers() {
        let text = PartKind::Text(TextInput { bytes_max: 9 });
        let contract = named(&[image(Fit::Native), audio(Length::Bounded), text]);
        let mut good = Vec::new();
        let views =
            [View::Image { width: 1, height: 2, pixels: &[1, 2] }, View::Audio(&[0; 4]), View::Text("ab")];
        contract.write(&views, &mut good);
        for cut in 0..good.len() {
            assert!(contract.items(&good[..cut], 1).is_err());
        }
        for at in 0..good.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bent = good.clone();
                bent[at] = byte;
                for item in contract.items(&bent, 1).unwrap_or_default() {
                    let _ = contract.views(item);
                }
            }
        }
    }
}
