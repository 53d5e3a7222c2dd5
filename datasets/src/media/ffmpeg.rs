//! The system's ffmpeg, for what no library here decodes: its pictures and samples over a pipe.
//!
//! Called with fixed arguments, so that the same file gives the same bytes: one thread, bit-exact paths, every decoded frame once
//! (also where the frame rate varies), the first damage ends it. It reads one local file and nothing that the file may refer to, of
//! containers that are listed here. Processor time and pixels are bounded by ffmpeg itself, bytes before it starts; whatever
//! becomes of this side, it is killed. ffmpeg 5.1 or newer.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use egret_contract::AudioInput;

use super::sound::{Sound, Taking};
use super::{Unusable, picture, read};

/// Bytes of a file that ffmpeg is given.
pub(super) const FILE_BYTES_MAX: u64 = 4 << 30;
/// Seconds of processor time for one pass over a file.
const CPU_S_MAX: u32 = 600;
/// Frames of one source video: more than four hours at 25 per second.
const FRAMES_MAX: u64 = 400_000;
/// Bytes of its complaints that are kept.
const COMPLAINTS_MAX: u64 = 4096;
/// Bytes of a line of its reports and of headers of frames.
const LINE_BYTES_MAX: u64 = 256;
/// Containers, as ffmpeg calls their readers; none of them refers to other files.
const FORMATS: &str =
    "mov,matroska,avi,mpeg,mpegts,flv,asf,ogg,ivf,wav,w64,caf,aiff,au,aac,ac3,eac3,amr,mp3,ape,tta,wv,dts";

/// How to run it.
pub(super) struct Ffmpeg {
    program: OsString,
    cpu_s_max: u32,
    pixels_max: u64,
    /// Of a video.
    pub frames_max: u64,
}

impl Default for Ffmpeg {
    fn default() -> Self {
        Self {
            program: "ffmpeg".into(),
            cpu_s_max: CPU_S_MAX,
            pixels_max: picture::PIXELS_MAX,
            frames_max: FRAMES_MAX,
        }
    }
}

/// A run; killed when it is dropped.
pub(super) struct Run {
    child: Child,
    output: BufReader<ChildStdout>,
    complaints: Option<JoinHandle<String>>,
    cpu_s_max: u32,
}

impl Ffmpeg {
    /// Starts it on a file; `arguments` say what is to come out of the pipe.
    pub fn start(&self, path: &Path, arguments: &[&str]) -> Result<Run, Unusable> {
        read::head(path, FILE_BYTES_MAX)?;
        let mut file = OsString::from("file:");
        file.push(path);
        let mut command = Command::new(&self.program);
        command.args(["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-xerror"]);
        command.args(["-timelimit", &self.cpu_s_max.to_string()]);
        command.args(["-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS]);
        command.args([
            "-threads",
            "1",
            "-flags",
            "+bitexact",
            "-max_pixels",
            &self.pixels_max.to_string(),
            "-i",
        ]);
        command
            .arg(file)
            .args(["-filter_threads", "1", "-fflags", "+bitexact"])
            .args(arguments)
            .arg("pipe:1");
        command.env_remove("FFREPORT").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| self.absent(&error))?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let (Some(output), Some(mut errors)) = (output, errors) else {
            return Err(Unusable::new("ffmpeg has no pipes", "try again"));
        };
        let complaints = std::thread::spawn(move || {
            let mut text = Vec::new();
            let kept = errors.by_ref().take(COMPLAINTS_MAX).read_to_end(&mut text);
            // The rest is read as well, so that it need not wait for us.
            let _ = kept.and_then(|_| std::io::copy(&mut errors, &mut std::io::sink()));
            String::from_utf8_lossy(&text).into_owned()
        });
        let output = BufReader::with_capacity(1 << 16, output);
        Ok(Run { child, output, complaints: Some(complaints), cpu_s_max: self.cpu_s_max })
    }

    fn absent(&self, error: &std::io::Error) -> Unusable {
        let program = Path::new(&self.program).display();
        let what = format!("the file needs {program}, which cannot be started: {error}");
        let remedy = "install it (apt-get install ffmpeg), or give sounds as WAV, FLAC, MP3 or Ogg Vorbis, and videos as folders of \
                      frames";
        Unusable::new(what, remedy)
    }

    /// The first sound track, by way of Sun's `au`, whose header needs no length.
    pub fn sound(&self, path: &Path, to: &AudioInput) -> Result<Sound, Unusable> {
        let mut run = self.start(path, &["-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au"])?;
        let mut header = [0; 24];
        if !run.fill(&mut header)? {
            run.finish()?;
            return Err(Unusable::new("the sound has no samples", "replace or remove it"));
        }
        let field = |at: usize| u32::from_be_bytes(std::array::from_fn(|byte| header[4 * at + byte]));
        let (offset, rate_hz, channels) = (field(1), field(4), field(5) as usize);
        run.skip(u64::from(offset).saturating_sub(24))?;
        let mut taking = Taking::new(rate_hz, to)?;
        let frame_bytes = channels.max(1) * 4;
        let mut block = vec![0; frame_bytes * (1 + (1 << 14) / frame_bytes)];
        loop {
            let bytes = run.read(&mut block)?;
            let samples = block[..bytes].chunks_exact(4);
            let samples: Vec<f64> = samples
                .map(|four| f64::from(f32::from_be_bytes(std::array::from_fn(|byte| four[byte]))))
                .collect();
            if !taking.add(&samples, channels, rate_hz)? {
                return Ok(taking.finish());
            }
            if bytes < block.len() {
                run.finish()?;
                return Ok(taking.finish());
            }
        }
    }
}

impl Run {
    /// Reads as much as there is room for, or to the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Unusable> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.output.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(bytes) => filled += bytes,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unread(&error)),
            }
        }
        Ok(filled)
    }

    /// Fills the buffer; false at the end.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, Unusable> {
        Ok(self.read(buffer)? == buffer.len())
    }

    /// The next line, in place of what `line` holds; false at the end. What is longer than any line of ffmpeg's comes in pieces.
    pub fn line(&mut self, line: &mut String) -> Result<bool, Unusable> {
        line.clear();
        let mut bytes = Vec::new();
        let read = self.output.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
        read.map_err(|error| unread(&error))?;
        line.push_str(&String::from_utf8_lossy(&bytes));
        Ok(!bytes.is_empty())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Unusable> {
        let skipped = std::io::copy(&mut self.output.by_ref().take(bytes), &mut std::io::sink());
        skipped.map(|_| ()).map_err(|error| unread(&error))
    }

    /// Waits for its end, and says what it complained of if it failed.
    pub fn finish(mut self) -> Result<(), Unusable> {
        let status = self.child.wait();
        let complaints = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        match status {
            Ok(status) if status.success() => Ok(()),
            // It takes the signal of the limit as a wish to stop.
            Ok(status)
                if status.signal().is_some() || (status.code() == Some(255) && complaints.is_empty()) =>
            {
                let what =
                    format!("the file takes more than {} s of processor time to decode", self.cpu_s_max);
                Err(Unusable::new(what, "shorten it, or make it smaller"))
            }
            Ok(_) => Err(complaint(&complaints)),
            Err(error) => Err(Unusable::new(format!("ffmpeg cannot be waited for: {error}"), "try again")),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Both fail only if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unread(error: &std::io::Error) -> Unusable {
    Unusable::new(format!("ffmpeg cannot be read: {error}"), "try again")
}

fn complaint(text: &str) -> Unusable {
    if text.contains("matches no streams") {
        let kind = if text.contains("0:a:0") { "sound" } else { "pictures" };
        return Unusable::new(format!("the file has no {kind} in it"), "replace or remove it");
    }
    if text.contains("Cannot determine format of input stream") {
        return Unusable::new("the file has no frames or samples in it", "replace or remove it");
    }
    if text.contains("Unrecognized option") {
        return Unusable::new("the installed ffmpeg is too old", "install 5.1 or newer");
    }
    let line = text.lines().next().unwrap_or("no reason is given").trim();
    Unusable::new(format!("the file cannot be decoded: {line}"), "replace the file, or save it anew")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use egret_contract::{Fit, VideoInput};

    use super::*;
    use crate::media::video;

    const CLIP: VideoInput = VideoInput { frame_count: 2, width: 4, height: 4, fit: Fit::Stretch };

    fn decode(path: &Path, ffmpeg: &Ffmpeg) -> Result<Vec<u8>, Unusable> {
        video::of_file(path, &CLIP, ffmpeg, &mut fast_image_resize::Resizer::default())
    }

    /// Makes a clip; `None`, and says so plainly, where ffmpeg is not installed.
    fn make(folder: &tempfile::TempDir, source: &str, seconds: &str) -> Option<PathBuf> {
        let path = folder.path().join("a.avi");
        let made = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-t", seconds, "-c:v", "mpeg4"])
            .arg(&path)
            .status();
        match made {
            Ok(status) => assert!(status.success()),
            Err(_) => {
                eprintln!("SKIPPED: ffmpeg is not installed (apt-get install ffmpeg)");
                return None;
            }
        }
        Some(path)
    }

    #[test]
    fn its_absence_has_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        std::fs::write(&path, b"anything").unwrap();
        let absent = Ffmpeg { program: "/nowhere/ffmpeg".into(), ..Ffmpeg::default() };
        let wrong = decode(&path, &absent).unwrap_err();
        assert!(wrong.what.starts_with("the file needs /nowhere/ffmpeg"), "{wrong:?}");
        assert!(wrong.remedy.starts_with("install it (apt-get install ffmpeg)"), "{wrong:?}");
    }

    #[test]
    fn frames_and_pixels_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let Some(path) = make(&folder, "color=s=64x16:r=10", "1") else { return };
        let limits = |frames_max, pixels_max| Ffmpeg { pixels_max, frames_max, ..Ffmpeg::default() };
        // A decoder counts what it lays around the picture as well.
        assert_eq!(decode(&path, &limits(10, 320 * 320)).unwrap().len(), 2 * 4 * 4 * 3);
        let wrong = decode(&path, &limits(9, 320 * 320)).unwrap_err();
        assert_eq!(wrong.what, "the video has more than 9 frames");
        let wrong = decode(&path, &limits(10, 64 * 16 - 1)).unwrap_err();
        assert!(wrong.what.starts_with("the file cannot be decoded"), "{wrong:?}");
    }

    #[test]
    fn processor_time_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let Some(short) = make(&folder, "testsrc2=s=1920x1080:r=25", "4") else { return };
        let long = folder.path().join("b.avi");
        let mut repeat = Command::new("ffmpeg");
        repeat.args(["-nostdin", "-v", "error", "-stream_loop", "40", "-i"]).arg(&short).args(["-c", "copy"]);
        assert!(repeat.arg(&long).status().unwrap().success());
        let second = Ffmpeg { cpu_s_max: 1, ..Ffmpeg::default() };
        assert!(decode(&short, &second).is_ok());
        let wrong = decode(&long, &second).unwrap_err();
        assert_eq!(wrong.what, "the file takes more than 1 s of processor time to decode");
    }
}
