//! Resource names, AIP style: `competitions/{competition}/tasks/{task}`. A name that was parsed has valid ids in it.

use std::fmt;
use std::str::FromStr;

use crate::id::{
    CompetitionId, EvaluationId, InviteId, PhaseId, PoolId, SubmissionId, TaskId, TeamId, TokenId, UnitId,
    UploadId, UserId,
};

/// Why a text is not a resource name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a name of the form `{pattern}`")]
pub struct BadName {
    /// The form it should have.
    pub pattern: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $pattern:literal { $($word:literal / $field:ident: $ty:ty),+ } $($tail:literal)?;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            $(#[doc = concat!("The id after `", $word, "/`.")] pub $field: $ty,)+
        }

        impl $name {
            /// The form of the name.
            pub const PATTERN: &'static str = $pattern;

            /// A name of its parts.
            pub const fn new($($field: $ty),+) -> Self { Self { $($field),+ } }

            /// Parses a whole name.
            pub fn parse(text: &str) -> Result<Self, BadName> {
                let bad = BadName { pattern: $pattern };
                let mut parts = text.split('/');
                $(
                    if parts.next() != Some($word) { return Err(bad); }
                    let Some(Ok($field)) = parts.next().map(str::parse::<$ty>) else { return Err(bad) };
                )+
                $(if parts.next() != Some($tail) { return Err(bad); })?
                if parts.next().is_some() { return Err(bad); }
                let name = Self { $($field),+ };
                // One text per name: `testSets/01` is not another spelling of `testSets/1`.
                if name.to_string() == text { Ok(name) } else { Err(bad) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut separator = "";
                $(
                    write!(f, "{separator}{}/{}", $word, self.$field)?;
                    separator = "/";
                )+
                let _ = separator;
                $(write!(f, "/{}", $tail)?;)?
                Ok(())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }

        impl FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> { Self::parse(text) }
        }
    )+};
}

names! {
    /// A competition.
    CompetitionName: "competitions/{competition}" { "competitions" / competition: CompetitionId };
    /// A phase of a competition.
    PhaseName: "competitions/{competition}/phases/{phase}" { "competitions" / competition: CompetitionId, "phases" / phase: PhaseId };
    /// A task of a competition.
    TaskName: "competitions/{competition}/tasks/{task}" { "competitions" / competition: CompetitionId, "tasks" / task: TaskId };
    /// A version of a task's test set; versions count from 1.
    TestSetName: "competitions/{competition}/tasks/{task}/testSets/{version}" { "competitions" / competition: CompetitionId, "tasks" / task: TaskId, "testSets" / version: u32 };
    /// A team of a competition.
    TeamName: "competitions/{competition}/teams/{team}" { "competitions" / competition: CompetitionId, "teams" / team: TeamId };
    /// An invite to a team.
    InviteName: "competitions/{competition}/teams/{team}/invites/{invite}" { "competitions" / competition: CompetitionId, "teams" / team: TeamId, "invites" / invite: InviteId };
    /// A submission to a task.
    SubmissionName: "competitions/{competition}/tasks/{task}/submissions/{submission}" { "competitions" / competition: CompetitionId, "tasks" / task: TaskId, "submissions" / submission: SubmissionId };
    /// The board of a task in a phase.
    BoardName: "competitions/{competition}/tasks/{task}/phases/{phase}/leaderboard" { "competitions" / competition: CompetitionId, "tasks" / task: TaskId, "phases" / phase: PhaseId } "leaderboard";
    /// A user.
    UserName: "users/{user}" { "users" / user: UserId };
    /// A token.
    TokenName: "tokens/{token}" { "tokens" / token: TokenId };
    /// An upload.
    UploadName: "uploads/{upload}" { "uploads" / upload: UploadId };
    /// A worker pool.
    PoolName: "pools/{pool}" { "pools" / pool: PoolId };
    /// An evaluation.
    EvaluationName: "evaluations/{evaluation}" { "evaluations" / evaluation: EvaluationId };
    /// A unit of work.
    UnitName: "units/{unit}" { "units" / unit: UnitId };
}

impl TaskName {
    /// The competition it belongs to.
    pub fn parent(&self) -> CompetitionName {
        CompetitionName::new(self.competition.clone())
    }
}

impl TestSetName {
    /// The task it belongs to.
    pub fn parent(&self) -> TaskName {
        TaskName::new(self.competition.clone(), self.task.clone())
    }
}

impl TeamName {
    /// The competition it belongs to.
    pub fn parent(&self) -> CompetitionName {
        CompetitionName::new(self.competition.clone())
    }
}

impl InviteName {
    /// The team it is to.
    pub fn parent(&self) -> TeamName {
        TeamName::new(self.competition.clone(), self.team.clone())
    }
}

impl SubmissionName {
    /// The task it was made to.
    pub fn parent(&self) -> TaskName {
        TaskName::new(self.competition.clone(), self.task.clone())
    }
}

impl PhaseName {
    /// The board of one of the competition's tasks in it.
    pub fn board(&self, task: TaskId) -> BoardName {
        BoardName::new(self.competition.clone(), task, self.phase.clone())
    }
}

impl BoardName {
    /// The task it ranks.
    pub fn parent(&self) -> TaskName {
        TaskName::new(self.competition.clone(), self.task.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_print_as_they_parse() {
        let board = "competitions/xiamen-2019/tasks/digits/phases/live/leaderboard";
        assert_eq!(BoardName::parse(board).unwrap().to_string(), board);
        let set = "competitions/xiamen-2019/tasks/digits/testSets/12";
        assert_eq!(TestSetName::parse(set).unwrap().version, 12);
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in [
            "",
            "/",
            "competitions",
            "competitions/",
            "competitions/abc/",
            "/competitions/abc",
            "competitions/ABC",
            "competitions/abc/tasks/digits",
            "competition/abc",
            "competitions//abc",
        ] {
            assert!(CompetitionName::parse(bad).is_err(), "{bad}");
        }
        assert!(TestSetName::parse("competitions/abc/tasks/abc/testSets/01").is_err());
        assert!(TestSetName::parse("competitions/abc/tasks/abc/testSets/-1").is_err());
        assert!(BoardName::parse("competitions/abc/tasks/abc/phases/live").is_err());
    }

    proptest! {
        #[test]
        fn round_trip(c in "[a-z][a-z0-9-]{2,62}", t in "[a-z][a-z0-9-]{2,62}", s in "[a-z0-9-]{1,64}") {
            let text = format!("competitions/{c}/tasks/{t}/submissions/{s}");
            prop_assert_eq!(SubmissionName::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn never_panics(text in ".{0,200}") {
            if let Ok(name) = SubmissionName::parse(&text) { prop_assert_eq!(name.to_string(), text); }
        }
    }
}
