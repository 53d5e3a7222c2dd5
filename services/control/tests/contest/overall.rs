//! The overall board as everybody gets it.

use egret_proto::v1::{
    self, competition_service_client::CompetitionServiceClient,
    leaderboard_service_client::LeaderboardServiceClient,
};
use tonic::{Code, Status};

use crate::ask;
use crate::world::*;

async fn overall(world: &World, token: &str, phase: &str) -> Result<v1::OverallLeaderboard, Status> {
    let get = v1::GetOverallLeaderboardRequest { name: phase.into() };
    ask!(world, token, LeaderboardServiceClient.get_overall_leaderboard, get)
}

#[tokio::test]
async fn it_shows_everybody_what_the_public_boards_show() {
    let world = World::open().await;
    let phase = format!("{GAMES}/phases/live");
    let empty = overall(&world, &world.tokens.blue, &phase).await.unwrap();
    assert_eq!((empty.name.as_str(), empty.revision, empty.update_time), (phase.as_str(), 0, None));
    assert_eq!((empty.tasks, empty.entries.len()), (vec![TASK.to_owned()], 0));

    let upload = world.model(&world.tokens.red, RED, b"model").await;
    world.submit(&world.tokens.red, &upload).await.unwrap();
    while world.work(0.5).await.is_some() {}
    let board = overall(&world, &world.tokens.blue, &phase).await.unwrap();
    assert_eq!((board.revision, board.rule.clone().unwrap().rule.as_str()), (1, "mean_rank"));
    let entry = &board.entries[0];
    assert_eq!((entry.rank, entry.team.as_str(), entry.score), (1, RED, Some(1.0)));
    assert_eq!((&entry.task_ranks, entry.medals, board.entries.len()), (&vec![1], None, 1));
    for token in [&world.tokens.organizer, &world.tokens.operator, &world.tokens.red] {
        assert_eq!(overall(&world, token, &phase).await.unwrap(), board);
    }
}

#[tokio::test]
async fn what_has_no_overall_board_says_so() {
    let world = World::open().await;
    for name in [&format!("{GAMES}/phases/other"), "competitions/nowhere/phases/live"] {
        let status = overall(&world, &world.tokens.red, name).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{name}");
    }
    let status = overall(&world, &world.tokens.red, GAMES).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (
            Code::InvalidArgument,
            "name: expected a name of the form `competitions/{competition}/phases/{phase}`",
        )
    );
    let phases =
        vec![phase("live", v1::phase::Kind::Live, v1::Split::Public, (0, 1), v1::QuotaRule::default())];
    let plain = v1::CreateCompetitionRequest {
        competition_id: "plain".into(),
        competition: Some(v1::Competition {
            title: "Plain".into(),
            time_zone: "UTC".into(),
            phases,
            ..Default::default()
        }),
        ..Default::default()
    };
    let made =
        ask!(world, &world.tokens.operator, CompetitionServiceClient.create_competition, plain).unwrap();
    assert_eq!(made.overall, None);
    let status = overall(&world, &world.tokens.operator, "competitions/plain/phases/live").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().contains("overall leaderboard"), "{status}");
}
