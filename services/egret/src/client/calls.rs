//! The table of unary calls.

use std::time::Duration;

use backon::Retryable as _;
use egret_proto::{MESSAGE_BYTES_MAX, v1};
use tonic::{Request, Status};

use super::{Client, retry};

/// No unary call takes this long; one that does is lost.
const ANSWER_WAIT: Duration = Duration::from_secs(60);

fn request<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.set_timeout(ANSWER_WAIT);
    request
}

macro_rules! calls {
    ($($module:ident :: $service:ident { $($kind:ident $method:ident($request:ident) -> $reply:ident;)+ })+) => {
        impl Client {
            $($(
                #[doc = concat!("`", stringify!($service), "`: `", stringify!($method), "`.")]
                pub async fn $method(&self, message: v1::$request) -> Result<v1::$reply, Status> {
                    let once = || async {
                        let mut service = v1::$module::$service::new(self.service.clone())
                            .max_decoding_message_size(MESSAGE_BYTES_MAX);
                        Ok(service.$method(request(message.clone())).await?.into_inner())
                    };
                    calls!(@ $kind once)
                }
            )+)+
        }
    };
    // Reads, and writes under a request id or with the same effect twice: made again when the way broke.
    (@ safe $once:ident) => {
        $once.retry(retry::policy()).when(retry::transient).notify(retry::notify).await
    };
    // A repeated call would have a second effect.
    (@ once $once:ident) => { $once().await };
}

calls! {
    identity_service_client::IdentityServiceClient {
        safe who_am_i(WhoAmIRequest) -> WhoAmIResponse;
        once create_token(CreateTokenRequest) -> CreateTokenResponse;
        safe list_tokens(ListTokensRequest) -> ListTokensResponse;
        safe revoke_token(RevokeTokenRequest) -> Token;
        safe list_organizers(ListOrganizersRequest) -> ListOrganizersResponse;
        safe add_organizer(AddOrganizerRequest) -> Organizer;
        once remove_organizer(RemoveOrganizerRequest) -> RemoveOrganizerResponse;
    }
    competition_service_client::CompetitionServiceClient {
        safe create_competition(CreateCompetitionRequest) -> Competition;
        safe get_competition(GetCompetitionRequest) -> Competition;
        safe list_competitions(ListCompetitionsRequest) -> ListCompetitionsResponse;
        safe publish_competition(PublishCompetitionRequest) -> Competition;
    }
    task_service_client::TaskServiceClient {
        safe create_task(CreateTaskRequest) -> Task;
        safe get_task(GetTaskRequest) -> Task;
        safe list_tasks(ListTasksRequest) -> ListTasksResponse;
    }
    test_set_service_client::TestSetServiceClient {
        safe list_worker_pools(ListWorkerPoolsRequest) -> ListWorkerPoolsResponse;
        safe create_test_set(CreateTestSetRequest) -> TestSet;
        safe get_test_set(GetTestSetRequest) -> TestSet;
        safe activate_test_set(ActivateTestSetRequest) -> TestSet;
        safe add_test_set_key(AddTestSetKeyRequest) -> TestSet;
    }
    team_service_client::TeamServiceClient {
        safe create_team(CreateTeamRequest) -> Team;
        safe list_teams(ListTeamsRequest) -> ListTeamsResponse;
        safe get_team(GetTeamRequest) -> Team;
        once rename_team(RenameTeamRequest) -> Team;
        once create_invite(CreateInviteRequest) -> CreateInviteResponse;
        safe list_invites(ListInvitesRequest) -> ListInvitesResponse;
        safe revoke_invite(RevokeInviteRequest) -> RevokeInviteResponse;
        once join_team(JoinTeamRequest) -> JoinTeamResponse;
        once leave_team(LeaveTeamRequest) -> Team;
        once remove_member(RemoveMemberRequest) -> Team;
        safe transfer_captain(TransferCaptainRequest) -> Team;
        safe list_team_history(ListTeamHistoryRequest) -> ListTeamHistoryResponse;
        safe approve_team(ApproveTeamRequest) -> Team;
        safe disqualify_team(DisqualifyTeamRequest) -> Team;
        safe restore_team(RestoreTeamRequest) -> Team;
        safe set_team_kind(SetTeamKindRequest) -> Team;
        safe propose_merge(ProposeMergeRequest) -> MergeProposal;
        safe withdraw_merge(WithdrawMergeRequest) -> WithdrawMergeResponse;
        safe list_merge_proposals(ListMergeProposalsRequest) -> ListMergeProposalsResponse;
        once accept_merge(AcceptMergeRequest) -> Team;
        once merge_teams(MergeTeamsRequest) -> Team;
        safe enter_task(EnterTaskRequest) -> Entry;
        safe withdraw_entry(WithdrawEntryRequest) -> WithdrawEntryResponse;
        safe list_entries(ListEntriesRequest) -> ListEntriesResponse;
    }
    upload_service_client::UploadServiceClient {
        safe create_upload(CreateUploadRequest) -> Upload;
        safe get_upload(GetUploadRequest) -> Upload;
        safe cancel_upload(CancelUploadRequest) -> CancelUploadResponse;
    }
    submission_service_client::SubmissionServiceClient {
        safe create_submission(CreateSubmissionRequest) -> Submission;
        safe get_submission(GetSubmissionRequest) -> Submission;
        safe list_submissions(ListSubmissionsRequest) -> ListSubmissionsResponse;
        safe cancel_submission(CancelSubmissionRequest) -> Submission;
        safe get_quota(GetQuotaRequest) -> Quota;
    }
    control_service_client::ControlServiceClient {
        safe set_paused(SetPausedRequest) -> Competition;
        safe extend_phase(ExtendPhaseRequest) -> Competition;
        safe remove_interval(RemoveIntervalRequest) -> Competition;
        safe thaw_phase(ThawPhaseRequest) -> Competition;
        safe finalize_phase(FinalizePhaseRequest) -> Competition;
        safe reveal_phase(RevealPhaseRequest) -> Competition;
        safe grant_quota(GrantQuotaRequest) -> GrantQuotaResponse;
        safe list_phase_changes(ListPhaseChangesRequest) -> ListPhaseChangesResponse;
        safe nominate(NominateRequest) -> Nominees;
        safe get_nominees(GetNomineesRequest) -> Nominees;
    }
    ledger_service_client::LedgerServiceClient {
        safe get_ledger(GetLedgerRequest) -> Ledger;
    }
    leaderboard_service_client::LeaderboardServiceClient {
        safe get_leaderboard(GetLeaderboardRequest) -> Leaderboard;
        safe list_score_history(ListScoreHistoryRequest) -> ListScoreHistoryResponse;
        safe get_overall_leaderboard(GetOverallLeaderboardRequest) -> OverallLeaderboard;
    }
}
