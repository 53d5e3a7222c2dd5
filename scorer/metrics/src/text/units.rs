//! What a text is cut into before it is compared.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    distance::{Difference, difference},
    interner::interner,
};

/// What a text is cut into. No unit folds case or punctuation unless it says so; white space is Python's `str.isspace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// As jiwer cuts words: the ends are stripped, then U+0020 and runs of two or more white-space characters separate. A
    /// tab or an ideographic space alone does not.
    Words,
    /// Code points, white space included, without the white space at both ends.
    StrippedChars,
    /// Code points as they stand.
    Chars,
    /// Code points of the NFKC form without white space, in lower case.
    FoldedChars,
    /// Extended grapheme clusters.
    Graphemes,
    /// Han, Hiragana and Katakana characters one by one; what lies between them is split at white space.
    MixedWords,
    /// The ASCII letters and digits of the text in lower case; everything else is dropped.
    AsciiAlnum,
}

/// Two texts compared by units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) reference_units: u64,
    pub(super) hypothesis_units: u64,
    pub(super) difference: Difference,
}

impl Unit {
    /// Compares two texts. The hits are counted only if asked for.
    pub(super) fn compare(self, reference: &str, hypothesis: &str, with_hits: bool) -> Comparison {
        let chars =
            |cut: fn(&str) -> Vec<char>| compare(&cut(reference), &cut(hypothesis), with_hits, code_points);
        let slices =
            |cut: fn(&str) -> Vec<&[u8]>| compare(&cut(reference), &cut(hypothesis), with_hits, interner());
        match self {
            Self::Words => slices(|text| plain_words(text).unwrap_or_else(|| bytes_of(words(text)))),
            Self::StrippedChars => chars(|text| text.trim_matches(is_space).chars().collect()),
            Self::Chars => chars(|text| text.chars().collect()),
            Self::FoldedChars => chars(folded),
            Self::Graphemes => slices(|text| bytes_of(text.graphemes(true).collect())),
            Self::MixedWords => slices(|text| bytes_of(mixed_words(text))),
            Self::AsciiAlnum => {
                chars(|text| text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect())
            }
        }
    }
}

/// Python's `str.isspace`: Unicode's White_Space and the four ASCII separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn bytes_of(units: Vec<&str>) -> Vec<&[u8]> {
    units.into_iter().map(str::as_bytes).collect()
}

/// The words of a text of ASCII whose only white space is U+0020, as most are.
fn plain_words(text: &str) -> Option<Vec<&[u8]>> {
    let text = text.as_bytes();
    if !text.iter().fold(true, |so_far, byte| so_far & (b' '..=b'~').contains(byte)) {
        return None;
    }
    // A guess: words of four letters and more, so that the list seldom grows.
    let mut words = Vec::with_capacity(text.len() / 5 + 1);
    let mut start = 0;
    let mut push = |end: usize| {
        if end > start {
            words.push(&text[start..end]);
        }
        start = end + 1;
    };
    let (eights, rest) = text.as_chunks::<8>();
    for (place, eight) in eights.iter().enumerate() {
        let mut spaces = spaces(*eight);
        while spaces != 0 {
            push(8 * place + spaces.trailing_zeros() as usize / 8);
            spaces &= spaces - 1;
        }
    }
    for (place, _) in rest.iter().enumerate().filter(|(_, byte)| **byte == b' ') {
        push(8 * eights.len() + place);
    }
    push(text.len());
    Some(words)
}

/// The highest bit of each of eight bytes that is U+0020, the first byte lowest. No byte is above 127.
fn spaces(bytes: [u8; 8]) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let others = u64::from_le_bytes(bytes) ^ 0x2020_2020_2020_2020;
    !(others + LOW) & !LOW
}

fn words(text: &str) -> Vec<&str> {
    let mut rest = text.trim_matches(is_space);
    let mut words = Vec::new();
    while let Some((word, after)) = split_word(rest) {
        words.push(word);
        rest = after;
    }
    if !rest.is_empty() {
        words.push(rest);
    }
    words
}

/// The first word and what follows its separator; `None` if there is no separator.
fn split_word(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find(is_space)?;
        let after = text[start..].trim_start_matches(is_space);
        let run = &text[start..text.len() - after.len()];
        if run == " " || run.chars().nth(1).is_some() {
            return Some((&text[..start], after));
        }
        from = start + run.len();
    }
}

fn folded(text: &str) -> Vec<char> {
    let packed: String = text.nfkc().filter(|c| !is_space(*c)).collect();
    packed.to_lowercase().chars().collect()
}

fn mixed_words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        // ASCII has none of these; the look-up is dear.
        let single = !c.is_ascii() && matches!(c.script(), Script::Han | Script::Hiragana | Script::Katakana);
        if !single && !is_space(c) {
            continue;
        }
        words.push(&text[start..at]);
        start = at + c.len_utf8();
        if single {
            words.push(&text[at..start]);
        }
    }
    words.push(&text[start..]);
    words.retain(|word| !word.is_empty());
    words
}

/// The ends that both lists share cost nothing and, in some alignment of fewest edits and most hits, stay as they are.
fn compare<T: Eq>(
    reference: &[T],
    hypothesis: &[T],
    with_hits: bool,
    mut intern: impl FnMut(&[T]) -> Vec<u32>,
) -> Comparison {
    let same = |(a, b): &(&T, &T)| a == b;
    let head = reference.iter().zip(hypothesis).take_while(same).count();
    let (a, b) = (&reference[head..], &hypothesis[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let (a, b) = (intern(&a[..a.len() - tail]), intern(&b[..b.len() - tail]));
    let mut difference = difference(&a, &b, with_hits);
    if with_hits {
        difference.hits += (head + tail) as u64;
    }
    Comparison {
        reference_units: reference.len() as u64,
        hypothesis_units: hypothesis.len() as u64,
        difference,
    }
}

fn code_points(chars: &[char]) -> Vec<u32> {
    chars.iter().map(|c| u32::from(*c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_cut_as_jiwer_cuts_them() {
        for (text, want) in [
            ("", &[][..]),
            (" \t ", &[]),
            ("  a   b  ", &["a", "b"]),
            ("a\tb c", &["a\tb", "c"]),
            ("a \tb", &["a", "b"]),
            ("\ta\u{3000}b\u{3000}\u{3000}c\n", &["a\u{3000}b", "c"]),
            ("a\u{1c}\u{1d}b", &["a", "b"]),
            ("厦门大学 人工智能", &["厦门大学", "人工智能"]),
        ] {
            assert_eq!(words(text), want, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn plain_text_is_cut_as_any_other(text in "[a-c ]{0,40}", strange in "[a \t\n\x7fé]{0,20}") {
            prop_assert_eq!(plain_words(&text), Some(bytes_of(words(&text))));
            if let Some(plain) = plain_words(&strange) {
                prop_assert_eq!(plain, bytes_of(words(&strange)));
            }
        }
    }

    #[test]
    fn mixed_text_is_cut_by_script() {
        assert_eq!(mixed_words("打开WiFi 开关"), ["打", "开", "WiFi", "开", "关"]);
        assert_eq!(mixed_words(" ok\u{3000}カメラv2、々〇 "), ["ok", "カ", "メ", "ラ", "v2、", "々", "〇"]);
        assert_eq!(mixed_words(""), [""; 0]);
    }

    #[test]
    fn folding_is_nfkc_without_space_in_lower_case() {
        assert_eq!(folded("ＡＢ １\u{3000}ﬁ"), ['a', 'b', '1', 'f', 'i']);
        assert_eq!(folded("ΑΣ"), ['α', 'ς']);
    }

    #[test]
    fn shared_ends_do_not_change_the_hits() {
        let compare = |a: &str, b: &str| Unit::Words.compare(a, b, true).difference;
        assert_eq!(compare("a b", "b a"), Difference { edits: 2, hits: 1 });
        assert_eq!(compare("x a b y", "x b a y"), Difference { edits: 2, hits: 3 });
        assert_eq!(compare("a a", "a"), Difference { edits: 1, hits: 1 });
    }

    #[test]
    fn graphemes_are_whole() {
        let units = Unit::Graphemes.compare("e\u{301}👨‍👩‍👧", "e👨‍👩‍👧", false);
        assert_eq!((units.reference_units, units.hypothesis_units, units.difference.edits), (2, 2, 1));
    }
}
