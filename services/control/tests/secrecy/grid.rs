//! The ballast probe: however coarse a grid is, a total that is parked one item below an edge makes every submission tell a label.

use crate::arena::{Arena, Rules, exact, ladder};
use crate::bound::{out_of_reach, right};
use crate::team::{Team, Told};
use crate::worker::{Model, bits};

const ITEMS: usize = 120;
/// Three submissions that tell nothing: there is no more to learn.
const PATIENCE: usize = 3;

struct Probe<'a> {
    team: &'a Team<'a>,
    withheld: usize,
    submissions: usize,
}

impl Probe<'_> {
    async fn height(&mut self, answers: &[bool]) -> f64 {
        self.submissions += 1;
        let told = self.team.learn(&Model::answers(self.submissions, answers)).await;
        self.withheld += usize::from(told == Told::Withheld);
        told.height()
    }

    /// Two answers at different heights, by luck.
    async fn ends(&mut self) -> Option<(Vec<bool>, Vec<bool>)> {
        let first = bits(1_000, ITEMS);
        let height = self.height(&first).await;
        for seed in 1_001..1_200 {
            let other = bits(seed, ITEMS);
            let found = self.height(&other).await;
            if self.withheld >= PATIENCE {
                return None;
            }
            if found > height {
                return Some((first, other));
            }
            if found < height {
                return Some((other, first));
            }
        }
        None
    }

    /// Walks from the lower end to the higher one, by halving: the two answers beside each other, one item apart, with an edge between.
    async fn edge(&mut self, (low, high): (Vec<bool>, Vec<bool>)) -> (Vec<bool>, usize) {
        let mixed = |count: usize| [&high[..count], &low[count..]].concat();
        let floor = self.height(&low).await;
        let (mut below, mut above) = (0, ITEMS);
        while above - below > 1 {
            let middle = usize::midpoint(below, above);
            if self.height(&mixed(middle)).await > floor { above = middle } else { below = middle }
        }
        (mixed(below), below)
    }

    /// From there, every answer that is changed lifts the total over the edge, or does not.
    async fn labels(&mut self) -> Vec<bool> {
        let Some(ends) = self.ends().await else { return vec![false; ITEMS] };
        let (parked, _) = self.edge(ends).await;
        let floor = self.height(&parked).await;
        let mut labels = parked.clone();
        for place in 0..ITEMS {
            let mut answers = parked.clone();
            answers[place] = !answers[place];
            labels[place] ^= self.height(&answers).await > floor;
            if self.withheld >= PATIENCE {
                break;
            }
        }
        labels
    }
}

#[tokio::test]
async fn a_grid_alone_gives_a_label_for_every_submission() {
    // One decimal: eleven values, of which a team sees two or three.
    let arena = Arena::open(Rules::live(ITEMS as u32, exact(1))).await;
    let team = Team::found(&arena, "red").await;
    let mut probe = Probe { team: &team, withheld: 0, submissions: 0 };
    assert_eq!(probe.labels().await, arena.hidden.public);
    assert!(probe.submissions < ITEMS + 40, "{}", probe.submissions);
}

#[tokio::test]
async fn a_grid_with_a_ladder_gives_no_more_than_the_ledger_says() {
    let arena = Arena::open(Rules::live(ITEMS as u32, ladder())).await;
    let team = Team::found(&arena, "red").await;
    let mut probe = Probe { team: &team, withheld: 0, submissions: 0 };
    let labels = probe.labels().await;
    team.audited_account().await;
    assert!(right(&labels, &arena.hidden.public) < out_of_reach(ITEMS, 32.0));
}
