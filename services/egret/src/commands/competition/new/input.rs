use clap::ValueEnum;

/// Kinds of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Input {
    /// Pictures
    Image,
    /// Sounds
    Audio,
    /// Clips
    Video,
    /// Texts
    Text,
    /// Several media at once; the template has a picture with its caption
    Composite,
}

const IMAGE: &str = "\
kind = \"image\"                             # JPEG, PNG, WebP, BMP, TIFF; turned upright, decoded once, at publish
width = 224                                # pixels
height = 224
channels = 3                               # 1: gray, 3: RGB
fit = \"crop\"                               # stretch, crop (covers the frame), pad (fits into it) or native (keeps its size)
";

const TEXT: &str = "\
kind = \"text\"                              # UTF-8, brought to NFC
bytes_max = 4096                           # of one text
";

const AUDIO: &str = "\
kind = \"audio\"                             # WAV, FLAC, MP3, OGG; mixed to mono, resampled
sample_rate_hz = 16000
sample_count_max = 160000                  # ten seconds
length = \"fixed\"                           # fixed (zeros fill shorter sounds up) or bounded (each keeps its length)
longer = \"refuse\"                          # what becomes of longer sounds: refuse (a problem) or cut
";

const VIDEO: &str = "\
kind = \"video\"                             # a file (read with ffmpeg) or a folder of frames
frame_count = 8                            # taken at even distances
width = 112
height = 112
fit = \"crop\"                               # stretch, crop or pad
";

impl Input {
    /// `[input]`.
    pub fn manifest(self) -> String {
        match self {
            Self::Image => format!("[input]\n{IMAGE}"),
            Self::Audio => format!("[input]\n{AUDIO}"),
            Self::Video => format!("[input]\n{VIDEO}"),
            Self::Text => format!("[input]\n{TEXT}"),
            Self::Composite => format!(
                "[input]\nkind = \"composite\"                         # several parts, each with a column of its name in the \
                 labels\n\n[[input.part]]\nname = \"picture\"\n{IMAGE}\n[[input.part]]\nname = \"caption\"\n{TEXT}"
            ),
        }
    }

    /// Whether boxes and masks have something to lie on.
    pub fn has_picture(self) -> bool {
        matches!(self, Self::Image | Self::Composite)
    }

    /// The columns of the labels that say what an item is made of.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Image | Self::Audio | Self::Video => &["file"],
            Self::Text => &["text"],
            Self::Composite => &["picture", "caption"],
        }
    }

    /// What is in them for an item.
    pub fn cells(self, item: &str) -> Vec<String> {
        let caption = format!("What item {item} says");
        match self {
            Self::Image => vec![format!("{item}.jpg")],
            Self::Audio => vec![format!("{item}.wav")],
            Self::Video => vec![format!("{item}.mp4")],
            Self::Text => vec![caption],
            Self::Composite => vec![format!("{item}.jpg"), caption],
        }
    }

    /// Where the media go.
    pub fn place(self) -> &'static str {
        match self {
            Self::Image => "Put the pictures into media/, and a row for each into labels.csv.",
            Self::Audio => "Put the sounds into media/, and a row for each into labels.csv.",
            Self::Video => {
                "Put the clips into media/ (files, or a folder of frames for each), and a row for each into labels.csv."
            }
            Self::Text => "Texts stand in labels.csv itself, one in a row; media/ stays empty.",
            Self::Composite => {
                "Put the pictures into media/, and a row for each, with its caption, into labels.csv."
            }
        }
    }
}
