//! What passes through the wall while a runner lives: fixed descriptors, fixed-size records.
//!
//! Everything from the runner is hostile once it has said `Ready`: decoding is total, texts are cut and
//! cleaned, and the judge accepts a record only where it expects one.

use std::time::Duration;

use crate::fault::FaultCode;
use crate::layers::Layers;
use crate::setup::SetupStep;

/// Descriptors of the runner, fixed so that the seccomp policy can name them.
pub mod fds {
    /// Sealed memory: the model.
    pub const MODEL: i32 = 3;
    /// Memory sealed against the runner's writes: the input slots.
    pub const INPUT: i32 = 4;
    /// Memory of fixed size: the output slots.
    pub const OUTPUT: i32 = 5;
    /// Pipe to the judge: records.
    pub const STATUS: i32 = 6;
    /// Pipe to the judge, kept by the waiter alone: how the runner ended.
    pub const REPORT: i32 = 7;
    /// Pipe from the judge: commands.
    pub const COMMANDS: i32 = 8;
    /// Sealed memory: the briefing.
    pub const BRIEFING: i32 = 9;
}

/// Exit codes of a sealed runner. Those of [`SetupStep`] are 70 to 86.
pub mod exit {
    /// `abort()`, by way of our handler: pid 1 of a namespace ignores the signal's default.
    pub const ABORTED: i32 = 96;
    /// The kernel's warning that the processor time is spent.
    pub const CPU_LIMIT: i32 = 97;
    /// The runner could not allocate and could not say so.
    pub const MEMORY_LIMIT: i32 = 98;
}

/// The size of a record: at most `PIPE_BUF`, so that a write is all or nothing.
pub const RECORD_BYTES: usize = 4096;
/// The most text that a record carries for detail.
pub const DETAIL_BYTES_MAX: usize = 2000;
/// The most text that a record carries for a remedy.
pub const REMEDY_BYTES_MAX: usize = 1000;
/// The size of a command.
pub const COMMAND_BYTES: usize = 8;

const TEXT_AT: usize = 20;

/// The judge asks for the answers to the first `items` items of an input slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// The slot.
    pub slot: u32,
    /// Items in it.
    pub items: u32,
}

impl Command {
    pub(crate) fn to_bytes(self) -> [u8; COMMAND_BYTES] {
        let mut bytes = [0; COMMAND_BYTES];
        bytes[..4].copy_from_slice(&self.slot.to_le_bytes());
        bytes[4..].copy_from_slice(&self.items.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; COMMAND_BYTES]) -> Self {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Self { slot: word(0), items: word(4) }
    }
}

/// One message of the runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// The wall is closed; nothing untrusted has been touched yet.
    Ready { layers: Layers, landlock_abi: u8 },
    /// The model is loaded; how it will be fed.
    Loaded { summary: String },
    /// The answers to a command lie in the output slot.
    Done { slot: u32, bytes: u64 },
    /// The model is at fault.
    Fault { code: FaultCode, detail: String, remedy: String },
    /// A layer could not be put up; nothing untrusted has been touched.
    SetupFailed { step: SetupStep, errno: i32, detail: String },
}

impl Record {
    pub(crate) fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let (kind, small, word, long, text, remedy): (u8, [u8; 3], u32, u64, &str, &str) = match self {
            Self::Ready { layers, landlock_abi } => (b'R', [layers.bits(), *landlock_abi, 0], 0, 0, "", ""),
            Self::Loaded { summary } => (b'L', [0; 3], 0, 0, summary, ""),
            Self::Done { slot, bytes } => (b'D', [0; 3], *slot, *bytes, "", ""),
            Self::Fault { code, detail, remedy } => (b'F', [*code as u8, 0, 0], 0, 0, detail, remedy),
            Self::SetupFailed { step, errno, detail } => {
                (b'S', [*step as u8, 0, 0], *errno as u32, 0, detail, "")
            }
        };
        let (text, remedy) = (cut(text, DETAIL_BYTES_MAX), cut(remedy, REMEDY_BYTES_MAX));
        bytes[0] = kind;
        bytes[1..4].copy_from_slice(&small);
        bytes[4..8].copy_from_slice(&word.to_le_bytes());
        bytes[8..16].copy_from_slice(&long.to_le_bytes());
        bytes[16..18].copy_from_slice(&(text.len() as u16).to_le_bytes());
        bytes[18..20].copy_from_slice(&(remedy.len() as u16).to_le_bytes());
        bytes[TEXT_AT..TEXT_AT + text.len()].copy_from_slice(text.as_bytes());
        let remedy_at = TEXT_AT + text.len();
        bytes[remedy_at..remedy_at + remedy.len()].copy_from_slice(remedy.as_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        let word = u32::from_le_bytes(bytes[4..8].try_into().ok()?);
        let long = u64::from_le_bytes(bytes[8..16].try_into().ok()?);
        let text_len = usize::from(u16::from_le_bytes([bytes[16], bytes[17]])).min(DETAIL_BYTES_MAX);
        let remedy_len = usize::from(u16::from_le_bytes([bytes[18], bytes[19]])).min(REMEDY_BYTES_MAX);
        let text = clean(&bytes[TEXT_AT..TEXT_AT + text_len]);
        let remedy = clean(&bytes[TEXT_AT + text_len..TEXT_AT + text_len + remedy_len]);
        Some(match bytes[0] {
            b'R' => Self::Ready { layers: Layers::from_bits(bytes[1]), landlock_abi: bytes[2] },
            b'L' => Self::Loaded { summary: text },
            b'D' => Self::Done { slot: word, bytes: long },
            b'F' => Self::Fault { code: FaultCode::from_number(bytes[1])?, detail: text, remedy },
            b'S' => Self::SetupFailed {
                step: SetupStep::from_code(i32::from(bytes[1]))?,
                errno: word as i32,
                detail: text,
            },
            _ => return None,
        })
    }
}

/// The size of an [`Obituary`].
pub(crate) const OBITUARY_BYTES: usize = 20;

/// How a runner ended, and what it took: the waiter's one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Obituary {
    /// As of `wait(2)`.
    pub status: i32,
    /// User and system time of all threads.
    pub cpu: Duration,
    /// Largest resident size.
    pub peak_rss_bytes: u64,
}

impl Obituary {
    pub(crate) fn encode(&self) -> [u8; OBITUARY_BYTES] {
        let mut bytes = [0; OBITUARY_BYTES];
        bytes[..4].copy_from_slice(&self.status.to_le_bytes());
        bytes[4..12].copy_from_slice(&(self.cpu.as_micros() as u64).to_le_bytes());
        bytes[12..].copy_from_slice(&self.peak_rss_bytes.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; OBITUARY_BYTES]) -> Self {
        let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
        Self {
            status: i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            cpu: Duration::from_micros(long(4)),
            peak_rss_bytes: long(12),
        }
    }
}

/// At most `max` bytes of a text, whole characters.
fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// Text from behind the wall, safe to print: valid UTF-8, no control or invisible direction characters.
pub(crate) fn clean(bytes: &[u8]) -> String {
    let steers =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .map(|c| if c.is_control() || steers(c) { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_survive_the_crossing() {
        let layers = Layers::of(&crate::Layer::ALL);
        for record in [
            Record::Ready { layers, landlock_abi: 7 },
            Record::Loaded { summary: "nchw f32 鹭".into() },
            Record::Done { slot: 1, bytes: 1 << 40 },
            Record::Fault { code: FaultCode::NonFinite, detail: "row 3".into(), remedy: "clip".into() },
            Record::SetupFailed { step: SetupStep::Landlock, errno: 38, detail: "none".into() },
        ] {
            assert_eq!(Record::decode(&record.encode()), Some(record));
        }
    }

    #[test]
    fn texts_are_cut_at_a_character_and_cleaned() {
        let long = Record::Loaded { summary: "鹭".repeat(2000) };
        let Some(Record::Loaded { summary }) = Record::decode(&long.encode()) else { panic!() };
        assert_eq!(summary.len(), DETAIL_BYTES_MAX / 3 * 3);
        assert_eq!(clean(b"\x1b[31mred\n\xff \xe2\x80\xaeback"), "[31mred \u{fffd}  back");
    }

    #[test]
    fn no_bytes_panic_the_decoder() {
        for kind in 0..=255 {
            for fill in [0, 1, 0x7f, 0xff] {
                let mut bytes = [fill; RECORD_BYTES];
                bytes[0] = kind;
                let _ = Record::decode(&bytes);
            }
        }
    }
}
