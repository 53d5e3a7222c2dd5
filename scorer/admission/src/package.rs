//! What a team sends: one `.onnx`, or a zip of it with `model.toml`, `tokenizer.json` and `vocabulary.txt`. Nothing else in a zip
//! is read. Everything is bounded before it is unpacked.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use egret_contract::Adapter;
use zip::ZipArchive;
use zip::read::ZipFile;

/// How every zip begins that has an entry.
const ZIP_MAGIC: [u8; 4] = *b"PK\x03\x04";
/// Entries of a zip.
pub const ENTRIES_MAX: usize = 1000;
/// Bytes of `model.toml`.
pub const ADAPTER_BYTES_MAX: u64 = 64 << 10;
/// Bytes of `tokenizer.json`.
pub const TOKENIZER_BYTES_MAX: u64 = 64 << 20;
/// Bytes of `vocabulary.txt`.
pub const VOCABULARY_BYTES_MAX: u64 = 4 << 20;

/// A package, unpacked.
#[derive(Clone, Debug, PartialEq)]
pub struct Package<'a> {
    /// The ONNX file.
    pub model: Cow<'a, [u8]>,
    /// What `model.toml` says, with the vocabulary of `vocabulary.txt`: one token a line.
    pub adapter: Adapter,
    /// `tokenizer.json`.
    pub tokenizer: Option<Vec<u8>>,
}

/// Why a zip is not a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpackable {
    /// What is wrong.
    pub detail: String,
    /// What to do about it.
    pub remedy: &'static str,
}

fn wrong<T>(detail: impl Into<String>, remedy: &'static str) -> Result<T, Unpackable> {
    Err(Unpackable { detail: detail.into(), remedy })
}

const ANEW: &str = "make the zip anew with an ordinary tool, stored or deflated and without a password";

/// Whether these first bytes of a file are those of a zip.
#[must_use]
pub fn is_zip(start: &[u8]) -> bool {
    start.starts_with(&ZIP_MAGIC)
}

/// Unpacks a package; of a model at most `model_bytes_max` bytes.
pub fn unpack(file: &[u8], model_bytes_max: u64) -> Result<Package<'_>, Unpackable> {
    if !is_zip(file) {
        return Ok(Package { model: Cow::Borrowed(file), adapter: Adapter::default(), tokenizer: None });
    }
    let damaged = |error: &dyn std::fmt::Display| Unpackable {
        detail: format!("the package is not a zip that can be read: {error}"),
        remedy: ANEW,
    };
    let mut zip = ZipArchive::new(Cursor::new(file)).map_err(|error| damaged(&error))?;
    if zip.len() > ENTRIES_MAX {
        let detail = format!("the package has {} entries; {ENTRIES_MAX} are allowed", zip.len());
        return wrong(detail, "leave out everything but the model and what goes with it");
    }
    let (mut model, mut adapter, mut tokenizer, mut vocabulary) = (None, None, None, None);
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?.into_owned();
        let (place, most) = match name.rsplit('/').next().unwrap_or_default() {
            "model.toml" => (&mut adapter, ADAPTER_BYTES_MAX),
            "tokenizer.json" => (&mut tokenizer, TOKENIZER_BYTES_MAX),
            "vocabulary.txt" => (&mut vocabulary, VOCABULARY_BYTES_MAX),
            base if base.to_ascii_lowercase().ends_with(".onnx") && !base.starts_with('.') => {
                (&mut model, model_bytes_max)
            }
            _ => continue,
        };
        if place.is_some() {
            return wrong(
                format!("the package has a second one of \"{name}\""),
                "keep one model and one of each file",
            );
        }
        *place = Some(read(entry, &name, most)?);
    }
    let Some(model) = model else {
        return wrong("the package has no .onnx file", "put the model into the zip");
    };
    let mut adapter = adapter.map_or_else(|| Ok(Adapter::default()), |bytes| self::adapter(&bytes))?;
    if let Some(bytes) = vocabulary {
        adapter.vocabulary = self::vocabulary(bytes)?;
    }
    Ok(Package { model: Cow::Owned(model), adapter, tokenizer })
}

fn read<R: Read + ?Sized>(entry: ZipFile<'_, R>, name: &str, most: u64) -> Result<Vec<u8>, Unpackable> {
    // What the header declares may lie: it is counted while it is unpacked.
    let mut bytes = Vec::new();
    if let Err(error) = entry.take(most + 1).read_to_end(&mut bytes) {
        return wrong(format!("\"{name}\" of the package cannot be unpacked: {error}"), ANEW);
    }
    if bytes.len() as u64 > most {
        return wrong(format!("\"{name}\" of the package is larger than {most} bytes"), "make it smaller");
    }
    Ok(bytes)
}

/// Reads the text of a `model.toml`.
pub fn adapter(bytes: &[u8]) -> Result<Adapter, Unpackable> {
    const REMEDY: &str = "correct model.toml; its keys are those of the adapter's flags, with _ for -";
    let Ok(text) = std::str::from_utf8(bytes) else {
        return wrong("model.toml is not UTF-8", REMEDY);
    };
    match toml::from_str::<Adapter>(text) {
        Ok(adapter) if adapter.parts.values().any(|part| !part.parts.is_empty()) => {
            wrong("model.toml: a part has parts of its own", REMEDY)
        }
        Ok(adapter) => Ok(adapter),
        Err(error) => wrong(format!("model.toml: {}", error.to_string().trim_end()), REMEDY),
    }
}

fn vocabulary(bytes: Vec<u8>) -> Result<Vec<String>, Unpackable> {
    let Ok(text) = String::from_utf8(bytes) else {
        return wrong("vocabulary.txt is not UTF-8", "save it as UTF-8, one token a line");
    };
    let tokens: Vec<String> = text.lines().map(str::to_owned).collect();
    if tokens.is_empty() || tokens.len() > egret_contract::VOCABULARY_MAX {
        let detail = format!("vocabulary.txt has {} lines", tokens.len());
        return wrong(detail, "write one token a line, 100,000 at most");
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use egret_contract::TextEncoding;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in entries {
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn detail(entries: &[(&str, &[u8])]) -> String {
        unpack(&zipped(entries), 8).unwrap_err().detail
    }

    #[test]
    fn a_bare_model_is_a_package() {
        let package = unpack(b"\x08\x08onnx", 1).unwrap();
        assert_eq!((&*package.model, package.tokenizer), (&b"\x08\x08onnx"[..], None));
    }

    #[test]
    fn a_zip_has_a_model_and_what_goes_with_it_and_nothing_else_is_read() {
        let toml = b"text = \"tokenizer\"\nmean = [0.5]\n[parts.photo]\ntensor = \"x\"\n";
        let file = zipped(&[
            ("m/net.onnx", b"12345678"),
            ("m/model.toml", toml),
            ("m/tokenizer.json", b"{}"),
            ("m/vocabulary.txt", "a\n\u{9e6d}\n".as_bytes()),
            ("m/evil.so", &[0; 64]),
            ("m/._net.onnx", b"a Mac was here"),
        ]);
        let package = unpack(&file, 8).unwrap();
        assert_eq!(&*package.model, b"12345678");
        assert_eq!(package.tokenizer.as_deref(), Some(&b"{}"[..]));
        assert_eq!(package.adapter.text, Some(TextEncoding::Tokenizer));
        assert_eq!(package.adapter.vocabulary, ["a", "鹭"]);
        assert_eq!(package.adapter.parts["photo"].tensor.as_deref(), Some("x"));
    }

    #[test]
    fn what_is_wrong_with_a_zip_is_said() {
        assert!(detail(&[("model.toml", b"")]).contains("no .onnx"));
        assert!(detail(&[("a.onnx", b"1"), ("b.onnx", b"2")]).contains("second"));
        assert!(detail(&[("a.onnx", b"123456789")]).contains("larger than 8 bytes"));
        let toml = detail(&[("a.onnx", b"1"), ("model.toml", b"scael = 1")]);
        assert!(toml.contains("line 1") && toml.contains("scael"), "{toml}");
        assert!(detail(&[("a.onnx", b"1"), ("vocabulary.txt", &[0xff])]).contains("UTF-8"));
        assert!(detail(&[("a.onnx", b"1"), ("vocabulary.txt", b"")]).contains("0 lines"));
        let bomb = vec![b' '; ADAPTER_BYTES_MAX as usize + 1];
        assert!(detail(&[("a.onnx", b"1"), ("model.toml", &bomb)]).contains("larger than"));
        assert!(unpack(&zipped(&[("a.onnx", b"1"), ("model.toml", &bomb[1..])]), 8).is_ok());
        let many: Vec<String> = (0..=ENTRIES_MAX).map(|index| format!("{index}.txt")).collect();
        let entries: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(detail(&entries).contains("1001 entries"));
    }

    #[test]
    fn no_bytes_panic_the_unpacking() {
        let good = zipped(&[("a.onnx", b"12345678"), ("model.toml", b"scale = 1.0")]);
        for cut in 0..good.len() {
            let _ = unpack(&good[..cut], 8);
        }
        for at in 0..good.len() {
            for byte in [0, 0x7f, 0xff] {
                let mut bent = good.clone();
                bent[at] = byte;
                let _ = unpack(&bent, 8);
            }
        }
    }
}
