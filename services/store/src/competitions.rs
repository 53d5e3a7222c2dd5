//! Competitions and their phases.

use egret_contest::{Competition, CompetitionId, Phase, TimeZoneName, UserId};

use crate::{Page, Paged, Request, Store, StoreError};

/// A competition to create, as a draft.
#[derive(Clone, Debug)]
pub struct NewCompetition {
    /// Its id.
    pub id: CompetitionId,
    /// Title.
    pub title: String,
    /// Title in Chinese, or empty.
    pub title_zh: String,
    /// Plain text.
    pub description: String,
    /// Plain text in Chinese, or empty.
    pub description_zh: String,
    /// Where days roll over.
    pub time_zone: TimeZoneName,
    /// Whether any signed-in user may found a team.
    pub open_registration: bool,
    /// At least one; see [`Phase::check_all`].
    pub phases: Vec<Phase>,
}

/// Which drafts a list shows beside what is published.
#[derive(Clone, Copy, Debug)]
pub enum Drafts<'a> {
    /// None of them.
    Hidden,
    /// These.
    Of(&'a [CompetitionId]),
    /// All of them.
    All,
}

impl Store {
    /// Creates a draft; `organizer` becomes its first organizer.
    pub async fn create_competition(
        &self,
        _request: &Request,
        _new: NewCompetition,
        _organizer: &UserId,
    ) -> Result<Competition, StoreError> {
        todo!()
    }

    /// A competition, draft or not.
    pub async fn get_competition(&self, _id: &CompetitionId) -> Result<Competition, StoreError> {
        todo!()
    }

    /// Published competitions and the drafts asked for, newest first.
    pub async fn list_competitions(
        &self,
        _drafts: Drafts<'_>,
        _page: Page,
    ) -> Result<Paged<Competition>, StoreError> {
        todo!()
    }

    /// Publishes a draft. Refused (`NotReady`) unless it has a task and every task has a live test set; publishing twice
    /// changes nothing.
    pub async fn publish_competition(&self, _id: &CompetitionId) -> Result<Competition, StoreError> {
        todo!()
    }
}
