/// Which column each row is given, so that the sum of the costs is least; as many rows as can be are given one. Row-major
/// costs, whole numbers that add up without overflow. (Kuhn 1955, by shortest augmenting paths; O(rows²·columns).)
pub(super) fn assign(costs: &[i64], row_count: usize, column_count: usize) -> Vec<Option<usize>> {
    if row_count > column_count {
        let turned: Vec<i64> = (0..column_count)
            .flat_map(|column| (0..row_count).map(move |row| costs[row * column_count + column]))
            .collect();
        let mut rows = vec![None; row_count];
        for (column, row) in assign(&turned, column_count, row_count).into_iter().enumerate() {
            if let Some(row) = row {
                rows[row] = Some(column);
            }
        }
        return rows;
    }
    // Column `column_count` stands for the row that is being given a column.
    let root = column_count;
    let mut owner: Vec<Option<usize>> = vec![None; column_count + 1];
    let (mut row_price, mut column_price) = (vec![0_i64; row_count], vec![0_i64; column_count + 1]);
    for new_row in 0..row_count {
        owner[root] = Some(new_row);
        let (mut slack, mut from) = (vec![i64::MAX; column_count], vec![root; column_count]);
        let mut done = vec![false; column_count + 1];
        let mut column = root;
        while let Some(row) = owner[column] {
            done[column] = true;
            let (mut step, mut next) = (i64::MAX, root);
            for other in (0..column_count).filter(|other| !done[*other]) {
                let reduced = costs[row * column_count + other] - row_price[row] - column_price[other];
                if reduced < slack[other] {
                    (slack[other], from[other]) = (reduced, column);
                }
                if slack[other] < step {
                    (step, next) = (slack[other], other);
                }
            }
            for other in 0..=column_count {
                match owner[other] {
                    Some(row) if done[other] => {
                        row_price[row] += step;
                        column_price[other] -= step;
                    }
                    _ if other != root => slack[other] = slack[other].saturating_sub(step),
                    _ => {}
                }
            }
            column = next;
        }
        while column != root {
            owner[column] = owner[from[column]];
            column = from[column];
        }
    }
    let mut rows = vec![None; row_count];
    for (column, row) in owner[..column_count].iter().enumerate() {
        if let Some(row) = row {
            rows[*row] = Some(column);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The least sum, by trying all.
    fn least(costs: &[i64], rows: usize, columns: usize, used: u32) -> i64 {
        let Some(row) = rows.checked_sub(1) else { return 0 };
        let free = (0..columns).filter(|column| used >> column & 1 == 0);
        free.map(|column| costs[row * columns + column] + least(costs, row, columns, used | 1 << column))
            .min()
            .unwrap()
    }

    proptest! {
        #[test]
        fn no_other_assignment_costs_less(
            costs in prop::collection::vec(-20..20_i64, 30), rows in 0..=5_usize, columns in 0..=6_usize,
        ) {
            let costs = &costs[..rows * columns];
            let given = assign(costs, rows, columns);
            let mut taken: Vec<usize> = given.iter().flatten().copied().collect();
            taken.sort_unstable();
            prop_assert!(taken.is_sorted_by(|a, b| a < b) && taken.len() == rows.min(columns));
            if rows <= columns {
                let sum: i64 = given.iter().enumerate().map(|(row, column)| costs[row * columns + column.unwrap()]).sum();
                prop_assert_eq!(sum, least(costs, rows, columns, 0));
            }
        }
    }
}
