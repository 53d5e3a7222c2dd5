//! Numbers on the command line.

/// A finite number, also as a fraction: `0.5`, `1/255`.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is not a number such as 0.5 or 1/255");
    let plain = |part: &str| part.trim().parse::<f64>().map_err(|_| wrong());
    let value = match text.split_once('/') {
        Some((above, below)) => plain(above)? / plain(below)?,
        None => plain(text)?,
    };
    if value.is_finite() { Ok(value) } else { Err(wrong()) }
}

/// A count of bytes: `1.2 GiB`.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_numbers() {
        assert_eq!(number("1/255"), Ok(1.0 / 255.0));
        assert_eq!(number("-0.5"), Ok(-0.5));
        for text in ["", "1/0", "x", "1/2/3", "nan", "inf"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
