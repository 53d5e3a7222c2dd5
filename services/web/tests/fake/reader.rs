//! Asking a router as a browser does, without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use futures::StreamExt as _;
use tower::ServiceExt as _;

/// More than any page here.
const PAGE_BYTES_MAX: usize = 1 << 20;

/// An answer that was read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

/// Opens an address.
pub async fn open(pages: &Router, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    pages.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

/// Opens an address and reads it to its end.
pub async fn get(pages: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let (parts, body) = open(pages, path, headers).await.into_parts();
    let bytes = to_bytes(body, PAGE_BYTES_MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

impl Answer {
    /// A header's value, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A stream of server-sent events.
pub struct Events {
    body: axum::body::BodyDataStream,
    read: String,
}

/// One event.
#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub data: String,
}

impl Events {
    /// Reads the body of an answer.
    pub fn of(answer: Response) -> Self {
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { body: answer.into_body().into_data_stream(), read: String::new() }
    }

    /// The next event, or `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let text: String = self.read.drain(..end + 2).collect();
                let field = |name: &str| {
                    let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    lines.collect::<Vec<_>>().join("\n")
                };
                return Some(Event { id: field("id"), data: field("data") });
            }
            let chunk = self.body.next().await?.unwrap();
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}
