//! What `egret serve` and `egret worker` are made of: the data directory, the embedded worker, the private port, signals.

pub(crate) mod data_dir;
pub(crate) mod private;
pub(crate) mod signals;
pub(crate) mod workers;
