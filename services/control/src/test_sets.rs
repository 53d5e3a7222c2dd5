//! Test sets: ciphertext and counts, registered, made live, retired.

use egret_contest::{PoolName, TaskName, TestSetName};
use egret_proto::v1::{self, test_set_service_server::TestSetService};
use egret_store::NewTestSet;
use prost::Message as _;
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::status::{from_store, invalid};
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
        self.check_pools(&new)?;
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
}

impl Control {
    /// A key for a pool that nobody serves would leave submissions waiting for ever.
    fn check_pools(&self, new: &NewTestSet) -> Result<(), Status> {
        let unknown = new.keys.iter().find(|key| !self.pools.iter().any(|pool| pool.id == key.pool));
        match unknown {
            Some(key) => Err(invalid("test_set.keys", format!("there is no pool `{}` here", key.pool))),
            None => Ok(()),
        }
    }
}
