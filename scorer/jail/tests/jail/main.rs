//! The real jail, with a runner that attacks it.

mod attacks;
mod lifecycle;
mod limits;
mod stage;
