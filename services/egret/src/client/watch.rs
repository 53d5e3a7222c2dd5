use egret_proto::MESSAGE_BYTES_MAX;
use egret_proto::v1::{
    Leaderboard, Submission, WatchLeaderboardRequest, WatchSubmissionRequest,
    leaderboard_service_client::LeaderboardServiceClient, submission::State,
    submission_service_client::SubmissionServiceClient,
};
use tonic::{Status, Streaming};

use super::{Client, retry};

/// Whether a submission's state changes no more.
pub(crate) fn is_final(state: State) -> bool {
    matches!(state, State::Released | State::Rejected | State::Cancelled | State::Withheld)
}

impl Client {
    /// Follows a submission until it is final and returns it. `changed` hears every state on the way, the last one too.
    pub async fn watch_submission<E: From<Status>>(
        &self,
        name: &str,
        mut changed: impl FnMut(&Submission) -> Result<(), E>,
    ) -> Result<Submission, E> {
        let open = async || {
            let mut service = SubmissionServiceClient::new(self.service.clone())
                .max_decoding_message_size(MESSAGE_BYTES_MAX);
            Ok(service.watch_submission(WatchSubmissionRequest { name: name.to_owned() }).await?.into_inner())
        };
        let done = |submission: &Submission| {
            changed(submission)?;
            Ok(is_final(submission.state()))
        };
        follow(open, done).await
    }

    /// Follows a leaderboard for ever; `changed` hears every snapshot.
    pub async fn watch_leaderboard<E: From<Status>>(
        &self,
        name: &str,
        mut changed: impl FnMut(&Leaderboard) -> Result<(), E>,
    ) -> Result<(), E> {
        let open = async || {
            let mut service = LeaderboardServiceClient::new(self.service.clone())
                .max_decoding_message_size(MESSAGE_BYTES_MAX);
            Ok(service
                .watch_leaderboard(WatchLeaderboardRequest { name: name.to_owned() })
                .await?
                .into_inner())
        };
        let mut shown = None;
        let seen = |board: &Leaderboard| {
            // A new stream begins with the board as it is. It may be thawed or finalized without a new revision.
            let edition = (board.revision, board.frozen_time, board.finalize_time);
            if shown != Some(edition) {
                shown = Some(edition);
                changed(board)?;
            }
            Ok(false)
        };
        follow(open, seen).await.map(|_: Leaderboard| ())
    }
}

/// Reads a stream of snapshots until `done`; opens it again when it ends or breaks, for each begins with the present state.
async fn follow<M, E: From<Status>>(
    mut open: impl AsyncFnMut() -> Result<Streaming<M>, Status>,
    mut done: impl FnMut(&M) -> Result<bool, E>,
) -> Result<M, E> {
    let mut pauses = retry::pauses();
    loop {
        let ended = match open().await {
            Err(status) => status,
            Ok(mut stream) => loop {
                match stream.message().await {
                    Ok(Some(message)) => {
                        if done(&message)? {
                            return Ok(message);
                        }
                        pauses = retry::pauses();
                    }
                    Ok(None) => break Status::unavailable("the stream ended"),
                    Err(status) => break status,
                }
            },
        };
        let pause = pauses.next().filter(|_| retry::transient(&ended));
        let Some(pause) = pause else { return Err(ended.into()) };
        retry::notify(&ended, pause);
        tokio::time::sleep(pause).await;
    }
}
