//! Tasks and their public sample.

use egret_contest::{CompetitionName, TaskName};
use egret_proto::v1::{self, task_service_server::TaskService};
use egret_store::Task;
use futures::{StreamExt as _, stream::BoxStream};
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, not_found};
use crate::{Caller, Control, convert, gate::caller, paging};

impl Control {
    /// A task whose competition the caller may see.
    pub(crate) async fn visible_task(&self, caller: &Caller, name: &TaskName) -> Result<Task, Status> {
        self.visible(caller, &name.competition).await?;
        self.store.get_task(name).await.map_err(from_store)
    }
}

#[tonic::async_trait]
impl TaskService for Control {
    async fn create_task(
        &self,
        request: Request<v1::CreateTaskRequest>,
    ) -> Result<Response<v1::Task>, Status> {
        let caller = caller(&request)?;
        let parent: CompetitionName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let request = request.into_inner();
        let new = convert::new_task(&request.task_id, request.task.unwrap_or_default())?;
        let made = self.store.create_task(&wish, &parent.competition, new).await.map_err(from_store)?;
        Ok(Response::new(convert::task(&made)))
    }

    async fn get_task(&self, request: Request<v1::GetTaskRequest>) -> Result<Response<v1::Task>, Status> {
        let caller = caller(&request)?;
        let name: TaskName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        Ok(Response::new(convert::task(&self.visible_task(&caller, &name).await?)))
    }

    async fn list_tasks(
        &self,
        request: Request<v1::ListTasksRequest>,
    ) -> Result<Response<v1::ListTasksResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let parent: CompetitionName = convert::name("parent", &request.parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        self.visible(&caller, &parent.competition).await?;
        let list = format!("{parent}/tasks");
        let page = paging::page(&list, request.page_size, &request.page_token)?;
        let paged = self.store.list_tasks(&parent.competition, page).await.map_err(from_store)?;
        let (tasks, next_page_token) = paging::paged(&list, paged);
        let tasks = tasks.iter().map(convert::task).collect();
        Ok(Response::new(v1::ListTasksResponse { tasks, next_page_token }))
    }

    type DownloadSampleStream = BoxStream<'static, Result<v1::DownloadSampleResponse, Status>>;

    async fn download_sample(
        &self,
        request: Request<v1::DownloadSampleRequest>,
    ) -> Result<Response<Self::DownloadSampleStream>, Status> {
        let caller = caller(&request)?;
        let name: TaskName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let task = self.visible_task(&caller, &name).await?;
        let archive = task.sample_archive.ok_or_else(|| not_found("sample of this task"))?;
        let chunks = self.blobs.read(&archive.sha256, 0).await.map_err(|error| from_store(error.into()))?;
        let stream = chunks.enumerate().map(move |(index, chunk)| {
            let mut message = v1::DownloadSampleResponse {
                data: chunk.map_err(|error| from_store(error.into()))?,
                ..v1::DownloadSampleResponse::default()
            };
            if index == 0 {
                message.size_bytes = archive.bytes;
                message.sha256 = archive.sha256.to_string();
            }
            Ok(message)
        });
        Ok(Response::new(self.watched(stream)?))
    }
}
