//! Path parameters. Nothing from a URL is put into a resource name before it is known to be an id, so a path can never
//! name a resource of another collection. What is not an id cannot exist: 404.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::failure::Failure;

/// 3 to 63 of `[a-z0-9-]`, starting with a letter: the rule for every id that a person chooses.
fn is_slug(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The last id of a resource name, for links: `competitions/a/tasks/b` gives `b`.
pub(crate) fn last_id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// `/c/{c}`.
#[derive(Clone, Debug)]
pub(crate) struct CompetitionPath {
    /// The competition's id.
    pub competition: String,
}

impl CompetitionPath {
    /// Its resource name.
    pub fn name(&self) -> String {
        format!("competitions/{}", self.competition)
    }
}

/// `/c/{c}/t/{t}`.
#[derive(Clone, Debug)]
pub(crate) struct TaskPath {
    /// The competition's id.
    pub competition: String,
    /// The task's id.
    pub task: String,
}

impl TaskPath {
    /// Its resource name.
    pub fn name(&self) -> String {
        format!("competitions/{}/tasks/{}", self.competition, self.task)
    }

    /// The resource name of its competition.
    pub fn competition_name(&self) -> String {
        format!("competitions/{}", self.competition)
    }

    /// The path of its page.
    pub fn href(&self) -> String {
        format!("/c/{}/t/{}", self.competition, self.task)
    }

    /// One of its phases.
    pub fn phase(self, phase: String) -> PhasePath {
        PhasePath { task: self, phase }
    }
}

/// `/c/{c}/t/{t}/p/{p}`.
#[derive(Clone, Debug)]
pub(crate) struct PhasePath {
    /// The task.
    pub task: TaskPath,
    /// The phase's id.
    pub phase: String,
}

impl PhasePath {
    /// The resource name of its board.
    pub fn board_name(&self) -> String {
        format!("{}/phases/{}/leaderboard", self.task.name(), self.phase)
    }

    /// The path of its page.
    pub fn href(&self) -> String {
        format!("{}/p/{}", self.task.href(), self.phase)
    }
}

/// The `N` ids of a path, in order.
async fn ids<S: Send + Sync, const N: usize>(parts: &mut Parts, state: &S) -> Result<[String; N], Failure> {
    let Path(pairs) = Path::<Vec<(String, String)>>::from_request_parts(parts, state)
        .await
        .map_err(|_| Failure::NotFound)?;
    let ids: Vec<String> = pairs.into_iter().map(|(_, id)| id).collect();
    if !ids.iter().all(|id| is_slug(id)) {
        return Err(Failure::NotFound);
    }
    ids.try_into().map_err(|_| Failure::NotFound)
}

impl<S: Send + Sync> FromRequestParts<S> for CompetitionPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [competition] = ids(parts, state).await?;
        Ok(Self { competition })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TaskPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [competition, task] = ids(parts, state).await?;
        Ok(Self { competition, task })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PhasePath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [competition, task, phase] = ids(parts, state).await?;
        Ok(TaskPath { competition, task }.phase(phase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_get_into_names() {
        for good in ["digits", "a-1", "my-contest-2026"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "ab", "A-b", "1abc", "a/b", "..", "a b", "abc\n", "数字识别", &"a".repeat(64)] {
            assert!(!is_slug(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_and_links_are_of_one_path() {
        let task = TaskPath { competition: "spring".into(), task: "digits".into() };
        let phase = task.phase("live".into());
        assert_eq!(phase.board_name(), "competitions/spring/tasks/digits/phases/live/leaderboard");
        assert_eq!(phase.href(), "/c/spring/t/digits/p/live");
        assert_eq!(last_id(&phase.task.name()), "digits");
    }
}
