//! `/c/{c}/t/{t}/sample.zip`: the public sample, passed through chunk by chunk.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::failure::Failure;
use crate::names::TaskPath;
use crate::site::Site;

/// The download. The length is said at the start, so that a stream that breaks never looks like a whole file.
pub(crate) async fn download(State(site): State<Site>, path: TaskPath) -> Result<Response, Failure> {
    let (first, chunks) = site.sample(path.name()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, first.size_bytes.to_string()),
        // Both ids are slugs, so the name needs no quoting.
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}-{}-sample.zip\"", path.competition, path.task),
        ),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    let rest = chunks.map_ok(|chunk| chunk.data);
    let body = stream::once(async { Ok(first.data) }).chain(rest).inspect_err(|status| {
        tracing::warn!(code = ?status.code(), message = status.message(), "a sample download broke off");
    });
    Ok((headers, Body::from_stream(body)).into_response())
}
