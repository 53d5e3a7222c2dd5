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
    /// Organizers of the competition named and operators; every user where registration is open.
    Founder,
    /// Members of the team named; organizers of its competition and operators.
    TeamOrOrganizer,
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
    ("/egret.v1.TestSetService/GetTestSet", Rule::Organizer),
    ("/egret.v1.TestSetService/ListTestSets", Rule::Organizer),
    ("/egret.v1.TestSetService/ActivateTestSet", Rule::Organizer),
    ("/egret.v1.TestSetService/AddTestSetKey", Rule::Organizer),
    ("/egret.v1.TestSetService/DownloadShard", Rule::Organizer),
    ("/egret.v1.TeamService/CreateTeam", Rule::Founder),
    ("/egret.v1.TeamService/GetTeam", Rule::Anyone),
    ("/egret.v1.TeamService/ListTeams", Rule::Anyone),
    ("/egret.v1.TeamService/CreateInvite", Rule::TeamOrOrganizer),
    ("/egret.v1.TeamService/JoinTeam", Rule::Anyone),
    ("/egret.v1.UploadService/CreateUpload", Rule::User),
    ("/egret.v1.UploadService/GetUpload", Rule::Owner),
    ("/egret.v1.UploadService/WriteUpload", Rule::Owner),
    ("/egret.v1.UploadService/CancelUpload", Rule::Owner),
    ("/egret.v1.SubmissionService/CreateSubmission", Rule::Team),
    ("/egret.v1.SubmissionService/GetSubmission", Rule::TeamOrOrganizer),
    ("/egret.v1.SubmissionService/ListSubmissions", Rule::TeamOrOrganizer),
    ("/egret.v1.SubmissionService/WatchSubmission", Rule::TeamOrOrganizer),
    ("/egret.v1.SubmissionService/CancelSubmission", Rule::TeamOrOrganizer),
    ("/egret.v1.SubmissionService/GetQuota", Rule::TeamOrOrganizer),
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
    ("/egret.v1.ControlService/GetNominees", Rule::TeamOrOrganizer),
    ("/egret.v1.LedgerService/GetLedger", Rule::Anyone),
    ("/egret.v1.IdentityService/WhoAmI", Rule::Anyone),
    ("/egret.v1.IdentityService/CreateToken", Rule::TokenMaker),
    ("/egret.v1.IdentityService/ListTokens", Rule::User),
    ("/egret.v1.IdentityService/RevokeToken", Rule::OwnerOrOperator),
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

/// Whether a rule can hold for a caller whatever the resource: what the gate asks before it reads the message.
pub fn may_enter(rule: Rule, caller: &Caller) -> bool {
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
    let in_team = || scope.team.is_some_and(|team| caller.in_team(team));
    may_enter(rule, caller)
        && match rule {
            Rule::Anyone | Rule::User | Rule::Worker => true,
            Rule::Operator => caller.is_operator(),
            Rule::Organizer => caller.is_operator() || organizes(),
            Rule::TokenMaker => caller.is_operator() || organizes() || scope.owned,
            Rule::Founder => caller.is_operator() || organizes() || scope.open_registration,
            Rule::TeamOrOrganizer => caller.is_operator() || in_team() || organizes(),
            Rule::Team => in_team(),
            Rule::Owner => scope.owned,
            Rule::OwnerOrOperator => scope.owned || caller.is_operator(),
        }
}
