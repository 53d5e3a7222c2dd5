//! Token ids into text.

use egret_admission::answer::Vocabulary;

/// The best path through `[time, classes]` logits: at every step the highest (of equals the lower index), repeats merged, the blank
/// left out. `at(step, class)` is one logit; a step without a number that can be compared says nothing.
pub fn best_path(steps: usize, classes: usize, blank: u32, at: impl Fn(usize, usize) -> f32) -> Vec<u32> {
    let mut path = Vec::new();
    let mut last = None;
    for step in 0..steps {
        let best = (0..classes).fold(None, |best: Option<(usize, f32)>, class| match best {
            Some((_, value)) if at(step, class) <= value || at(step, class).is_nan() => best,
            _ if at(step, class).is_nan() => best,
            _ => Some((class, at(step, class))),
        });
        let token = best.map(|(class, _)| class as u32);
        if token != last
            && let Some(token) = token.filter(|token| *token != blank)
        {
            path.push(token);
        }
        last = token;
    }
    path
}

/// The text of tokens; those outside of the vocabulary and the blank say nothing. Cut at a character where it is too long.
pub fn text(vocabulary: &Vocabulary, tokens: impl IntoIterator<Item = u32>) -> String {
    let mut text = String::new();
    for token in tokens.into_iter().filter(|token| Some(*token) != vocabulary.blank) {
        let Some(word) = vocabulary.tokens.get(token as usize) else { continue };
        if !text.is_empty() {
            text.push_str(&vocabulary.separator);
        }
        text.push_str(word);
        if text.len() > vocabulary.text_bytes_max as usize {
            break;
        }
    }
    cut(text, vocabulary.text_bytes_max)
}

/// At most so many bytes, whole characters.
pub fn cut(mut text: String, bytes_max: u32) -> String {
    text.truncate(text.floor_char_boundary(bytes_max as usize));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(rows: &[[f32; 3]]) -> Vec<u32> {
        best_path(rows.len(), 3, 0, |step, class| rows[step][class])
    }

    #[test]
    fn repeats_are_merged_unless_a_blank_stands_between() {
        let (blank, no, yes) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
        assert_eq!(path(&[blank, no, no, yes, blank, yes, blank]), [1, 2, 2]);
        assert_eq!(path(&[blank; 4]), [0; 0]);
        assert_eq!(path(&[]), [0; 0]);
    }

    #[test]
    fn of_equals_the_lower_token_and_never_a_nan() {
        assert_eq!(path(&[[0.0, 2.0, 2.0]]), [1]);
        assert_eq!(path(&[[f32::NAN, 0.5, f32::NAN]]), [1]);
        assert_eq!(path(&[[f32::NAN; 3]]), [0; 0]);
    }

    #[test]
    fn texts_are_joined_and_cut_at_a_character() {
        let vocabulary = |separator: &str, text_bytes_max| Vocabulary {
            tokens: ["-", "鹭", "no"].map(str::to_owned).to_vec(),
            separator: separator.to_owned(),
            blank: Some(0),
            text_bytes_max,
        };
        assert_eq!(text(&vocabulary(" ", 99), [1, 0, 2, 7, 2]), "鹭 no no");
        assert_eq!(text(&vocabulary("", 5), [1, 1]), "鹭");
        assert_eq!(text(&vocabulary("", 6), [1, 1, 1]), "鹭鹭");
    }
}
