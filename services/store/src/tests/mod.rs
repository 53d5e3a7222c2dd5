//! Every story here is told on both databases. PostgreSQL comes by `EGRET_TEST_POSTGRES_URL`, a schema for each test;
//! without it these tests fail, unless `EGRET_TEST_POSTGRES=off` says that they are to be skipped.

mod boards;
mod comparison;
mod contest_day;
mod finals;
mod harness;
mod identity;
mod ladder;
mod ledger;
mod merging;
mod organizers;
mod overall;
mod phases;
mod queue;
mod quotas;
mod rosters;
mod schema;
mod standing;
mod stress;
mod submissions;
mod teams;
mod test_sets;
mod uploads;
mod waiting;
