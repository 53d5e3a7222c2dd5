//! Numbers as people write them, and as cells have them.

use serde_json::{Number, Value};

use super::source::Line;
use crate::TableError;

/// A number, or how a cell writes one that JSON has no number for.
pub(super) fn value_of(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| Value::from(not_finite_name(number)), Value::Number)
}

fn not_finite_name(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// `nan`, `inf`, `-Infinity` and their like; `None` for all else, numbers too large for 64 bits among them.
pub(super) fn not_finite(text: &str) -> Option<Value> {
    let letters = text.trim_start_matches(['+', '-']);
    let spelled = ["nan", "inf", "infinity"].iter().any(|name| letters.eq_ignore_ascii_case(name));
    let number: f64 = if spelled { text.parse().ok()? } else { return None };
    Some(Value::from(not_finite_name(number)))
}

/// A finite number of a line.
pub(super) fn finite(text: &str, name: &str, line: &Line<'_>) -> Result<f64, TableError> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| line.wrong(format!("`{text}` is not a {name}"), "write a number such as 12.5"))
}

/// A score of a line: any number, infinite and undefined ones too, since a metric says what they mean.
pub(super) fn score(text: &str, line: &Line<'_>) -> Result<Value, TableError> {
    if let Some(value) = not_finite(text) {
        return Ok(value);
    }
    finite(text, "score", line).map(Value::from)
}

/// A count or an index of a line, which may be written as `3.0`.
pub(super) fn whole(text: &str, name: &str, line: &Line<'_>) -> Result<u64, TableError> {
    let plain = text.parse().ok();
    let rounded = || text.parse::<f64>().ok().filter(|n| n.fract() == 0.0 && (0.0..=1e15).contains(n));
    plain.or_else(|| rounded().map(|number| number as u64)).ok_or_else(|| {
        line.wrong(format!("`{text}` is not a {name}"), "write a whole number that is not negative")
    })
}

/// The sum of two numbers as they are written: 2.7 and 3.94 make 6.64, which they do not as floats. What ends where another
/// thing begins must do so after adding a start to a duration, too.
pub(super) fn sum(a: &str, b: &str) -> Option<f64> {
    let exact = || {
        let nanos = nanos(a)?.checked_add(nanos(b)?)?;
        let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
        format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000).parse().ok()
    };
    let floats = || Some(a.parse::<f64>().ok()? + b.parse::<f64>().ok()?);
    exact().or_else(floats).filter(|sum: &f64| sum.is_finite())
}

/// Billionths of a plain decimal with at most nine digits after the point.
fn nanos(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole)
        || !all_digits(part)
        || part.len() > 9
        || whole.len() > 9
        || whole.is_empty() && part.is_empty()
    {
        return None;
    }
    format!("{whole}{part:0<9}").parse::<i64>().ok().map(|nanos| sign * nanos)
}

/// A name that may be written as a text or as a number: the same item either way.
pub(super) fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(name) if !name.is_empty() => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_add_as_they_are_written() {
        assert_eq!(sum("2.7", "3.94"), Some(6.64));
        assert_ne!((2.7_f64 + 3.94).to_bits(), 6.64_f64.to_bits());
        assert_eq!(sum("-0.1", "0.3"), Some(0.2));
        assert_eq!(sum("-1.5", "0.25"), Some(-1.25));
        assert_eq!(sum(".5", "1."), Some(1.5));
        // Written in another way, they add as floats.
        assert_eq!(sum("1e1", "0.5"), Some(10.5));
        assert_eq!(sum("0.1234567891", "0"), Some(0.123_456_789_1));
        assert_eq!(sum("9999999999", "1"), Some(1e10));
        for bad in ["", ".", "x", "nan", "inf", "1e999"] {
            assert_eq!(sum(bad, "1"), sum("1", bad), "{bad}");
            assert!(sum(bad, "1").is_none(), "{bad}");
        }
    }

    #[test]
    fn what_json_has_no_number_for() {
        for (text, name) in [
            ("nan", "NaN"),
            ("NaN", "NaN"),
            ("inf", "Infinity"),
            ("-INF", "-Infinity"),
            ("+Infinity", "Infinity"),
        ] {
            assert_eq!(not_finite(text), Some(Value::from(name)), "{text}");
        }
        for text in ["", "1e999", "nano", "--inf", "infinit"] {
            assert_eq!(not_finite(text), None, "{text}");
        }
        assert_eq!(value_of(f64::NEG_INFINITY), "-Infinity");
    }
}
