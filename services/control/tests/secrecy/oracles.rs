//! Error and time oracles: a model that looks at a hidden input and crashes, hangs, or takes its time.

use egret_proto::v1;
use prost::Message as _;

use crate::arena::{Arena, Rules, exact, ladder, ladder_in_epochs};
use crate::bound::{out_of_reach, right};
use crate::reading::Reader;
use crate::team::{Team, Told};
use crate::worker::{Model, SLEEP_S};

const ITEMS: usize = 64;
/// The first epoch ends after the longest run that began with it.
const EPOCH_S: i64 = 3_600;

#[tokio::test]
async fn a_crash_tells_a_bit_where_failures_are_shown() {
    let arena = Arena::open(Rules::live(ITEMS as u32, exact(6))).await;
    let team = Team::found(&arena, "red").await;
    let mut bits = Vec::new();
    for item in 0..ITEMS {
        bits.push(team.learn(&Model::CrashIf(0, item)).await == Told::Value(None));
    }
    assert_eq!(bits, arena.hidden.inputs);
}

#[tokio::test]
async fn on_a_ladder_crashes_time_outs_and_no_improvement_are_one_answer() {
    let arena = Arena::open(Rules::live(ITEMS as u32, ladder())).await;
    let team = Team::found(&arena, "red").await;
    let mut answers = Vec::new();
    for item in 0..ITEMS - 10 {
        let model = if item % 2 == 0 { Model::CrashIf(0, 10 + item) } else { Model::HangIf(0, 10 + item) };
        let submission = team.submit(&model).await;
        arena.work_off().await;
        let read = team.read(&submission.name).await;
        assert_eq!(read.release.as_ref().unwrap().charge_millibits, 193);
        answers.push(Reader::default().text("egret.v1.Submission", &read.encode_to_vec()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    team.audited_account().await;
}

/// A crash that costs something: where the bit is not set, the model is better than the last one. The bit is told, and charged like a rise.
#[tokio::test]
async fn what_a_crash_tells_by_missing_a_rise_is_charged() {
    let arena = Arena::open(Rules::live(ITEMS as u32, ladder())).await;
    let team = Team::found(&arena, "red").await;
    let mut guess = vec![false; ITEMS];
    let mut best = 0.0;
    for (item, guessed) in guess.iter_mut().enumerate() {
        // As many right answers as the next of eight levels needs, if the input is what the team hopes for; none otherwise.
        let right = 32 + (best as usize + 1) * 4;
        let mut answers: Vec<bool> = arena.hidden.public.iter().map(|label| !label).collect();
        answers[..right.min(ITEMS)].clone_from_slice(&arena.hidden.public[..right.min(ITEMS)]);
        let model =
            if arena.hidden.inputs[item] { Model::answers(item, &answers) } else { Model::CrashIf(item, 0) };
        let told = team.learn(&model).await;
        *guessed = told.height() > best;
        if told == Told::Withheld {
            break;
        }
        best = told.height().max(best);
    }
    assert!(best > 0.0);
    team.audited_account().await;
    assert!(self::right(&guess, &arena.hidden.inputs) < out_of_reach(ITEMS, 32.0));
}

#[tokio::test]
async fn the_time_of_a_release_tells_a_bit_where_it_is_shown_at_once() {
    let arena = Arena::open(Rules::live(ITEMS as u32, exact(6))).await;
    let team = Team::found(&arena, "red").await;
    let mut bits = Vec::new();
    for item in 0..16 {
        let submission = team.submit(&Model::SleepIf(0, item)).await;
        arena.work_off().await;
        let read = team.read(&submission.name).await;
        let took = read.update_time.unwrap().seconds - read.accept_time.unwrap().seconds;
        bits.push(took >= SLEEP_S as i64);
    }
    assert_eq!(bits, arena.hidden.inputs[..16]);
}

/// What a team reads on its way from submitting to the release, at the same moments of the database's clock whatever its model does.
async fn diary(arena: &Arena, team: &Team<'_>, models: &[Model]) -> Vec<String> {
    let begin = arena.wait_for_epoch(EPOCH_S).await;
    let mut diary = Vec::new();
    let mut look = async || diary.push(team.view("live", Some(begin)).await);
    for model in models {
        team.submit(model).await;
    }
    look().await;
    let mut running = None;
    while let Some(held) = arena.lease().await {
        if held.split == v1::Split::Sample {
            arena.finish(held).await;
        } else {
            running = Some(held);
            break;
        }
    }
    look().await;
    let mut ran = 0;
    while let Some(held) = running.take() {
        ran += arena.finish(held).await;
        running = arena.lease().await;
    }
    // The clock of whoever did not sleep catches up.
    arena.wait(models.len() as u64 * (SLEEP_S + 1) - ran);
    arena.control.reaper_step().await.unwrap();
    look().await;
    arena.wait_for_epoch(EPOCH_S).await;
    arena.control.reaper_step().await.unwrap();
    look().await;
    diary
}

#[tokio::test]
async fn in_epochs_nothing_that_a_team_reads_tells_how_long_a_model_ran() {
    the_same_for_both_bits(&[Model::SleepIf(0, 0)], 1).await;
}

/// The second one begins when the first has ended: when it is shown must not depend on that.
#[tokio::test]
async fn nor_does_the_release_of_what_waited_behind_it() {
    the_same_for_both_bits(&[Model::SleepIf(0, 0), Model::SleepIf(1, 0)], 2).await;
}

async fn the_same_for_both_bits(models: &[Model], releases: usize) {
    let mut diaries = Vec::new();
    for bit in [false, true] {
        let mut arena = Arena::open(Rules::live(ITEMS as u32, ladder_in_epochs(EPOCH_S as u32))).await;
        arena.hidden.inputs[0] = bit;
        let team = Team::found(&arena, "red").await;
        diaries.push(diary(&arena, &team, models).await);
        let released = team.all().await.iter().filter(|one| one.release.is_some()).count();
        assert_eq!(released, releases);
    }
    assert_eq!(diaries[0], diaries[1]);
}
