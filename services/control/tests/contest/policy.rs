//! Role × RPC: every method of the API as everybody, against what is written here.

use std::collections::BTreeSet;

use egret_control::policy;
use egret_proto::v1::{
    self, identity_service_client::IdentityServiceClient, team_service_client::TeamServiceClient,
};
use egret_proto::worker::v1 as worker;
use prost::Message;
use sha2::{Digest as _, Sha256};
use tonic::Code;

use crate::ask;
use crate::wire::call;
use crate::world::*;

/// Who calls, in the order of the columns below.
const COLUMNS: [&str; 9] =
    ["spectator", "blue", "red", "mate", "organizer", "auditor", "other organizer", "operator", "worker"];

/// `y`: gets past authorization. `.`: is denied, or does not see the thing.
/// Red is the team named: its captain, and a mate who is not. The organizer organizes `games` and the auditor audits it, the other
/// organizer organizes `draft`.
fn rows(world: &Named) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let w = world;
    vec![
        //                                              s b r m o a x O w
        ("CompetitionService/CreateCompetition", ".......y.", create_competition()),
        ("CompetitionService/GetCompetition", "yyyyyyyyy", named(GAMES)),
        ("CompetitionService/GetCompetition", "......yy.", named(DRAFT)),
        ("CompetitionService/ListCompetitions", "yyyyyyyyy", Vec::new()),
        ("CompetitionService/PublishCompetition", "....y..y.", named(GAMES)),
        ("CompetitionService/PublishCompetition", "......yy.", named(DRAFT)),
        ("TaskService/CreateTask", "....y..y.", named(GAMES)),
        ("TaskService/GetTask", "yyyyyyyyy", named(TASK)),
        ("TaskService/GetTask", "......yy.", named("competitions/draft/tasks/digits")),
        ("TaskService/ListTasks", "yyyyyyyyy", named(GAMES)),
        ("TaskService/ListTasks", "......yy.", named(DRAFT)),
        ("TaskService/DownloadSample", "yyyyyyyyy", named(TASK)),
        ("MetricService/ListMetrics", "yyyyyyyyy", Vec::new()),
        ("TestSetService/ListWorkerPools", ".yyyyyyy.", Vec::new()),
        ("TestSetService/CreateTestSet", "....y..y.", named(TASK)),
        ("TestSetService/GetTestSet", "....yy.y.", named(&format!("{TASK}/testSets/1"))),
        ("TestSetService/ListTestSets", "....yy.y.", named(TASK)),
        ("TestSetService/ActivateTestSet", "....y..y.", named(&format!("{TASK}/testSets/1"))),
        ("TestSetService/AddTestSetKey", "....y..y.", named(&format!("{TASK}/testSets/1"))),
        ("TestSetService/DownloadShard", "....y..y.", shard()),
        ("TeamService/CreateTeam", "....y..y.", named(GAMES)),
        ("TeamService/GetTeam", "yyyyyyyyy", named(RED)),
        ("TeamService/ListTeams", "yyyyyyyyy", named(GAMES)),
        ("TeamService/ListTeams", "......yy.", named(DRAFT)),
        ("TeamService/CreateInvite", "..yyy..y.", named(RED)),
        ("TeamService/RenameTeam", "..y.y..y.", named(RED)),
        ("TeamService/ListInvites", "..y.y..y.", named(RED)),
        ("TeamService/RevokeInvite", "..y.y..y.", named(&w.invite)),
        ("TeamService/RemoveMember", "..y.y..y.", named(RED)),
        ("TeamService/TransferCaptain", "..y.y..y.", named(RED)),
        ("TeamService/ListTeamHistory", "..yyyy.y.", named(RED)),
        ("TeamService/ApproveTeam", "....y..y.", named(RED)),
        ("TeamService/DisqualifyTeam", "....y..y.", named(RED)),
        ("TeamService/RestoreTeam", "....y..y.", named(RED)),
        ("TeamService/SetTeamKind", "....y..y.", named(RED)),
        ("TeamService/ProposeMerge", "..y......", named(RED)),
        ("TeamService/WithdrawMerge", "..y.y..y.", named(RED)),
        ("TeamService/ListMergeProposals", "..yyyy.y.", named(RED)),
        ("TeamService/AcceptMerge", "..y......", named(RED)),
        ("TeamService/MergeTeams", "....y..y.", named(RED)),
        ("TeamService/EnterTask", "..yyy..y.", named(RED)),
        ("TeamService/WithdrawEntry", "..yyy..y.", named(RED)),
        ("TeamService/ListEntries", "yyyyyyyyy", named(GAMES)),
        ("TeamService/ListEntries", "......yy.", named(DRAFT)),
        ("TeamService/JoinTeam", "yyyyy.yy.", join()),
        ("UploadService/CreateUpload", "..yy.....", reserve_model()),
        ("UploadService/CreateUpload", "....y..y.", reserve_test_set()),
        ("UploadService/GetUpload", "..y......", named(&w.upload)),
        ("UploadService/WriteUpload", "..y......", named(&w.upload)),
        ("UploadService/CancelUpload", "..y......", named(&w.upload)),
        ("SubmissionService/CreateSubmission", "..yy.....", w.submit()),
        ("SubmissionService/GetSubmission", "..yyyy.y.", named(&w.submission)),
        ("SubmissionService/ListSubmissions", "..yyyy.y.", list_submissions()),
        ("SubmissionService/WatchSubmission", "..yyyy.y.", named(&w.submission)),
        ("SubmissionService/CancelSubmission", "..yyy..y.", named(&w.submission)),
        ("SubmissionService/GetQuota", "..yyyy.y.", quota()),
        ("LeaderboardService/GetLeaderboard", "yyyyyyyyy", named(BOARD)),
        ("LeaderboardService/GetLeaderboard", "......yy.", named(&BOARD.replace("games", "draft"))),
        ("LeaderboardService/GetLeaderboard", "....yy.y.", jury_board()),
        ("LeaderboardService/WatchLeaderboard", "yyyyyyyyy", named(BOARD)),
        ("LeaderboardService/WatchLeaderboard", "......yy.", named(&BOARD.replace("games", "draft"))),
        ("LeaderboardService/ListScoreHistory", "yyyyyyyyy", named(BOARD)),
        ("LeaderboardService/ListScoreHistory", "......yy.", named(&BOARD.replace("games", "draft"))),
        ("LeaderboardService/GetOverallLeaderboard", "yyyyyyyyy", named(&format!("{GAMES}/phases/live"))),
        ("LeaderboardService/GetOverallLeaderboard", "......yy.", named(&format!("{DRAFT}/phases/live"))),
        ("ControlService/SetPaused", "....y..y.", named(GAMES)),
        ("ControlService/ExtendPhase", "....y..y.", named(LIVE)),
        ("ControlService/RemoveInterval", "....y..y.", named(LIVE)),
        ("ControlService/ThawPhase", "....y..y.", named(LIVE)),
        ("ControlService/FinalizePhase", "....y..y.", named(LIVE)),
        ("ControlService/RevealPhase", "....y..y.", named(LIVE)),
        ("ControlService/GrantQuota", "....y..y.", named(TASK)),
        ("ControlService/ListPhaseChanges", "yyyyyyyyy", named(GAMES)),
        ("ControlService/ListPhaseChanges", "......yy.", named(DRAFT)),
        ("ControlService/Nominate", "..yy.....", nominate()),
        ("ControlService/GetNominees", "..yyyy.y.", nominees()),
        ("LedgerService/GetLedger", "yyyyyyyyy", named(TASK)),
        ("LedgerService/GetLedger", "..yyyy.y.", ledger()),
        ("IdentityService/WhoAmI", "yyyyyyyyy", Vec::new()),
        ("IdentityService/CreateToken", ".yyyy.yy.", token(v1::Role::Member, "", "")),
        ("IdentityService/CreateToken", "..y....y.", token(v1::Role::Member, "", &w.red_user)),
        ("IdentityService/CreateToken", "....y..y.", token(v1::Role::Organizer, GAMES, "")),
        ("IdentityService/CreateToken", ".......y.", token(v1::Role::Organizer, GAMES, &w.red_user)),
        ("IdentityService/CreateToken", ".......y.", token(v1::Role::Operator, "", "")),
        ("IdentityService/CreateToken", ".......y.", token(v1::Role::Worker, "pools/main", "")),
        ("IdentityService/ListTokens", ".yyyyyyy.", Vec::new()),
        ("IdentityService/CreateToken", "....y..y.", auditors_token()),
        ("IdentityService/RevokeToken", "..y....y.", named(&w.red_token)),
        ("IdentityService/RevokeToken", ".....y.y.", named(&w.auditors_token)),
        ("IdentityService/ListOrganizers", "....yy.y.", named(GAMES)),
        ("IdentityService/AddOrganizer", "....y..y.", named(GAMES)),
        ("IdentityService/RemoveOrganizer", "....y..y.", named(GAMES)),
        // The mate is gone after this.
        ("TeamService/LeaveTeam", "..yy.....", named(RED)),
    ]
}

const WORKER_METHODS: [&str; 7] =
    ["Lease", "Heartbeat", "Complete", "Fail", "Release", "ReadBlob", "ReadOutcomes"];

/// Every request whose first field is a name or a parent has the same bytes.
fn named(name: &str) -> Vec<u8> {
    v1::GetTaskRequest { name: name.into() }.encode_to_vec()
}

fn shard() -> Vec<u8> {
    let sha256 = hex::encode(Sha256::digest(b"inputs of Public"));
    v1::DownloadShardRequest { name: format!("{TASK}/testSets/1"), sha256 }.encode_to_vec()
}

fn token(role: v1::Role, scope: &str, user: &str) -> Vec<u8> {
    let (scope, user, display_name) = (scope.into(), user.into(), "somebody".into());
    let auditor = false;
    v1::CreateTokenRequest { role: role.into(), scope, user, display_name, ttl_days: 1, auditor }
        .encode_to_vec()
}

fn auditors_token() -> Vec<u8> {
    let (role, scope, display_name) = (v1::Role::Organizer.into(), GAMES.into(), "Ada".into());
    v1::CreateTokenRequest { role, scope, display_name, auditor: true, ..Default::default() }.encode_to_vec()
}

fn jury_board() -> Vec<u8> {
    v1::GetLeaderboardRequest { name: BOARD.into(), jury: true, ..Default::default() }.encode_to_vec()
}

fn nominate() -> Vec<u8> {
    let (parent, phase_id, team) = (TASK.into(), "live".into(), RED.into());
    v1::NominateRequest { parent, phase_id, team, submissions: Vec::new() }.encode_to_vec()
}

fn nominees() -> Vec<u8> {
    let (parent, phase_id, team) = (TASK.into(), "live".into(), RED.into());
    v1::GetNomineesRequest { parent, phase_id, team }.encode_to_vec()
}

fn ledger() -> Vec<u8> {
    v1::GetLedgerRequest { parent: TASK.into(), team: RED.into() }.encode_to_vec()
}

/// Names of what is there.
struct Named {
    upload: String,
    submission: String,
    red_token: String,
    red_user: String,
    invite: String,
    auditors_token: String,
}

impl Named {
    fn submit(&self) -> Vec<u8> {
        let (parent, team, upload) = (TASK.into(), RED.into(), self.upload.clone());
        v1::CreateSubmissionRequest { parent, team, upload, ..Default::default() }.encode_to_vec()
    }
}

fn create_competition() -> Vec<u8> {
    v1::CreateCompetitionRequest { competition_id: "x".into(), ..Default::default() }.encode_to_vec()
}

fn join() -> Vec<u8> {
    v1::JoinTeamRequest { code: "no such code".into(), display_name: "Ann".into() }.encode_to_vec()
}

fn reserve_model() -> Vec<u8> {
    reserve(v1::upload::Purpose::Model, RED)
}

fn reserve_test_set() -> Vec<u8> {
    reserve(v1::upload::Purpose::TestSet, GAMES)
}

fn reserve(purpose: v1::upload::Purpose, parent: &str) -> Vec<u8> {
    let upload = v1::Upload {
        purpose: purpose.into(),
        parent: parent.into(),
        size_bytes: 9,
        sha256: "0".repeat(64),
        ..Default::default()
    };
    v1::CreateUploadRequest { upload: Some(upload), ..Default::default() }.encode_to_vec()
}

fn list_submissions() -> Vec<u8> {
    v1::ListSubmissionsRequest { parent: TASK.into(), team: RED.into(), ..Default::default() }.encode_to_vec()
}

fn quota() -> Vec<u8> {
    v1::GetQuotaRequest { parent: TASK.into(), team: RED.into(), ..Default::default() }.encode_to_vec()
}

/// Every method of the descriptors that are ours.
fn methods() -> BTreeSet<String> {
    let set = prost_types::FileDescriptorSet::decode(egret_proto::DESCRIPTORS).unwrap();
    let files = set.file.iter().filter(|file| file.package().starts_with("egret."));
    files
        .flat_map(|file| {
            file.service.iter().flat_map(|service| {
                let path = format!("/{}.{}", file.package(), service.name());
                service.method.iter().map(move |method| format!("{path}/{}", method.name()))
            })
        })
        .collect()
}

#[test]
fn the_table_has_every_method_once_and_no_other() {
    let listed: Vec<String> = policy::TABLE.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), methods());
    assert_eq!(listed.len(), methods().len());
    assert_eq!(policy::rule("/egret.v1.TaskService/DropTable"), None);
}

async fn world() -> (World, Named) {
    let world = World::open().await;
    let upload = world.model(&world.tokens.red, RED, b"model").await;
    let submission = world.submit(&world.tokens.red, &upload).await.unwrap();
    let who = call(&world.public, Some(&world.tokens.red), "/egret.v1.IdentityService/WhoAmI", vec![])
        .await
        .unwrap();
    let red_user = v1::WhoAmIResponse::decode(who).unwrap().user;
    let spare = token(v1::Role::Member, "", "");
    let spare =
        call(&world.public, Some(&world.tokens.red), "/egret.v1.IdentityService/CreateToken", spare).await;
    let red_token = v1::CreateTokenResponse::decode(spare.unwrap()).unwrap().token.unwrap().name;
    let invite = v1::CreateInviteRequest { parent: RED.into() }.encode_to_vec();
    let invite = call(&world.public, Some(&world.tokens.red), "/egret.v1.TeamService/CreateInvite", invite);
    let invite = v1::CreateInviteResponse::decode(invite.await.unwrap()).unwrap().name;
    let auditors = v1::ListTokensRequest::default().encode_to_vec();
    let auditors =
        call(&world.public, Some(&world.tokens.auditor), "/egret.v1.IdentityService/ListTokens", auditors);
    let auditors_token =
        v1::ListTokensResponse::decode(auditors.await.unwrap()).unwrap().tokens[1].name.clone();
    let (upload, submission) = (upload.name, submission.name);
    (world, Named { upload, submission, red_token, red_user, invite, auditors_token })
}

#[tokio::test]
async fn role_by_rpc() {
    let (world, names) = world().await;
    let t = &world.tokens;
    let callers = [
        None,
        Some(&t.blue),
        Some(&t.red),
        Some(&t.mate),
        Some(&t.organizer),
        Some(&t.auditor),
        Some(&t.other_organizer),
        Some(&t.operator),
        Some(&t.worker),
    ];
    let mut walked = BTreeSet::new();
    let mut wrong = Vec::new();
    for (method, expected, message) in rows(&names) {
        let path = format!("/egret.v1.{method}");
        for ((caller, column), expected) in callers.iter().zip(COLUMNS).zip(expected.chars()) {
            let answer = call(&world.public, caller.map(String::as_str), &path, message.clone()).await;
            let code = answer.map_or_else(|status| status.code(), |_| Code::Ok);
            let denied = [Code::Unauthenticated, Code::PermissionDenied, Code::NotFound].contains(&code);
            if denied == (expected == 'y') {
                wrong.push(format!("{method} as {column}: {code:?}"));
            }
        }
        walked.insert(path);
    }
    for method in WORKER_METHODS {
        let path = format!("/egret.worker.v1.WorkerService/{method}");
        let fence = worker::Fence { unit: "units/none".into(), epoch: 1, nonce: vec![1] };
        let message = match method {
            "Lease" => Vec::new(),
            _ => worker::HeartbeatRequest { fence: Some(fence) }.encode_to_vec(),
        };
        for (caller, column) in callers.iter().zip(COLUMNS) {
            let answer = call(&world.workers, caller.map(String::as_str), &path, message.clone()).await;
            let code = answer.map_or_else(|status| status.code(), |_| Code::Ok);
            let denied = [Code::Unauthenticated, Code::PermissionDenied].contains(&code);
            if denied == (column == "worker") {
                wrong.push(format!("{method} as {column}: {code:?}"));
            }
            // The public port does not have it at all: whoever passes the gate finds nothing.
            let public = call(&world.public, caller.map(String::as_str), &path, message.clone()).await;
            let code = public.unwrap_err().code();
            let refused = if column == "worker" { code == Code::Unimplemented } else { denied };
            assert!(refused, "{path} as {column} on the public port: {code:?}");
        }
        walked.insert(path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(walked, methods());
}

#[tokio::test]
async fn what_is_not_in_the_table_is_denied_to_operators_too() {
    let world = World::empty().await;
    let operator = Some(world.tokens.operator.as_str());
    let status = call(&world.public, operator, "/egret.v1.TaskService/DeleteTask", vec![]).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(status.message().contains("no such method"), "{status}");
}

#[tokio::test]
async fn an_auditors_token_writes_nothing_whatever_its_user_may() {
    let world = World::open().await;
    // The auditor's user is made a member of a team; the auditor's token does not act for it.
    let code = world.invite(BLUE).await;
    let who =
        ask!(world, &world.tokens.auditor, IdentityServiceClient.who_am_i, v1::WhoAmIRequest {}).unwrap();
    assert_eq!(
        (who.role(), who.organizes.len(), who.audits),
        (v1::Role::Organizer, 0, vec![GAMES.to_owned()])
    );
    let create =
        v1::CreateTokenRequest { role: v1::Role::Member.into(), user: who.user, ..Default::default() };
    let plain =
        ask!(world, &world.tokens.operator, IdentityServiceClient.create_token, create).unwrap().secret;
    let join = v1::JoinTeamRequest { code, ..Default::default() };
    ask!(world, &plain, TeamServiceClient.join_team, join).unwrap();
    let leave = || v1::LeaveTeamRequest { name: BLUE.into() };
    let denied = ask!(world, &world.tokens.auditor, TeamServiceClient.leave_team, leave()).unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    ask!(world, &plain, TeamServiceClient.leave_team, leave()).unwrap();
}

#[test]
fn whatever_writes_is_no_reading_method() {
    let writing = policy::TABLE.iter().filter(|(path, _)| !policy::reads(path)).map(|(path, _)| *path);
    let reading: Vec<_> =
        policy::TABLE.iter().map(|(path, _)| *path).filter(|path| policy::reads(path)).collect();
    assert!(writing.count() > 0 && reading.contains(&"/egret.v1.IdentityService/WhoAmI"));
    for verb in ["Create", "Set", "Add", "Remove", "Revoke", "Cancel", "Write", "Merge", "Complete", "Lease"]
    {
        assert!(reading.iter().all(|path| !path.contains(&format!("/{verb}"))), "{verb}");
    }
}
