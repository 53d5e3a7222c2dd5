//! What leaves the hidden data, and what does not: known attacks against the real API. Under the policy `exact` each of them
//! succeeds, which shows that the attack is alive; under `ladder` a team ends with no more than its ledger says.
//!
//! Hidden data and models are the tests' own: a scripted worker speaks the workers' API, reads the model and scores it honestly. It
//! grants an attacker more than the real one does: models here know the place of every item.

mod accounts;
mod appearance;
mod arena;
mod boosting;
mod bound;
mod differencing;
mod grid;
mod marks;
mod oracles;
mod reading;
mod team;
mod twins;
mod waiting;
#[path = "../contest/wire.rs"]
mod wire;
mod worker;
