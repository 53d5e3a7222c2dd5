//! What a rehearsal ends with: what must hold, with whatever spoke against it, and what was measured.

/// One line of the report.
#[derive(Debug)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// What was seen.
    pub told: String,
    /// The figure behind it, where it is one.
    pub figure: f64,
    /// What speaks against it; `None` where nothing is asserted.
    pub against: Option<Vec<String>>,
}

impl Finding {
    /// Something that must hold.
    pub fn asserted(what: impl Into<String>, told: String, against: Vec<String>) -> Self {
        Self { what: what.into(), told, figure: against.len() as f64, against: Some(against) }
    }

    /// Something that is measured, and not held to anything.
    pub fn measured(what: impl Into<String>, told: String, figure: f64) -> Self {
        Self { what: what.into(), told, figure, against: None }
    }

    /// Whether nothing speaks against it.
    pub fn holds(&self) -> bool {
        self.against.as_ref().is_none_or(Vec::is_empty)
    }
}

/// Times in microseconds, in order.
pub struct Times(Vec<u64>);

impl Times {
    /// Puts them in order.
    pub fn of(times: impl IntoIterator<Item = u64>) -> Self {
        let mut times: Vec<u64> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }

    /// The time that this share of them does not exceed, in milliseconds: the nearest rank. NaN where there are none.
    pub fn ms(&self, share: f64) -> f64 {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(rank.max(1) - 1).map_or(f64::NAN, |us| *us as f64 / 1000.0)
    }

    /// As a line: the figure is the p99 in milliseconds.
    pub fn finding(&self, what: impl Into<String>) -> Finding {
        let told = format!("p50 {:.1} ms, p99 {:.1} ms, of {}", self.ms(0.5), self.ms(0.99), self.0.len());
        Finding::measured(what, told, self.ms(0.99))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_taken_at_the_nearest_rank() {
        let times = Times::of((1..=200).rev().map(|ms| ms * 1000));
        let found = [0.5, 0.99, 1.0].map(|share| times.ms(share) as u64);
        assert_eq!(found, [100, 198, 200]);
        assert!(Times::of([]).ms(0.5).is_nan());
    }

    #[test]
    fn what_is_only_measured_holds() {
        assert!(Times::of([]).finding("x").holds());
        assert!(Finding::asserted("x", String::new(), vec![]).holds());
        assert!(!Finding::asserted("x", String::new(), vec!["y".into()]).holds());
    }
}
