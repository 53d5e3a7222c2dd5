//! `/c/{c}/t/{t}/p/{p}/events`: the board as server-sent events. Each event is the whole board, with its revision as the
//! event's id, so that a missed event loses nothing and a reconnecting viewer is current at once.

use std::{convert::Infallible, time::Duration};

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt as _, future};

use crate::board;
use crate::failure::Failure;
use crate::language::Visitor;
use crate::names::PhasePath;
use crate::pages::render;
use crate::site::Site;

/// Proxies close what is silent for longer.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a browser waits before it connects again after a stream has ended.
const RETRY: Duration = Duration::from_secs(3);

/// The stream of boards. It ends when the server's stream ends; the browser then comes back by itself.
pub(crate) async fn follow(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: PhasePath,
) -> Result<Response, Failure> {
    let viewer = site.live().enter()?;
    let setting = board::Setting::load(&site, &path).await?;
    let boards = site.live().follow(&site, path.board_name()).await?;
    let events = boards
        .map(move |board| {
            // The viewer's place is held as long as the stream lives.
            let _held = &viewer;
            let html = render(&setting.view(&path, &board, visitor.language)).ok()?;
            Some(Ok(Event::default().id(board::edition(&board)).retry(RETRY).data(html)))
        })
        // A board that does not render ends the stream; the browser comes back for the next one.
        .take_while(|event| future::ready(event.is_some()))
        .filter_map(future::ready);
    Ok(answer(events))
}

fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // nginx would otherwise collect events until its buffer is full.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
