//! What every answer has in common: the visitor's language, the security headers, and the look of failures.

use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::failure::Failure;
use crate::language::Visitor;
use crate::pages::Frame;

/// Everything comes from this origin, nothing is inline, and nobody frames us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    status: u16,
    what: &'static str,
    next: &'static str,
}

/// The middleware around every route.
pub(crate) async fn dress(mut request: Request, next: Next) -> Response {
    let visitor = Visitor::of(request.uri().query(), request.headers());
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions().get::<Failure>().copied() {
        response = with_page(response, failure, visitor);
    }
    let headers = response.headers_mut();
    headers.extend(SECURITY);
    // What does not say otherwise is of this moment and of this visitor's language.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    }
    response
}

/// The failure's answer with a page for people in it.
fn with_page(mut response: Response, failure: Failure, visitor: Visitor) -> Response {
    let messages = visitor.language.messages();
    let (what, next) = match failure {
        Failure::NotFound => (messages.not_found, messages.not_found_next),
        Failure::BadRequest => (messages.bad_request, messages.bad_request_next),
        Failure::Unavailable => (messages.unavailable, messages.unavailable_next),
        Failure::Broken => (messages.broken, messages.broken_next),
    };
    let page =
        FailurePage { frame: Frame::new(visitor, what), status: failure.status().as_u16(), what, next };
    if let Ok(html) = page.render() {
        let (parts, body) = Html(html).into_response().into_parts();
        response.headers_mut().extend(parts.headers);
        *response.body_mut() = Body::new(body);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}
