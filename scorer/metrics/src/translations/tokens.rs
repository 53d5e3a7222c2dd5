use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// How a text is cut into the tokens of BLEU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// As mteval-v13a cuts: ASCII punctuation apart, but not within numbers.
    Mteval13a,
    /// The same of the text in lower case.
    Mteval13aLower,
    /// Chinese characters and punctuation one by one, the rest like [`Self::Mteval13a`].
    Zh,
    /// All characters one by one; white space is none.
    Char,
    /// As mteval-v14 cuts: punctuation and symbols of all scripts apart, but not within numbers.
    Intl,
    /// What lies between white space.
    Spaces,
}

impl Tokens {
    /// The text with white space between its tokens.
    pub(super) fn cut(self, text: &str) -> String {
        let text = text.trim_end_matches(is_space);
        match self {
            Self::Mteval13a => mteval13a(text),
            Self::Mteval13aLower => mteval13a(&text.to_lowercase()),
            Self::Zh => {
                let apart = text.trim_matches(is_space).chars().flat_map(|c| spaced(c, is_chinese(c)));
                western(&apart.collect::<Vec<_>>())
            }
            Self::Char => text.chars().flat_map(|c| spaced(c, true)).collect(),
            Self::Intl => international(text),
            Self::Spaces => text.to_owned(),
        }
    }
}

/// The tokens between white space.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|token| !token.is_empty())
}

/// Python's `str.isspace`: Unicode's White_Space and the four ASCII separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn spaced(c: char, apart: bool) -> impl Iterator<Item = char> {
    let space = apart.then_some(' ');
    space.into_iter().chain([c]).chain(space)
}

fn mteval13a(text: &str) -> String {
    let mut text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    if text.contains('&') {
        text = text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    }
    western(&format!(" {text} ").chars().collect::<Vec<_>>())
}

/// ASCII punctuation apart; full stop and comma unless between digits, a hyphen after a digit.
fn western(chars: &[char]) -> String {
    let is_apart = |c: char| matches!(c, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/');
    let is_point = |c: char| c == '.' || c == ',';
    let chars: Vec<char> = chars.iter().flat_map(|c| spaced(*c, is_apart(*c))).collect();
    let chars = pairs_apart(&chars, |a, b| !a.is_ascii_digit() && is_point(b), |a, b| [a, ' ', b, ' ']);
    let chars = pairs_apart(&chars, |a, b| is_point(a) && !b.is_ascii_digit(), |a, b| [' ', a, ' ', b]);
    let chars = pairs_apart(&chars, |a, b| a.is_ascii_digit() && b == '-', |a, b| [a, ' ', b, ' ']);
    chars.into_iter().collect()
}

fn international(text: &str) -> String {
    let group = |c: char| c.general_category_group();
    let is_number = |c: char| group(c) == GeneralCategoryGroup::Number;
    let is_mark = |c: char| group(c) == GeneralCategoryGroup::Punctuation;
    let chars: Vec<char> = text.chars().collect();
    let chars = pairs_apart(&chars, |a, b| !is_number(a) && is_mark(b), |a, b| [a, ' ', b, ' ']);
    let chars = pairs_apart(&chars, |a, b| is_mark(a) && !is_number(b), |a, b| [' ', a, ' ', b]);
    chars.into_iter().flat_map(|c| spaced(c, group(c) == GeneralCategoryGroup::Symbol)).collect()
}

/// Rewrites every pair of neighbours that fits, from the left; a character is in one pair at most.
fn pairs_apart(
    chars: &[char],
    fits: impl Fn(char, char) -> bool,
    rewritten: impl Fn(char, char) -> [char; 4],
) -> Vec<char> {
    let mut apart = Vec::with_capacity(chars.len() * 2);
    let mut rest = chars;
    loop {
        match rest {
            [a, b, more @ ..] if fits(*a, *b) => {
                apart.extend(rewritten(*a, *b));
                rest = more;
            }
            [a, more @ ..] => {
                apart.push(*a);
                rest = more;
            }
            [] => return apart,
        }
    }
}

/// sacrebleu's ranges, which hold General Punctuation and all up to U+2A6D as well: two of its bounds name a character beyond
/// U+FFFF with four digits, and so compare as the first four.
fn is_chinese(c: char) -> bool {
    matches!(c,
        '\u{2001}'..='\u{2a6d}'
        | '\u{2e80}'..='\u{2eff}'
        | '\u{2f00}'..='\u{2fdf}'
        | '\u{2ff0}'..='\u{303f}'
        | '\u{3100}'..='\u{312f}'
        | '\u{31a0}'..='\u{31bf}'
        | '\u{31c0}'..='\u{31ef}'
        | '\u{3200}'..='\u{4db5}'
        | '\u{4e00}'..='\u{9fbb}'
        | '\u{f900}'..='\u{fa2d}'
        | '\u{fa30}'..='\u{fa6a}'
        | '\u{fa70}'..='\u{fad9}'
        | '\u{fe10}'..='\u{fe1f}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_worked_by_hand() {
        let cut = |tokens: Tokens, text: &str| split(&tokens.cut(text)).collect::<Vec<_>>().join(" ");
        let text = "It's 3.14, \u{201c}ok\u{201d} &amp; 1-2.";
        assert_eq!(cut(Tokens::Mteval13a, text), "It's 3.14 , \u{201c}ok\u{201d} & 1 - 2 .");
        assert_eq!(cut(Tokens::Mteval13aLower, text), "it's 3.14 , \u{201c}ok\u{201d} & 1 - 2 .");
        assert_eq!(cut(Tokens::Zh, "我有iPhone 3.5\u{3002}"), "我 有 iPhone 3.5 \u{3002}");
        assert_eq!(cut(Tokens::Char, " a b\u{3000}c "), "a b c");
        assert_eq!(
            cut(Tokens::Intl, "It's 3.14, \u{201c}ok\u{201d} €5."),
            "It ' s 3.14 , \u{201c} ok \u{201d} € 5."
        );
        assert_eq!(cut(Tokens::Spaces, "a, b\x1cc "), "a, b c");
        // Neighbours overlap: of three full stops the first two are pairs, the third follows.
        assert_eq!(cut(Tokens::Mteval13a, "a... <skipped>b"), "a . . . b");
        assert!(is_chinese('\u{2026}') && !is_chinese('\u{2000}') && !is_chinese('\u{20000}'));
    }
}
