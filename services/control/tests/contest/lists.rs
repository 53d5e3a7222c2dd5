//! Pages of lists, and page tokens that are of another one.

use egret_proto::v1::{
    self, submission_service_client::SubmissionServiceClient, team_service_client::TeamServiceClient,
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::ask;
use crate::world::*;

fn teams(parent: &str, page_size: i32, page_token: &str) -> v1::ListTeamsRequest {
    v1::ListTeamsRequest { parent: parent.into(), page_size, page_token: page_token.into() }
}

#[tokio::test]
async fn pages_follow_each_other() {
    let world = World::open().await;
    let token = &world.tokens.operator;
    let first = ask!(world, token, TeamServiceClient.list_teams, teams(GAMES, 1, "")).unwrap();
    let second =
        ask!(world, token, TeamServiceClient.list_teams, teams(GAMES, 1, &first.next_page_token)).unwrap();
    let names: Vec<_> = first.teams.iter().chain(&second.teams).map(|team| team.name.as_str()).collect();
    assert_eq!(names, [BLUE, RED]);
    assert_eq!(second.next_page_token, "");
    let refused = ask!(world, token, TeamServiceClient.list_teams, teams(GAMES, -1, "")).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_page_token_of_another_list_is_refused() {
    let world = World::open().await;
    let token = &world.tokens.operator;
    let first = ask!(world, token, TeamServiceClient.list_teams, teams(GAMES, 1, "")).unwrap();
    let of_draft = ask!(world, token, TeamServiceClient.list_teams, teams(DRAFT, 1, &first.next_page_token));
    let list = v1::ListSubmissionsRequest {
        parent: TASK.into(),
        page_token: first.next_page_token.clone(),
        ..Default::default()
    };
    let of_submissions = ask!(world, token, SubmissionServiceClient.list_submissions, list);
    let made_up = ask!(world, token, TeamServiceClient.list_teams, teams(GAMES, 1, "00ff")).map(drop);
    for refused in [of_draft.map(drop), of_submissions.map(drop), made_up] {
        let status = refused.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.get_details_error_info().unwrap().reason, "PAGE_TOKEN_INVALID");
    }
}

#[tokio::test]
async fn members_names_are_for_the_team_and_organizers() {
    let world = World::open().await;
    let members = async |token: &str| {
        let get = v1::GetTeamRequest { name: RED.into() };
        ask!(world, token, TeamServiceClient.get_team, get).unwrap().members
    };
    assert_eq!(members(&world.tokens.red).await, ["red one", "red two"]);
    assert_eq!(members(&world.tokens.organizer).await, ["red one", "red two"]);
    assert!(members(&world.tokens.blue).await.is_empty());
}
