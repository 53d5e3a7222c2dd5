//! Who may call what: the one table. What is not in it is denied.

use std::collections::BTreeSet;

use egret_contest::{CompetitionId, TeamName};

use crate::Caller;

/// Who may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Everybody, without a token too.
    Anyone,
    /// Every user.
    User,
    /// Operators.
    Operator,
    /// Organizers of the competition named, and operators.
    Organizer,
    /// For reading: organizers and auditors of the competition named, and operators.
    Auditor,
    /// Organizers of the competition named and operators; every user where registration is open.
    Founder,
    /// Members of the team named; organizers of its competition and operators.
    TeamOrOrganizer,
    /// For reading: members of the team named; organizers and auditors of its competition, and operators.
    TeamOrAuditor,
    /// The captain of the team named; organizers of its competition and operators.
    CaptainOrOrganizer,
    /// The captain of the team named, nobody else: what a team agrees to, nobody agrees to for it.
    Captain,
    /// Members of the team named, nobody else: organizers do not submit for a team.
    Team,
    /// The user who owns the thing named.
    Owner,
    /// The user who owns the thing named, and operators.
    OwnerOrOperator,
    /// Operators for anyone, organizers for organizers of their competition, users for themselves.
    TokenMaker,
    /// Worker tokens, for leases of their pool.
    Worker,
}

/// Every method and its rule.
pub const TABLE: &[(&str, Rule)] = &[
    ("/egret.v1.CompetitionService/CreateCompetition", Rule::Operator),
    ("/egret.v1.CompetitionService/GetCompetition", Rule::Anyone),
    ("/egret.v1.CompetitionService/ListCompetitions", Rule::Anyone),
    ("/egret.v1.CompetitionService/PublishCompetition", Rule::Organizer),
    ("/egret.v1.TaskService/CreateTask", Rule::Organizer),
    ("/egret.v1.TaskService/GetTask", Rule::Anyone),
    ("/egret.v1.TaskService/ListTasks", Rule::Anyone),
    ("/egret.v1.TaskService/DownloadSample", Rule::Anyone),
    ("/egret.v1.MetricService/ListMetrics", Rule::Anyone),
    ("/egret.v1.TestSetService/ListWorkerPools", Rule::User),
    ("/egret.v1.TestSetService/CreateTestSet", Rule::Organizer),
    ("/egret.v1.TestSetService/GetTestSet", Rule::Auditor),
    ("/egret.v1.TestSetService/ListTestSets", Rule::Auditor),
    ("/egret.v1.TestSetService/ActivateTestSet", Rule::Organizer),
    ("/egret.v1.TestSetService/AddTestSetKey", Rule::Organizer),
    ("/egret.v1.TestSetService/DownloadShard", Rule::Organizer),
    ("/egret.v1.TeamService/CreateTeam", Rule::Founder),
    ("/egret.v1.TeamService/GetTeam", Rule::Anyone),
    ("/egret.v1.TeamService/ListTeams", Rule::Anyone),
    ("/egret.v1.TeamService/RenameTeam", Rule::CaptainOrOrganizer),
    ("/egret.v1.TeamService/CreateInvite", Rule::TeamOrOrganizer),
    ("/egret.v1.TeamService/ListInvites", Rule::CaptainOrOrganizer),
    ("/egret.v1.TeamService/RevokeInvite", Rule::CaptainOrOrganizer),
    ("/egret.v1.TeamService/JoinTeam", Rule::Anyone),
    ("/egret.v1.TeamService/LeaveTeam", Rule::Team),
    ("/egret.v1.TeamService/RemoveMember", Rule::CaptainOrOrganizer),
    ("/egret.v1.TeamService/TransferCaptain", Rule::CaptainOrOrganizer),
    ("/egret.v1.TeamService/ListTeamHistory", Rule::TeamOrAuditor),
    ("/egret.v1.TeamService/ApproveTeam", Rule::Organizer),
    ("/egret.v1.TeamService/DisqualifyTeam", Rule::Organizer),
    ("/egret.v1.TeamService/RestoreTeam", Rule::Organizer),
    ("/egret.v1.TeamService/SetTeamKind", Rule::Organizer),
    ("/egret.v1.TeamService/ProposeMerge", Rule::Captain),
    ("/egret.v1.TeamService/WithdrawMerge", Rule::CaptainOrOrganizer),
    ("/egret.v1.TeamService/ListMergeProposals", Rule::TeamOrAuditor),
    ("/egret.v1.TeamService/AcceptMerge", Rule::Captain),
    ("/egret.v1.TeamService/MergeTeams", Rule::Organizer),
    ("/egret.v1.TeamService/EnterTask", Rule::TeamOrOrganizer),
    ("/egret.v1.TeamService/WithdrawEntry", Rule::TeamOrOrganizer),
    ("/egret.v1.TeamService/ListEntries", Rule::Anyone),
    ("/egret.v1.UploadService/CreateUpload", Rule::User),
    ("/egret.v1.UploadService/GetUpload", Rule::Owner),
    ("/egret.v1.UploadService/WriteUpload", Rule::Owner),
    ("/egret.v1.UploadService/CancelUpload", Rule::Owner),
    ("/egret.v1.SubmissionService/CreateSubmission", Rule::Team),
    ("/egret.v1.SubmissionService/GetSubmission", Rule::TeamOrAuditor),
    ("/egret.v1.SubmissionService/ListSubmissions", Rule::TeamOrAuditor),
    ("/egret.v1.SubmissionService/WatchSubmission", Rule::TeamOrAuditor),
    ("/egret.v1.SubmissionService/CancelSubmission", Rule::TeamOrOrganizer),
    ("/egret.v1.SubmissionService/GetQuota", Rule::TeamOrAuditor),
    ("/egret.v1.LeaderboardService/GetLeaderboard", Rule::Anyone),
    ("/egret.v1.LeaderboardService/WatchLeaderboard", Rule::Anyone),
    ("/egret.v1.LeaderboardService/ListScoreHistory", Rule::Anyone),
    ("/egret.v1.ControlService/SetPaused", Rule::Organizer),
    ("/egret.v1.ControlService/ExtendPhase", Rule::Organizer),
    ("/egret.v1.ControlService/RemoveInterval", Rule::Organizer),
    ("/egret.v1.ControlService/ThawPhase", Rule::Organizer),
    ("/egret.v1.ControlService/FinalizePhase", Rule::Organizer),
    ("/egret.v1.ControlService/RevealPhase", Rule::Organizer),
    ("/egret.v1.ControlService/GrantQuota", Rule::Organizer),
    ("/egret.v1.ControlService/ListPhaseChanges", Rule::Anyone),
    ("/egret.v1.ControlService/Nominate", Rule::Team),
    ("/egret.v1.ControlService/GetNominees", Rule::TeamOrAuditor),
    ("/egret.v1.LedgerService/GetLedger", Rule::Anyone),
    ("/egret.v1.LeaderboardService/GetOverallLeaderboard", Rule::Anyone),
    ("/egret.v1.IdentityService/WhoAmI", Rule::Anyone),
    ("/egret.v1.IdentityService/CreateToken", Rule::TokenMaker),
    ("/egret.v1.IdentityService/ListTokens", Rule::User),
    ("/egret.v1.IdentityService/RevokeToken", Rule::OwnerOrOperator),
    ("/egret.v1.IdentityService/ListOrganizers", Rule::Auditor),
    ("/egret.v1.IdentityService/AddOrganizer", Rule::Organizer),
    ("/egret.v1.IdentityService/RemoveOrganizer", Rule::Organizer),
    ("/egret.worker.v1.WorkerService/Lease", Rule::Worker),
    ("/egret.worker.v1.WorkerService/Heartbeat", Rule::Worker),
    ("/egret.worker.v1.WorkerService/Complete", Rule::Worker),
    ("/egret.worker.v1.WorkerService/Fail", Rule::Worker),
    ("/egret.worker.v1.WorkerService/Release", Rule::Worker),
    ("/egret.worker.v1.WorkerService/ReadBlob", Rule::Worker),
    ("/egret.worker.v1.WorkerService/ReadOutcomes", Rule::Worker),
];

/// The rule of a method, by its path.
pub fn rule(path: &str) -> Option<Rule> {
    TABLE.iter().find(|(method, _)| *method == path).map(|(_, rule)| *rule)
}

/// The one write of an auditor's token: it can be given up.
const GIVING_UP: &str = "/egret.v1.IdentityService/RevokeToken";

/// Whether a method only reads, by the verb of its path.
pub fn reads(path: &str) -> bool {
    let method = path.rsplit('/').next().unwrap_or_default();
    ["Get", "List", "Watch", "Download", "WhoAmI"].iter().any(|verb| method.starts_with(verb))
}

/// The services of the table whose methods' paths begin so, each once.
pub fn services(prefix: &str) -> BTreeSet<&'static str> {
    let paths = TABLE.iter().map(|(path, _)| *path).filter(|path| path.starts_with(prefix));
    paths
        .filter_map(|path| path.trim_start_matches('/').split_once('/'))
        .map(|(service, _)| service)
        .collect()
}

/// What a call is about, as far as a rule needs it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// The competition named, or the one that the thing named belongs to.
    pub competition: Option<&'a CompetitionId>,
    /// The team named.
    pub team: Option<&'a TeamName>,
    /// The thing named belongs to the caller.
    pub owned: bool,
    /// Registration of the competition is open.
    pub open_registration: bool,
}

impl<'a> Scope<'a> {
    /// A call about a competition, or a thing of it.
    pub fn of(competition: &'a CompetitionId) -> Self {
        Self { competition: Some(competition), ..Self::default() }
    }

    /// A call about a team, or a thing of it.
    pub fn of_team(team: &'a TeamName) -> Self {
        Self { competition: Some(&team.competition), team: Some(team), ..Self::default() }
    }
}

/// Whether a method is open to a caller whatever the resource: what the gate asks before it reads the message. An auditor's token
/// reads, whatever else its user may do.
pub fn may_call(path: &str, rule: Rule, caller: &Caller) -> bool {
    may_enter(rule, caller) && (!caller.only_reads() || reads(path) || path == GIVING_UP)
}

/// Whether a rule can hold for a caller whatever the resource.
fn may_enter(rule: Rule, caller: &Caller) -> bool {
    match rule {
        Rule::Anyone => true,
        Rule::Worker => caller.pool().is_some(),
        Rule::Operator => caller.is_operator(),
        _ => caller.user().is_some(),
    }
}

/// Whether a rule holds for a caller and what the call is about.
pub fn permits(rule: Rule, caller: &Caller, scope: Scope<'_>) -> bool {
    let organizes = || scope.competition.is_some_and(|competition| caller.organizes(competition));
    let audits = || scope.competition.is_some_and(|competition| caller.audits(competition));
    let in_team = || scope.team.is_some_and(|team| caller.in_team(team));
    let captains = || scope.team.is_some_and(|team| caller.captains(team));
    may_enter(rule, caller)
        && match rule {
            Rule::Anyone | Rule::User | Rule::Worker => true,
            Rule::Operator => caller.is_operator(),
            Rule::Organizer => caller.is_operator() || organizes(),
            Rule::Auditor => caller.is_operator() || organizes() || audits(),
            Rule::TokenMaker => caller.is_operator() || organizes() || scope.owned,
            Rule::Founder => caller.is_operator() || organizes() || scope.open_registration,
            Rule::TeamOrOrganizer => caller.is_operator() || in_team() || organizes(),
            Rule::TeamOrAuditor => caller.is_operator() || in_team() || organizes() || audits(),
            Rule::CaptainOrOrganizer => caller.is_operator() || captains() || organizes(),
            Rule::Captain => captains(),
            Rule::Team => in_team(),
            Rule::Owner => scope.owned,
            Rule::OwnerOrOperator => scope.owned || caller.is_operator(),
        }
}
