//! The harness of the stories: real processes on loopback, one temporary directory per story, everything ended by process id.
//!
//! A story runs the `egret` binary as its users do, each person with a configuration directory of their own. Binaries come
//! from `EGRET_BIN` and `EGRET_RUNNER` (`cargo xtask test` sets them) or lie beside the test in Cargo's target directory.

mod actor;
mod api;
mod browser;
pub mod deadline;
mod models;
mod package;
mod patience;
pub mod plain;
mod port;
mod process;
mod sending;
mod site;

pub use actor::{Actor, Outcome, unmeasured};
pub use api::{Api, Bearer, Signed, reason};
pub use browser::Browser;
pub use models::{Signal, bright, brightness_models, heavy, oracle, slow};
pub use package::{Brightness, write_brightness, write_competition};
pub use patience::until;
pub use process::{Process, binary, children, kill};
pub use sending::{OpenWrite, sha256};
pub use site::{Database, Setup, Site, path};
