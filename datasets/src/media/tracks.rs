use std::io::Cursor;

use egret_contract::AudioInput;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource};

use super::Unusable;
use super::sound::{Sound, Taking};

const FORMATS: &str = "use WAV (PCM), FLAC, MP3 or Ogg Vorbis";

/// Decodes WAV, FLAC, MP3 or Ogg Vorbis.
pub(super) fn decode(bytes: Vec<u8>, to: &AudioInput) -> Result<Sound, Unusable> {
    if bytes.starts_with(b"OggS") && !ogg_ends(&bytes) {
        return Err(truncated());
    }
    // Not seekable: otherwise the length of an MP3 that does not state it is guessed, and the sound cut there.
    let source = Box::new(ReadOnlySource::new(Cursor::new(bytes)));
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, Default::default(), Default::default())
        .map_err(|_| Unusable::new("the file is not a sound that can be read", FORMATS))?;
    let track = format.default_track(TrackType::Audio);
    let track = track.ok_or_else(|| Unusable::new("the file has no sound in it", "replace or remove it"))?;
    let (id, declared) = (track.id, track.num_frames);
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    // FLAC carries a checksum of its samples; it is compared at the end.
    let options = AudioDecoderOptions::default().verify(true);
    let decoder = parameters
        .map(|parameters| symphonia::default::get_codecs().make_audio_decoder(parameters, &options));
    let Some(Ok(mut decoder)) = decoder else {
        return Err(Unusable::new("the sound is coded in a way that is not read", FORMATS));
    };
    let rate_hz = parameters.and_then(|parameters| parameters.sample_rate).unwrap_or(0);
    let mut taking = Taking::new(rate_hz, to)?;
    if take(&mut *format, &mut *decoder, id, &mut taking)? {
        return Ok(taking.finish());
    }
    if decoder.finalize().verify_ok == Some(false) {
        return Err(Unusable::new("the sound is damaged: its checksum is wrong", "replace the file"));
    }
    if declared.is_some_and(|declared| taking.count() < declared) {
        return Err(truncated());
    }
    Ok(taking.finish())
}

/// Decodes until there is enough (true), or to the end (false).
fn take(
    format: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    track: u32,
    taking: &mut Taking,
) -> Result<bool, Unusable> {
    let mut interleaved: Vec<f64> = Vec::new();
    while let Some(packet) = format.next_packet().map_err(|error| damaged(&error))? {
        if packet.track_id != track {
            continue;
        }
        let decoded = decoder.decode(&packet).map_err(|error| damaged(&error))?;
        let (channels, rate_hz) = (decoded.num_planes(), decoded.spec().rate());
        decoded.copy_to_vec_interleaved(&mut interleaved);
        if !taking.add(&interleaved, channels, rate_hz)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the last page of an Ogg stream is there, whole, and says that it is the last: a header of 27 bytes (RFC 3533 §6), a table
/// of as many lengths as its last byte says, and their sum.
fn ogg_ends(bytes: &[u8]) -> bool {
    const LAST: u8 = 4;
    let page = bytes.windows(4).rposition(|four| four == b"OggS").map(|at| &bytes[at..]);
    page.is_some_and(|page| {
        let lengths = page.get(26).and_then(|count| page.get(27..27 + usize::from(*count)));
        lengths.is_some_and(|lengths| {
            let body: usize = lengths.iter().map(|length| usize::from(*length)).sum();
            page[5] & LAST != 0 && page.len() >= 27 + lengths.len() + body
        })
    })
}

fn truncated() -> Unusable {
    Unusable::new("the sound is truncated", "copy the file again, or replace it")
}

fn damaged(error: &Error) -> Unusable {
    Unusable::new(format!("the sound is damaged: {error}"), "replace the file")
}
