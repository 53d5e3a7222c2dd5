use std::io::Cursor;
use std::path::Path;

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};

use egret_contract::AudioInput;

use super::Unusable;

/// Sample rates that are read.
const RATE_MAX: u32 = 384_000;
/// Channels that are averaged.
const CHANNELS_MAX: usize = 64;

/// One channel, as decoded.
pub(super) struct Sound {
    pub rate_hz: u32,
    pub samples: Vec<f64>,
}

/// Decodes WAV or FLAC and averages its channels. Stops as soon as it is longer than the contract allows.
pub(super) fn decode(bytes: Vec<u8>, path: &Path, to: AudioInput) -> Result<Sound, Unusable> {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, Default::default(), Default::default())
        .map_err(|_| Unusable::new("the file is not a sound that can be read", "use WAV (PCM) or FLAC"))?;
    let track = format.default_track(TrackType::Audio);
    let track = track.ok_or_else(|| Unusable::new("the file has no sound in it", "replace or remove it"))?;
    let (id, declared) = (track.id, track.num_frames);
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let rate_hz = parameters.and_then(|parameters| parameters.sample_rate).unwrap_or(0);
    if !(1..=RATE_MAX).contains(&rate_hz) {
        return Err(Unusable::new(
            format!("the sample rate is {rate_hz} Hz"),
            format!("1 to {RATE_MAX} Hz are read"),
        ));
    }
    // FLAC carries a checksum of its samples; it is compared at the end.
    let options = AudioDecoderOptions::default().verify(true);
    let decoder = parameters
        .map(|parameters| symphonia::default::get_codecs().make_audio_decoder(parameters, &options));
    let Some(Ok(mut decoder)) = decoder else {
        return Err(Unusable::new("the sound is coded in a way that is not read", "use WAV (PCM) or FLAC"));
    };
    let mut sound = Sound { rate_hz, samples: Vec::new() };
    let frames_max = u64::from(to.sample_count_max) * u64::from(rate_hz) / u64::from(to.sample_rate_hz);
    take_all(&mut *format, &mut *decoder, id, frames_max, &mut sound)?;
    if decoder.finalize().verify_ok == Some(false) {
        return Err(Unusable::new("the sound is damaged: its checksum is wrong", "replace the file"));
    }
    let count = sound.samples.len() as u64;
    if declared.is_some_and(|declared| count < declared) {
        return Err(Unusable::new("the sound is truncated", "copy the file again, or replace it"));
    }
    if count == 0 {
        return Err(Unusable::new("the sound has no samples", "replace or remove it"));
    }
    if let Some(sample) = sound.samples.iter().find(|sample| !sample.is_finite()) {
        return Err(Unusable::new(format!("the sound has a sample that is {sample}"), "replace the file"));
    }
    Ok(sound)
}

fn take_all(
    format: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    track: u32,
    frames_max: u64,
    sound: &mut Sound,
) -> Result<(), Unusable> {
    let mut interleaved: Vec<f64> = Vec::new();
    while let Some(packet) = format.next_packet().map_err(|error| damaged(&error))? {
        if packet.track_id != track {
            continue;
        }
        let decoded = decoder.decode(&packet).map_err(|error| damaged(&error))?;
        mix(&decoded, &mut interleaved, sound)?;
        // A sample more than fits is enough to know.
        if sound.samples.len() as u64 > frames_max + 1 {
            let seconds = frames_max as f64 / f64::from(sound.rate_hz);
            let what = format!("the sound is longer than the contract's {seconds:.3} s");
            return Err(Unusable::new(what, "cut it, or raise `sample_count_max` in task.toml"));
        }
    }
    Ok(())
}

/// The mean of the channels.
fn mix(
    decoded: &GenericAudioBufferRef<'_>,
    interleaved: &mut Vec<f64>,
    sound: &mut Sound,
) -> Result<(), Unusable> {
    let channels = decoded.num_planes();
    if !(1..=CHANNELS_MAX).contains(&channels) || decoded.spec().rate() != sound.rate_hz {
        let what = "the sound changes its rate, or has too many channels";
        return Err(Unusable::new(what, format!("one rate and at most {CHANNELS_MAX} channels are read")));
    }
    decoded.copy_to_vec_interleaved(interleaved);
    let frames = interleaved.chunks_exact(channels);
    sound.samples.extend(frames.map(|frame| frame.iter().sum::<f64>() / channels as f64));
    Ok(())
}

fn damaged(error: &Error) -> Unusable {
    Unusable::new(format!("the sound is damaged: {error}"), "replace the file")
}
