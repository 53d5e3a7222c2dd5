//! A crash, a time-out and no improvement look the same, wherever a team looks; and what a team had before it has again for nothing.

use crate::arena::{Arena, Rules, ladder};
use crate::team::{Team, Told};
use crate::worker::Model;

const ITEMS: usize = 64;

/// A model that is right on so many of the public labels, the first ones.
pub fn skilled(arena: &Arena, number: usize, right: usize) -> Model {
    let answers: Vec<bool> =
        arena.hidden.public.iter().enumerate().map(|(place, label)| label ^ (place >= right)).collect();
    Model::answers(number, &answers)
}

#[tokio::test]
async fn crash_time_out_and_no_improvement_look_the_same_everywhere() {
    let mut views = Vec::new();
    for (bit, model) in
        [(false, Model::CrashIf(0, 0)), (true, Model::CrashIf(0, 0)), (true, Model::HangIf(0, 0))]
    {
        // As the first submission, and above the baseline.
        for first in [ITEMS / 2, ITEMS] {
            let mut arena = Arena::open(Rules::live(ITEMS as u32, ladder())).await;
            arena.hidden.inputs[0] = bit;
            let team = Team::found(&arena, "red").await;
            team.learn(&skilled(&arena, 0, first)).await;
            team.learn(&model).await;
            views.push((first, team.view("live", None).await));
        }
    }
    assert!(views[0].1.contains("charge_millibits = U64(193)"), "{}", views[0].1);
    for (first, view) in &views[2..] {
        let same = views.iter().find(|(of, _)| of == first).unwrap();
        assert_eq!(&same.1, view);
    }
    assert_ne!(views[0].1, views[1].1);
}

#[tokio::test]
async fn the_same_artifact_again_is_the_same_release_without_a_run_or_a_charge() {
    let arena = Arena::open(Rules::live(ITEMS as u32, ladder())).await;
    let team = Team::found(&arena, "red").await;
    assert_eq!(team.learn(&skilled(&arena, 0, 40)).await, Told::Level(2));
    assert_eq!(team.learn(&skilled(&arena, 0, 60)).await, Told::Level(7));
    let (spent, runs) = (team.audited_account().await.spent_millibits, arena.runs.lock().unwrap().len());
    assert_eq!(team.learn(&skilled(&arena, 0, 40)).await, Told::Level(2));
    let again = team.all().await.remove(0).release.unwrap();
    let first = team.all().await.pop().unwrap().release.unwrap();
    assert_eq!((again.charge_millibits, again.scored, &again.metrics), (0, first.scored, &first.metrics));
    assert_eq!(
        (team.audited_account().await.spent_millibits, arena.runs.lock().unwrap().len()),
        (spent, runs)
    );
}
