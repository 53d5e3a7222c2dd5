//! Boards: whole snapshots with a revision.

use std::time::Duration;

use egret_contest::BoardName;
use egret_proto::v1::{self, leaderboard_service_server::LeaderboardService};
use egret_store::{BoardAudience, Topic};
use futures::stream::BoxStream;
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
        let (store, watch) = (self.store.clone(), self.store.watch(Topic::Board(name.clone())));
        // A board that cannot be read is told before the stream begins.
        store.board(&name, BoardAudience::Public, None).await.map_err(from_store)?;
        let snapshots = watching::snapshots(watch, BOARD_POLL, move || {
            let (store, name) = (store.clone(), name.clone());
            async move {
                let board = store.board(&name, BoardAudience::Public, None).await.map_err(from_store)?;
                Ok((convert::leaderboard(&board), false))
            }
        });
        Ok(Response::new(self.watched(snapshots)?))
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
}

impl Control {
    async fn visible_board(&self, caller: &Caller, name: &str) -> Result<BoardName, Status> {
        let name: BoardName = convert::name("name", name)?;
        caller.permit(Scope::of(&name.competition))?;
        self.visible(caller, &name.competition).await?;
        Ok(name)
    }
}
