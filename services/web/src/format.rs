//! Numbers and moments as text. A moment is written in UTC; the script shows it in the viewer's own zone.

use jiff::{Timestamp, Unit};

use crate::messages::{Messages, fill};

/// A score as the phase rounds it: `decimals` places, or as short as it is exact.
pub(crate) fn score(value: f64, decimals: Option<u32>) -> String {
    match decimals {
        Some(decimals) => format!("{value:.*}", decimals.min(6) as usize),
        None => value.to_string(),
    }
}

/// A count with its thousands apart: `1,234,567`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Information, kept as thousandths of a bit: `0.193`, `12`.
pub(crate) fn bits(millibits: u64) -> String {
    let rest = format!(".{:03}", millibits % 1_000);
    format!("{}{}", count(millibits / 1_000), rest.trim_end_matches('0').trim_end_matches('.'))
}

/// The same in whole bytes, rounded up, for "at most".
pub(crate) fn bytes_at_most(millibits: u64) -> String {
    count(millibits.div_ceil(8_000))
}

/// A span in its largest unit that divides it.
pub(crate) fn span(seconds: u32, messages: &Messages) -> String {
    let units = [(86_400, messages.span_d), (3_600, messages.span_h), (60, messages.span_min)];
    let whole = units.into_iter().find(|(size, _)| seconds > 0 && seconds.is_multiple_of(*size));
    let (size, text) = whole.unwrap_or((1, messages.span_s));
    fill(text, &[("n", &count((seconds / size).into()))])
}

/// A wire timestamp as a moment; what no calendar holds is no moment.
pub(crate) fn moment(timestamp: Option<&prost_types::Timestamp>) -> Option<Moment> {
    let timestamp = timestamp?;
    Timestamp::new(timestamp.seconds, timestamp.nanos).ok().map(Moment)
}

/// A moment as `<time>` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub Timestamp);

impl Moment {
    /// RFC 3339, for `datetime=`.
    pub fn machine(self) -> String {
        self.whole_second().to_string()
    }

    /// RFC 3339 with a space, for people without the script.
    pub fn utc(self) -> String {
        self.whole_second().strftime("%Y-%m-%d %H:%M:%SZ").to_string()
    }

    /// Seconds of the epoch, with their fraction.
    pub fn seconds(self) -> f64 {
        self.0.as_millisecond() as f64 / 1e3
    }

    /// The second it is in, so that a start never shows as a second later.
    fn whole_second(self) -> Timestamp {
        let rounding = jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor);
        self.0.round(rounding).unwrap_or(self.0)
    }
}

/// The time from `now` to `until` as `3 d 04:05:06`, which the script counts on; zero once it is over.
pub(crate) fn remaining(now: Moment, until: Moment, days_word: &str) -> String {
    let seconds = (until.0.as_second() - now.0.as_second()).max(0);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds / 86_400 {
        0 => clock,
        days => format!("{days} {days_word} {clock}"),
    }
}

/// Text as paragraphs: blank lines part them. No markup is interpreted; templates escape what they show.
pub(crate) fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            paragraphs.push(String::new());
        } else if let Some(last) = paragraphs.last_mut() {
            if !last.is_empty() {
                last.push('\n');
            }
            last.push_str(line.trim_end());
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment(text.parse().unwrap())
    }

    #[test]
    fn scores_have_the_places_of_their_phase() {
        assert_eq!(score(0.5, Some(3)), "0.500");
        assert_eq!(score(0.98765, Some(2)), "0.99");
        assert_eq!(score(0.125, None), "0.125");
        assert_eq!(score(1.0, Some(0)), "1");
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(12_345_678), "12,345,678");
    }

    #[test]
    fn information_has_its_thousandths_and_bytes_are_rounded_up() {
        assert_eq!([0, 193, 1_000, 13_289_500].map(bits), ["0", "0.193", "1", "13,289.5"]);
        assert_eq!([0, 1, 8_000, 8_001, 9_632_000].map(bytes_at_most), ["0", "1", "1", "2", "1,204"]);
    }

    #[test]
    fn spans_have_the_largest_unit_that_divides_them() {
        let said = [0, 45, 90, 1_800, 10_800, 172_800].map(|seconds| span(seconds, &crate::messages::EN));
        assert_eq!(said, ["0 s", "45 s", "90 s", "30 min", "3 h", "2 d"]);
    }

    #[test]
    fn moments_are_utc_and_whole() {
        let moment =
            moment(Some(&prost_types::Timestamp { seconds: 1_785_542_400, nanos: 900_000_000 })).unwrap();
        assert_eq!(moment.machine(), "2026-08-01T00:00:00Z");
        assert_eq!(moment.utc(), "2026-08-01 00:00:00Z");
    }

    #[test]
    fn a_time_of_no_calendar_is_none() {
        assert_eq!(moment(Some(&prost_types::Timestamp { seconds: i64::MAX, nanos: 0 })), None);
    }

    #[test]
    fn countdowns_end_at_zero() {
        let end = at("2026-08-04T04:05:06Z");
        assert_eq!(remaining(at("2026-08-01T00:00:00Z"), end, "d"), "3 d 04:05:06");
        assert_eq!(remaining(at("2026-08-04T04:00:00Z"), end, "d"), "00:05:06");
        assert_eq!(remaining(at("2026-08-05T00:00:00Z"), end, "d"), "00:00:00");
    }

    #[test]
    fn blank_lines_part_paragraphs() {
        assert_eq!(paragraphs("\na\nb  \n \n\nc\n"), ["a\nb", "c"]);
        assert!(paragraphs(" \n").is_empty());
    }
}
