//! The real jail, with a runner that attacks it.

mod attacks;
mod doctor;
mod hosts;
mod lifecycle;
mod limits;
mod stage;
