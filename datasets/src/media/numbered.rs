use std::cmp::Ordering;

/// Compares names as people number them: runs of digits by their value, everything else by bytes; `frame2` comes before
/// `frame10`. Names that differ in leading zeros alone are ordered by bytes, so that no two names are equal.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        let (first, second) = (digits(left), digits(right));
        if first > 0 && second > 0 {
            let (mine, theirs) = (value(&left[..first]), value(&right[..second]));
            match mine.len().cmp(&theirs.len()).then(mine.cmp(theirs)) {
                Ordering::Equal => (left, right) = (&left[first..], &right[second..]),
                unequal => return unequal,
            }
            continue;
        }
        match (left.split_first(), right.split_first()) {
            (Some((mine, rest)), Some((theirs, others))) if mine == theirs => (left, right) = (rest, others),
            (Some((mine, _)), Some((theirs, _))) => return mine.cmp(theirs),
            _ => return left.len().cmp(&right.len()).then(a.cmp(b)),
        }
    }
}

/// How many digits it begins with.
fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Digits without leading zeros: of two, the longer is the larger number.
fn value(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|digit| **digit == b'0').count()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        let sorted = [
            "0.png",
            "1.png",
            "2.png",
            "02.png",
            "10.png",
            "a",
            "a1b1",
            "a1b02",
            "a1b10",
            "a2",
            "a2b",
            "a99999999999999999999998",
            "a99999999999999999999999",
            "b",
        ];
        let mut shuffled = sorted;
        shuffled.reverse();
        shuffled.sort_by(|a, b| compare(a, b));
        // Of equal value: by bytes.
        let (two, padded) = (sorted[2], sorted[3]);
        assert_eq!(compare(two, padded), two.cmp(padded));
        let expected: Vec<&str> = {
            let mut expected = sorted.to_vec();
            expected.swap(2, 3);
            expected
        };
        assert_eq!(shuffled.to_vec(), expected);
    }
}
