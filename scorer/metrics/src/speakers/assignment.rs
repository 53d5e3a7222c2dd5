/// Gives each row a column of its own, or none, so that the sum of gains is greatest (Kuhn–Munkres with potentials, in
/// O(rows²·columns)). `gains`: rows of equal length, 0 or more. A pair that gains nothing is none.
pub(super) fn assignment(gains: &[Vec<i128>]) -> Vec<Option<usize>> {
    let (rows, columns) = (gains.len(), gains.first().map_or(0, Vec::len));
    // Enough columns that every row finds one; those beyond gain nothing.
    let width = columns.max(rows);
    let cost = |row: usize, column: usize| -gains[row].get(column).copied().unwrap_or(0);
    // Row and column 0 are not real. `owner`: the row of a column.
    let (mut row_potential, mut column_potential) = (vec![0_i128; rows + 1], vec![0_i128; width + 1]);
    let mut owner = vec![0_usize; width + 1];
    for row in 1..=rows {
        owner[0] = row;
        let mut column = 0;
        let mut before = vec![0_usize; width + 1];
        let mut slack = vec![i128::MAX; width + 1];
        let mut is_done = vec![false; width + 1];
        while owner[column] != 0 {
            is_done[column] = true;
            let (at, mut least, mut next) = (owner[column], i128::MAX, 0);
            for other in (1..=width).filter(|other| !is_done[*other]) {
                let reduced = cost(at - 1, other - 1) - row_potential[at] - column_potential[other];
                if reduced < slack[other] {
                    (slack[other], before[other]) = (reduced, column);
                }
                if slack[other] < least {
                    (least, next) = (slack[other], other);
                }
            }
            for other in 0..=width {
                if is_done[other] {
                    row_potential[owner[other]] += least;
                    column_potential[other] -= least;
                } else if slack[other] < i128::MAX {
                    slack[other] -= least;
                }
            }
            column = next;
        }
        while column != 0 {
            owner[column] = owner[before[column]];
            column = before[column];
        }
    }
    let mut chosen = vec![None; rows];
    for (column, row) in owner.iter().enumerate().skip(1).filter(|(_, row)| **row > 0) {
        chosen[row - 1] = gains[row - 1].get(column - 1).filter(|gain| **gain > 0).map(|_| column - 1);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(gains: &[Vec<i128>], chosen: &[Option<usize>]) -> i128 {
        gains.iter().zip(chosen).filter_map(|(row, column)| Some(row[(*column)?])).sum()
    }

    /// Of all ways, by trying them.
    fn greatest(gains: &[Vec<i128>], taken: u32) -> i128 {
        let Some((row, rest)) = gains.split_first() else { return 0 };
        let free = (0..row.len()).filter(|column| taken >> column & 1 == 0);
        let with = free.map(|column| row[column] + greatest(rest, taken | 1 << column));
        with.max().unwrap_or(0).max(greatest(rest, taken))
    }

    #[test]
    fn nothing_is_assigned_where_nothing_is_gained() {
        assert_eq!(assignment(&[]), []);
        assert_eq!(assignment(&[vec![], vec![]]), [None, None]);
        assert_eq!(assignment(&[vec![0, 3], vec![0, 2]]), [Some(1), None]);
        // The greatest alone would leave the second row with nothing.
        assert_eq!(assignment(&[vec![5, 4], vec![4, 0]]), [Some(1), Some(0)]);
    }

    proptest! {
        #[test]
        fn no_other_way_gains_more(rows in 0_usize..5, columns in 0_usize..5, numbers in prop::collection::vec(0_i128..9, 25)) {
            let gains: Vec<Vec<i128>> = (0..rows).map(|row| numbers[row * 5..row * 5 + columns].to_vec()).collect();
            let chosen = assignment(&gains);
            let mut used: Vec<usize> = chosen.iter().flatten().copied().collect();
            used.sort_unstable();
            prop_assert!(used.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(total(&gains, &chosen), greatest(&gains, 0));
        }
    }
}
