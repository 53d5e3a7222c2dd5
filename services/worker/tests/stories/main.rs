//! Stories of a worker: against a small real control plane on the loopback, with test sets sealed as organizers seal
//! them, once with a scripted runner and once with the real one.

mod cache;
mod comparing;
mod control;
mod health;
mod jailed;
mod leases;
mod scoring;
mod scripted;
mod site;
mod test_set;
