//! The metric registry, for everybody: it is the same on every server of this version, and says nothing of any task.

use egret_proto::v1::{self, metric_service_server::MetricService};
use tonic::{Request, Response, Status};

use crate::policy::Scope;
use crate::{Control, convert, gate::caller};

#[tonic::async_trait]
impl MetricService for Control {
    async fn list_metrics(
        &self,
        request: Request<v1::ListMetricsRequest>,
    ) -> Result<Response<v1::ListMetricsResponse>, Status> {
        caller(&request)?.permit(Scope::default())?;
        let suites = convert::metric_suites(request.get_ref())?;
        Ok(Response::new(v1::ListMetricsResponse { suites }))
    }
}
