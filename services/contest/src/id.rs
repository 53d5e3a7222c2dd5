//! Ids as types. A slug is chosen by a person and lives in resource names; an opaque id is made by the server.

use std::fmt;
use std::str::FromStr;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be {rule}")]
pub struct BadId {
    /// What the text was meant to be, for example `competition id`.
    pub kind: &'static str,
    /// The rule it breaks, as a phrase.
    pub rule: &'static str,
}

/// 3 to 63 of `[a-z0-9-]`, starting with a letter: safe in URLs, file names and metric labels.
fn is_slug(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// 1 to 64 of `[a-z0-9-]`: what the server makes.
fn is_opaque(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// 64 lower-case hex digits.
fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $kind:literal, $check:path, $rule:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the text, or says which rule it breaks.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                if $check(text) { Ok(Self(text.to_owned())) } else { Err(BadId { kind: $kind, rule: $rule }) }
            }

            /// The text.
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> { Self::parse(text) }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> { Self::parse(&text) }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self { id.0 }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

ids! {
    /// A competition, unique on the server.
    CompetitionId: "competition id", is_slug, "3 to 63 of a-z, 0-9 and '-', starting with a letter";
    /// A phase, unique in its competition.
    PhaseId: "phase id", is_slug, "3 to 63 of a-z, 0-9 and '-', starting with a letter";
    /// A task, unique in its competition.
    TaskId: "task id", is_slug, "3 to 63 of a-z, 0-9 and '-', starting with a letter";
    /// A team, unique in its competition.
    TeamId: "team id", is_slug, "3 to 63 of a-z, 0-9 and '-', starting with a letter";
    /// A worker pool: workers that share one identity.
    PoolId: "pool id", is_slug, "3 to 63 of a-z, 0-9 and '-', starting with a letter";
    /// A person with an account.
    UserId: "user id", is_opaque, "1 to 64 of a-z, 0-9 and '-'";
    /// An access token; not its secret.
    TokenId: "token id", is_opaque, "1 to 64 of a-z, 0-9 and '-'";
    /// An invite to a team; not its code.
    InviteId: "invite id", is_opaque, "1 to 64 of a-z, 0-9 and '-'";
    /// An upload in progress or complete.
    UploadId: "upload id", is_opaque, "1 to 64 of a-z, 0-9 and '-'";
    /// A submission.
    SubmissionId: "submission id", is_opaque, "1 to 64 of a-z, 0-9 and '-'";
    /// An evaluation of a submission.
    EvaluationId: "evaluation id", is_opaque, "1 to 64 of a-z, 0-9 and '-'";
    /// A unit of work.
    UnitId: "unit id", is_opaque, "1 to 64 of a-z, 0-9 and '-'";
    /// The SHA-256 of a blob in lower-case hex.
    Sha256Hex: "SHA-256", is_sha256, "64 lower-case hexadecimal digits";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_keep_their_rule() {
        for good in ["abc", "digits-2019", "a23", &"a".repeat(63)] {
            assert!(CompetitionId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "1ab", "-ab", "Abc", "a b", "a_b", "äbc", "a/b", "../x", &"a".repeat(64)] {
            assert!(CompetitionId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn digests_are_lower_case_hex() {
        assert!(Sha256Hex::parse(&"0a".repeat(32)).is_ok());
        assert!(Sha256Hex::parse(&"0A".repeat(32)).is_err());
        assert!(Sha256Hex::parse(&"0a".repeat(31)).is_err());
    }

    proptest! {
        #[test]
        fn whatever_parses_is_safe_in_a_path(text in ".{0,80}") {
            if let Ok(id) = TeamId::parse(&text) {
                prop_assert!(!id.as_str().contains(['/', '.', '%', ' ']));
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
