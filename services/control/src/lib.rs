//! The control plane: the gRPC services of `egret.v1` and `egret.worker.v1` over the store.
//!
//! A call passes three gates. The [`gate`] layer authenticates the token and looks its method up in the one policy table
//! ([`policy`]); a method that is not there is denied. The handler checks the rule against the resource it names. Then it
//! makes four moves: convert, decide, store, convert. Errors become gRPC statuses in [`status`] alone.
//!
//! What this crate does not do: open anything sealed, name SQL, or render pages.

mod competitions;
mod config;
mod contest_control;
mod control;
mod convert;
mod crowd;
mod gate;
mod identity;
mod leaderboards;
mod ledgers;
mod metric_list;
mod paging;
pub mod policy;
mod serve;
mod status;
mod submissions;
mod tasks;
mod teams;
mod test_sets;
mod uploads;
mod watching;
mod worker;

pub use config::{ControlConfig, PoolConfig, Tls};
pub use control::{Control, OpenError, Swept};
pub use convert::{metric_answers, metric_suite, metric_suites};
pub use egret_store::StoreLimits;
pub use gate::Caller;
pub use serve::{Listeners, ServeError, serve};
