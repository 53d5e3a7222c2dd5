//! Listening: one public port for gRPC, gRPC-web and the pages, one port for workers, and the reaper beside them.

use std::io;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::{Router, response::Response};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint, Identity, Server, ServerTlsConfig, server::TcpIncoming};
use tonic_web::GrpcWebLayer;
use tower::service_fn;

use crate::{Control, OpenError, Tls, gate::gate, status};

/// How often the reaper looks.
const REAPER_EVERY: Duration = Duration::from_secs(1);
/// How long calls that are under way may take to end once the server drains.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// Calls of one connection at once.
const CONNECTION_CALLS_MAX: u32 = 256;
/// Silence after which a connection is asked whether it lives, and how long it may take to say so.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20));
/// Flow-control windows: a stream of 1 MiB chunks stays busy over a long line.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 8 << 20;
/// An upload's chunk in four frames instead of 64.
const FRAME_BYTES_MAX: u32 = 256 << 10;

/// Calls of the pages at once, and bytes on their way to them.
const IN_PROCESS_CALLS_MAX: u32 = 4_096;
const IN_PROCESS_BYTES: usize = 256 << 10;

/// Where a control plane listens.
#[derive(Debug)]
pub struct Listeners {
    /// gRPC, gRPC-web and the pages.
    pub public: TcpListener,
    /// The workers' service alone.
    pub worker: TcpListener,
}

/// Why serving ended other than by being asked to.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The services cannot be put together.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Certificate or key are no good, or a listener failed.
    #[error("a listener failed: {}", chain(.0))]
    Transport(#[from] tonic::transport::Error),
}

/// What an error says, down to its cause: tonic's own text is only "transport error".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Serves until `shutdown`, then drains: no new connections, watchers are sent home, calls end.
pub async fn serve(
    control: Control,
    listeners: Listeners,
    web: Router,
    tls: Option<Tls>,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    // The pages' router answers what is nobody's.
    let web = web.layer(from_fn(pages_only));
    let public = behind_gate(&control, control.routes().await?).reset_fallback().merge(web);
    let worker = behind_gate(&control, control.worker_routes());
    let public = listen(tls.as_ref(), public, listeners.public, &shutdown)?;
    let worker = listen(tls.as_ref(), worker, listeners.worker, &shutdown)?;
    let reaper = tokio::spawn(reap(control.clone(), shutdown.clone()));
    let drained = async {
        shutdown.cancelled().await;
        control.closing.cancel();
        tokio::time::sleep(DRAIN_MAX).await;
        tracing::warn!("calls were still under way after {} s of draining", DRAIN_MAX.as_secs());
    };
    let served = tokio::select! {
        served = async { tokio::try_join!(public, worker) } => served.map(drop),
        () = drained => Ok(()),
    };
    shutdown.cancel();
    let _ = timeout(DRAIN_MAX, reaper).await;
    served.map_err(ServeError::from)
}

impl Control {
    /// A client's channel to services that stays in this process: no port, no TLS, and the gate as for anybody.
    pub fn in_process(&self, routes: Routes) -> Channel {
        let (dial, accept) = mpsc::channel::<io::Result<DuplexStream>>(1);
        let server = Server::builder()
            .max_concurrent_streams(IN_PROCESS_CALLS_MAX)
            .add_routes(Routes::from(behind_gate(self, routes)))
            .serve_with_incoming_shutdown(
                ReceiverStream::new(accept),
                self.closing.clone().cancelled_owned(),
            );
        tokio::spawn(server);
        let connect = service_fn(move |_| {
            let dial = dial.clone();
            async move {
                let (near, far) = tokio::io::duplex(IN_PROCESS_BYTES);
                dial.send(Ok(far)).await.map_err(io::Error::other)?;
                Ok::<_, io::Error>(TokioIo::new(near))
            }
        });
        Endpoint::from_static("http://in-process").connect_with_connector_lazy(connect)
    }
}

fn behind_gate(control: &Control, routes: Routes) -> Router {
    let gate = from_fn_with_state(control.clone(), gate);
    routes.into_axum_router().layer(gate).layer(GrpcWebLayer::new())
}

/// A call of a service that is not here gets a gRPC answer, not a page that says so.
async fn pages_only(request: Request, next: Next) -> Response {
    let content_type = request.headers().get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    if content_type.starts_with(b"application/grpc") {
        return status::unknown_method().into_http();
    }
    next.run(request).await
}

fn listen(
    tls: Option<&Tls>,
    router: Router,
    listener: TcpListener,
    shutdown: &CancellationToken,
) -> Result<impl Future<Output = Result<(), tonic::transport::Error>>, ServeError> {
    let mut server = Server::builder()
        .accept_http1(true)
        .http2_keepalive_interval(Some(KEEPALIVE.0))
        .http2_keepalive_timeout(Some(KEEPALIVE.1))
        .max_concurrent_streams(CONNECTION_CALLS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES_MAX);
    if let Some(tls) = tls {
        let identity = Identity::from_pem(&tls.certificate, &tls.key);
        server = server.tls_config(ServerTlsConfig::new().identity(identity))?;
    }
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let signal = shutdown.clone().cancelled_owned();
    Ok(server.add_routes(Routes::from(router)).serve_with_incoming_shutdown(incoming, signal))
}

async fn reap(control: Control, shutdown: CancellationToken) {
    let mut ticks = interval(REAPER_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        match control.reaper_step().await {
            Ok(swept) if swept.dead > 0 => tracing::error!(?swept, "units became dead letters"),
            Ok(swept) if swept.returned > 0 => tracing::warn!(?swept, "leases expired"),
            Ok(_) => {}
            // Correct without it for a while: leases only wait longer.
            Err(error) => tracing::error!(%error, "the reaper failed"),
        }
    }
}
