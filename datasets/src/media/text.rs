//! Text: UTF-8, strictly; one byte order mark at the beginning is dropped, line ends of Windows become `\n`, and what is left is
//! brought to Unicode normalization form C. Nothing else is changed: blanks at the ends stay. Control characters other than `\n` and
//! `\t` are refused, as they are most often a sign of another encoding.

use egret_contract::TextInput;
use unicode_normalization::UnicodeNormalization as _;

use super::Unusable;

/// How much shorter a text can become by normalization: no sequence that is composed is more than three times as long as the
/// character it becomes, and `\r\n` is twice as long as `\n`.
const SHRINK_MAX: usize = 4;

/// The text that a file holds.
pub(super) fn of_bytes(bytes: Vec<u8>, to: TextInput) -> Result<String, Unusable> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let line = bytes[..at].split(|byte| *byte == b'\n').count();
        let what = format!("the text is not UTF-8: byte {} (line {line}) is {:#04x}", at + 1, bytes[at]);
        Unusable::new(what, "save it as UTF-8")
    })?;
    of(&text, to)
}

/// A text, as models get it.
pub(super) fn of(text: &str, to: TextInput) -> Result<String, Unusable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let most = to.bytes_max as usize;
    if text.len() > most * SHRINK_MAX {
        return Err(too_long(text.len(), most));
    }
    let text: String = text.replace("\r\n", "\n").nfc().collect();
    if text.len() > most {
        return Err(too_long(text.len(), most));
    }
    if text.trim().is_empty() {
        return Err(Unusable::new("the text is empty", "write one, or remove the item"));
    }
    let wrong = |(_, c): &(usize, char)| c.is_control() && !matches!(c, '\n' | '\t');
    if let Some((at, c)) = text.char_indices().find(wrong) {
        let line = 1 + text[..at].matches('\n').count();
        let what = format!("the text has the control character U+{:04X} in line {line}", u32::from(c));
        return Err(Unusable::new(what, "remove it, or save the text as UTF-8"));
    }
    Ok(text)
}

fn too_long(bytes: usize, most: usize) -> Unusable {
    let what = format!("the text has {bytes} bytes, the contract {most}");
    Unusable::new(what, "shorten it, or raise `bytes_max` in task.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: TextInput = TextInput { bytes_max: 12 };

    #[track_caller]
    fn refused(bytes: &[u8], problem: &str) {
        let Unusable { what, remedy, .. } = of_bytes(bytes.to_vec(), TO).unwrap_err();
        assert!(what.contains(problem) && !remedy.is_empty(), "{what}");
    }

    #[test]
    fn texts_are_composed_and_otherwise_kept() {
        for (raw, text) in [
            ("白鹭 ", "白鹭 "),
            ("\u{feff}a\r\nb\tc\n", "a\nb\tc\n"),
            ("\u{feff}\u{feff}a", "\u{feff}a"),
            ("e\u{301}", "é"),
            ("한", "한"),
            ("ﬁ", "ﬁ"),
        ] {
            assert_eq!(of_bytes(raw.as_bytes().to_vec(), TO).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        refused(b"ab\ncd\xff", "not UTF-8: byte 6 (line 2) is 0xff");
        refused(b"ab\xe7\x99", "not UTF-8: byte 3 (line 1) is 0xe7");
        refused(b"a\n\x00", "control character U+0000 in line 2");
        refused(b"a\rb", "control character U+000D in line 1");
        refused("\u{85}a".as_bytes(), "control character U+0085");
        for empty in ["", " \n\t", "\u{feff}", "\u{3000}"] {
            refused(empty.as_bytes(), "the text is empty");
        }
    }

    #[test]
    fn the_length_is_that_of_the_normalized_text() {
        assert_eq!(of("123456789012", TO).as_deref(), Ok("123456789012"));
        refused(b"1234567890123", "13 bytes, the contract 12");
        // Four syllables of nine bytes become twelve bytes.
        assert_eq!(of(&"\u{1112}\u{1161}\u{11ab}".repeat(4), TO).as_deref(), Ok("한한한한"));
        refused("\u{1112}\u{1161}\u{11ab}".repeat(5).as_bytes(), "15 bytes");
        refused(&vec![b'x'; 10 << 20], "10485760 bytes, the contract 12");
    }
}
