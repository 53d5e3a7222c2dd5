//! The private port: what an operator's machines ask, and nobody else.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use egret_control::Control;
use metrics_exporter_prometheus::PrometheusHandle;

/// Where durations fall, in seconds: from one query to a long evaluation.
const SECONDS: [f64; 12] = [0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0];

/// Starts to collect this process's metrics.
pub(crate) fn collect() -> anyhow::Result<PrometheusHandle> {
    let builder = metrics_exporter_prometheus::PrometheusBuilder::new().set_buckets(&SECONDS)?;
    Ok(builder.install_recorder()?)
}

/// `/metrics` for Prometheus; `/healthz`, which is 200 while the database answers.
pub(crate) fn routes(control: Control, metrics: PrometheusHandle) -> Router {
    let healthz = get(async |State(control): State<Control>| match control.store().ping().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    });
    Router::new()
        .route("/healthz", healthz)
        .with_state(control)
        .route("/metrics", get(async move || metrics.render()))
}
