//! Ports of loopback that no other story, and no outgoing connection, takes meanwhile.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use anyhow::{Context as _, Result};

/// Below the range from which Linux takes the ports of outgoing connections.
const FIRST: u32 = 12_000;
const COUNT: u32 = 18_000;

/// A port that is free now and stays so until this story takes it: processes begin at different places of the range, and
/// a process never gives one port twice.
pub(crate) fn free_port() -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let free = (0..COUNT).find_map(|_| {
        let at = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Relaxed));
        let port = (FIRST + at % COUNT) as u16;
        TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
    });
    free.context("no port of loopback is free")
}
