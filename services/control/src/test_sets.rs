//! Test sets: ciphertext and counts, registered, made live, retired.

use egret_contest::{PoolName, TaskName, TestSetName, WrappedKey};
use egret_proto::v1::{self, test_set_service_server::TestSetService};
use futures::{StreamExt as _, stream::BoxStream};
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, invalid, not_found};
use crate::{Control, convert, gate::caller, paging};

#[tonic::async_trait]
impl TestSetService for Control {
    async fn list_worker_pools(
        &self,
        request: Request<v1::ListWorkerPoolsRequest>,
    ) -> Result<Response<v1::ListWorkerPoolsResponse>, Status> {
        caller(&request)?.permit(Scope::default())?;
        let pools = self.pools.iter().map(|pool| v1::WorkerPool {
            name: PoolName::new(pool.id.clone()).to_string(),
            recipient: pool.recipient.clone(),
        });
        Ok(Response::new(v1::ListWorkerPoolsResponse { pools: pools.collect() }))
    }

    async fn create_test_set(
        &self,
        request: Request<v1::CreateTestSetRequest>,
    ) -> Result<Response<v1::TestSet>, Status> {
        let caller = caller(&request)?;
        let parent: TaskName = convert::name("parent", &request.get_ref().parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        let wish = caller.wish(&request.get_ref().request_id, &request.get_ref().encode_to_vec())?;
        let new = convert::new_test_set(request.into_inner().test_set.unwrap_or_default())?;
        self.check_pools(&new.keys)?;
        let made = self.store.create_test_set(&wish, &parent, new).await.map_err(from_store)?;
        Ok(Response::new(convert::test_set(&made)))
    }

    async fn get_test_set(
        &self,
        request: Request<v1::GetTestSetRequest>,
    ) -> Result<Response<v1::TestSet>, Status> {
        let caller = caller(&request)?;
        let name: TestSetName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let test_set = self.store.get_test_set(&name).await.map_err(from_store)?;
        Ok(Response::new(convert::test_set(&test_set)))
    }

    async fn list_test_sets(
        &self,
        request: Request<v1::ListTestSetsRequest>,
    ) -> Result<Response<v1::ListTestSetsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let parent: TaskName = convert::name("parent", &request.parent)?;
        caller.permit(Scope::of(&parent.competition))?;
        let list = format!("{parent}/testSets");
        let page = paging::page(&list, request.page_size, &request.page_token)?;
        let paged = self.store.list_test_sets(&parent, page).await.map_err(from_store)?;
        let (test_sets, next_page_token) = paging::paged(&list, paged);
        let test_sets = test_sets.iter().map(convert::test_set).collect();
        Ok(Response::new(v1::ListTestSetsResponse { test_sets, next_page_token }))
    }

    async fn activate_test_set(
        &self,
        request: Request<v1::ActivateTestSetRequest>,
    ) -> Result<Response<v1::TestSet>, Status> {
        let caller = caller(&request)?;
        let name: TestSetName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let test_set = self.store.activate_test_set(&name).await.map_err(from_store)?;
        Ok(Response::new(convert::test_set(&test_set)))
    }

    async fn add_test_set_key(
        &self,
        request: Request<v1::AddTestSetKeyRequest>,
    ) -> Result<Response<v1::TestSet>, Status> {
        let caller = caller(&request)?;
        let name: TestSetName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let key = convert::added_key(request.into_inner().key)?;
        self.check_pools(std::slice::from_ref(&key))?;
        let test_set = self.store.add_test_set_key(&name, &key).await.map_err(from_store)?;
        Ok(Response::new(convert::test_set(&test_set)))
    }

    type DownloadShardStream = BoxStream<'static, Result<v1::DownloadShardResponse, Status>>;

    async fn download_shard(
        &self,
        request: Request<v1::DownloadShardRequest>,
    ) -> Result<Response<Self::DownloadShardStream>, Status> {
        let caller = caller(&request)?;
        let name: TestSetName = convert::name("name", &request.get_ref().name)?;
        caller.permit(Scope::of(&name.competition))?;
        let test_set = self.store.get_test_set(&name).await.map_err(from_store)?;
        let mut parts = test_set.shards.iter().flat_map(|shard| [&shard.inputs, &shard.labels]);
        let wanted = parts.find(|part| part.sha256.as_str() == request.get_ref().sha256);
        let wanted = wanted.ok_or_else(|| not_found("shard of this test set"))?;
        let chunks = self.blobs.read(&wanted.sha256, 0).await.map_err(|error| from_store(error.into()))?;
        let stream = chunks.map(|chunk| {
            let data = chunk.map_err(|error| from_store(error.into()))?;
            Ok(v1::DownloadShardResponse { data })
        });
        Ok(Response::new(self.watched(stream)?))
    }
}

impl Control {
    /// A key for a pool that nobody serves would leave submissions waiting for ever.
    fn check_pools(&self, keys: &[WrappedKey]) -> Result<(), Status> {
        let known =
            |key: &WrappedKey| key.is_organizers() || self.pools.iter().any(|pool| pool.id == key.pool);
        match keys.iter().find(|key| !known(key)) {
            Some(key) => Err(invalid("test_set.keys", format!("there is no pool `{}` here", key.pool))),
            None => Ok(()),
        }
    }
}
