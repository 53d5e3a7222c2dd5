//! One verb, one file.

pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod competition;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod leaderboard;
pub(crate) mod ledger;
pub(crate) mod metric;
pub(crate) mod metrics;
pub(crate) mod nominate;
pub(crate) mod phase;
pub(crate) mod quota;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod submissions;
pub(crate) mod submit;
pub(crate) mod task;
pub(crate) mod team;
pub(crate) mod test_set;
pub(crate) mod token;
pub(crate) mod worker;
