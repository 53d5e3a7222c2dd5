//! `egret`: the server, the worker, and the verbs of organizers and teams.
//!
//! One verb is one file in `commands/`. The verbs of people are clients of the public API and nothing else: whatever they
//! do, any gRPC client can do. `--output json` prints the API's own messages, so that the protos are its documentation.
//! Every failure ends in one of the exit codes of [`Exit`], with what is wrong and what to do next. `score` alone asks no
//! server: it runs the metric suite on files.
//!
//! What this crate does not do: decide anything. Rules are the server's, scores the worker's, packages `egret-datasets`'.

mod cli;
pub mod client;
mod commands;
mod config;
mod exit;
mod failure;
mod logs;
mod moment;
mod names;
mod numbers;
mod output;
mod progress;
mod rehearsal;
mod serve;
mod view;

pub use cli::main;
pub use exit::Exit;
