use std::cmp::Reverse;

use super::{ngrams::Interner, tokens::split};

/// Longest run of words that is shifted.
const SHIFT_WORDS_MAX: usize = 10;
/// Furthest that words are looked for.
const SHIFT_DISTANCE_MAX: usize = 50;
/// Shifts that are tried for a pair of texts.
const SHIFT_COUNT_MAX: usize = 1000;
/// How far from the diagonal edits are looked for.
const BEAM: f64 = 25.0;
const FAR: u32 = 1 << 30;

/// Of a shift: what it saves, its length, then the earliest start and the earliest target.
type Rank = (i64, usize, Reverse<usize>, Reverse<usize>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Same,
    Replaced,
    /// A word of the hypothesis too many.
    Extra,
    /// A word of the reference that is missing.
    Missing,
    Unknown,
}

/// Edits and reference words, for the reference with the fewest edits and for the mean of all: (edits, Σ words, references).
pub(super) fn edits(hypothesis: &str, references: &[String]) -> (u64, u64) {
    let mut interner = Interner::default();
    let mut words = |text: &str| interner.numbers(split(&text.to_lowercase()));
    let hypothesis = words(hypothesis);
    let references: Vec<Vec<u32>> = references.iter().map(|text| words(text)).collect();
    let fewest = references.iter().map(|reference| fewest_edits(&hypothesis, reference)).min();
    (fewest.unwrap_or(0), references.iter().map(|reference| reference.len() as u64).sum())
}

/// Shifts and edits, as sacrebleu counts them after Tercom: the shift that helps most is made as long as one helps.
fn fewest_edits(hypothesis: &[u32], reference: &[u32]) -> u64 {
    if reference.is_empty() {
        return hypothesis.len() as u64;
    }
    let mut words = hypothesis.to_vec();
    let (mut shifts, mut tried) = (0, 0);
    loop {
        let table = Table::new(&words, reference);
        let shifted = best_shift(&table, &words, reference, &mut tried);
        let Some(better) = shifted.filter(|_| tried < SHIFT_COUNT_MAX) else {
            return shifts + u64::from(table.distance());
        };
        words = better;
        shifts += 1;
    }
}

/// The words after the shift that saves most; `None` if none saves anything.
fn best_shift(table: &Table, words: &[u32], reference: &[u32], tried: &mut usize) -> Option<Vec<u32>> {
    let alignment = table.alignment();
    let before = i64::from(table.distance());
    let mut best: Option<(Rank, Vec<u32>)> = None;
    'search: for start in 0..words.len() {
        for at in
            start.saturating_sub(SHIFT_DISTANCE_MAX)..reference.len().min(start + SHIFT_DISTANCE_MAX + 1)
        {
            let pairs = words[start..].iter().zip(&reference[at..]).take(SHIFT_WORDS_MAX);
            let equal = pairs.take_while(|(a, b)| a == b).count();
            for length in 1..=equal {
                // Both sides must be wrong somewhere, and the target not within.
                let is_right = |wrong: &[bool], from: usize| !wrong[from..from + length].contains(&true);
                let within = (start as i64..(start + length) as i64).contains(&alignment.places[at]);
                if is_right(&alignment.wrong_found, start) || is_right(&alignment.wrong_true, at) || within {
                    continue;
                }
                let mut last = None;
                for place in at as i64 - 1..(at + length) as i64 {
                    let target =
                        usize::try_from(place).map_or(0, |place| (alignment.places[place] + 1) as usize);
                    if last.replace(target) == Some(target) {
                        continue;
                    }
                    let shifted = shift(words, start, length, target);
                    let saved = before - i64::from(table.distance_of(&shifted, start.min(target), reference));
                    *tried += 1;
                    let rank = (saved, length, Reverse(start), Reverse(target));
                    if best.as_ref().is_none_or(|(most, _)| rank > *most) {
                        best = Some((rank, shifted));
                    }
                }
                if *tried >= SHIFT_COUNT_MAX {
                    break 'search;
                }
            }
        }
    }
    best.filter(|((saved, ..), _)| *saved > 0).map(|(_, words)| words)
}

/// Moves a run of words to before `target`; a target within the run moves it by as much.
fn shift(words: &[u32], start: usize, length: usize, target: usize) -> Vec<u32> {
    let (run, end) = (&words[start..start + length], start + length);
    if target < start {
        [&words[..target], run, &words[target..start], &words[end..]].concat()
    } else if target > end {
        [&words[..start], &words[end..target], run, &words[target..]].concat()
    } else {
        let after = (length + target).min(words.len()).max(end);
        [&words[..start], &words[end..after], run, &words[after..]].concat()
    }
}

/// One row of the edit distance, of which only what is near the diagonal is known.
#[derive(Debug, Clone)]
struct Row {
    /// Column of the first cell.
    first: usize,
    cells: Vec<(u32, Op)>,
}

impl Row {
    fn cell(&self, column: usize) -> (u32, Op) {
        column
            .checked_sub(self.first)
            .and_then(|place| self.cells.get(place))
            .copied()
            .unwrap_or((FAR, Op::Unknown))
    }
}

/// Edit distances of the starts of two texts.
struct Table {
    rows: Vec<Row>,
    columns: usize,
}

/// Which words of the reference lie where in the hypothesis, and which words are wrong.
struct Alignment {
    /// Per word of the reference the word of the hypothesis at or before it, or −1.
    places: Vec<i64>,
    wrong_true: Vec<bool>,
    wrong_found: Vec<bool>,
}

impl Table {
    fn new(words: &[u32], reference: &[u32]) -> Self {
        let first = (0..=reference.len() as u32).map(|cost| (cost, Op::Missing)).collect();
        let mut rows = vec![Row { first: 0, cells: first }];
        for row in 1..=words.len() {
            rows.push(next_row(&rows[row - 1], row, words, reference));
        }
        Self { rows, columns: reference.len() }
    }

    fn distance(&self) -> u32 {
        self.rows[self.rows.len() - 1].cell(self.columns).0
    }

    /// The distance of words that differ from these only from a place on.
    fn distance_of(&self, words: &[u32], from: usize, reference: &[u32]) -> u32 {
        let from = from.min(words.len());
        let mut row = self.rows[from].clone();
        for place in from + 1..=words.len() {
            row = next_row(&row, place, words, reference);
        }
        row.cell(self.columns).0
    }

    /// Read off the edits, from the end.
    fn alignment(&self) -> Alignment {
        let (mut row, mut column) = (self.rows.len() - 1, self.columns);
        let mut alignment = Alignment {
            places: vec![-1; column],
            wrong_true: vec![true; column],
            wrong_found: vec![true; row],
        };
        while row > 0 || column > 0 {
            let op = self.rows[row].cell(column).1;
            match op {
                Op::Same | Op::Replaced if row > 0 && column > 0 => {
                    (row, column) = (row - 1, column - 1);
                    alignment.places[column] = row as i64;
                    alignment.wrong_true[column] = op == Op::Replaced;
                    alignment.wrong_found[row] = op == Op::Replaced;
                }
                Op::Missing if column > 0 => {
                    column -= 1;
                    alignment.places[column] = row as i64 - 1;
                }
                Op::Extra if row > 0 => row -= 1,
                // The beam always holds a way; nothing is aligned if it should not.
                _ => break,
            }
        }
        alignment
    }
}

/// The row of the first `row` words, around the place where the diagonal meets it.
fn next_row(above: &Row, row: usize, words: &[u32], reference: &[u32]) -> Row {
    let ratio = reference.len() as f64 / words.len() as f64;
    let beam = if BEAM < ratio / 2.0 { (ratio / 2.0 + BEAM).ceil() } else { BEAM } as usize;
    let diagonal = (row as f64 * ratio).floor() as usize;
    let first = diagonal.saturating_sub(beam);
    let end =
        if row == words.len() { reference.len() + 1 } else { (reference.len() + 1).min(diagonal + beam) };
    let mut cells: Vec<(u32, Op)> = Vec::with_capacity(end.saturating_sub(first));
    for column in first..end {
        let mut cell = (FAR, Op::Unknown);
        if column == 0 {
            cell = (above.cell(0).0 + 1, Op::Extra);
        } else {
            let is_same = words[row - 1] == reference[column - 1];
            let kept = (
                above.cell(column - 1).0 + u32::from(!is_same),
                if is_same { Op::Same } else { Op::Replaced },
            );
            let extra = (above.cell(column).0 + 1, Op::Extra);
            let missing = (cells.last().map_or(FAR, |cell| cell.0) + 1, Op::Missing);
            for other in [kept, extra, missing] {
                if other.0 < cell.0 {
                    cell = other;
                }
            }
        }
        cells.push(cell);
    }
    Row { first, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_one_edit() {
        let edits = |hypothesis: &str, reference: &str| edits(hypothesis, &[reference.to_owned()]);
        assert_eq!(edits("", ""), (0, 0));
        assert_eq!(edits("a b", ""), (2, 0));
        assert_eq!(edits("", "a b"), (2, 2));
        assert_eq!(edits("A b c", "a b c"), (0, 3));
        assert_eq!(edits("d e f a b c", "a b c d e f"), (1, 6));
        assert_eq!(edits("a x c", "a b c"), (1, 3));
        assert_eq!(edits("c d e f a b x", "a b c d e f"), (2, 6));
    }

    #[test]
    fn of_several_references_the_one_with_fewest_edits_counts() {
        assert_eq!(edits("a b", &["x y z".to_owned(), "a b c".to_owned()]), (1, 6));
    }
}
