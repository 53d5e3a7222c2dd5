//! Moments and spans of time, for people.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, tz::TimeZone};

/// A moment of the wire; `None` where it is unset or out of range.
pub(crate) fn of(wire: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    wire.and_then(|wire| Timestamp::new(wire.seconds, wire.nanos).ok())
}

/// A moment on the command line: RFC 3339 with its offset, for a naive time is another moment for every reader.
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not a time with its offset, such as 2026-03-01T20:00:00+08:00 or 2026-03-01T12:00:00Z")
    })
}

/// A span on the command line, in whole seconds above none: `30m`, `2h`, `1d 12h`. A day has 24 hours.
pub(crate) fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a span such as 30m, 2h or \"1d 12h\", of whole seconds");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    let span = Duration::try_from(span).map_err(|_| wrong())?;
    if span.is_zero() || span.subsec_nanos() > 0 { Err(wrong()) } else { Ok(span) }
}

/// For the wire.
pub(crate) fn to_wire(moment: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: moment.as_second(), nanos: moment.subsec_nanosecond() }
}

/// RFC 3339 with the reader's own offset, to the second; `-` where there is none.
pub(crate) fn show(wire: Option<prost_types::Timestamp>) -> String {
    of(wire).map_or_else(|| "-".to_owned(), |moment| local(moment, &TimeZone::system()))
}

/// RFC 3339 in a zone, to the second.
pub(crate) fn local(moment: Timestamp, zone: &TimeZone) -> String {
    moment.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `2026-11-22T00:00:00+08:00 (in 3 h 12 min)`.
pub(crate) fn show_with_distance(moment: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", local(moment, &TimeZone::system()), distance(moment, now))
}

/// `2026-11-22 00:00 +08:00, in 3 h 12 min`; with seconds where there are some.
pub(crate) fn planned(moment: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let zoned = moment.to_zoned(zone.clone());
    let format = if zoned.second() == 0 { "%Y-%m-%d %H:%M %:z" } else { "%Y-%m-%d %H:%M:%S %:z" };
    format!("{}, {}", zoned.strftime(format), distance(moment, now))
}

/// `in 3 h 12 min`, `2 d ago`.
fn distance(moment: Timestamp, now: Timestamp) -> String {
    let distance = moment.duration_since(now);
    let words = span(distance.unsigned_abs().as_secs());
    if distance < SignedDuration::ZERO { format!("{words} ago") } else { format!("in {words}") }
}

/// A span in its two largest units: `45 s`, `3 min 20 s`, `3 h 12 min`, `2 d 5 h`.
pub(crate) fn span(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() {
        return "0 s".to_owned();
    }
    parts.truncate(2);
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_show_their_two_largest_units() {
        let shown = [0, 45, 60, 200, 11_520, 86_400, 190_000].map(span);
        assert_eq!(shown, ["0 s", "45 s", "1 min", "3 min 20 s", "3 h 12 min", "1 d", "2 d 4 h"]);
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        let read = |text: &str| parse_span(text).map(|span| span.as_secs());
        for (text, seconds) in
            [("30m", 1_800), ("2h", 7_200), ("1d 12h", 129_600), ("PT90s", 90), ("1 week", 604_800)]
        {
            assert_eq!(read(text), Ok(seconds), "{text}");
        }
        for text in ["", "30", "-5m", "0s", "500ms", "1 month", "soon"] {
            assert!(read(text).is_err_and(|wrong| wrong.contains("30m")), "{text}");
        }
    }

    #[test]
    fn a_moment_without_its_offset_is_refused() {
        assert_eq!(parse("2026-03-01T20:00:00+08:00"), parse("2026-03-01T12:00:00Z"));
        for text in ["2026-03-01T20:00:00", "2026-03-01", "tomorrow", ""] {
            assert!(parse(text).is_err_and(|wrong| wrong.contains("+08:00")), "{text}");
        }
    }

    #[test]
    fn moments_show_the_offset() {
        let moment: Timestamp = "2026-11-21T16:00:00.25Z".parse().unwrap();
        let shanghai = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(local(moment, &shanghai), "2026-11-22T00:00:00+08:00");
        assert_eq!(of(Some(to_wire(moment))), Some(moment));
        assert_eq!(show(None), "-");
    }
}
