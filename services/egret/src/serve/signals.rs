use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How the shell tells of a program that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// Cancels the token on the first SIGINT or SIGTERM. The second one ends the process where it stands: whatever was
/// acknowledged is safe.
pub(crate) fn watch() -> Result<CancellationToken> {
    let listen = |kind| signal(kind).context("signals cannot be listened to");
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let shutdown = CancellationToken::new();
    let drain = shutdown.clone();
    tokio::spawn(async move {
        next(&mut interrupt, &mut terminate).await;
        tracing::info!("draining; a second signal ends at once");
        drain.cancel();
        next(&mut interrupt, &mut terminate).await;
        tracing::warn!("ended by a second signal");
        std::process::exit(INTERRUPTED);
    });
    Ok(shutdown)
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
