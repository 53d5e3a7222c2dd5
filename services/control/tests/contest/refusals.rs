//! Submissions that are not admitted: what the team is told, and that nothing is charged.

use std::time::Duration;

use egret_proto::v1::{
    self, competition_service_client::CompetitionServiceClient,
    submission_service_client::SubmissionServiceClient, team_service_client::TeamServiceClient,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::ask;
use crate::world::*;

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test]
async fn outside_the_window_says_when_it_was_and_will_be() {
    let world = World::open().await;
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    assert!(world.submit(&world.tokens.red, &upload).await.is_ok());
    world.control.store().shift_clock(Duration::from_hours(1));
    let status = world.submit(&world.tokens.red, &upload).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "PHASE_CLOSED"));
    assert!(
        status.message().contains("`live` ended at") && status.message().contains("`last` starts at"),
        "{status}"
    );
}

#[tokio::test]
async fn over_quota_names_the_quota_and_its_reset() {
    let world = World::open_with(v1::QuotaRule { per_day_max: 1, total_max: 9, ..Default::default() }).await;
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    world.submit(&world.tokens.red, &upload).await.unwrap();
    let status = world.submit(&world.tokens.red, &upload).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "QUOTA_EXHAUSTED"));
    let failure = status.get_details_quota_failure().unwrap();
    assert_eq!(failure.violations[0].subject, "daily");
    assert!(status.message().contains("resets at"), "{status}");
    let wait = status.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(wait > Duration::ZERO && wait <= Duration::from_hours(24), "{wait:?}");
    let quota = v1::GetQuotaRequest { parent: TASK.into(), team: String::new(), ..Default::default() };
    let quota = ask!(world, &world.tokens.red, SubmissionServiceClient.get_quota, quota).unwrap();
    assert_eq!((quota.used_today, quota.used_total, quota.in_flight), (1, 1, 1));
}

#[tokio::test]
async fn nobody_submits_for_another_team_or_with_anothers_upload() {
    let world = World::open().await;
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    let create = v1::CreateSubmissionRequest {
        parent: TASK.into(),
        team: RED.into(),
        upload: upload.name.clone(),
        ..Default::default()
    };
    let status =
        ask!(world, &world.tokens.blue, SubmissionServiceClient.create_submission, create).unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "NOT_A_MEMBER"));
    let status = world.submit(&world.tokens.blue, &upload).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "UPLOAD_NOT_YOURS"));
    let status = world.submit(&world.tokens.organizer, &upload).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "NO_TEAM"));
}

#[tokio::test]
async fn a_model_may_reach_the_tasks_size_and_not_pass_it() {
    let world = World::open().await;
    let most = world.model(&world.tokens.red, RED, &vec![0; 1 << 20]).await;
    assert!(world.submit(&world.tokens.red, &most).await.is_ok());
    let more = world.model(&world.tokens.red, RED, &vec![0; (1 << 20) + 1]).await;
    let status = world.submit(&world.tokens.red, &more).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "MODEL_TOO_LARGE"));
    assert!(status.message().contains("1048577") && status.message().contains("1048576"), "{status}");
}

#[tokio::test]
async fn a_repeated_request_is_one_submission() {
    let world = World::open_with(v1::QuotaRule { total_max: 1, ..Default::default() }).await;
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    let create = |note: &str| v1::CreateSubmissionRequest {
        parent: TASK.into(),
        upload: upload.name.clone(),
        note: note.into(),
        request_id: "one-and-only".into(),
        ..Default::default()
    };
    let first =
        ask!(world, &world.tokens.red, SubmissionServiceClient.create_submission, create("a")).unwrap();
    let again =
        ask!(world, &world.tokens.red, SubmissionServiceClient.create_submission, create("a")).unwrap();
    assert_eq!(first.name, again.name);
    let other =
        ask!(world, &world.tokens.red, SubmissionServiceClient.create_submission, create("b")).unwrap_err();
    assert_eq!(reason(&other), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn an_invite_is_for_one_person_once() {
    let world = World::open().await;
    let code = world.invite(RED).await;
    let join = |code: &str| v1::JoinTeamRequest { code: code.into(), display_name: "Rosa".into() };
    let mut teams = TeamServiceClient::new(world.public.clone());
    assert!(!teams.join_team(join(&code)).await.unwrap().into_inner().token_secret.is_empty());
    for bad in [code.as_str(), "", "x", &"x".repeat(10_000)] {
        let status = teams.join_team(join(bad)).await.unwrap_err();
        assert_eq!(reason(&status), "INVITE_INVALID");
    }
    let status = ask!(world, &world.tokens.blue, TeamServiceClient.join_team, join(&world.invite(RED).await));
    assert_eq!(reason(&status.unwrap_err()), "ALREADY_IN_TEAM");
}

#[tokio::test]
async fn a_competition_is_described_wholly_or_not_at_all() {
    let world = World::empty().await;
    let phases =
        vec![phase("live", v1::phase::Kind::Live, v1::Split::Sample, (2, 1), v1::QuotaRule::default())];
    let status = world.create_competition("No", phases).await.unwrap_err();
    let fields = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = fields.iter().map(|violation| violation.field.as_str()).collect();
    for field in ["competition_id", "competition.phases[0].split", "competition.phases"] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    let list = v1::ListCompetitionsRequest::default();
    let list = ask!(world, &world.tokens.operator, CompetitionServiceClient.list_competitions, list).unwrap();
    assert!(list.competitions.is_empty());
}
