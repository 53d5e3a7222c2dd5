//! The public API from the other side: connect, sign in, call, upload with resume, watch. Every verb of people is made of
//! this; so may be a test or a benchmark.

mod calls;
mod connect;
mod digest;
mod download;
mod pages;
mod retry;
mod upload;
mod watch;

pub use connect::{Access, Client, ConnectError};
pub use digest::FileDigest;
pub(crate) use digest::request_id;
pub(crate) use pages::all;
pub use upload::{Outgoing, UploadError};
pub(crate) use watch::is_final;
