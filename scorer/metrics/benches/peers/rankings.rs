//! Retrieval: four measures of trec_eval.

use std::{ops::Range, path::Path};

use egret_metrics::rankings::{Params, Query, State, parse};

use crate::{
    Result,
    measure::{Measured, Measurement},
    read,
};

const IDS: [&str; 4] = ["map", "ndcg", "recip_rank", "P_10"];
/// Items of a list, and judgements of a query.
const LISTED: usize = 100;
const JUDGED: usize = 40;

/// Answers and judgements of all queries.
pub struct Queries {
    lists: Vec<Option<Vec<(u32, f32)>>>,
    queries: Vec<Query>,
}

impl Queries {
    pub fn read(folder: &Path) -> Result<Self> {
        let (listed, scores) =
            (read::u32s(folder, "rankings-listed.u32")?, read::f32s(folder, "rankings-scores.f32")?);
        let lists: Vec<(u32, f32)> = listed.into_iter().zip(scores).collect();
        let (judged, grades) =
            (read::u32s(folder, "rankings-judged.u32")?, read::u32s(folder, "rankings-grades.u32")?);
        let judged: Vec<(u32, u8)> =
            judged.into_iter().zip(grades.into_iter().map(|grade| grade as u8)).collect();
        let query = |judged: &[(u32, u8)]| Query { judged: judged.to_vec(), excluded: Vec::new() };
        Ok(Self {
            lists: lists.chunks(LISTED).map(|list| Some(list.to_vec())).collect(),
            queries: judged.chunks(JUDGED).map(query).collect(),
        })
    }

    pub fn len(&self) -> usize {
        self.queries.len()
    }

    /// The state of some of the queries.
    pub fn state(&self, queries: Range<usize>) -> Result<State> {
        let kinds = IDS.iter().filter_map(|id| parse(id)).map(|(kind, _)| kind).collect();
        let mut state = State::new(Params { list_len_max: LISTED as u32, kinds })?;
        state.update(&self.lists[queries.clone()], &self.queries[queries])?;
        Ok(state)
    }
}

pub fn four(folder: &Path) -> Result<Measurement> {
    let queries = Queries::read(folder)?;
    Ok(Box::new(move || Measured::of(&IDS, || Ok(queries.state(0..queries.len())?.values()?))))
}
