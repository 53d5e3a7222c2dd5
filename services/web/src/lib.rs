//! The spectators' pages: competitions, tasks, live boards, the score-over-time chart and the metrics, in English and Chinese.
//!
//! This is an ordinary anonymous client of `egret.v1`: it holds no token and no database, so it can show nothing that
//! a spectator may not read. Pages are complete without JavaScript; a small script keeps the board live.
//!
//! What it does not do: sign people in, take submissions, or remember anything besides the language cookie.

mod assets;
mod board;
mod chart;
mod dress;
mod events;
mod failure;
mod format;
mod language;
mod live;
mod messages;
mod metric_words;
mod names;
mod pages;
mod phases;
mod sample;
mod scale;
mod site;
mod words;

use axum::{Router, middleware, routing::get};
use tonic::transport::Channel;

/// Live boards open at once; the next viewer is told to come back (503 with `Retry-After`) and has the page meanwhile.
pub const LIVE_CONNECTIONS_MAX: usize = 1_000;

/// The spectators' pages over a channel to an `egret.v1` server.
///
/// The router has a fallback of its own (the 404 page), and sets its security headers on every answer it gives.
pub fn router(channel: Channel) -> Router {
    router_with_limit(channel, LIVE_CONNECTIONS_MAX)
}

/// As [`router`], with another limit of live boards open at once.
pub fn router_with_limit(channel: Channel, live_connections_max: usize) -> Router {
    Router::new()
        .route("/", get(pages::home::show))
        .route("/c/{c}", get(pages::competition::show))
        .route("/c/{c}/p/{p}", get(pages::overall::show))
        .route("/c/{c}/teams", get(pages::teams::show))
        .route("/c/{c}/teams/{t}", get(pages::team::show))
        .route("/c/{c}/t/{t}", get(pages::task::show_current))
        .route("/c/{c}/t/{t}/p/{p}", get(pages::task::show_phase))
        .route("/c/{c}/t/{t}/ledger", get(pages::ledger::show))
        .route("/c/{c}/t/{t}/sample.zip", get(sample::download))
        .route("/c/{c}/t/{t}/p/{p}/events", get(events::follow))
        .route("/c/{c}/t/{t}/p/{p}/board", get(board::show))
        .route("/c/{c}/t/{t}/p/{p}/chart.svg", get(chart::show))
        .route("/docs/metrics", get(pages::metrics::show))
        .route("/docs/metrics/{suite}/{id}", get(pages::metric::show))
        .route("/docs/metrics/of/{answer}/{id}", get(pages::metric::of_answer))
        .route("/static/{file}", get(assets::serve))
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(|| async { failure::Failure::NotFound })
        .layer(middleware::from_fn(dress::dress))
        .with_state(site::Site::new(channel, live_connections_max))
}
