//! The metric suite without a server: files of predictions and of labels in, a report out.
//!
//! A [`Table`] has one row per item and the columns that the registry names for a suite; [`formats`] makes tables of the
//! files that people have (CSV, JSON lines, COCO JSON, TREC runs, RTTM, …), and [`suites`] scores them.

mod cell;
pub mod formats;
pub mod pages;
pub mod suites;
mod table;

pub use cell::Cell;
pub use table::{Column, Table, TableError};
