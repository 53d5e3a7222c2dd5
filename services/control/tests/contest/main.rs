//! The control plane as its clients meet it: over an in-process channel, behind the gate, on a database of its own.

mod identity;
mod lists;
mod outcomes;
mod overall;
mod policy;
mod refusals;
mod streams;
mod uploads;
mod wire;
mod world;
