//! The runner in the real jail: what a worker sees of honest models, and of models with one thing wrong.

mod examination;
mod faults;
mod harness;
mod honest;
mod limits;
