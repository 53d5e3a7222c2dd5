//! Boards: whole snapshots with a revision.

use std::time::Duration;

use egret_contest::{BoardName, PhaseName};
use egret_proto::v1::{self, leaderboard_service_server::LeaderboardService};
use egret_store::{BoardAudience, Topic};
use futures::{StreamExt as _, stream, stream::BoxStream};
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{denied, from_store};
use crate::{Caller, Control, convert, gate::caller, watching};

/// How often a board is read again without having been told of a change: other servers on the same database.
const BOARD_POLL: Duration = Duration::from_secs(2);

#[tonic::async_trait]
impl LeaderboardService for Control {
    async fn get_leaderboard(
        &self,
        request: Request<v1::GetLeaderboardRequest>,
    ) -> Result<Response<v1::Leaderboard>, Status> {
        let caller = caller(&request)?;
        let name = self.visible_board(&caller, &request.get_ref().name).await?;
        let audience = if request.get_ref().jury { BoardAudience::Jury } else { BoardAudience::Public };
        if audience == BoardAudience::Jury && !caller.sees_drafts_of(&name.competition) {
            return Err(denied(caller.user().is_some()));
        }
        let as_of = convert::optional_moment("as_of", request.get_ref().as_of)?;
        let board = self.store.board(&name, audience, as_of).await.map_err(from_store)?;
        Ok(Response::new(convert::leaderboard(&board)))
    }

    type WatchLeaderboardStream = BoxStream<'static, Result<v1::Leaderboard, Status>>;

    async fn watch_leaderboard(
        &self,
        request: Request<v1::WatchLeaderboardRequest>,
    ) -> Result<Response<Self::WatchLeaderboardStream>, Status> {
        let caller = caller(&request)?;
        let name = self.visible_board(&caller, &request.get_ref().name).await?;
        let store = self.store.clone();
        let mut snapshots = self.crowd.watch(&name.clone(), move || {
            let watch = store.watch(Topic::Board(name.clone()));
            watching::snapshots(watch, BOARD_POLL, move || {
                let (store, name) = (store.clone(), name.clone());
                async move {
                    let board = store.board(&name, BoardAudience::Public, None).await.map_err(from_store)?;
                    Ok((convert::leaderboard(&board), false))
                }
            })
        });
        // A board that cannot be read is told before the stream begins.
        let first = snapshots.next().await.transpose()?;
        Ok(Response::new(self.watched(stream::iter(first.map(Ok)).chain(snapshots))?))
    }

    async fn list_score_history(
        &self,
        request: Request<v1::ListScoreHistoryRequest>,
    ) -> Result<Response<v1::ListScoreHistoryResponse>, Status> {
        let caller = caller(&request)?;
        let name = self.visible_board(&caller, &request.get_ref().name).await?;
        let points = self.store.score_history(&name, BoardAudience::Public).await.map_err(from_store)?;
        let points = points.iter().map(convert::score_point).collect();
        Ok(Response::new(v1::ListScoreHistoryResponse { points }))
    }

    async fn get_overall_leaderboard(
        &self,
        request: Request<v1::GetOverallLeaderboardRequest>,
    ) -> Result<Response<v1::OverallLeaderboard>, Status> {
        let caller = caller(&request)?;
        let name: PhaseName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        self.visible(&caller, &name.competition).await?;
        let board = self.store.overall_board(&name).await.map_err(from_store)?;
        Ok(Response::new(convert::overall_board(&board)))
    }
}

impl Control {
    async fn visible_board(&self, caller: &Caller, name: &str) -> Result<BoardName, Status> {
        let name: BoardName = convert::name("name", name)?;
        caller.permit(Scope::of(&name.competition))?;
        self.visible(caller, &name.competition).await?;
        Ok(name)
    }
}
