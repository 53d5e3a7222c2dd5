//! When a call is made again. Only what broke on the way is: what the server decided stays decided.

use std::error::Error as _;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tonic::{Code, Status};

/// About a minute in all: as long as a server takes to be started again.
const TIMES_MAX: usize = 16;

/// Pauses between attempts: 0.2 s, doubling to 5 s, each spread so that many clients do not come at once.
pub(super) fn pauses() -> ExponentialBackoff {
    policy().build()
}

/// The same, for whole calls.
pub(super) fn policy() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(TIMES_MAX)
        .with_jitter()
}

/// The connection broke, or the server is going away: the same call may succeed.
pub(super) fn transient(status: &Status) -> bool {
    // Statuses with a source were made on this side; a server's have none.
    let ours = status.source().is_some();
    match status.code() {
        Code::Unavailable => true,
        Code::Unknown | Code::Internal | Code::Cancelled => ours,
        _ => false,
    }
}

/// Tells whoever watches that a call is repeated.
pub(super) fn notify(status: &Status, pause: Duration) {
    tracing::warn!(
        "the server does not answer ({}); trying again in {:.1} s",
        status.message(),
        pause.as_secs_f64()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_broke_on_the_way_is_repeated() {
        let broken = Status::from_error(Box::new(std::io::Error::other("reset")));
        assert!(transient(&broken));
        assert!(transient(&Status::unavailable("the server is restarting")));
        assert!(!transient(&Status::internal("the server failed")));
        assert!(!transient(&Status::resource_exhausted("quota")));
        assert_eq!(pauses().count(), TIMES_MAX);
    }
}
