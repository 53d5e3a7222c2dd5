use crate::keys::key_of;

/// What all searches found.
pub(super) struct Outcomes<'a> {
    /// Key of the mate's score and its rank, ascending, and of how many searches.
    pub mates: &'a [((u64, u32), [u32; 1])],
    /// Searches of somebody enrolled.
    pub mated: u64,
    /// Key of the best score in a search of nobody enrolled, ascending, and of how many; −∞ where nobody was found.
    pub others: &'a [(u64, [u32; 1])],
    /// Searches of nobody enrolled.
    pub unmated: u64,
}

impl Outcomes<'_> {
    /// Share of mates of this rank or better.
    pub(super) fn found(&self, rank: u32) -> Option<f64> {
        self.over_mated(count_of(self.mates, rank))
    }

    pub(super) fn fnir(&self, fpir: f64, rank: u32) -> Option<f64> {
        let threshold = self.threshold(fpir)?;
        let above = self.mates.partition_point(|((key, _), _)| *key <= threshold);
        self.over_mated(self.mated - count_of(&self.mates[above..], rank))
    }

    /// The key of the lowest threshold above which at most this share of the searches of nobody enrolled has a candidate.
    fn threshold(&self, fpir: f64) -> Option<u64> {
        let lowest = key_of(f64::NEG_INFINITY);
        let empty =
            self.others.first().filter(|(key, _)| *key == lowest).map_or(0, |(_, [searches])| *searches);
        let (mut key, mut above) = (lowest, self.unmated - u64::from(empty));
        let mut scores = self.others.iter().skip_while(|(key, _)| *key == lowest);
        while above as f64 / self.unmated as f64 > fpir {
            let (next, [searches]) = scores.next().expect("nobody is above the best");
            (key, above) = (*next, above - u64::from(*searches));
        }
        (self.unmated > 0).then_some(key)
    }

    fn over_mated(&self, searches: u64) -> Option<f64> {
        (self.mated > 0).then(|| searches as f64 / self.mated as f64)
    }
}

fn count_of(mates: &[((u64, u32), [u32; 1])], rank_max: u32) -> u64 {
    let near = mates.iter().filter(|((_, rank), _)| *rank <= rank_max);
    near.map(|(_, [searches])| u64::from(*searches)).sum()
}
