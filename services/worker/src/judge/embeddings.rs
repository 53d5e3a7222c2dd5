//! Vectors wait until those they are compared with are in.
//!
//! Verification keeps every vector of the split and compares pairs at the end. Retrieval keeps those of the queries, whose shards
//! come first, and passes once over the gallery, which is never kept. Both are bounded by [`EMBEDDINGS_BYTES_MAX`]; `egret competition
//! check` refuses a task that could need more.

use egret_contract::{EMBEDDINGS_BYTES_MAX, EmbeddingAnswer, Search};
use egret_datasets::{Labels, Truth};
use egret_jail::FaultCode;
use egret_metrics::rankings::Query;
use egret_metrics::{EXCLUDED_COUNT_MAX, MetricError, Shard};
use egret_search::{Similarity, TopK, pair_scores};

use super::{Marked, Tally};
use crate::{Mishap, attempt::Fault};

/// Vectors and what is true of them.
pub(super) struct Embeddings {
    answer: EmbeddingAnswer,
    similarity: Similarity,
    threads: usize,
    /// Dimensions, once a vector is there.
    width: Option<u32>,
    /// Row-major; NaN where there is no answer.
    rows: Vec<f32>,
    /// The key of the group of each item that is kept.
    groups: Vec<u64>,
    trials: Vec<(u32, u32, bool)>,
    queries: Vec<Query>,
    gallery: Option<TopK>,
}

impl Embeddings {
    pub fn new(answer: &EmbeddingAnswer, threads: u32) -> Self {
        Self {
            answer: answer.clone(),
            similarity: match answer.similarity {
                egret_contract::Similarity::Cosine => Similarity::Cosine,
                egret_contract::Similarity::Dot => Similarity::Dot,
            },
            threads: threads as usize,
            width: None,
            rows: Vec::new(),
            groups: Vec::new(),
            trials: Vec::new(),
            queries: Vec::new(),
            gallery: None,
        }
    }

    /// Takes a shard's vectors.
    pub fn add(
        &mut self,
        width: u32,
        values: &[f32],
        answered: &[bool],
        labels: Labels,
        detail: bool,
    ) -> Result<Marked, Mishap> {
        let any = answered.contains(&true);
        let own = *self.width.get_or_insert(width);
        if any && own != width {
            if detail {
                return Ok(Err(other_width(own, width)));
            }
            // Of vectors that cannot be compared the first ones count.
            let rows = vec![f32::NAN; answered.len() * own as usize];
            return self.place(own, &rows, labels);
        }
        let rows: Vec<f32> =
            if own == width { values.to_vec() } else { vec![f32::NAN; answered.len() * own as usize] };
        self.place(own, &rows, labels)
    }

    fn place(&mut self, width: u32, rows: &[f32], labels: Labels) -> Result<Marked, Mishap> {
        let first = u32::try_from(labels.first_item)
            .map_err(|_| Mishap::TestSet("more items than can be numbered"))?;
        let foreign = || Mishap::TestSet("a shard's labels are not of the task's kind");
        let in_gallery = matches!(labels.truths.first(), Some(Truth::Gallery));
        if in_gallery {
            if labels.truths.iter().any(|truth| *truth != Truth::Gallery) {
                return Err(foreign());
            }
            let top = self.top(width)?;
            top.add(rows, first).map_err(|_| Mishap::Scoring("the search refused a gallery's shard"))?;
            return Ok(Ok(()));
        }
        if self.gallery.is_some() {
            return Err(Mishap::TestSet("a query after the gallery"));
        }
        let kept = u64::from(first) + labels.truths.len() as u64;
        if kept * self.answer.kept_bytes(width) > EMBEDDINGS_BYTES_MAX {
            return Err(Mishap::TestSet("more vectors than a worker keeps"));
        }
        // Shards come in their order, so that places are places.
        if self.rows.len() != first as usize * width as usize {
            return Err(Mishap::TestSet("a shard of vectors out of its order"));
        }
        self.rows.extend_from_slice(rows);
        self.groups.extend(labels.group_keys());
        for (item, truth) in (first..).zip(labels.truths) {
            match (truth, self.answer.search) {
                (Truth::Trials(trials), Search::Verification) => {
                    self.trials.extend(trials.into_iter().map(|(earlier, target)| (earlier, item, target)));
                }
                (Truth::Query { relevant, excluded }, Search::Retrieval { .. }) => {
                    self.queries.push(Query { judged: relevant, excluded });
                }
                _ => return Err(foreign()),
            }
        }
        Ok(Ok(()))
    }

    /// The search, begun with all queries when the gallery begins.
    fn top(&mut self, width: u32) -> Result<&mut TopK, Mishap> {
        if self.gallery.is_none() {
            let Search::Retrieval { top_count } = self.answer.search else {
                return Err(Mishap::TestSet("a gallery in a task of trials"));
            };
            // Excluded items are dropped from the lists before they are scored: enough must be left.
            let excluded = self.queries.iter().map(|query| query.excluded.len()).max().unwrap_or(0);
            let k = top_count as usize + excluded.min(EXCLUDED_COUNT_MAX as usize);
            let rows = std::mem::take(&mut self.rows);
            let top = TopK::new(rows, width as usize, k, self.similarity, self.threads)
                .map_err(|_| Mishap::Scoring("the search refused the queries"))?;
            self.gallery = Some(top);
        }
        self.gallery.as_mut().ok_or(Mishap::Scoring("no search"))
    }

    /// Compares, and scores.
    pub fn finish(mut self, tally: &mut Tally) -> Result<Result<(), MetricError>, Mishap> {
        let width = self.width.ok_or(Mishap::Scoring("there is nothing to score"))?;
        match self.answer.search {
            Search::Verification => {
                let pairs: Vec<(u32, u32)> = self.trials.iter().map(|(a, b, _)| (*a, *b)).collect();
                let targets: Vec<bool> = self.trials.iter().map(|(_, _, target)| *target).collect();
                let scores = pair_scores(&self.rows, width as usize, self.similarity, &pairs)
                    .map_err(|_| Mishap::TestSet("a trial names an item that is not there"))?;
                // A trial stands in the group of the item that it is listed with.
                let groups = || pairs.iter().map(|(_, item)| self.groups[*item as usize]).collect();
                Ok(tally.update(Shard::Pairs(&scores, &targets), groups))
            }
            Search::Retrieval { .. } => {
                self.top(width)?;
                let Some(top) = self.gallery else { return Err(Mishap::Scoring("no search")) };
                let lists: Vec<Option<Vec<(u32, f32)>>> = top.finish().into_iter().map(Some).collect();
                Ok(tally.update(Shard::Rankings(&lists, &self.queries), || self.groups))
            }
        }
    }
}

fn other_width(own: u32, width: u32) -> Fault {
    Fault {
        code: FaultCode::OutputInvalid,
        detail: format!("the model answers with vectors of {own} numbers, and then of {width}"),
        remedy: "export the model with a fixed number of dimensions".into(),
    }
}
