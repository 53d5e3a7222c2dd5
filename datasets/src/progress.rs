/// Hears how far a long job is. Called from several threads.
pub trait Progress: Sync {
    /// `done` of `total` items are finished.
    fn tick(&self, done: u64, total: u64);
}

/// Nobody listens.
pub struct Silent;

impl Progress for Silent {
    fn tick(&self, _done: u64, _total: u64) {}
}
