//! Random boosting: submit coins, keep the lucky ones, vote. The score on the set grows although nothing was learned of the world.

use crate::arena::{Arena, Rules, exact, ladder};
use crate::bound::{out_of_reach, right};
use crate::team::{Team, Told};
use crate::worker::{Model, bits};

const ITEMS: usize = 100;
const SUBMISSIONS: u64 = 300;

/// The vote of random answers, each weighed by how far above chance it was told to be, and what the team is told of that vote.
async fn boost(team: &Team<'_>) -> Vec<bool> {
    let mut votes = vec![0.0; ITEMS];
    let (mut best, mut withheld) = (0.0, 0);
    for seed in 0..SUBMISSIONS {
        let answers = bits(5_000 + seed, ITEMS);
        let told = team.learn(&Model::answers(0, &answers)).await;
        let weight = match told {
            Told::Value(value) => value.unwrap() - 0.5,
            // Whatever lifts the best is kept.
            Told::Level(_) => (told.height() - best).max(0.0),
            Told::Withheld => 0.0,
        };
        best = told.height().max(best);
        for (vote, answer) in votes.iter_mut().zip(answers) {
            *vote += if answer { weight } else { -weight };
        }
        withheld += u32::from(told == Told::Withheld);
        if withheld == 3 {
            break;
        }
    }
    votes.iter().map(|vote| *vote > 0.0).collect()
}

#[tokio::test]
async fn exact_scores_let_coins_win() {
    let arena = Arena::open(Rules::live(ITEMS as u32, exact(6))).await;
    let team = Team::found(&arena, "red").await;
    let vote = boost(&team).await;
    let right = right(&vote, &arena.hidden.public);
    assert!(right >= out_of_reach(ITEMS, 32.0), "{right} of {ITEMS}");
}

#[tokio::test]
async fn a_ladder_lets_coins_win_no_more_than_the_ledger_says() {
    let arena = Arena::open(Rules::live(ITEMS as u32, ladder())).await;
    let team = Team::found(&arena, "red").await;
    let vote = boost(&team).await;
    let account = team.audited_account().await;
    assert!(right(&vote, &arena.hidden.public) < out_of_reach(ITEMS, 32.0), "{account:?}");
    // The budget is used up: nothing more is run.
    let runs = arena.runs.lock().unwrap().len();
    assert_eq!(team.learn(&Model::answers(1, &bits(1, ITEMS))).await, Told::Withheld);
    assert_eq!(arena.runs.lock().unwrap().len(), runs);
}
