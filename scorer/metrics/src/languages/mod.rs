//! Spoken language recognition: which of the languages is this, if it is any that is known? One score per language and
//! utterance, each a decision of its own.
//!
//! Counts are kept for every task: utterances per language, and what a fixed threshold accepts. A least cost over thresholds
//! needs every score: the state keeps a cell per utterance and language, 24 bytes each; [`CELL_COUNT_MAX`] bounds them. Every
//! value is a function of these counts, which no order of utterances, shards or merges changes.

mod costs;
mod kinds;

use serde::{Deserialize, Serialize};

use crate::{
    MetricError, bytes,
    items::{ItemCount, check_kind_count, check_length},
    keys::{is_finite, key_of},
    tally::Tally,
};
use costs::{Costs, Entry};

pub use kinds::{Kind, METRICS, parse};

/// Most languages of a task.
pub const LANGUAGE_COUNT_MAX: u32 = 1000;
/// Most scores that a state keeps, for metrics that need them all.
pub const CELL_COUNT_MAX: u64 = 12 << 20;
/// Most bytes of a serialised state per kept score, and per metric and language, beyond 40.
pub const STATE_BYTES_PER_CELL_MAX: usize = 17;
/// See [`STATE_BYTES_PER_CELL_MAX`].
pub const STATE_BYTES_PER_LANGUAGE_MAX: usize = 25;
const STATE_VERSION: u8 = 1;

/// What the task fixes and what to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Labels lie in `0..language_count`; 2 to [`LANGUAGE_COUNT_MAX`].
    pub language_count: u32,
    /// The share of targets that costs are weighed with, in (0, 1); 0.5 in the evaluations of NIST.
    pub prior: f64,
    /// In the order of the values; 1 to 32.
    pub kinds: Vec<Kind>,
}

/// The mergeable state of all metrics of a task.
#[derive(Debug, Clone)]
pub struct State {
    params: Params,
    counts: Counts,
    /// Cells at each score, by tag. Without an answer an own cell is at −∞, another at +∞. Empty unless a metric asks for it.
    cells: Tally<(u64, u32), [u32; 1]>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Counts {
    items: ItemCount,
    /// Per language, and at the end those of no known one.
    utterances: Vec<u64>,
    /// Utterances whose language has the highest score.
    right: u64,
    /// Per metric: cells that its threshold accepts, by tag; empty for those without one.
    accepted: Vec<Vec<u64>>,
}

/// As a state is written.
type Written = (Counts, Vec<Entry>);

/// What matters of a cell: the language of its utterance, and whether the score is for that one.
fn tag(language: usize, own: bool) -> u32 {
    2 * language as u32 + u32::from(own)
}

impl State {
    /// An empty state.
    ///
    /// # Errors
    /// [`MetricError::Invalid`] for language counts, priors, thresholds and metric counts out of range.
    pub fn new(params: Params) -> Result<Self, MetricError> {
        check_kind_count(params.kinds.len())?;
        let Params { language_count, prior, .. } = params;
        if !(2..=LANGUAGE_COUNT_MAX).contains(&language_count) {
            let what = format!("language_count is {language_count}; allowed are 2 to {LANGUAGE_COUNT_MAX}");
            return Err(MetricError::Invalid(what));
        }
        if !crate::ids::is_share(prior) {
            return Err(MetricError::Invalid(format!("the prior is {prior}; it must lie between 0 and 1")));
        }
        if params.kinds.iter().any(|kind| kind.threshold().is_some_and(|threshold| !threshold.is_finite())) {
            return Err(MetricError::Invalid("a threshold must be finite".to_owned()));
        }
        let groups = language_count as usize + 1;
        let accepted = |kind: &Kind| vec![0; if kind.threshold().is_some() { 2 * groups } else { 0 }];
        let counts = Counts {
            items: ItemCount::default(),
            utterances: vec![0; groups],
            right: 0,
            accepted: params.kinds.iter().map(accepted).collect(),
        };
        Ok(Self { params, counts, cells: Tally::default() })
    }

    /// Adds a shard. On an error the state is unchanged.
    ///
    /// - `scores`: row-major `[n, language_count]`, finite; not looked at where `answered` is false.
    /// - `answered`: `[n]`.
    /// - `labels`: `[n]`, in `0..language_count`; `None` is an utterance of no known language.
    ///
    /// # Errors
    /// Lengths that differ, labels out of range, scores that are not finite, more utterances or scores than a state holds.
    pub fn update<S: Copy + Into<f64>>(
        &mut self,
        scores: &[S],
        answered: &[bool],
        labels: &[Option<u32>],
    ) -> Result<(), MetricError> {
        let languages = self.params.language_count as usize;
        check_length(labels.len(), answered.len())?;
        check_length(labels.len() * languages, scores.len())?;
        let rows = || scores.chunks_exact(languages);
        for (item, ((row, answered), label)) in rows().zip(answered).zip(labels).enumerate() {
            if let Some(label) = label.filter(|label| *label >= self.params.language_count) {
                let what = format!("label {label} is outside 0..{languages}");
                return Err(MetricError::OutOfDomain { item, what });
            }
            let strange = row.iter().position(|score| !(*score).into().is_finite());
            if let Some(class) = strange.filter(|_| *answered) {
                return Err(MetricError::NonFiniteScore { item, class });
            }
        }
        self.counts.items = self.room_for(labels.len() as u64)?;
        let needs_list = self.needs_list();
        let mut entries = Vec::with_capacity(if needs_list { scores.len() } else { 0 });
        for ((row, answered), label) in rows().zip(answered).zip(labels) {
            let group = label.map_or(languages, |label| label as usize);
            self.counts.utterances[group] += 1;
            let score = |language: usize| match (answered, language == group) {
                (true, _) => row[language].into(),
                (false, true) => f64::NEG_INFINITY,
                (false, false) => f64::INFINITY,
            };
            let cells = || (0..languages).map(|language| (score(language), tag(group, language == group)));
            for (accepted, kind) in self.counts.accepted.iter_mut().zip(&self.params.kinds) {
                if let Some(threshold) = kind.threshold() {
                    cells()
                        .filter(|(score, _)| *score >= threshold)
                        .for_each(|(_, tag)| accepted[tag as usize] += 1);
                }
            }
            if *answered && label.is_some() {
                // Strictly higher, so that the lowest language wins a tie.
                let best = (1..languages)
                    .fold(0, |best, other| if score(other) > score(best) { other } else { best });
                self.counts.right += u64::from(best == group);
            }
            if needs_list {
                entries.extend(cells().map(|(score, tag)| ((key_of(score), tag), [1])));
            }
        }
        self.cells.add(entries);
        Ok(())
    }

    fn needs_list(&self) -> bool {
        self.params.kinds.iter().any(|kind| kind.needs_list())
    }

    /// The item count after so many more.
    fn room_for(&self, more: u64) -> Result<ItemCount, MetricError> {
        let items = self.counts.items.plus(more)?;
        let cells = items.get() * u64::from(self.params.language_count);
        if self.needs_list() && cells > CELL_COUNT_MAX {
            return Err(MetricError::Invalid(format!(
                "{} utterances of {} languages keep {cells} scores in one state; allowed are {CELL_COUNT_MAX}; \
                 cavg.lre@{{t}} needs no list of scores and has no such limit",
                items.get(),
                self.params.language_count
            )));
        }
        Ok(items)
    }

    /// Adds another state of the same parameters. On an error the state is unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        if self.params != other.params {
            return Err(MetricError::Incompatible);
        }
        self.counts.items = self.room_for(other.counts.items.get())?;
        let add =
            |to: &mut Vec<u64>, from: &Vec<u64>| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.counts.utterances, &other.counts.utterances);
        self.counts.right += other.counts.right;
        self.counts.accepted.iter_mut().zip(&other.counts.accepted).for_each(|(to, from)| add(to, from));
        self.cells.merge(&other.cells);
        Ok(())
    }

    /// Utterances added, those without an answer included.
    pub fn item_count(&self) -> u64 {
        self.counts.items.get()
    }

    /// The values, in the order of the kinds. `None`: undefined, for want of an utterance of a known language.
    ///
    /// # Errors
    /// [`MetricError::Empty`] when nothing was added.
    pub fn values(&self) -> Result<Vec<Option<f64>>, MetricError> {
        self.counts.items.divisor()?;
        let entries = self.cells.whole();
        let costs =
            Costs { entries: &entries, utterances: &self.counts.utterances, prior: self.params.prior };
        let kinds = self.params.kinds.iter().zip(&self.counts.accepted);
        Ok(kinds.map(|(kind, accepted)| kind.value(&costs, accepted, self.counts.right)).collect())
    }

    /// A versioned serialisation, the same for every sharding. The parameters are not part of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::pack(STATE_VERSION, &(&self.counts, self.cells.steps()))
    }

    /// Reads a state back, given its parameters. A total parser: any bytes give a state or an error.
    pub fn from_bytes(params: Params, bytes: &[u8]) -> Result<Self, MetricError> {
        let state = Self::new(params)?;
        let (counts, steps): Written = bytes::unpack(STATE_VERSION, bytes)?;
        let fits = counts.utterances.len() == state.counts.utterances.len()
            && counts.utterances.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))
                == Some(counts.items.get())
            && state.room_for(counts.items.get()).is_ok();
        if !fits {
            return Err(MetricError::Corrupt);
        }
        let most = state.cells_by_tag(&counts.utterances);
        let mut found = vec![0; most.len()];
        let cells = Tally::from_steps(steps, |(key, tag), [count]| {
            let Some(found) = found.get_mut(tag as usize) else { return false };
            *found += u64::from(count);
            let missing = if tag % 2 == 1 { f64::NEG_INFINITY } else { f64::INFINITY };
            is_finite(key) || key == key_of(missing)
        })?;
        let within = |(accepted, empty): (&Vec<u64>, &Vec<u64>)| {
            accepted.len() == empty.len() && accepted.iter().zip(&most).all(|(count, most)| count <= most)
        };
        let known = counts.items.get() - counts.utterances.last().expect("strangers have a place");
        let all_there =
            if state.needs_list() { found == most } else { found.iter().all(|count| *count == 0) };
        let possible = counts.right <= known
            && counts.accepted.len() == state.counts.accepted.len()
            && counts.accepted.iter().zip(&state.counts.accepted).all(within)
            && all_there;
        if possible { Ok(Self { counts, cells, ..state }) } else { Err(MetricError::Corrupt) }
    }

    /// How many cells so many utterances have, by tag.
    fn cells_by_tag(&self, utterances: &[u64]) -> Vec<u64> {
        let languages = u64::from(self.params.language_count);
        let of_group = |(group, count): (usize, &u64)| {
            let own = u64::from(group < utterances.len() - 1);
            [count * (languages - own), count * own]
        };
        utterances.iter().enumerate().flat_map(of_group).collect()
    }
}
