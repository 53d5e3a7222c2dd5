//! What a benchmark ends with: a table of what was measured, against what, and whether the bound holds.

use std::fmt::Write as _;

/// What a figure is held to.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// Reported only.
    None,
    /// This much, or more.
    AtLeast(f64),
    /// More than this.
    Above(f64),
    /// Less than this.
    Below(f64),
    /// This much, or less.
    AtMost(f64),
}

/// One line.
#[derive(Debug)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// Egret's figure.
    pub egret: String,
    /// The figure of what it is compared with; empty where there is none.
    pub baseline: String,
    /// What the bound is about: mostly Egret's figure divided by the baseline's.
    pub figure: f64,
    /// What it is held to.
    pub bound: Bound,
}

impl Row {
    /// Whether the figure keeps the bound.
    pub fn holds(&self) -> bool {
        match self.bound {
            Bound::None => true,
            Bound::AtLeast(least) => self.figure >= least,
            Bound::Above(limit) => self.figure > limit,
            Bound::Below(limit) => self.figure < limit,
            Bound::AtMost(most) => self.figure <= most,
        }
    }

    fn cells(&self) -> [String; 6] {
        let bound = match self.bound {
            Bound::None => String::new(),
            Bound::AtLeast(least) => format!(">= {least}"),
            Bound::Above(limit) => format!("> {limit}"),
            Bound::Below(limit) => format!("< {limit}"),
            Bound::AtMost(most) => format!("<= {most}"),
        };
        let verdict = match (self.bound, self.holds()) {
            (Bound::None, _) => "",
            (_, true) => "pass",
            (_, false) => "FAIL",
        };
        let figure = format!("{:.3}", self.figure);
        [self.what.clone(), self.egret.clone(), self.baseline.clone(), figure, bound, verdict.to_owned()]
    }
}

/// The rows under their headings.
pub fn show(rows: &[Row]) -> String {
    let heads = ["WHAT", "EGRET", "BASELINE", "FIGURE", "BOUND", ""].map(str::to_owned);
    let lines: Vec<[String; 6]> = std::iter::once(heads).chain(rows.iter().map(Row::cells)).collect();
    let widths: Vec<usize> = (0..lines[0].len()).map(|column| width(&lines, column)).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let joined = cells.collect::<Vec<_>>().join("  ");
        writeln!(text, "{}", joined.trim_end()).expect("a string takes everything");
    }
    text
}

fn width(lines: &[[String; 6]], column: usize) -> usize {
    lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)
}

/// The middle value; the mean of the two middle ones of an even count.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(figure: f64, bound: Bound) -> Row {
        Row { what: "speed".into(), egret: "9 MB/s".into(), baseline: "10 MB/s".into(), figure, bound }
    }

    #[test]
    fn bounds_are_kept_or_not() {
        let figures = [
            (0.8, Bound::AtLeast(0.8)),
            (1.1, Bound::Above(1.0)),
            (0.5, Bound::Below(1.0)),
            (1.0, Bound::AtMost(1.0)),
        ];
        assert!(figures.iter().all(|(figure, bound)| row(*figure, *bound).holds()));
        let figures = [
            (0.7, Bound::AtLeast(0.8)),
            (1.0, Bound::Above(1.0)),
            (1.0, Bound::Below(1.0)),
            (1.1, Bound::AtMost(1.0)),
        ];
        assert!(figures.iter().all(|(figure, bound)| !row(*figure, *bound).holds()));
        // What was not measured keeps nothing.
        assert!(!row(f64::NAN, Bound::Below(1.0)).holds());
    }

    #[test]
    fn columns_line_up() {
        let text = show(&[row(0.9, Bound::AtLeast(0.8)), row(2.0, Bound::None)]);
        let expected = "WHAT   EGRET   BASELINE  FIGURE  BOUND\n\
                        speed  9 MB/s  10 MB/s   0.900   >= 0.8  pass\n\
                        speed  9 MB/s  10 MB/s   2.000\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_median_of_even_and_odd_counts() {
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 3.0, 2.0])), (2.0, 2.5));
    }
}
