//! Differencing: labels by the exact change of a mean.

use crate::arena::{Arena, Rules, exact, ladder};
use crate::bound::{out_of_reach, right};
use crate::team::{Team, Told};
use crate::worker::Model;

/// As in the contest whose hidden labels were all recovered (Whitehill 2017).
const ITEMS: usize = 198;
/// Labels by one submission.
const BATCH: usize = 15;

/// Log loss in full precision: the answers of a batch weigh 1, 2, 4 … units more where the label is 1, so that the sum spells the
/// labels. All others are left at one half.
async fn by_log_loss(team: &Team<'_>, items: usize) -> (Vec<bool>, usize) {
    // Nats of the sum that one unit of the code is worth: above what six decimals of the mean leave open.
    let unit = 4e-6 * items as f64;
    let mut labels = vec![false; items];
    let mut submissions = 0;
    for batch in (0..items).step_by(BATCH) {
        let places = batch..(batch + BATCH).min(items);
        let mut chances = vec![0.5; items];
        for (power, place) in places.clone().enumerate() {
            chances[place] = 1.0 / (1.0 + (unit * f64::from(1 << power)).exp());
        }
        // The sum if every label of the batch were 0.
        let floor: f64 = chances.iter().map(|chance| -(1.0 - chance).ln()).sum();
        let value = match team.learn(&Model::Guess(submissions, chances)).await {
            Told::Value(value) => value.unwrap(),
            // The best guess that a level allows: its edge, in parts of the way from chance to none.
            Told::Level(level) => 2f64.ln() * (1.0 - f64::from(level)),
            Told::Withheld => 2f64.ln(),
        };
        let code = ((value * items as f64 - floor) / unit).round().max(0.0) as u64;
        for (power, place) in places.enumerate() {
            labels[place] = code >> power & 1 == 1;
        }
        submissions += 1;
    }
    (labels, submissions)
}

fn log_loss(items: usize, release: egret_proto::v1::ReleaseRule) -> Rules {
    Rules { metric: "log_loss", baseline: 2f64.ln(), ..Rules::live(items as u32, release) }
}

#[tokio::test]
async fn log_loss_in_full_precision_gives_every_label_away_in_fourteen_submissions() {
    let arena = Arena::open(log_loss(ITEMS, exact(6))).await;
    let team = Team::found(&arena, "red").await;
    let (labels, submissions) = by_log_loss(&team, ITEMS).await;
    assert_eq!((right(&labels, &arena.hidden.public), submissions), (ITEMS, 14));
}

/// One item can weigh 36 nats: of 198 no mean is so sure that a level could be told.
#[tokio::test]
async fn log_loss_of_few_items_has_no_ladder() {
    let refused = Arena::try_open(log_loss(ITEMS, ladder())).await.err().unwrap();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert!(refused.message().contains("finer than the standard error"), "{refused}");
}

#[tokio::test]
async fn log_loss_on_a_ladder_gives_no_more_than_the_ledger_says() {
    const MANY: usize = 700;
    let arena = Arena::open(log_loss(MANY, ladder())).await;
    let team = Team::found(&arena, "red").await;
    let (labels, _) = by_log_loss(&team, MANY).await;
    let account = team.audited_account().await;
    assert!(right(&labels, &arena.hidden.public) < out_of_reach(MANY, 32.0), "{account:?}");
}

/// Accuracy: an answer is changed, and the mean goes up or down.
async fn by_accuracy(team: &Team<'_>, items: usize) -> Vec<bool> {
    let before = team.learn(&Model::answers(0, &vec![false; items])).await;
    let mut labels = vec![false; items];
    let mut withheld = 0;
    for place in 0..items {
        let mut answers = vec![false; items];
        answers[place] = true;
        let after = team.learn(&Model::answers(0, &answers)).await;
        labels[place] = after.height() > before.height();
        withheld += usize::from(after == Told::Withheld);
        if withheld == 3 {
            break;
        }
    }
    labels
}

#[tokio::test]
async fn exact_accuracy_gives_a_label_for_every_submission() {
    let arena = Arena::open(Rules::live(64, exact(6))).await;
    let team = Team::found(&arena, "red").await;
    assert_eq!(by_accuracy(&team, 64).await, arena.hidden.public);
}

#[tokio::test]
async fn accuracy_on_a_ladder_gives_no_more_than_the_ledger_says() {
    let arena = Arena::open(Rules::live(64, ladder())).await;
    let team = Team::found(&arena, "red").await;
    let labels = by_accuracy(&team, 64).await;
    team.audited_account().await;
    assert!(right(&labels, &arena.hidden.public) < out_of_reach(64, 32.0));
}
