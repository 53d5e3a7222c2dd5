//! The one place where a gRPC status becomes an HTTP status. A failure carries no text of its own: [`crate::dress`]
//! writes its page in the visitor's language, and the cause is logged here, once.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tonic::{Code, Status};

/// When a client that was turned away should come back.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Why there is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is nothing here, or nothing that a spectator may see: the two look the same.
    NotFound,
    /// The address asks for something that makes no sense.
    BadRequest,
    /// The server behind is away or overloaded; later may work.
    Unavailable,
    /// Ours, and not expected.
    Broken,
}

impl Failure {
    /// Its HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        match status.code() {
            // A draft is refused to spectators; that it exists is not for them either.
            Code::NotFound | Code::PermissionDenied | Code::Unauthenticated => Self::NotFound,
            Code::InvalidArgument | Code::OutOfRange => Self::BadRequest,
            // Our own deadline shows as Cancelled.
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled => {
                tracing::warn!(code = ?status.code(), message = status.message(), "the server is unavailable");
                Self::Unavailable
            }
            code => {
                tracing::error!(
                    ?code,
                    message = status.message(),
                    "the server answered a read with an error"
                );
                Self::Broken
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if self == Self::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_becomes_the_failure_a_spectator_may_see() {
        let of = |code| Failure::from(Status::new(code, "secret cause"));
        assert_eq!(of(Code::NotFound), Failure::NotFound);
        assert_eq!(of(Code::PermissionDenied), Failure::NotFound);
        assert_eq!(of(Code::InvalidArgument), Failure::BadRequest);
        assert_eq!(of(Code::Unavailable), Failure::Unavailable);
        assert_eq!(of(Code::DeadlineExceeded), Failure::Unavailable);
        assert_eq!(of(Code::Internal), Failure::Broken);
    }
}
