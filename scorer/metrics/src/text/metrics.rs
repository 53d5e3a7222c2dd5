use super::{Kind, Unit};
use crate::{Direction, MetricInfo};

const JIWER: &str = "jiwer 4.0.0";
const RAPIDFUZZ: &str = "rapidfuzz 3.14.6, editdistance 0.8.1";
const MISSING: &str = "A missing transcript is an empty one: every unit of its reference is wrong.";

const fn rate(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    // Insertions have no bound, so neither has a rate of errors.
    MetricInfo {
        direction: Direction::LowerIsBetter,
        range: (0.0, f64::INFINITY),
        ..share(id, title, formula, reference)
    }
}

const fn share(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (0.0, 1.0),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing: MISSING,
    }
}

const fn errors(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo { direction: Direction::LowerIsBetter, ..share(id, title, formula, reference) }
}

/// The metrics of transcripts.
pub static METRICS: [MetricInfo; 13] = [
    rate(
        "wer",
        "Word error rate",
        "Σ edits / Σ reference words; words are separated by U+0020 and by runs of white space; no folding; the edits \
         themselves where no reference has a word",
        JIWER,
    ),
    rate(
        "cer",
        "Character error rate",
        "Σ edits / Σ reference code points, white space between the stripped ends included",
        JIWER,
    ),
    errors("ser", "Sentence error rate", "items whose words differ / items", JIWER),
    errors(
        "canon.mer",
        "Match error rate",
        "E / (E + H): E = Σ edits, H = Σ words that stay in the alignments of fewest edits and most hits",
        "dynamic programme over (edits, −hits)",
    ),
    rate(
        "cer.micro",
        "Character error rate",
        "Σ edits / Σ reference code points, texts as they stand",
        RAPIDFUZZ,
    ),
    rate(
        "cer.macro",
        "Mean character error rate",
        "mean over items of edits / reference code points; the edits themselves for an empty reference",
        RAPIDFUZZ,
    ),
    share(
        "one_minus_ned",
        "1 − normalised edit distance",
        "mean over items of 1 − edits / code points of the longer text; 1 if both are empty",
        "ICDAR 2019 ReCTS; rapidfuzz 3.14.6",
    ),
    rate(
        "cer.nfkc_lower_nospace",
        "Character error rate, folded",
        "cer.micro of the NFKC forms without white space in lower case",
        RAPIDFUZZ,
    ),
    share(
        "one_minus_ned.nfkc_lower_nospace",
        "1 − normalised edit distance, folded",
        "one_minus_ned of the NFKC forms without white space in lower case",
        RAPIDFUZZ,
    ),
    rate(
        "cer.grapheme",
        "Grapheme error rate",
        "Σ edits / Σ reference extended grapheme clusters",
        RAPIDFUZZ,
    ),
    rate(
        "mixed_error_rate",
        "Mixed error rate",
        "Σ edits / Σ reference units: Han, Hiragana and Katakana characters one by one, other runs split at white space",
        RAPIDFUZZ,
    ),
    share("exact_match", "Exact match", "items whose text equals the reference / items", "string equality"),
    share(
        "word_acc.ci_alnum",
        "Word accuracy",
        "items whose ASCII letters and digits, case ignored, equal those of the reference / items",
        "string equality",
    ),
];

/// What an id computes and the id of its registry entry; `None` if no transcript metric has that id.
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let info = METRICS.iter().find(|info| info.id == id)?;
    let kind = match id {
        "wer" => Kind::ErrorRate(Unit::Words),
        "cer" => Kind::ErrorRate(Unit::StrippedChars),
        "ser" => Kind::WrongItems(Unit::Words),
        "canon.mer" => Kind::MatchErrorRate(Unit::Words),
        "cer.micro" => Kind::ErrorRate(Unit::Chars),
        "cer.macro" => Kind::MeanErrorRate(Unit::Chars),
        "one_minus_ned" => Kind::Similarity(Unit::Chars),
        "cer.nfkc_lower_nospace" => Kind::ErrorRate(Unit::FoldedChars),
        "one_minus_ned.nfkc_lower_nospace" => Kind::Similarity(Unit::FoldedChars),
        "cer.grapheme" => Kind::ErrorRate(Unit::Graphemes),
        "mixed_error_rate" => Kind::ErrorRate(Unit::MixedWords),
        "exact_match" => Kind::RightItems(Unit::Chars),
        "word_acc.ci_alnum" => Kind::RightItems(Unit::AsciiAlnum),
        _ => return None,
    };
    Some((kind, info.id))
}
