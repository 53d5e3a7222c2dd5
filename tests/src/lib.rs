//! The harness of the stories: real processes on loopback, one temporary directory per story, everything ended by process id.
//!
//! A story runs the `egret` binary as its users do, each person with a configuration directory of their own. Binaries come
//! from `EGRET_BIN` and `EGRET_RUNNER` (`cargo xtask test` sets them) or lie beside the test in Cargo's target directory.

mod actor;
mod browser;
mod package;
mod process;
mod site;

pub use actor::{Actor, Outcome};
pub use browser::Browser;
pub use package::{Brightness, brightness_models, write_brightness};
pub use process::Process;
pub use site::{Database, Site, path};
