use crate::keys::key_of;

/// What a false alarm costs, as NIST weighs it: (cost / value)·(1 / prior − 1) with 0.1, 1 and 0.0001.
const FALSE_ALARM_WEIGHT: f64 = 999.9;
/// Values are whole multiples of 2 to the minus this, so that walking along the thresholds makes no rounding error.
const UNIT_BITS: i32 = 80;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// Key of a score and keyword, and how many detections there are right and how many wrong.
pub(super) type Entry = ((u64, u32), [u32; 2]);

/// All detections in the order of their scores.
pub(super) struct Detections<'a> {
    /// Ascending in the score.
    pub entries: &'a [Entry],
    /// Per keyword.
    pub occurrences: &'a [u64],
    /// Of the recording.
    pub seconds: f64,
}

impl Detections<'_> {
    pub(super) fn atwv(&self, threshold: f64) -> Option<f64> {
        let weights = self.weights()?;
        let first = self.entries.partition_point(|((key, _), _)| *key < key_of(threshold));
        Some(to_f64(value_of(&self.entries[first..], &weights)))
    }

    pub(super) fn mtwv(&self) -> Option<f64> {
        let weights = self.weights()?;
        let (mut value, mut greatest) = (0, 0);
        for of_score in self.by_score() {
            value += value_of(of_score, &weights);
            greatest = greatest.max(value);
        }
        Some(to_f64(greatest))
    }

    pub(super) fn miss_at(&self, rate: f64) -> Option<f64> {
        let occurrences: u64 = self.occurrences.iter().sum();
        let hours = self.seconds / SECONDS_PER_HOUR;
        let (mut hits, mut alarms) = (0, 0);
        for of_score in self.by_score() {
            let total = |side: usize| of_score.iter().map(|(_, counts)| u64::from(counts[side])).sum::<u64>();
            alarms += total(1);
            if alarms as f64 / hours > rate {
                break;
            }
            hits += total(0);
        }
        (occurrences > 0).then(|| (occurrences - hits) as f64 / occurrences as f64)
    }

    /// The detections of each score, downwards.
    fn by_score(&self) -> impl Iterator<Item = &[Entry]> {
        self.entries.chunk_by(|a, b| a.0.0 == b.0.0).rev()
    }

    /// What a right and a wrong detection add to the term-weighted value, by keyword: nothing for one that does not occur.
    fn weights(&self) -> Option<Vec<[i128; 2]>> {
        let keywords = self.occurrences.iter().filter(|count| **count > 0).count() as f64;
        let of_keyword = |count: &u64| {
            let (count, rest) = (*count as f64, self.seconds - *count as f64);
            let weights = [1.0 / (keywords * count), -FALSE_ALARM_WEIGHT / (keywords * rest)].map(units);
            if count == 0.0 { Some([0; 2]) } else { (rest >= 1.0).then_some(weights) }
        };
        if keywords == 0.0 { None } else { self.occurrences.iter().map(of_keyword).collect() }
    }
}

fn value_of(entries: &[Entry], weights: &[[i128; 2]]) -> i128 {
    let of_entry = |((_, keyword), [hits, alarms]): &Entry| {
        let [hit, alarm] = weights[*keyword as usize];
        i128::from(*hits) * hit + i128::from(*alarms) * alarm
    };
    entries.iter().map(of_entry).sum()
}

fn units(value: f64) -> i128 {
    libm::scalbn(value, UNIT_BITS) as i128
}

fn to_f64(value: i128) -> f64 {
    libm::scalbn(value as f64, -UNIT_BITS)
}
