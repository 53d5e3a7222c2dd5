use std::borrow::Cow;

/// All trials with one score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Orders as the score does; see [`crate::keys`].
    pub key: u64,
    /// Target trials.
    pub targets: u32,
    /// Non-target trials.
    pub others: u32,
}

/// Lists of runs, ascending in the key, each list longer than twice the next: adding shard after shard moves a run
/// O(log shards) times, not once per shard.
#[derive(Debug, Clone, Default)]
pub(super) struct Runs {
    lists: Vec<Vec<Run>>,
}

impl Runs {
    pub(super) fn from_sorted(list: Vec<Run>) -> Self {
        Self { lists: vec![list] }
    }

    /// Adds trials, given the keys of the targets and of the others in any order.
    pub(super) fn add(&mut self, mut targets: Vec<u64>, mut others: Vec<u64>) {
        targets.sort_unstable();
        others.sort_unstable();
        let of_targets = targets.into_iter().map(|key| Run { key, targets: 1, others: 0 });
        let of_others = others.into_iter().map(|key| Run { key, targets: 0, others: 1 });
        self.push(merge(of_targets, of_others));
    }

    /// Adds a list that ascends in the key.
    pub(super) fn push(&mut self, mut list: Vec<Run>) {
        while let Some(last) = self.lists.pop_if(|last| last.len() <= 2 * list.len()) {
            list = merge(last.into_iter(), list.into_iter());
        }
        self.lists.push(list);
    }

    /// Everything as one list, ascending, one run per key: the same for every history of additions.
    pub(super) fn whole(&self) -> Cow<'_, [Run]> {
        match self.lists.as_slice() {
            [] => Cow::Borrowed(&[]),
            [one] => Cow::Borrowed(one),
            [first, rest @ ..] => {
                let fold = |small: Vec<Run>, list: &Vec<Run>| merge(list.iter().copied(), small.into_iter());
                let rest = rest.iter().rev().fold(Vec::new(), fold);
                Cow::Owned(merge(first.iter().copied(), rest.into_iter()))
            }
        }
    }
}

/// Merges two ascending sequences; runs of one key become one.
fn merge(a: impl ExactSizeIterator<Item = Run>, b: impl ExactSizeIterator<Item = Run>) -> Vec<Run> {
    let mut merged: Vec<Run> = Vec::with_capacity(a.len() + b.len());
    let mut push = |run: Run| match merged.last_mut() {
        Some(last) if last.key == run.key => {
            last.targets += run.targets;
            last.others += run.others;
        }
        _ => merged.push(run),
    };
    let (mut a, mut b) = (a.peekable(), b.peekable());
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        let next = if left.key <= right.key { a.next() } else { b.next() };
        next.into_iter().for_each(&mut push);
    }
    a.chain(b).for_each(push);
    merged.shrink_to_fit();
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_additions_stay_in_few_lists() {
        let mut runs = Runs::default();
        (0..1000_u64).for_each(|i| runs.add(vec![i * 7919 % 1000], vec![i % 10]));
        assert!(runs.lists.len() <= 11, "{} lists", runs.lists.len());
        let whole = runs.whole();
        assert_eq!(whole.len(), 1000);
        assert!(whole.windows(2).all(|pair| pair[0].key < pair[1].key));
        assert_eq!((whole[3].targets, whole[3].others, whole[10].others), (1, 100, 0));
    }
}
