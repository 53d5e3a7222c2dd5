//! Sound: one channel, the mean of all, in f64.
//!
//! WAV (PCM), FLAC, MP3 and Ogg Vorbis are decoded by symphonia (`tracks`), known by their content; everything else (Opus, AAC, the
//! sound of a video) by the system's ffmpeg, first sound track. What an encoder added at the beginning and the end is cut off where
//! the file says how much that is: Ogg always, MP3 with a LAME or Lavc tag; an MP3 without one begins with its encoder's delay, as
//! it does in ffmpeg. A file that is damaged or that ends before it should is refused as far as its format lets one know: FLAC
//! by its checksum, WAV and MP3 by the length they declare, Ogg by its last page.

use std::path::Path;

use egret_contract::{AudioInput, Longer};

use super::ffmpeg::{self, Ffmpeg};
use super::{Unusable, read, resample, tracks};

/// Sample rates that are read, in hertz.
const RATE_MAX: u32 = 384_000;
/// Channels that are averaged.
const CHANNELS_MAX: usize = 64;
/// Channels of a WAV file that symphonia reads: it names each by its loudspeaker. Of more, ffmpeg does.
const WAV_CHANNELS_MAX: u16 = 18;

/// One channel, as decoded.
pub(super) struct Sound {
    pub rate_hz: u32,
    pub samples: Vec<f64>,
}

/// Decodes the first sound track of a file, or of it as much as the contract may need.
pub(super) fn decode(path: &Path, to: &AudioInput, ffmpeg: &Ffmpeg) -> Result<Sound, Unusable> {
    let head = read::head(path, ffmpeg::FILE_BYTES_MAX)?;
    let sound =
        if is_ours(&head) { tracks::decode(read::whole(path)?, to)? } else { ffmpeg.sound(path, to)? };
    if sound.samples.is_empty() {
        return Err(Unusable::new("the sound has no samples", "replace or remove it"));
    }
    if let Some(sample) = sound.samples.iter().find(|sample| !sample.is_finite()) {
        return Err(Unusable::new(format!("the sound has a sample that is {sample}"), "replace the file"));
    }
    Ok(sound)
}

/// WAV (of not too many channels), FLAC, MP3 (with or without ID3), Ogg with anything but Opus in it.
fn is_ours(head: &[u8; 64]) -> bool {
    let mp3 = head[0] == 0xff && head[1] & 0xe6 == 0xe2;
    let channels = u16::from_le_bytes([head[22], head[23]]);
    let wav = head.starts_with(b"RIFF") && &head[8..12] == b"WAVE" && channels <= WAV_CHANNELS_MAX;
    let ogg = head.starts_with(b"OggS") && &head[28..36] != b"OpusHead";
    mp3 || wav || ogg || head.starts_with(b"fLaC") || head.starts_with(b"ID3")
}

/// A sound that is being decoded.
pub(super) struct Taking {
    sound: Sound,
    /// Samples after which no more are needed.
    enough: u64,
    longer: Longer,
}

impl Taking {
    /// Begins a sound of this rate, for the contract.
    pub fn new(rate_hz: u32, to: &AudioInput) -> Result<Self, Unusable> {
        if !(1..=RATE_MAX).contains(&rate_hz) {
            let what = format!("the sample rate is {rate_hz} Hz");
            return Err(Unusable::new(what, format!("1 to {RATE_MAX} Hz are read")));
        }
        // A sample more than fits is enough to know that it does not; the last one may depend on some behind it.
        let fit = u64::from(to.sample_count_max) * u64::from(rate_hz) / u64::from(to.sample_rate_hz);
        let enough = fit + 2 + resample::reach(rate_hz, to.sample_rate_hz);
        Ok(Self { sound: Sound { rate_hz, samples: Vec::new() }, enough, longer: to.longer })
    }

    /// Adds the mean of the channels; false if that was enough.
    pub fn add(&mut self, interleaved: &[f64], channels: usize, rate_hz: u32) -> Result<bool, Unusable> {
        if !(1..=CHANNELS_MAX).contains(&channels) || rate_hz != self.sound.rate_hz {
            let what = "the sound changes its rate, or has too many channels";
            return Err(Unusable::new(
                what,
                format!("one rate and at most {CHANNELS_MAX} channels are read"),
            ));
        }
        let frames = interleaved.chunks_exact(channels);
        self.sound.samples.extend(frames.map(|frame| frame.iter().sum::<f64>() / channels as f64));
        if (self.sound.samples.len() as u64) < self.enough {
            return Ok(true);
        }
        if self.longer == Longer::Cut {
            return Ok(false);
        }
        let remedy = "cut it, raise `sample_count_max`, or say `longer = \"cut\"` in task.toml";
        Err(Unusable::new("the sound is longer than the contract allows", remedy))
    }

    /// Samples so far.
    pub fn count(&self) -> u64 {
        self.sound.samples.len() as u64
    }

    pub fn finish(self) -> Sound {
        self.sound
    }
}
