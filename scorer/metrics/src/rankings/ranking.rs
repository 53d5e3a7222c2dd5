use super::Query;
use crate::MetricError;

/// One query's list after the rules of intake: canonical order, excluded items gone, cut, and each judged item marked
/// once.
pub(super) struct Ranking {
    /// Rank, from 1, and grade of the judged items in the list, best first, each where it comes first.
    found: Vec<(usize, u8)>,
    /// Positive grades of all judged items, largest first.
    ideal: Vec<u8>,
    /// Judged items of grade 0.
    irrelevant: usize,
    /// Whether anything was judged.
    judged: bool,
}

impl Ranking {
    /// `item` is the query's position, for errors.
    pub(super) fn new(
        item: usize,
        list: &[(u32, f32)],
        query: &Query,
        list_len_max: usize,
    ) -> Result<Self, MetricError> {
        let wrong = |what| Err(MetricError::OutOfDomain { item, what });
        let (mut judged, mut excluded) = (query.judged.clone(), query.excluded.clone());
        judged.sort_unstable();
        excluded.sort_unstable();
        if let Some(pair) = judged.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return wrong(format!("gallery item {} is judged twice", pair[0].0));
        }
        if let Some((id, _)) = judged.iter().find(|(id, _)| excluded.binary_search(id).is_ok()) {
            return wrong(format!("gallery item {id} is both judged and excluded"));
        }
        let allowed = list_len_max + excluded.len();
        if list.len() > allowed {
            return wrong(format!("a list of {} gallery items; allowed are {allowed}", list.len()));
        }
        if let Some((id, _)) = list.iter().find(|(_, score)| !score.is_finite()) {
            let what = format!("the score of gallery item {id} is not finite");
            return Err(MetricError::NonFinite { item, what });
        }
        let mut kept: Vec<u64> = list
            .iter()
            .filter(|(id, _)| excluded.is_empty() || excluded.binary_search(id).is_err())
            .map(|(id, score)| place_of(*id, *score))
            .collect();
        kept.sort_unstable();
        kept.truncate(list_len_max);

        let mut seen = vec![false; judged.len()];
        let found = kept.into_iter().zip(1..).filter_map(|(place, rank)| {
            let id = place as u32;
            let place = judged.binary_search_by_key(&id, |(id, _)| *id).ok()?;
            (!std::mem::replace(&mut seen[place], true)).then_some((rank, judged[place].1))
        });
        let found = found.collect();
        let mut ideal: Vec<u8> = judged.iter().map(|(_, grade)| *grade).filter(|grade| *grade > 0).collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let irrelevant = judged.len() - ideal.len();
        Ok(Self { found, ideal, irrelevant, judged: !judged.is_empty() })
    }

    /// Whether the query has a judgement.
    pub(super) fn is_judged(&self) -> bool {
        self.judged
    }

    /// Relevant items in the gallery.
    pub(super) fn relevant(&self) -> usize {
        self.ideal.len()
    }

    /// Rank and grade of the relevant items among the first `k`.
    fn graded(&self, k: usize) -> impl Iterator<Item = (usize, u8)> {
        self.found.iter().take_while(move |(rank, _)| *rank <= k).filter(|(_, grade)| *grade > 0).copied()
    }

    fn hits(&self, k: usize) -> impl Iterator<Item = usize> {
        self.graded(k).map(|(rank, _)| rank)
    }

    pub(super) fn hit_count(&self, k: usize) -> usize {
        self.hits(k).count()
    }

    /// Σ precision at each relevant item among the first `k` / `denominator`; 0 if that is 0.
    pub(super) fn average_precision(&self, k: usize, denominator: usize) -> f64 {
        let sum: f64 = self.hits(k).zip(1_u32..).map(|(rank, found)| f64::from(found) / rank as f64).sum();
        if denominator == 0 { 0.0 } else { sum / denominator as f64 }
    }

    /// 1 / rank of the first relevant item; 0 if none is listed.
    pub(super) fn reciprocal_rank(&self) -> f64 {
        self.hits(usize::MAX).next().map_or(0.0, |rank| 1.0 / rank as f64)
    }

    /// Relevant items / rank of the last one; 0 unless all are listed.
    pub(super) fn inverse_negative_penalty(&self) -> f64 {
        let (found, last) = self.hits(usize::MAX).fold((0, 0), |(found, _), rank| (found + 1, rank));
        if found == self.relevant() && found > 0 { found as f64 / last as f64 } else { 0.0 }
    }

    /// Gain = grade, discount log₂(rank + 1), both lists cut at `k`; 0 without a relevant item.
    pub(super) fn ndcg(&self, k: usize) -> f64 {
        let discounted = |(rank, grade): (usize, u8)| f64::from(grade) / libm::log2(rank as f64 + 1.0);
        let found: f64 = self.graded(k).map(discounted).sum();
        let ideal: f64 = (1..).zip(self.ideal.iter().take(k).copied()).map(discounted).sum();
        if ideal == 0.0 { 0.0 } else { found / ideal }
    }

    /// How rarely items judged irrelevant stand before relevant ones (Buckley and Voorhees 2004); 0 without a relevant item.
    pub(super) fn bpref(&self) -> f64 {
        let (relevant, mut before, mut sum) = (self.relevant(), 0, 0.0);
        for (_, grade) in &self.found {
            if *grade == 0 {
                before += 1;
            } else if before == 0 {
                sum += 1.0;
            } else {
                sum += 1.0 - before.min(relevant) as f64 / self.irrelevant.min(relevant) as f64;
            }
        }
        if relevant == 0 { 0.0 } else { sum / relevant as f64 }
    }
}

/// Orders by score descending, then gallery index ascending, which are the lower half. The score is finite; −0.0 equals 0.0.
fn place_of(id: u32, score: f32) -> u64 {
    const SIGN: u32 = 1 << 31;
    let bits = (score + 0.0).to_bits();
    let key = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    u64::from(!key) << 32 | u64::from(id)
}

pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
