//! Exact figures of hidden data. Nothing here may reach a team: public reads never join these tables.

use egret_contest::{SubmissionName, Verdict};

use crate::{Store, StoreError};

impl Store {
    /// The verdict of a submission's hidden evaluation, for operators.
    pub async fn exact_verdict(&self, _name: &SubmissionName) -> Result<Option<Verdict>, StoreError> {
        todo!()
    }
}
