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

/// A count with its thousands apart: `1,204`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let apart = |(at, digit): (usize, char)| {
        let comma = at > 0 && (digits.len() - at).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(apart).collect()
}

/// Information, kept as thousandths of a bit: `0.193 bits`, `1 bit`, `12 bits`.
pub(crate) fn bits(millibits: u64) -> String {
    let (whole, rest) = (count(millibits / 1_000), format!("{:03}", millibits % 1_000));
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    format!("{whole}{point}{rest} {}", if millibits == 1_000 { "bit" } else { "bits" })
}

/// The same in whole bytes, rounded up, for "at most": `1,204 bytes`.
pub(crate) fn bytes_at_most(millibits: u64) -> String {
    match millibits.div_ceil(8_000) {
        1 => "1 byte".to_owned(),
        bytes => format!("{} bytes", count(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_has_its_thousandths_and_bytes_are_rounded_up() {
        assert_eq!([0, 193, 1_000, 12_000].map(bits), ["0 bits", "0.193 bits", "1 bit", "12 bits"]);
        assert_eq!(bits(1_234_567_890), "1,234,567.89 bits");
        let bytes = [0, 1, 8_000, 8_001, 9_632_000].map(bytes_at_most);
        assert_eq!(bytes, ["0 bytes", "1 byte", "1 byte", "2 bytes", "1,204 bytes"]);
    }

    #[test]
    fn fractions_are_numbers() {
        assert_eq!(number("1/255"), Ok(1.0 / 255.0));
        assert_eq!(number("-0.5"), Ok(-0.5));
        for text in ["", "1/0", "x", "1/2/3", "nan", "inf"] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
