//! Axes: from values to places, with ticks at round numbers. Pure.

use jiff::Timestamp;

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// Where on the axis, in the axis' unit.
    pub value: f64,
    /// What it says.
    pub label: String,
}

/// A linear map from an interval of values to an interval of the picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// Maps `from.0` to `to.0` and `from.1` to `to.1`; `from` must not be empty.
    pub fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        debug_assert!(from.0 < from.1, "an axis has a length: {from:?}");
        Self { from, to }
    }

    /// Where a value lies, to a tenth of a unit: finer is not seen and only makes the picture larger.
    pub fn place(&self, value: f64) -> f64 {
        let share = (value - self.from.0) / (self.from.1 - self.from.0);
        ((self.to.0 + share * (self.to.1 - self.to.0)) * 10.0).round() / 10.0
    }
}

/// An interval around the values with some air, never empty. It stays at zero or above if the values do.
pub(crate) fn around(low: f64, high: f64) -> (f64, f64) {
    let air = if high > low { (high - low) * 0.08 } else { (low.abs() * 0.05).max(0.01) };
    let floor = if low >= 0.0 { (low - air).max(0.0) } else { low - air };
    (floor, high + air)
}

/// Multiples of `step` in `[low, high]`.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step).ceil();
    let last = (high / step).floor();
    let count = (last - first + 1.0).max(0.0) as usize;
    (0..count).map(move |at| (first + at as f64) * step)
}

/// Ticks at 1, 2 or 5 times a power of ten: at most six.
pub(crate) fn number_ticks((low, high): (f64, f64)) -> Vec<Tick> {
    let raw = (high - low) / 5.0;
    let power = raw.log10().floor();
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * 10f64.powf(power))
        .find(|step| *step >= raw)
        .unwrap_or(raw);
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    multiples(low, high, step)
        .map(|value| Tick { value, label: format!("{:.decimals$}", if value == 0.0 { 0.0 } else { value }) })
        .collect()
}

/// Steps of a time axis, in seconds, as clocks and calendars have them.
const TIME_STEPS_S: [f64; 20] = [
    1.0,
    5.0,
    15.0,
    30.0,
    60.0,
    300.0,
    900.0,
    1_800.0,
    3_600.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    31_536_000.0,
    315_360_000.0,
];

/// Ticks of a time axis in seconds of the epoch, labelled in UTC: at most six for any phase that people live through.
pub(crate) fn time_ticks((low, high): (f64, f64)) -> Vec<Tick> {
    let span = high - low;
    let step = TIME_STEPS_S.into_iter().find(|step| span / step <= 5.0).unwrap_or(span / 5.0);
    let format = match step {
        _ if step < 60.0 => "%H:%M:%S",
        _ if step < 86_400.0 && span <= 86_400.0 => "%H:%M",
        _ if step < 86_400.0 => "%m-%d %H:%M",
        _ if step < 2_592_000.0 => "%m-%d",
        _ => "%Y-%m-%d",
    };
    multiples(low, high, step)
        .filter_map(|value| {
            let time = Timestamp::from_second(value as i64).ok()?;
            Some(Tick { value, label: time.strftime(format).to_string() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!(labels(&number_ticks((0.0, 1.0))), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&number_ticks((0.912, 0.948))), ["0.92", "0.93", "0.94"]);
        assert_eq!(labels(&number_ticks((-3.0, 12.0))), ["0", "5", "10"]);
    }

    #[test]
    fn no_axis_is_crowded() {
        for exponent in -8..12 {
            for factor in [1.0, 1.3, 2.2, 4.9, 7.7] {
                let span = factor * 10f64.powi(exponent);
                let ticks = number_ticks((0.1, 0.1 + span));
                assert!((2..=6).contains(&ticks.len()), "{span}: {ticks:?}");
            }
        }
    }

    #[test]
    fn times_are_on_the_clock_and_the_calendar() {
        let day = 1_785_542_400.0; // 2026-08-01T00:00:00Z
        let hours = time_ticks((day + 100.0, day + 4.0 * 3600.0));
        assert_eq!(labels(&hours), ["01:00", "02:00", "03:00", "04:00"]);
        let days = time_ticks((day, day + 4.0 * 86_400.0));
        assert_eq!(labels(&days), ["08-01", "08-02", "08-03", "08-04", "08-05"]);
    }

    #[test]
    fn places_run_from_end_to_end() {
        let scale = Scale::new((10.0, 20.0), (100.0, 0.0));
        let places = [10.0, 15.0, 20.0].map(|value| scale.place(value).to_string());
        assert_eq!(places, ["100", "50", "0"]);
    }

    #[test]
    fn an_axis_is_never_empty() {
        for (low, high) in [(0.0, 0.0), (0.5, 0.5), (-2.0, -2.0), (0.01, 0.99)] {
            let (floor, ceiling) = around(low, high);
            assert!(floor < ceiling && floor <= low && high < ceiling, "{low} {high}");
            assert!(floor >= 0.0 || low < 0.0, "{low} {high}");
        }
    }
}
