//! Numbers in metric ids: written in the one shortest way, so that a metric has one name.

/// A finite number. 0 has no sign.
pub(crate) fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && text == number.to_string() && text != "-0").then_some(number)
}

/// A number strictly between 0 and 1.
pub(crate) fn share(text: &str) -> Option<f64> {
    number(text).filter(|share| is_share(*share))
}

/// Whether a number lies strictly between 0 and 1.
pub(crate) fn is_share(number: f64) -> bool {
    number > 0.0 && number < 1.0
}

/// A whole number from 1 to `max`.
pub(crate) fn count(text: &str, max: u32) -> Option<u32> {
    let count: u32 = text.parse().ok()?;
    ((1..=max).contains(&count) && text == count.to_string()).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(
            (number("0.5"), number("-3"), share("0.01"), count("7", 7)),
            (Some(0.5), Some(-3.0), Some(0.01), Some(7))
        );
        assert!(
            ["-0", ".5", "0.50", "+1", "1e3", "1.0", "NaN", "inf", ""]
                .iter()
                .all(|text| number(text).is_none())
        );
        assert!(["0", "1", "-0.5", "1.5"].iter().all(|text| share(text).is_none()));
        assert!(["0", "8", "07", "+7", "-1", "7.0"].iter().all(|text| count(text, 7).is_none()));
    }
}
