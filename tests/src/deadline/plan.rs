//! Who sends what and when, and what will come of it: drawn from a fixed seed, so that every rehearsal is the same.

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng, rngs::SmallRng};

use super::Size;

const SEED: u64 = 2019;
/// Submissions of one entry: this many, or more, or the most.
const SENT: std::ops::RangeInclusive<usize> = 2..=5;
/// One model in so many fails; of those, every second one on hidden data, the others on the public sample already. They are
/// first models of their entries: a last one may be refused before it can fail.
const FAULT_EVERY: usize = 50;
/// The minute in which the burst begins, and the one in which the last of it is sent: some come too late.
pub const BURST: std::ops::Range<f64> = 59.0..60.25;
/// Scores lie on so coarse a grid that ties are common, and the earlier one has to win.
const SCORES: u32 = 400;

/// What becomes of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// So many ten-thousandths of the hidden items are right.
    Scores(u32),
    /// Fails on the public sample.
    FailsCheck,
    /// Fails on hidden data.
    FailsHidden,
}

/// One model.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The entry that sends it.
    pub entry: usize,
    /// When, in minutes of the simulated hour.
    pub minute: f64,
    /// What becomes of it.
    pub fate: Fate,
    /// Simulated seconds that its hidden evaluation takes; its check takes as much less as the sample is smaller.
    pub hidden_s: f64,
}

impl Planned {
    /// The file: as small as distinct files can be, and a scripted worker reads the number back from it.
    pub fn file(number: usize) -> Vec<u8> {
        format!("model {number}").into_bytes()
    }

    /// Which model a file is.
    pub fn number(file: &[u8]) -> Option<usize> {
        std::str::from_utf8(file).ok()?.strip_prefix("model ")?.parse().ok()
    }
}

/// A team in a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The team's number.
    pub team: usize,
    /// The task's number.
    pub task: usize,
}

/// The whole hour.
#[derive(Debug)]
pub struct Plan {
    /// Every entry; each team has one or more.
    pub entries: Vec<Entry>,
    /// Every model; those of one entry lie together, in the order in which they are sent.
    pub models: Vec<Planned>,
}

impl Plan {
    /// Draws it.
    pub fn draw(size: &Size) -> Self {
        let mut rng = SmallRng::seed_from_u64(SEED);
        let entries = draw_entries(size, &mut rng);
        let mut models = Vec::new();
        for entry in 0..entries.len() {
            let mut minutes: Vec<f64> =
                (1..rng.random_range(SENT)).map(|_| rng.random_range(0.5..BURST.start)).collect();
            minutes.push(rng.random_range(BURST));
            minutes.sort_by(f64::total_cmp);
            models.extend(minutes.into_iter().map(|minute| Planned {
                entry,
                minute,
                fate: Fate::Scores(5_000 + 10 * rng.random_range(0..SCORES)),
                hidden_s: rng.random_range(30.0..90.0),
            }));
        }
        let mut plan = Self { entries, models };
        let faults = plan.models.len().div_ceil(FAULT_EVERY);
        for nth in 0..faults {
            let first = plan.models_of(nth * plan.entries.len() / faults).next();
            let fate = if nth % 2 == 0 { Fate::FailsCheck } else { Fate::FailsHidden };
            plan.models[first.expect("an entry has models")].fate = fate;
        }
        plan
    }

    /// The numbers of an entry's models, in the order in which they are sent.
    pub fn models_of(&self, entry: usize) -> impl Iterator<Item = usize> {
        (0..self.models.len()).filter(move |&number| self.models[number].entry == entry)
    }

    /// The entry of a model.
    pub fn entry_of(&self, model: usize) -> Entry {
        self.entries[self.models[model].entry]
    }
}

/// Every team enters one task; the rest is drawn, so that few teams enter many and many enter few.
fn draw_entries(size: &Size, rng: &mut SmallRng) -> Vec<Entry> {
    let mut entries: BTreeSet<Entry> =
        (0..size.teams).map(|team| Entry { team, task: rng.random_range(0..size.tasks) }).collect();
    while entries.len() < size.entries {
        // The square of an even draw prefers the first teams.
        let eager: f64 = rng.random_range(0.0..1.0);
        let team = (eager * eager * size.teams as f64) as usize;
        entries.insert(Entry { team, task: rng.random_range(0..size.tasks) });
    }
    entries.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_of_its_size_and_the_same_every_time() {
        for size in [Size::full(), Size::small()] {
            let plan = Plan::draw(&size);
            assert_eq!(plan.entries.len(), size.entries);
            assert_eq!(
                plan.entries.iter().map(|entry| entry.team).collect::<BTreeSet<_>>().len(),
                size.teams
            );
            for entry in 0..plan.entries.len() {
                let minutes: Vec<f64> = plan.models_of(entry).map(|n| plan.models[n].minute).collect();
                assert!(SENT.contains(&minutes.len()) && minutes.is_sorted(), "{minutes:?}");
                assert!(minutes.last().is_some_and(|minute| BURST.contains(minute)));
            }
            let fates: Vec<Fate> = plan.models.iter().map(|model| model.fate).collect();
            let failing = fates.iter().filter(|fate| !matches!(fate, Fate::Scores(_))).count();
            assert_eq!(failing, plan.models.len().div_ceil(FAULT_EVERY));
            assert!(fates.contains(&Fate::FailsCheck) && fates.contains(&Fate::FailsHidden));
            assert_eq!(fates, Plan::draw(&size).models.iter().map(|model| model.fate).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_worker_reads_the_number_of_a_model_from_its_file() {
        assert_eq!(Planned::number(&Planned::file(17)), Some(17));
        assert_eq!(Planned::number(b"\xff"), None);
    }
}
