//! Path parameters. Nothing from a URL is put into a resource name before it is known to be an id, so a path can never
//! name a resource of another collection. What is not an id cannot exist: 404.

use std::fmt::Write as _;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::failure::Failure;

/// 3 to 63 of `[a-z0-9-]`, starting with a letter: the rule for every id that a person chooses.
fn is_slug(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The longest word or id of a metric in an address.
const METRIC_BYTES_MAX: usize = 128;

/// A word of the metric registry: `coco_bbox`, `classes`.
fn is_word(text: &str) -> bool {
    (1..=METRIC_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// What may be a metric's id; which there are is the server's to say.
fn is_metric_id(text: &str) -> bool {
    (1..=METRIC_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Text as one segment of a path: all but letters, digits and `-_.~` percent-encoded.
fn encoded(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => path.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => path.push(byte.into()),
            _ => {
                // A String takes everything.
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path
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

    /// The path of its page.
    pub fn href(&self) -> String {
        format!("/c/{}", self.competition)
    }

    /// The path of the list of its teams.
    pub fn teams_href(&self) -> String {
        format!("{}/teams", self.href())
    }

    /// The path of the page of one of its teams.
    pub fn team_href(&self, team: &str) -> String {
        format!("{}/{team}", self.teams_href())
    }

    /// The path of its overall board in a phase.
    pub fn overall_href(&self, phase: &str) -> String {
        format!("{}/p/{phase}", self.href())
    }
}

/// `/c/{c}/teams/{t}`.
#[derive(Clone, Debug)]
pub(crate) struct TeamPath {
    /// The competition's id.
    pub competition: String,
    /// The team's id.
    pub team: String,
}

impl TeamPath {
    /// Its resource name.
    pub fn name(&self) -> String {
        format!("competitions/{}/teams/{}", self.competition, self.team)
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

    /// Its competition.
    pub fn competition_path(&self) -> CompetitionPath {
        CompetitionPath { competition: self.competition.clone() }
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

/// `/c/{c}/p/{p}`.
#[derive(Clone, Debug)]
pub(crate) struct OverallPath {
    /// The competition.
    pub competition: CompetitionPath,
    /// The phase's id.
    pub phase: String,
}

impl OverallPath {
    /// The resource name of the phase.
    pub fn name(&self) -> String {
        format!("{}/phases/{}", self.competition.name(), self.phase)
    }
}

/// `/docs/metrics/{suite}/{id}`.
#[derive(Clone, Debug)]
pub(crate) struct MetricPath {
    /// The suite's name.
    pub suite: String,
    /// The metric's id in it.
    pub id: String,
}

impl MetricPath {
    /// The path of its page.
    pub fn href(&self) -> String {
        format!("/docs/metrics/{}/{}", encoded(&self.suite), encoded(&self.id))
    }
}

/// `/docs/metrics/of/{answer}/{id}`.
#[derive(Clone, Debug)]
pub(crate) struct AnswerMetricPath {
    /// The kind of a task's answers.
    pub answer: String,
    /// The metric as the task names it.
    pub id: String,
}

impl AnswerMetricPath {
    /// The path, which leads to the metric's page.
    pub fn href(&self) -> String {
        format!("/docs/metrics/of/{}/{}", encoded(&self.answer), encoded(&self.id))
    }
}

/// The `N` ids of a path, in order.
async fn ids<S: Send + Sync, const N: usize>(parts: &mut Parts, state: &S) -> Result<[String; N], Failure> {
    let ids: [String; N] = segments(parts, state).await?;
    if ids.iter().all(|id| is_slug(id)) { Ok(ids) } else { Err(Failure::NotFound) }
}

/// A word and a metric's id, in order.
async fn metric<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<[String; 2], Failure> {
    let [word, id] = segments(parts, state).await?;
    if is_word(&word) && is_metric_id(&id) { Ok([word, id]) } else { Err(Failure::NotFound) }
}

/// The `N` parameters of a path, in order, whatever they are.
async fn segments<S: Send + Sync, const N: usize>(
    parts: &mut Parts,
    state: &S,
) -> Result<[String; N], Failure> {
    let Path(pairs) = Path::<Vec<(String, String)>>::from_request_parts(parts, state)
        .await
        .map_err(|_| Failure::NotFound)?;
    let texts: Vec<String> = pairs.into_iter().map(|(_, text)| text).collect();
    texts.try_into().map_err(|_| Failure::NotFound)
}

impl<S: Send + Sync> FromRequestParts<S> for CompetitionPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [competition] = ids(parts, state).await?;
        Ok(Self { competition })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TeamPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [competition, team] = ids(parts, state).await?;
        Ok(Self { competition, team })
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

impl<S: Send + Sync> FromRequestParts<S> for OverallPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [competition, phase] = ids(parts, state).await?;
        Ok(Self { competition: CompetitionPath { competition }, phase })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MetricPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [suite, id] = metric(parts, state).await?;
        Ok(Self { suite, id })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AnswerMetricPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let [answer, id] = metric(parts, state).await?;
        Ok(Self { answer, id })
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
    fn metrics_are_named_by_short_words_and_their_links_are_encoded() {
        let longest = "x".repeat(METRIC_BYTES_MAX);
        assert!(is_word("coco_bbox") && is_word(&longest) && is_metric_id("top{k}.{tie_rule}"));
        assert!(is_metric_id("AP50") && is_metric_id(&longest));
        for bad in ["", "a b", "数字", "a\n", &format!("{longest}x")] {
            assert!(!is_word(bad) && !is_metric_id(bad), "{bad:?}");
        }
        assert!(!is_word("AP") && !is_word("a/b"));
        let path = MetricPath { suite: "verification".into(), id: "min_dcf@{prior}".into() };
        assert_eq!(path.href(), "/docs/metrics/verification/min_dcf%40%7Bprior%7D");
        let path = AnswerMetricPath { answer: "classes".into(), id: "f0.5.macro/é".into() };
        assert_eq!(path.href(), "/docs/metrics/of/classes/f0.5.macro%2F%C3%A9");
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
