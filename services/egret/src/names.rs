//! Resource names on the command line: in full as the API has them, or short, `competition/task`.

use std::{fmt, str::FromStr};

/// Splits a name into its ids. `collections` are the words of the full form, in order.
fn ids<'a>(text: &'a str, collections: &[&str], example: &str) -> Result<Vec<&'a str>, String> {
    let wrong = || format!("`{text}` is not {example}");
    let parts: Vec<&str> = text.trim_matches('/').split('/').collect();
    let ids: Vec<&str> = if parts.len() == collections.len() * 2 {
        let pairs = parts.chunks(2).zip(collections);
        pairs
            .map(|(pair, word)| (pair[0] == *word).then_some(pair[1]))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?
    } else {
        parts
    };
    let plain =
        |id: &&str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if ids.len() == collections.len() && ids.iter().all(plain) { Ok(ids) } else { Err(wrong()) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, [$($collection:literal),+], $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(String);

        impl $name {
            /// The short form, which the command line takes too.
            pub fn short(full: &str) -> String {
                ids(full, &[$($collection),+], $example).map_or_else(|_| full.to_owned(), |ids| ids.join("/"))
            }

            /// The full name.
            pub fn full(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let collections = [$($collection),+];
                let ids = ids(text, &collections, $example)?;
                let pairs = collections.iter().zip(ids).map(|(word, id)| format!("{word}/{id}"));
                Ok(Self(pairs.collect::<Vec<_>>().join("/")))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// `competitions/{c}`.
    CompetitionName, ["competitions"], "a competition: `digits` or `competitions/digits`"
);
name!(
    /// `competitions/{c}/tasks/{t}`.
    TaskName, ["competitions", "tasks"], "a task: `digits/read` or `competitions/digits/tasks/read`"
);
name!(
    /// `competitions/{c}/phases/{p}`.
    PhaseName, ["competitions", "phases"], "a phase: `digits/live` or `competitions/digits/phases/live`"
);
name!(
    /// `competitions/{c}/teams/{t}`.
    TeamName, ["competitions", "teams"], "a team: `digits/egrets` or `competitions/digits/teams/egrets`"
);
name!(
    /// `competitions/{c}/teams/{t}/invites/{i}`.
    InviteName,
    ["competitions", "teams", "invites"],
    "an invite: `digits/egrets/ID`, as `egret team invites` shows it, or its full name"
);
name!(
    /// `users/{u}`.
    UserName, ["users"], "a user: `ID` or `users/ID`, as `egret team show` and `egret status` show it"
);
name!(
    /// `competitions/{c}/tasks/{t}/submissions/{s}`.
    SubmissionName,
    ["competitions", "tasks", "submissions"],
    "a submission: `digits/read/ID` or its full name"
);
name!(
    /// `competitions/{c}/tasks/{t}/testSets/{version}`.
    TestSetName,
    ["competitions", "tasks", "testSets"],
    "a test set: `digits/read/1`, as `egret competition publish` names its version, or its full name"
);
name!(
    /// `pools/{p}`.
    PoolName, ["pools"], "a worker pool: `default` or `pools/default`"
);
name!(
    /// `tokens/{t}`.
    TokenName, ["tokens"], "a token: `ID` or `tokens/ID`, as `egret token list` shows it"
);

impl TestSetName {
    /// The task that it is of, in full.
    pub fn task(&self) -> &str {
        self.0.split_once("/testSets/").map_or("", |(parent, _)| parent)
    }
}

impl TeamName {
    /// The competition it belongs to, in full.
    pub fn competition(&self) -> CompetitionName {
        CompetitionName(
            self.0.split_once("/teams/").map_or_else(String::new, |(parent, _)| parent.to_owned()),
        )
    }
}

impl TaskName {
    /// The competition it belongs to, in full.
    pub fn competition(&self) -> CompetitionName {
        CompetitionName(
            self.0.split_once("/tasks/").map_or_else(String::new, |(parent, _)| parent.to_owned()),
        )
    }
}

impl SubmissionName {
    /// The task that it was made to.
    pub fn task(&self) -> TaskName {
        TaskName(self.0.split_once("/submissions/").map_or_else(String::new, |(parent, _)| parent.to_owned()))
    }
}

impl PhaseName {
    /// Its id.
    pub fn id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The competition it belongs to, in full.
    pub fn competition(&self) -> CompetitionName {
        CompetitionName(
            self.0.split_once("/phases/").map_or_else(String::new, |(parent, _)| parent.to_owned()),
        )
    }
}

impl CompetitionName {
    /// The competition of a full name of any of its parts.
    pub fn of(full: &str) -> Option<Self> {
        let mut parts = full.split('/');
        match (parts.next(), parts.next()) {
            (Some("competitions"), Some(id)) if !id.is_empty() => Some(Self(format!("competitions/{id}"))),
            _ => None,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.0.trim_start_matches("competitions/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_full_names_are_the_same() {
        let full = "competitions/digits/tasks/read";
        for text in [full, "digits/read", "/digits/read/"] {
            assert_eq!(text.parse::<TaskName>().unwrap().full(), full);
        }
        assert_eq!(TaskName::short(full), "digits/read");
        assert_eq!(full.parse::<TaskName>().unwrap().competition().id(), "digits");
        assert_eq!("digits/read/2".parse::<TestSetName>().unwrap().task(), full);
        assert_eq!("digits/read/s1".parse::<SubmissionName>().unwrap().task().full(), full);
        let phase: PhaseName = "digits/live".parse().unwrap();
        assert_eq!((phase.competition().id(), phase.id()), ("digits", "live"));
        assert_eq!("main".parse::<PoolName>().unwrap().full(), "pools/main");
        assert_eq!("x1".parse::<TokenName>().unwrap().full(), "tokens/x1");
        assert_eq!("a/b/c".parse::<SubmissionName>().unwrap().full(), "competitions/a/tasks/b/submissions/c");
        assert_eq!(CompetitionName::of("competitions/a/teams/b").unwrap().full(), "competitions/a");
    }

    #[test]
    fn wrong_names_say_what_a_right_one_looks_like() {
        for text in ["digits", "a//b", "teams/a/tasks/b", "a/b/c", "a b/c", ""] {
            let error = text.parse::<TaskName>().unwrap_err();
            assert!(error.contains("digits/read"), "{text}: {error}");
        }
    }
}
